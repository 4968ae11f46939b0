"""Whatever is no formula gets a sentence: what is wrong, where, and what to write."""

import ast
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore.errors import ConvcoreError
from convcore.formula import Formula

# Text, the column where it goes wrong, and what the message says of it.
MISTAKES = [
    ("w.__class__", 1, "attribute access"),
    ("mean(w.data)", 6, "attribute access"),
    ("w.max()", 1, "attribute access"),
    ("().__class__.__bases__", 1, "attribute access"),
    ("mean(w)[0]", 1, "a subscript"),
    ("w[0:1]", 1, "a subscript"),
    ("lambda: w", 1, "a lambda"),
    ("(lambda w: w)(w)", 2, "a lambda"),
    ("mean([c for c in w])", 6, "a comprehension"),
    ("sum(c for c in w)", 4, "a comprehension"),
    ("{c for c in w}", 1, "a comprehension"),
    ("{c: c for c in w}", 1, "a comprehension"),
    ("mean([w])", 6, "a list"),
    ("(w, w)", 1, "a tuple"),
    ("{w}", 1, "a set"),
    ("{}", 1, "a dictionary"),
    ("(w := 1)", 2, "an assignment"),
    ("mean(*w)", 6, "a starred argument"),
    ("mean(x=w)", 1, "a named argument"),
    ("mean(**w)", 1, "a named argument"),
    ("mean(w) and 1", 1, "a joining by and / or"),
    ("mean(w) > 0", 1, "a comparison"),
    ("mean(w) if w else 0", 1, "a choice by if"),
    ("'w'", 1, "a string"),
    ('mean(b"w")', 6, "a string"),
    ("f'{w}'", 1, "an f-string"),
    ("(yield)", 2, "no arithmetic"),
    ("await w", 1, "no arithmetic"),
    ("mean(w) + True", 11, "no number"),
    ("None", 1, "no number"),
    ("...", 1, "no number"),
    ("mean(w // 2)", 6, "an operation other than + - * / and **"),
    ("w % 2", 1, "an operation other than"),
    ("w @ w", 1, "an operation other than"),
    ("mean(w ^ 2)", 6, "an operation other than"),
    ("mean(not w)", 6, "an operation other than + and -"),
    ("~w", 1, "an operation other than + and -"),
    ("__import__('os')", 1, "not a known name"),
    ("mean(x)", 6, "not a known name"),
    ("eval(w)", 1, "not a known name"),
    ("  meen(w)", 3, "Did you mean mean?"),
    ("Max(W)", 1, "Did you mean max?"),
    ("mean(W)", 6, "Did you mean w?"),
    ("sqrt + mean(w)", 1, "Write sqrt(w)"),
    ("w(2)", 1, "Put * between"),
    ("2(w)", 1, "Put * between"),
    ("(mean(w))(2)", 2, "Put * between"),
    ("mean()", 1, "has 0 arguments; mean takes 1"),
    ("1 + sqrt(w, 2)", 5, "has 2 arguments; sqrt takes 1"),
    ("max(w, 1, 2)", 1, "has 3 arguments; max takes 1 or 2"),
    ("mean(max(w))", 6, "a single number already"),
    ("sum(3)", 5, "a single number already"),
    ("max(n)", 5, "a single number already"),
    ("9**9**9**9", 10, "no fixed exponent"),
    ("mean(w**8.5)", 9, "no fixed exponent"),
    ("mean(w**-9)", 9, "no fixed exponent"),
    ("mean(w)**n", 10, "no fixed exponent"),
    ("mean(2**w)", 9, "no fixed exponent"),
    ("mean(w) + 8**8", 11, "comes to 16777216;"),
    ("mean(w) * " + "9" * 180, 11, "comes to"),
    ("mean(w) * 1e999", 11, "comes to inf"),
    ("mean(w) + 1 / 0", 11, "comes to inf"),
    ("mean(w) + 0 ** -1", 11, "comes to inf"),
    ("sqrt(-2) * w", 1, "comes to nan"),
    ("mean(w) + 1000 * 1001", 11, "comes to 1001000;"),
    ("2w", 1, "Write 2 * w"),
    ("mean(w) * 0x10", 11, "runs a number into letters"),
    ("1j * w", 1, "runs a number into letters"),
    ("1_000", 1, "runs a number into letters"),
    ("1in w", 1, "runs a number into letters"),
    ("1.if w else 2", 1, "runs a number into letters"),
    ("", None, "holds no formula"),
    ("  \n", None, "holds no formula"),
    ("mean(w) +", 10, "the end"),
    ("mean(w", 5, "never closed"),
    ("  mean(w))", 10, "unmatched"),
    ("w w", 3, "does not go on"),
    ("mean(w); w", 8, "does not go on"),
    ("w = 2", 3, "does not go on"),
    ("import os", 1, "does not go on"),
    ("07 * w", 1, "does not go on"),
    ("'w", 1, "does not go on"),
    ("mean(w) # the mean", 9, "cannot be read"),
    ("mean(w) \\", 9, "cannot be read"),
    ("mean(ｗ)", 6, "cannot be read"),
    ("mean(w²)", 7, "cannot be read"),
    ("mean(w)\0", 8, "cannot be read"),
    ("\ud800", 1, "cannot be read"),
    ("w", None, "one number per cell"),
    ("w - mean(w)", None, "Wrap it in mean(…) or max(…)"),
    ("max(w, 0)", None, "one number per cell"),
    ("3 * pi", None, "whatever the window holds"),
    ("n", None, "whatever the window holds"),
    ("w" * 201, None, "201 characters"),
    ("mean(w) + " * 1_000, None, "10,000 characters"),
    (" " * 10_000, None, "10,000 characters"),
    ("(" * 5_000 + "w" + ")" * 5_000, None, "10,001 characters"),
    ("-" * 190 + "w", 22, "more than 20 deep"),
    ("abs(" * 25 + "w" + ")" * 25, 85, "more than 20 deep"),
    ("w ** (2 - (" + "1 - (" * 30 + "1" + ")" * 32, None, "more than 20 deep"),
    ("(" * 199 + "w", None, "does not go on"),
    (5, None, "text=5 holds no formula"),
    (None, None, "text=None holds no formula"),
]


@pytest.mark.parametrize(
    ("text", "column", "says"), MISTAKES, ids=[ascii(case[0])[:30] for case in MISTAKES]
)
def test_what_is_no_formula_is_refused_at_once_with_its_place(text, column, says):
    start = time.perf_counter()
    with pytest.raises(ConvcoreError) as caught:
        Formula(text)
    message = str(caught.value)
    assert time.perf_counter() - start < 0.5
    assert says in message
    assert message.startswith("Formula: ")
    assert column is None or f"at column {column} " in message
    assert len(message) < 500


def test_a_refusal_shows_the_piece_and_not_all_of_it():
    with pytest.raises(ConvcoreError, match="'pow' at column 12 is not"):
        Formula("mean(w) + (pow(w, 2))")
    with pytest.raises(ConvcoreError, match=r"'\[w, w, w, w, w, w, w, w, w, w…' at column 6 "):
        Formula(f"mean([{'w, ' * 40}])")


@pytest.mark.parametrize("error", [RecursionError, MemoryError, ValueError])
def test_a_parser_that_gives_up_is_a_sentence(monkeypatch, error):
    def gives_up(*_, **__):
        raise error

    monkeypatch.setattr(ast, "parse", gives_up)
    with pytest.raises(ConvcoreError, match="too tangled"):
        Formula("mean(w)")


TOKENS = [
    *"wne()[]{}+-*/.,:=<>!&|^~%@;'\"0123456789_ \t", "**", "//", "mean", "max", "sqrt", "pi",
    "lambda", "for", "in", "if", "else", "not", "and", "yield", "await", "f'", "0x", "1e", "j", "é",
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(TOKENS), max_size=40).map("".join)))
def test_any_text_is_a_formula_or_a_sentence(text):
    try:
        formula = Formula(text)
    except ConvcoreError:
        return
    assert formula(torch.ones(2, 3)).shape == (2,)
