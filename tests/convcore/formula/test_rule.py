"""Formulas over a window; NumPy is the oracle."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import functional, layers, reference
from convcore.errors import ConvcoreError
from convcore.formula import Formula
from tests.convcore.oracle import assert_same, numbers


def _reducer(function):
    return lambda x: function(x, axis=-1, keepdims=True)


def _reducer_or_two(reduce, of_two):
    return lambda a, *b: of_two(a, *b) if b else reduce(a, axis=-1, keepdims=True)


NUMPY = {
    "sqrt": np.sqrt, "abs": np.abs, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos,
    "tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "relu": lambda x: np.maximum(x, 0),
    "max": _reducer_or_two(np.max, np.maximum), "min": _reducer_or_two(np.min, np.minimum),
    "mean": _reducer(np.mean), "sum": _reducer(np.sum), "prod": _reducer(np.prod),
    "median": _reducer(np.median), "std": _reducer(np.std), "var": _reducer(np.var),
    "pi": math.pi, "e": math.e,
}  # fmt: skip


def with_numpy(text, windows):
    """What Python itself makes of the formula when its names are NumPy's."""
    plain = text.strip().translate(str.maketrans("×·÷−", "**/-"))
    with np.errstate(all="ignore"):
        given = {"w": windows.numpy(), "n": np.float64(windows.shape[-1])}
        y = eval(plain, NUMPY | given)
    return torch.from_numpy(np.broadcast_to(y, (*windows.shape[:-1], 1))[..., 0].copy())


def from_snippet(formula, windows):
    """What the snippet gives where nothing but torch is imported."""
    names = {}
    exec(f"import torch\nrule = {formula.snippet()}", names)
    return names["rule"](windows)


FORMULAS = [
    "sqrt(mean(w**2))",
    "max(w) - min(w)",
    "median(w)",
    "log(mean(exp(w)))",
    "mean(abs(w))",
    "(max(w) + min(w)) / 2",
    "sum(w) / n",
    "sum(w) / (n - 1)",
    "n * mean(w)",
    "sqrt(n) * mean(w)",
    "1 / n * sum(w)",
    "n / sum(w)",
    "n ** 2 * max(w)",
    "(var(w) + 1) / -0",
    "mean(abs(w - mean(w)))",
    "median(abs(w - median(w)))",
    "sum(max(w, mean(w)))",
    "mean(max(w, 0))",
    "min(max(w), 1)",
    "max(mean(w), median(w))",
    "max(min(w), n)",
    "max(n, 2) * sum(w)",
    "std(w) + var(w)",
    "std(w) / sqrt(var(w))",
    "prod(w)",
    "sum(w * exp(3*w)) / sum(exp(3*w))",
    "relu(sum(sin(w) + cos(w)))",
    "tanh(mean(w)) - sigmoid(max(w))",
    "mean(w ** 3) ** (1/3)",
    "mean(abs(w)) ** -0.5",
    "prod(abs(w)) ** (1 / 2) ** 2",
    "-mean(-w ** 2)",
    "mean((-w) ** 2)",
    "- -+-max(w)",
    "min(w) - (max(w) - min(w))",
    "min(w) / (max(w) / mean(w))",
    "2 ** 3 * mean(w) + pi * e - -1",
    "mean(w) * (1 - -2) / .5 + 1e-3 + 2.",
    "max(1, 2, ) * mean(w) - min(sqrt(4), abs(-3))",
    "  mean(\tw\n)  ",
    "mean(w) × 2 · 3 ÷ 4 − 1",
    "+".join(["sum(w)"] * 28),  # long, but not deep
]


@pytest.mark.parametrize("cells", [1, 4, 9])
@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_numpys_and_its_snippet_is_the_same(text, cells):
    windows, formula = numbers(2, 3, cells), Formula(text)
    torch.testing.assert_close(formula(windows), with_numpy(text, windows), equal_nan=True)
    assert _same(from_snippet(formula, windows), formula(windows))


def _same(x, y):
    return x.shape == y.shape and torch.equal(x.nan_to_num(0.123), y.nan_to_num(0.123))


@pytest.mark.parametrize(
    ("text", "snippet"),
    [
        ("sqrt(mean(w**2))", "lambda w: torch.sqrt(torch.mean(w ** 2, -1))"),
        ("max(w)-min(w)", "lambda w: torch.amax(w, -1) - torch.amin(w, -1)"),
        ("sum(w)/n", "lambda w: torch.sum(w, -1) / w.shape[-1]"),
        ("mean(w)**(1/2)", "lambda w: torch.mean(w, -1) ** 0.5"),
    ],
)
def test_a_snippet_reads_as_one_would_write_it(text, snippet):
    assert Formula(text).snippet() == snippet


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("sqrt(min(w))", [math.nan, 1.0], id="root of a negative"),
        pytest.param("log(min(w) + 1)", [-math.inf, math.log(2)], id="logarithm of 0"),
        pytest.param("1 / (min(w) + 1)", [math.inf, 0.5], id="division by 0"),
        pytest.param("mean(w) / (n - 3)", [math.inf, math.inf], id="division by 0 cells"),
        pytest.param("((max(w) * 1e6) ** 8) ** 8", [math.inf, math.inf], id="overflow"),
    ],
)
def test_out_of_range_is_nan_or_inf_as_in_torch(text, expected):
    windows = torch.tensor([[-1.0, 2.0, 2.0], [1.0, 1.0, 1.0]], dtype=torch.float64)
    expected = torch.tensor(expected, dtype=torch.float64)
    formula = Formula(text)
    for y in (formula(windows), from_snippet(formula, windows)):
        torch.testing.assert_close(y, expected, equal_nan=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("text", ["median(w) / n", "max(w, 0.1) * 0 + 1 / n", "std(w) - pi"])
def test_the_dtype_stays(text, dtype):
    text = f"mean({text})" if text.startswith("max") else text
    windows = numbers(5, 4).to(dtype)
    formula = Formula(text)
    assert formula(windows).dtype == dtype
    assert torch.equal(from_snippet(formula, windows), formula(windows))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param([3.0, 1.0, 2.0], 2.0, id="odd"),
        pytest.param([4.0, 1.0, 2.0, 10.0], 3.0, id="even"),
        pytest.param([math.inf, math.inf, 1.0], math.inf, id="infinite"),
        pytest.param([1.0, math.nan, 2.0], math.nan, id="nan"),
    ],
)
def test_the_median_is_the_mean_of_the_middle_two(cells, expected):
    y = Formula("median(w)")(torch.tensor(cells))
    torch.testing.assert_close(y, torch.tensor(expected), equal_nan=True)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_euclidean_norm_is_lp_pooling(axes):
    x = numbers(2, 3, *(5, 6, 7)[:axes]).requires_grad_()
    lp_pool = getattr(functional, f"lp_pool{axes}d")(x, 2, 2)
    for text in ("sqrt(sum(w**2))", "(n * mean(w * w)) ** 0.5"):
        ours = getattr(functional, f"pool{axes}d")(x, 2, Formula(text))
        assert_same(ours, lp_pool, (x,))
        assert_same(ours, getattr(F, f"lp_pool{axes}d")(x, 2, 2), (x,))


def test_every_pooling_takes_a_formula():
    rule = Formula("mean(abs(w - median(w))) + max(w) / n")
    x = numbers(1, 2, 5, 6)
    ours = functional.pool2d(x, (2, 3), rule, stride=1, padding=1)
    torch.testing.assert_close(reference.pool2d(x, (2, 3), rule, stride=1, padding=1), ours)
    torch.testing.assert_close(layers.Pool2d((2, 3), rule, stride=1, padding=1)(x), ours)
    assert torch.equal(copy.deepcopy(rule)(x), rule(x))


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(mean(w**2))",
        "log(mean(exp(w)))",
        "median(w) * max(w) - min(w)",
        "mean(abs(w - mean(w))) / n",
        "sum(max(w, mean(w))) + std(w)",
        "prod(sigmoid(w)) ** 0.5",
    ],
)
def test_gradients_are_those_of_finite_differences(text):
    assert torch.autograd.gradcheck(Formula(text), numbers(3, 4).requires_grad_())


def test_a_formula_is_its_text():
    formula = Formula("max(w)")
    assert repr(formula) == "Formula(text='max(w)')"
    assert formula == Formula("max(w)") != Formula("min(w)")
    assert pickle.loads(pickle.dumps(formula)) == formula


@pytest.mark.parametrize(
    "windows",
    [
        pytest.param(torch.ones(2, 4, dtype=torch.int64), id="whole"),
        pytest.param(torch.ones(2, 4, dtype=torch.complex64), id="complex"),
        pytest.param(torch.tensor(1.0), id="no cells"),
    ],
)
def test_windows_that_no_formula_can_take_are_refused(windows):
    with pytest.raises(ConvcoreError, match=r"floating point, \(…, cells\)"):
        Formula("mean(w)")(windows)


def _formulas(functions, signs, powers):
    """Valid formulas from the inside out: `cells` give one number per cell, `windows` one each."""
    fixed = st.sampled_from(["n", "pi", "e", "0.1", "2", "-1", "(1 / 3)"])
    functions, signs, powers = map(st.sampled_from, (functions, signs, powers))
    reducers = st.sampled_from(["max", "min", "mean", "sum", "median", "std", "var"])
    call, of_two, joined = "{}({})".format, "{}({}, {})".format, "({} {} {})".format
    cells = st.just("w")
    windows = st.builds(call, reducers, cells)
    for _ in range(2):
        any_of_them = cells | windows | fixed
        deeper = (
            st.builds(call, functions, cells)
            | st.builds("({}) ** {}".format, cells, powers)
            | st.builds(joined, cells, signs, any_of_them)
            | st.builds(joined, windows | fixed, signs, cells)
            | st.builds(of_two, st.sampled_from(["max", "min"]), cells, any_of_them)
        )
        windows = (
            st.builds(call, reducers, deeper)
            | st.builds("-{}".format, windows)
            | st.builds(call, functions, windows)
            | st.builds(joined, windows, signs, windows | fixed)
            | st.builds(joined, fixed, signs, windows)
        )
        cells |= deeper
    return windows


# What magnifies a last digit (a quotient by almost 0, a logarithm) is left to the snippet's test.
TAME = _formulas(["abs", "sin", "tanh", "sigmoid", "relu"], ["+", "-", "*"], ["2", "1"])
WILD = _formulas(["sqrt", "log", "exp", "cos"], ["+", "-", "*", "/"], ["3", "-2", "0.5", "(1 / 3)"])
WINDOWS = torch.linspace(-1.3, 1.7, 24, dtype=torch.float64).sin().view(2, 3, 4)


@settings(max_examples=100, deadline=None)
@given(TAME)
def test_random_formulas_are_numpys(text):
    torch.testing.assert_close(
        Formula(text)(WINDOWS), with_numpy(text, WINDOWS), rtol=1e-6, atol=1e-6
    )


@settings(max_examples=100, deadline=None)
@given(TAME | WILD)
def test_random_formulas_are_their_snippets(text):
    formula = Formula(text)
    assert _same(from_snippet(formula, WINDOWS), formula(WINDOWS))
