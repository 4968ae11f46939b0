import contextlib
import io
import subprocess
import sys
from random import Random

import pytest
import torch

from convcore.errors import ConvcoreError
from lab.playground.compute import compute
from lab.playground.presets import PRESETS, preset
from lab.playground.setup import Setup
from lab.playground.snippet import snippet
from tests.lab.playground.setups import random_setup

X, WEIGHT = [[1, 2, 3, 4, 5, 6]], [[[1, 0, -2]]]


def _run(code):
    """What the code prints, and its y."""
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    return printed.getvalue(), names["y"]


def _numbers(random, *shape):
    if not shape:
        return random.choice([random.randint(-3, 9), round(random.uniform(-2, 2), 2)])
    return [_numbers(random, *shape[1:]) for _ in range(shape[0])]


@pytest.mark.parametrize("name", PRESETS)
def test_the_snippet_of_a_preset_prints_the_same_tensor(name):
    setup = preset(name).make()
    code = snippet(setup)
    printed, y = _run(code)
    torch.testing.assert_close(y, compute(setup), atol=1e-9, rtol=0)
    assert printed == f"{compute(setup)}\n"
    assert max(map(len, code.splitlines())) <= 100


@pytest.mark.parametrize("seed", range(120))
def test_the_snippet_of_any_setup_gives_the_same_tensor(seed):
    setup = random_setup(seed)
    code = snippet(setup)
    _, y = _run(code)
    torch.testing.assert_close(y, compute(setup), atol=1e-9, rtol=0, equal_nan=True)
    assert max(map(len, code.splitlines())) <= 100


@pytest.mark.parametrize("power", [1.0, 2.5, 3])
def test_the_power_of_lp_pooling_is_kept(power):
    setup = Setup.plain(X, WEIGHT, operation="pooling", rule="lp", power=power, padding=(1,))
    _, y = _run(snippet(setup))
    torch.testing.assert_close(y, compute(setup), atol=1e-9, rtol=0)


@pytest.mark.parametrize("name", ["a8-range", "moving-blob", "padding-circular"])
def test_a_snippet_runs_in_a_fresh_python(name, tmp_path):
    setup = preset(name).make()
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", snippet(setup)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{compute(setup)}\n"


@pytest.mark.parametrize(
    ("settings", "call"),
    [
        pytest.param({}, "y = F.conv1d(x, weight)", id="defaults"),
        pytest.param({"stride": (2,)}, "y = F.conv1d(x, weight, stride=2)", id="stride"),
        pytest.param({"padding": "same"}, 'y = F.conv1d(x, weight, padding="same")', id="same"),
        pytest.param({"padding": "valid"}, "y = F.conv1d(x, weight)", id="valid"),
        pytest.param({"padding_mode": "reflect"}, "y = F.conv1d(x, weight)", id="nothing-to-pad"),
        pytest.param(
            {"operation": "convolution"}, "y = F.conv1d(x, weight.flip(2))", id="convolution"
        ),
        pytest.param(
            {"operation": "pooling", "stride": (3,)}, "y = F.max_pool1d(x, 3)", id="usual-stride"
        ),
        pytest.param(
            {"operation": "pooling", "rule": "min"}, "y = -F.max_pool1d(-x, 3, stride=1)", id="min"
        ),
    ],
)
def test_the_call_names_only_what_is_unusual(settings, call):
    assert call in snippet(Setup.plain(X, WEIGHT, **settings)).splitlines()


def test_an_even_kernel_keeps_the_size_without_torchs_warning():
    setup = Setup.plain(X, [[[1, 2, 3, 4]]], padding="same")
    _, y = _run(snippet(setup))
    assert torch.equal(y, compute(setup))
    assert y.shape == (1, 6)


def test_a_long_call_is_written_one_argument_a_line():
    sizes = {"stride": (2, 3, 2), "padding": (1, 0, 1), "output_padding": (1, 2, 1)}
    x, weight = _numbers(Random(0), 2, 2, 2, 2), _numbers(Random(1), 2, 1, 3, 3, 3)
    setup = Setup.plain(
        x, weight, operation="transposed", groups=2, bias=[1, 2], dilation=(1, 2, 1), **sizes
    )
    code = snippet(setup)
    assert "    output_padding=(1, 2, 1),\n" in code
    torch.testing.assert_close(_run(code)[1], compute(setup), atol=1e-9, rtol=0)


@pytest.mark.parametrize(
    "formula",
    [
        pytest.param("+".join(["max(w)*0.12345"] * 13), id="sum"),
        pytest.param("sqrt(" * 18 + "max(abs(w))" + ")" * 18, id="nested"),
        pytest.param("/".join(["median(w+1)"] * 9), id="medians"),
    ],
)
def test_a_long_formula_is_broken_into_lines(formula):
    setup = Setup.plain(X, WEIGHT, operation="pooling", rule="formula", formula=formula)
    code = snippet(setup)
    assert max(map(len, code.splitlines())) <= 100
    torch.testing.assert_close(_run(code)[1], compute(setup), atol=1e-9, rtol=0)


def test_long_rows_are_wrapped_and_keep_every_number():
    row = _numbers(Random(2), 64)
    code = snippet(Setup.plain([row, row[::-1]], [[[1], [0]]]))
    assert max(map(len, code.splitlines())) <= 100
    _, y = _run(code)
    assert y.tolist() == [row]


@pytest.mark.parametrize(
    "formula",
    ["__import__('os')", "max(w)\nprint(1)", "w.__class__"],
    ids=["import", "line", "attribute"],
)
def test_a_formula_is_never_pasted(formula):
    setup = Setup.plain(X, WEIGHT, operation="pooling", rule="formula", formula=formula)
    with pytest.raises(ConvcoreError):
        snippet(setup)


def test_settings_that_do_not_fit_are_refused():
    with pytest.raises(ConvcoreError, match="kernel"):
        snippet(Setup.plain([[1, 2]], WEIGHT))
