import math
from itertools import product
from math import prod

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convcore.errors import ConvcoreError
from lab.playground.compute import compute
from lab.playground.predict import Cost, cost, formula_text, judge_size, judge_value
from lab.playground.predict.axis import Axis
from lab.playground.predict.size_slips import BACKWARDS, FORWARDS, SAME
from lab.playground.setup import Setup

CONVS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
MAX_POOLS = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    """Numbers no two sums of which are alike by chance."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).round(decimals=4)


def made(size=(6, 7), kernel_size=(3, 3), channels=(1, 1), **others) -> Setup:
    """A setup of these sizes; channels: of the weight, its first two."""
    groups = others.get("groups", 1)
    inputs = channels[0] if others.get("operation") == "transposed" else channels[1] * groups
    x, weight = numbers(inputs, *size), numbers(*channels, *kernel_size, seed=1)
    return Setup.plain(x.tolist(), weight.tolist(), **others)


def row(n, k, stride=1, padding=0, dilation=1, output_padding=0, operation="correlation") -> Setup:
    way = {"stride": (stride,), "dilation": (dilation,), "output_padding": (output_padding,)}
    padding = padding if isinstance(padding, str) else (padding,)
    return made((n,), (k,), operation=operation, padding=padding, **way)


def back(*args, **settings) -> Setup:
    return row(*args, operation="transposed", **settings)


SIZES = [  # setup, wrong answer, the slip that is named, its formula
    (row(9, 3, stride=2), 7, "forgetting the stride", "⌊(9 + 2·0 − 1·(3 − 1) − 1) / 1⌋ + 1"),
    (row(12, 7, padding=1), 6, "forgetting the padding", "⌊(12 + 2·0 − 1·(7 − 1) − 1) / 1⌋ + 1"),
    (row(8, 5, padding=3), 7, "counting the padding on one side only",
     "⌊(8 + 3 + 0 − 1·(5 − 1) − 1) / 1⌋ + 1"),
    (row(14, 3, dilation=4), 12, "forgetting the dilation", "⌊(14 + 2·0 − 1·(3 − 1) − 1) / 1⌋ + 1"),
    (row(20, 5, stride=3), 5, "perhaps dividing the + 1 too",
     "⌊(20 + 2·0 − 1·(5 − 1) − 1 + 1) / 3⌋"),
    (row(20, 5), 15, "forgetting the + 1", "⌊(20 + 2·0 − 1·(5 − 1) − 1) / 1⌋"),
    (row(21, 3, stride=5), 5, "perhaps rounding to the nearest",
     "(21 + 2·0 − 1·(3 − 1) − 1) / 5 + 1 = 4.6, to the nearest"),
    (row(19, 3, stride=5), 5, "rounding up",
     "(19 + 2·0 − 1·(3 − 1) − 1) / 5 + 1 = 4.2, rounded up"),
    (row(20, 5), 17, "forgetting the − 1", "⌊(20 + 2·0 − 1·(5 − 1)) / 1⌋ + 1"),
    (row(20, 3, dilation=4), 9, "multiplying the whole kernel by the dilation",
     "⌊(20 + 2·0 − 4·3) / 1⌋ + 1"),
    (row(20, 5), 20, "taking the input's size", "n"),
    (row(20, 7, stride=2), 10, "the rule of “same”, ⌈n / s⌉", "⌈20 / 2⌉"),
    (row(20, 5), 5, "taking the kernel's size", "k"),
    (row(6, 3, stride=2, padding=1), 11, "the formula of a transposed convolution",
     "(6 − 1)·2 − 2·1 + 1·(3 − 1) + 0 + 1"),
    (row(9, 4, padding="same"), 6, "reading “same” as no padding",
     "⌊(9 + 2·0 − 1·(4 − 1) − 1) / 1⌋ + 1"),
    (row(9, 4, padding="same"), 10, "perhaps padding half of the kernel on either side",
     "⌊(9 + 2·2 − 1·(4 − 1) − 1) / 1⌋ + 1"),
    (row(9, 4, padding="valid"), 9, "taking the input's size", "n"),
    (row(9, 3, operation="pooling", stride=3, padding=1), 2, "forgetting the + 1",
     "⌊(9 + 2·1 − 1·(3 − 1) − 1) / 3⌋"),
    (back(5, 4, stride=3), 8, "leaving the stride out", "(5 − 1)·1 − 2·0 + 1·(4 − 1) + 0 + 1"),
    (back(5, 4, stride=3, padding=2, output_padding=2), 12, "forgetting the output padding",
     "(5 − 1)·3 − 2·2 + 1·(4 − 1) + 0 + 1"),
    (back(5, 4, stride=3, padding=3), 22, "adding the padding",
     "(5 − 1)·3 + 2·3 + 1·(4 − 1) + 0 + 1"),
    (back(5, 4, stride=3, padding=2), 16, "leaving the padding out",
     "(5 − 1)·3 − 2·0 + 1·(4 − 1) + 0 + 1"),
    (back(5, 4, stride=3, padding=2), 14, "cutting the padding off one side only",
     "(5 − 1)·3 − 2 − 0 + 1·(4 − 1) + 0 + 1"),
    (back(5, 4, stride=3, dilation=3), 16, "leaving the dilation out",
     "(5 − 1)·3 − 2·0 + 1·(4 − 1) + 0 + 1"),
    (back(5, 7, stride=3), 18, "leaving the last + 1 out", "(5 − 1)·3 − 2·0 + 1·(7 − 1) + 0"),
    (back(5, 7, stride=3), 22, "multiplying all n pixels by the stride",
     "5·3 − 2·0 + 1·(7 − 1) + 0 + 1"),
    (back(5, 4, stride=2, dilation=4), 24, "spreading the whole kernel by the dilation",
     "(5 − 1)·2 − 2·0 + 4·4 + 0"),
    (back(5, 7, stride=3), 15, "the input's size times the stride alone", "5·3"),
    (back(5, 7, stride=3), 5, "taking the input's size", "n"),
    (back(5, 7, stride=3), 7, "taking the kernel's size", "k"),
    (back(14, 3, stride=3), 4, "the formula of a plain convolution",
     "⌊(14 + 2·0 − 1·(3 − 1) − 1) / 3⌋ + 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("setup", "answer", "slip", "formula"),
    SIZES,
    ids=[f"{setup.operation}: {slip}" for setup, _, slip, _ in SIZES],
)
def test_a_wrong_size_is_told_its_slip(setup, answer, slip, formula):
    judgement = judge_size(setup, (answer,))
    assert not judgement.right
    comes = f"comes from {slip}".replace("comes from perhaps", "perhaps comes from")
    assert judgement.sentence.startswith(f"Length: {answer} {comes}, {formula} = {answer}. ")


UNKNOWN = [
    pytest.param(row(9, 4), "⌊(9 + 2·0 − 1·(4 − 1) − 1) / 1⌋ + 1", id="forwards"),
    pytest.param(back(5, 7, stride=3), "(5 − 1)·3 − 2·0 + 1·(7 − 1) + 0 + 1", id="backwards"),
]


@pytest.mark.parametrize(("setup", "formula"), UNKNOWN)
def test_an_unknown_slip_gets_the_formula_without_the_result(setup, formula):
    assert judge_size(setup, (99,)).sentence == f"Length: it is not 99. Fill in {formula}."


@pytest.mark.parametrize("slips", [FORWARDS + SAME, BACKWARDS], ids=["forwards", "backwards"])
def test_every_slip_has_a_case_and_a_sentence_of_its_own(slips):
    assert len({slip.what for slip in slips}) == len({slip.instead for slip in slips}) == len(slips)
    named = {slip.removeprefix("perhaps ") for _, _, slip, _ in SIZES}
    assert {slip.what for slip in slips} <= named


AXES = st.builds(
    Axis, *(st.integers(1, 9) for _ in range(4)), *(st.integers(0, 3) for _ in range(3))
)


@settings(max_examples=60, deadline=None)
@given(AXES)
def test_a_shown_formula_gives_the_number_that_it_is_said_to_give(axis):
    python = {"⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "·": "*", "−": "-"}
    known = {"floor": math.floor, "ceil": math.ceil, "n": axis.size, "k": axis.kernel_size}
    for slip in FORWARDS + SAME + BACKWARDS:
        text, size = slip.leads(axis)
        formula = "".join(python.get(sign, sign) for sign in text.split("=")[0])
        exact = eval(formula, known)
        if text.endswith("to the nearest"):
            exact = math.floor(exact + 0.5)
        assert size == (math.ceil(exact) if text.endswith("rounded up") else exact), slip.what


def test_all_axes_are_judged_and_what_is_true_of_several_is_said_once():
    setup = made((8, 9), (3, 3), stride=(1, 2))
    rows, both = judge_size(setup, (5, 4)), judge_size(made((8, 8)), (5, 5))
    assert rows.sentence.startswith("Rows: 5 comes from forgetting the + 1")
    assert rows.sentence.endswith("Columns: right.")
    assert both.sentence.startswith("Rows and columns: 5 comes from forgetting the + 1")
    volume = judge_size(made((4, 6, 8), (2, 3, 3)), (3, 5, 8))
    assert volume.sentence.startswith("Depth: right. Rows: 5 comes from forgetting the − 1")
    assert "Columns: 8 comes from taking the input's size" in volume.sentence


def test_swapped_axes_are_named():
    sentence = judge_size(made((8, 5), (3, 3)), (3, 6)).sentence
    assert sentence == "The right numbers, but their order is another: rows, then columns."


@pytest.mark.parametrize("answer", [(6,), (6, 5, 4), (6.0, 5)])
def test_a_size_is_one_whole_number_per_axis(answer):
    with pytest.raises(ConvcoreError, match="2 whole numbers, one for each of: rows, columns"):
        judge_size(made(), answer)


FORMULAS = [
    pytest.param(
        made((8, 8), (3, 5), padding=(1, 2), stride=(2, 1)),
        ["⌊(8 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1", "⌊(8 + 2·2 − 1·(5 − 1) − 1) / 1⌋ + 1"],
        [4, 8],
        id="A2",
    ),
    pytest.param(
        made((6, 7), (3, 4), padding="same"),
        ["⌊(6 + 2·1 − 1·(3 − 1) − 1) / 1⌋ + 1", "⌊(7 + 1 + 2 − 1·(4 − 1) − 1) / 1⌋ + 1"],
        [6, 7],
        id="same",
    ),
    pytest.param(
        made((4, 5), (3, 3), operation="transposed", stride=(2, 1), output_padding=(1, 0)),
        ["(4 − 1)·2 − 2·0 + 1·(3 − 1) + 1 + 1", "(5 − 1)·1 − 2·0 + 1·(3 − 1) + 0 + 1"],
        [10, 7],
        id="transposed",
    ),
]


@pytest.mark.parametrize(("setup", "formulas", "sizes"), FORMULAS)
def test_the_formula_is_filled_in(setup, formulas, sizes):
    lines = [f"{axis}: {text}" for axis, text in zip(["rows", "columns"], formulas, strict=True)]
    assert formula_text(setup, hidden=True) == lines
    shown = [f"{line} = {size}" for line, size in zip(lines, sizes, strict=True)]
    assert formula_text(setup) == shown
    right = judge_size(setup, tuple(sizes))
    assert right.right
    assert right.sentence == f"Right. {'; '.join(shown)}."


@pytest.mark.parametrize("judge", [formula_text, cost, lambda setup: judge_size(setup, (1, 1))])
def test_what_does_not_fit_is_said_by_the_operation(judge):
    with pytest.raises(ConvcoreError, match="smaller kernel_size"):
        judge(made((2, 2), (3, 3)))
    with pytest.raises(ConvcoreError, match="not known to a transposed"):
        judge(made(operation="transposed", padding="same"))


@st.composite
def setups(draw) -> Setup:
    axes, groups = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    operation = draw(st.sampled_from(["correlation", "convolution", "transposed", "pooling"]))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    setup = made(
        each(4, 6), each(1, 3), (2 * groups, draw(st.integers(1, 2))),
        operation=operation, groups=groups, stride=each(1, 3), dilation=each(1, 2),
        padding=each(0, 1), output_padding=each(0, 1), rule=draw(st.sampled_from(["max", "min"])),
        padding_mode=draw(st.sampled_from(["zeros", "replicate", "circular", "reflect"])),
    )  # fmt: skip
    setup = setup.changed(bias=draw(st.sampled_from([None, (0.5,) * setup.out_channels])))
    try:
        compute(setup)
    except ConvcoreError:
        assume(False)
    return setup


def torch_size(setup: Setup) -> tuple[int, ...]:
    x, weight = torch.tensor(setup.x)[None], torch.tensor(setup.weight)
    if setup.operation == "pooling":
        way = (setup.kernel_size, setup.stride, setup.padding, setup.dilation)
        return tuple(MAX_POOLS[setup.axes](x, *way).shape[2:])
    if setup.operation == "transposed":
        way = (setup.stride, setup.padding, setup.output_padding, setup.groups, setup.dilation)
        return tuple(TRANSPOSED[setup.axes](x, weight, None, *way).shape[2:])
    way = (setup.stride, setup.padding, setup.dilation, setup.groups)
    return tuple(CONVS[setup.axes](x, weight, None, *way).shape[2:])


@settings(max_examples=80, deadline=None)
@given(setups(), st.data())
def test_the_right_answer_is_never_called_a_slip(setup, data):
    size, y = torch_size(setup), compute(setup)
    assert judge_size(setup, size).right
    shown = zip(formula_text(setup), formula_text(setup, hidden=True), size, strict=True)
    assert all(line == f"{formula} = {n}" for line, formula, n in shown)
    wrong = tuple(data.draw(st.integers(0, 20)) for _ in size)
    assert judge_size(setup, wrong).right == (wrong == size)
    position = tuple(data.draw(st.integers(0, n - 1)) for n in y.shape)
    truth = y[position].item()
    for answer in (truth, float(f"{truth:.3g}"), float(f"{truth:.5g}")):
        assert judge_value(setup, position, answer).right
    assert not judge_value(setup, position, truth + 0.05 * abs(truth) + 0.01).right


def brute_cost(setup: Setup) -> Cost:
    """Products met one by one; a dictionary holds how many each output pixel adds up."""
    out = tuple(compute(setup).shape[1:])
    met = dict.fromkeys(product(*map(range, out)), 0)
    walked = setup.size if setup.operation == "transposed" else out
    for pixel in product(*map(range, walked)):
        for cell in product(*map(range, setup.kernel_size)):
            way = zip(pixel, cell, setup.stride, setup.dilation, setup.padding, strict=True)
            landed = tuple(q * s + c * d - p for q, c, s, d, p in way)
            target = landed if setup.operation == "transposed" else pixel
            if target in met:
                met[target] += setup.in_channels // setup.groups
    additions = sum(max(0, n - 1) + (n > 0 and setup.bias is not None) for n in met.values())
    return Cost(
        multiplications=setup.out_channels * sum(met.values()),
        additions=setup.out_channels * additions,
        parameters=torch.tensor(setup.weight).numel() + len(setup.bias or ()),
        outputs=setup.out_channels * prod(out),
    )


@settings(max_examples=60, deadline=None)
@given(setups())
def test_costs_are_counted_exactly(setup):
    assume(setup.operation != "pooling")
    assert cost(setup) == brute_cost(setup)


POOLING_COSTS = [
    pytest.param("max", Cost(0, 0, 0, 24), id="max"),
    pytest.param("mean", Cost(24, 24 * 5, 0, 24), id="mean"),
    pytest.param("lp", Cost(0, 24 * 5, 0, 24), id="lp"),
    pytest.param("formula", Cost(None, None, 0, 24), id="formula"),
]


@pytest.mark.parametrize(("rule", "expected"), POOLING_COSTS)
def test_a_pooling_has_no_parameters(rule, expected):
    setup = made((6, 6), (2, 3), (1, 2), operation="pooling", stride=(2, 1), rule=rule)
    assert cost(setup) == expected
