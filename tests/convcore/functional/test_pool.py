"""Pooling by a rule of one's own; and the figures that anyone can compute by hand."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.functional.test_pools import AXES, CASES, LAYOUTS, cut, per_axis, pooling
from tests.convcore.oracle import assert_same, numbers

RULES = {
    "maximum": lambda windows: windows.amax(-1),
    "mean": lambda windows: windows.mean(-1),
    "median": lambda windows: windows.median(-1).values,
    "range": lambda windows: windows.amax(-1) - windows.amin(-1),
    "soft maximum": lambda windows: (windows.softmax(-1) * windows).sum(-1),
    "middle cell": lambda windows: windows[..., windows.shape[-1] // 2],
}
TAKEN = {"stride", "padding", "dilation", "ceil_mode"}


def unfolded(x, kernel_size, rule, axes, stride=None, padding=0, dilation=1):
    """The same by torch's own views: unfold one axis after the other."""
    kernel_size, padding, dilation = (
        value if isinstance(value, tuple) else (value,) * axes
        for value in (kernel_size, padding, dilation)
    )
    stride = kernel_size if stride is None else stride
    stride = stride if isinstance(stride, tuple) else (stride,) * axes
    x = F.pad(x, [p for p in reversed(padding) for _ in range(2)])
    for axis in range(axes):
        span = dilation[axis] * (kernel_size[axis] - 1) + 1
        x = x.unfold(2 + axis, span, stride[axis])[..., :: dilation[axis]]
    return rule(x.flatten(-axes))


def cases(names):
    return [
        pytest.param(axes, *CASES[name], id=f"{axes}d-{name}") for axes in AXES for name in names
    ]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize(
    ("axes", "size", "kernel_size", "arguments"),
    cases(["halves", "overlapping", "gaps", "padded", "padded-per-axis", "dilated"]),
)
def test_loops_fast_torch_agree(axes, size, kernel_size, arguments, rule):
    kernel_size = kernel_size[-axes:] if isinstance(kernel_size, tuple) else kernel_size
    arguments = {
        name: value[-axes:] if isinstance(value, tuple) else value
        for name, value in arguments.items()
    }
    x = numbers(1, 2, *size[-axes:]).requires_grad_()
    ours = pooling(functional, "pool", axes)(x, kernel_size, rule, **arguments)
    assert_same(ours, unfolded(x, kernel_size, rule, axes, **arguments), (x,))
    loops = pooling(reference, "pool", axes)(x.detach()[:, :1], kernel_size, rule, **arguments)
    torch.testing.assert_close(ours.detach()[:, :1], loops)


@pytest.mark.parametrize(
    ("axes", "size", "kernel_size", "arguments"),
    cases(name for name, (_, _, arguments) in CASES.items() if set(arguments) <= TAKEN),
)
def test_the_maximum_is_max_pooling(axes, size, kernel_size, arguments):
    x = numbers(2, 2, *size[-axes:]).requires_grad_()
    kernel_size = cut(kernel_size, axes)
    arguments = {name: cut(value, axes) for name, value in arguments.items()}
    theirs = pooling(F, "max_pool", axes)(x, kernel_size, **arguments)
    arguments |= {"reduce": RULES["maximum"], "padding_value": -math.inf}
    assert_same(pooling(functional, "pool", axes)(x, kernel_size, **arguments), theirs, (x,))
    loops = pooling(reference, "pool", axes)(x.detach(), kernel_size, **arguments)
    torch.testing.assert_close(loops, theirs.detach())


@st.composite
def calls(draw):
    """(axes, input, arguments of a max pooling)."""
    axes = draw(st.sampled_from(AXES))
    lead = draw(st.sampled_from([(0, 2), (1, 3), (2, 1)]))
    x = numbers(*lead, *(draw(st.integers(1, 12)) for _ in range(axes)))
    arguments = {
        "kernel_size": per_axis(draw, axes, st.integers(1, 4)),
        "stride": None if draw(st.booleans()) else per_axis(draw, axes, st.integers(1, 5)),
        "padding": per_axis(draw, axes, st.integers(0, 2)),
        "dilation": per_axis(draw, axes, st.integers(1, 3)),
        "ceil_mode": draw(st.booleans()),
    }
    return axes, draw(st.sampled_from(list(LAYOUTS.values())))(x).requires_grad_(), arguments


@settings(deadline=None, max_examples=60)
@given(calls())
def test_any_arguments_give_what_max_pooling_gives(call):
    axes, x, arguments = call
    pool = pooling(functional, "pool", axes)
    try:
        theirs = pooling(functional, "max_pool", axes)(x, **arguments)
    except ConvcoreError:
        with pytest.raises(ConvcoreError):
            pool(x, reduce=RULES["maximum"], **arguments)
        return
    ours = pool(x, reduce=RULES["maximum"], padding_value=-math.inf, **arguments)
    assert_same(ours, theirs, (x,))


@pytest.mark.usefixtures("_small_cache")
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("axes", AXES)
def test_any_memory_layout_in_small_parts(axes, layout):
    x = layout(numbers(3, 2, *(5, 6, 7)[-axes:])).requires_grad_()
    ours = pooling(functional, "pool", axes)(x, 3, RULES["mean"], 2, 1)
    assert_same(ours, pooling(F, "avg_pool", axes)(x, 3, 2, 1), (x,))


@pytest.mark.parametrize("axes", AXES)
def test_one_picture_and_an_empty_batch(axes):
    for lead in ((3,), (0, 3)):
        x = numbers(*lead, *(6, 5, 4)[-axes:]).requires_grad_()
        theirs = pooling(F, "avg_pool", axes)(x, 2)
        assert_same(pooling(functional, "pool", axes)(x, 2, RULES["mean"]), theirs, (x,))
        loops = pooling(reference, "pool", axes)(x.detach(), 2, RULES["mean"])
        torch.testing.assert_close(loops, theirs.detach())


@pytest.mark.parametrize("axes", AXES)
def test_first_and_second_derivatives(axes):
    x = numbers(1, 2, *(3, 4, 5)[-axes:]).requires_grad_()

    def pool(x):
        return pooling(functional, "pool", axes)(x, 3, RULES["soft maximum"], 2, 1)

    assert torch.autograd.gradcheck(pool, (x,))
    assert torch.autograd.gradgradcheck(pool, (x,))


def test_the_padding_holds_what_it_is_told_to():
    x = torch.ones(1, 1, 3)
    for module in (functional, reference):
        assert module.pool1d(x, 2, RULES["mean"], 1, 1).tolist() == [[[0.5, 1, 1, 0.5]]]
        padded = module.pool1d(x, 2, RULES["mean"], 1, 1, padding_value=5)
        assert padded.tolist() == [[[3, 1, 1, 3]]]
        beyond = module.pool1d(x, 2, RULES["mean"], ceil_mode=True, padding_value=5)
        assert beyond.tolist() == [[[1, 3]]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.int32])
def test_the_rule_sees_the_inputs_dtype_and_decides_the_results(dtype):
    x = torch.randint(-9, 9, (1, 2, 4, 6)).to(dtype)
    for module in (functional, reference):
        assert module.pool2d(x, 2, RULES["maximum"]).dtype == dtype
        places = module.pool2d(x, 2, lambda windows: windows.argmax(-1))
        assert places.dtype == torch.int64


def test_the_rule_is_given_all_windows_at_once_their_cells_row_by_row():
    given = []
    x = torch.arange(2 * 16).view(1, 2, 4, 4).double()
    functional.pool2d(x, 2, lambda windows: (given.append(windows), windows.sum(-1))[1])
    (windows,) = given
    assert windows.shape == (1, 2, 2, 2, 4)
    assert windows[0, 0, 0, 1].tolist() == [2, 3, 6, 7]


def test_a_rule_can_learn():
    rule = nn.Sequential(nn.Linear(4, 1), nn.Flatten(-2))
    functional.pool2d(torch.randn(2, 3, 6, 6), 2, rule).sum().backward()
    assert rule[0].weight.grad.abs().sum() > 0


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param({"reduce": "max"}, ["reduce='max' cannot be called", "amax"], id="name"),
        pytest.param({"padding_value": None}, ["padding_value=None", "float32"], id="no-padding"),
        pytest.param(
            {"reduce": lambda windows: windows.unsqueeze(0)}, ["last axis"], id="reduces-nothing"
        ),
        pytest.param(
            {"reduce": lambda windows: windows.max(-1)},
            ["reduce returned max", "tensor of shape=", ".values"],
            id="two-results",
        ),
        pytest.param({"kernel_size": 9}, ["9×9", "4×4"], id="kernel-too-large"),
        pytest.param({"padding": 2}, ["padding=(2, 2)", "half"], id="padding"),
    ],
)
def test_mistakes(module, arguments, told):
    arguments = {"kernel_size": 2, "reduce": RULES["mean"]} | arguments
    with pytest.raises(ConvcoreError) as error:
        module.pool2d(torch.ones(1, 1, 4, 4), **arguments)
    assert str(error.value).startswith("pool2d: ")
    assert [part for part in told if part not in str(error.value)] == []


def test_a_rule_that_returns_another_shape_is_told_both():
    with pytest.raises(ConvcoreError, match=r"shape=\(4, 4\) for windows of shape=\(1, 1, 2, 4"):
        functional.pool2d(torch.ones(1, 1, 4, 8), 2, lambda windows: windows[0, :, 0].amax(0))


@pytest.mark.parametrize("value", [0.5, math.inf, math.nan, 300, -1])
def test_padding_of_whole_numbers_is_one_of_them(value):
    x = torch.ones(1, 1, 4, 4, dtype=torch.uint8)
    with pytest.raises(ConvcoreError, match=r"padding_value=.*torch\.uint8"):
        functional.pool2d(x, 2, RULES["maximum"], padding_value=value)


X = [[1, 2, 3], [4, 5, 6], [5, 6, 7]]  # systems A1
X3 = [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [1, 2, 3]]]  # A4
MEAN_PADDED = [
    [0.25, 0.75, 1.25, 0.75],
    [1.25, 3, 4, 2.25],
    [2.25, 5, 6, 3.25],
    [1.25, 2.75, 3.25, 1.75],
]
FIGURES = [
    pytest.param("avg_pool2d", X, ((2, 3), 1), [[3.5], [5.5]], id="A7-mean"),
    pytest.param("avg_pool2d", X, (2, 1, 1), MEAN_PADDED, id="A7-mean-padded"),
    pytest.param("max_pool2d", X, (2, 1), [[5, 6], [6, 7]], id="A7-max"),
    pytest.param("max_pool3d", X3, (2, 1), [[[8, 9]]], id="A7-max-3d"),
    pytest.param("avg_pool3d", X3, ((2, 2, 3),), [[[51 / 12]]], id="A7-mean-3d"),
    pytest.param("max_pool1d", X[0], (2, 1), [2, 3], id="A7-max-1d"),
    pytest.param("avg_pool1d", X[0], (2, 1), [1.5, 2.5], id="A7-mean-1d"),
    pytest.param("lp_pool2d", X, (2, 2, 1), [[46**0.5, 74**0.5], [102**0.5, 146**0.5]], id="lp"),
    pytest.param("pool2d", X, (2, RULES["maximum"], 1), [[5, 6], [6, 7]], id="A8-max"),
    pytest.param("pool2d", X, ((2, 3), RULES["mean"], 1), [[3.5], [5.5]], id="A8-mean"),
    pytest.param("pool2d", X, (2, RULES["mean"], 1, 1), MEAN_PADDED, id="A8-mean-padded"),
    pytest.param("pool2d", X, (2, RULES["range"], 1), [[4, 4], [2, 2]], id="A8-range"),
    pytest.param("pool2d", X, (3, RULES["median"]), [[5]], id="A8-median"),
    pytest.param("pool3d", X3, (2, RULES["maximum"], 1), [[[8, 9]]], id="A8-max-3d"),
    pytest.param("pool1d", X[2], (3, RULES["range"]), [2], id="A8-range-1d"),
    pytest.param(
        "adaptive_avg_pool2d", X, ((3, 2),), [[1.5, 2.5], [4.5, 5.5], [5.5, 6.5]], id="adaptive"
    ),
]


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize(("operation", "x", "arguments", "expected"), FIGURES)
def test_figures(module, operation, x, arguments, expected):
    x, expected = (torch.tensor(rows, dtype=torch.float64)[None, None] for rows in (x, expected))
    torch.testing.assert_close(getattr(module, operation)(x, *arguments), expected)


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize("axes", AXES)
def test_figures_stand_for_every_channel_alike(module, axes):
    x = numbers(2, 3, *(4, 5, 4)[-axes:])
    for kind, arguments in [
        ("max_pool", (2,)),
        ("avg_pool", (2,)),
        ("lp_pool", (2,)),
        ("pool", (2, RULES["median"])),
    ]:
        pool = pooling(module, kind, axes)
        alone = [pool(x[:, [c]], *arguments) for c in range(3)]
        torch.testing.assert_close(pool(x, *arguments), torch.cat(alone, 1))
