"""What all poolings have in common, held against loops and torch, for one, two and three axes."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.oracle import assert_same, numbers

AXES = [1, 2, 3]
KINDS = ["max_pool", "avg_pool", "lp_pool"]

# (size, kernel_size, arguments) for three axes; for fewer the last ones are taken.
CASES = {
    "halves": ((4, 6, 8), 2, {}),
    "overlapping": ((4, 7, 6), (2, 3, 2), {"stride": 1}),
    "gaps": ((5, 7, 9), 2, {"stride": (2, 3, 4)}),
    "one-pixel": ((2, 3, 3), 1, {"stride": 2}),
    "whole": ((3, 4, 5), (3, 4, 5), {}),
    "ceil": ((4, 8, 7), 3, {"stride": 2, "ceil_mode": True}),
    "ceil-gaps": ((4, 7, 9), (2, 2, 3), {"stride": (3, 3, 4), "ceil_mode": True}),
    "padded": ((4, 7, 6), 3, {"stride": 2, "padding": 1}),
    "padded-per-axis": ((4, 6, 7), (2, 3, 4), {"stride": 1, "padding": (1, 0, 2)}),
    "padded-ceil": ((5, 8, 7), 3, {"stride": 2, "padding": 1, "ceil_mode": True}),
    "dilated": ((5, 9, 8), (2, 2, 3), {"stride": (1, 2, 1), "dilation": (2, 3, 2)}),
    "dilated-padded": ((5, 9, 8), 3, {"padding": 1, "dilation": 2, "ceil_mode": True}),
    "edge-not-counted": ((4, 7, 6), 3, {"stride": 2, "padding": 1, "count_include_pad": False}),
    "edge-not-counted-ceil": (
        *((5, 8, 7), 3),
        {"stride": 2, "padding": 1, "count_include_pad": False, "ceil_mode": True},
    ),
    "divisor": ((4, 7, 6), 3, {"stride": 2, "padding": 1, "divisor_override": -5}),
}
TAKES = {
    "max_pool": {"stride", "padding", "dilation", "ceil_mode"},
    "avg_pool": {"stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"},
    "lp_pool": {"stride", "ceil_mode"},
}
LAYOUTS = {
    "contiguous": lambda x: x,
    "channels-last": lambda x: x.movedim(1, -1).contiguous().movedim(-1, 1),
    "strided": lambda x: x.repeat_interleave(2, -1)[..., ::2],
    "batch-last": lambda x: x.movedim(0, -1).contiguous().movedim(-1, 0),
}


def cut(value, axes):
    """An argument for the last axes; of one axis an int, as torch's lp_pool1d wants it."""
    if not isinstance(value, tuple):
        return value
    return value[-axes:] if axes > 1 else value[-1]


def takes(kind, axes, arguments):
    return set(arguments) <= TAKES[kind] and not (axes == 1 and "divisor_override" in arguments)


def pooling(module, kind, axes):
    """The operation; power averages with the Euclidean norm."""
    operation = getattr(module, f"{kind}{axes}d")
    if kind == "lp_pool":
        return lambda x, *arguments, **named: operation(x, 2.0, *arguments, **named)
    return operation


def cases():
    for kind in KINDS:
        for axes in AXES:
            for name, (size, kernel_size, arguments) in CASES.items():
                if takes(kind, axes, arguments):
                    fitted = {key: cut(value, axes) for key, value in arguments.items()}
                    yield pytest.param(
                        *(kind, axes, size[-axes:], cut(kernel_size, axes), fitted),
                        id=f"{kind}{axes}d-{name}",
                    )


@pytest.mark.parametrize(("kind", "axes", "size", "kernel_size", "arguments"), list(cases()))
def test_loops_fast_torch_agree(kind, axes, size, kernel_size, arguments):
    x = numbers(2, 2, *size).requires_grad_()
    ours = pooling(functional, kind, axes)(x, kernel_size, **arguments)
    assert_same(ours, pooling(F, kind, axes)(x, kernel_size, **arguments), (x,))
    loops = pooling(reference, kind, axes)(x.detach()[:1], kernel_size, **arguments)
    torch.testing.assert_close(ours.detach()[:1], loops)


@pytest.mark.usefixtures("_small_cache")
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("kind", KINDS)
def test_any_memory_layout_in_small_parts(kind, axes, layout):
    x = layout(numbers(3, 2, *(5, 6, 7)[-axes:])).requires_grad_()
    ours, theirs = (pooling(module, kind, axes)(x, 3, 2) for module in (functional, F))
    assert_same(ours, theirs, (x,))
    for other in LAYOUTS.values():  # of the upstream gradient
        upstream = other(torch.randn_like(theirs))
        torch.testing.assert_close(
            torch.autograd.grad(ours, x, upstream, retain_graph=True),
            torch.autograd.grad(theirs, x, upstream, retain_graph=True),
        )


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("kind", KINDS)
def test_one_picture_and_an_empty_batch(kind, axes):
    for lead in ((3,), (0, 3)):
        x = numbers(*lead, *(6, 5, 4)[-axes:]).requires_grad_()
        ours, theirs = (pooling(module, kind, axes)(x, 2) for module in (functional, F))
        assert_same(ours, theirs, (x,))
        loops = pooling(reference, kind, axes)(x.detach(), 2)
        torch.testing.assert_close(loops, theirs.detach())


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("kind", KINDS)
def test_first_and_second_derivatives(kind, axes):
    size = (1, 2, *(3, 4, 5)[-axes:])
    x = torch.randperm(torch.Size(size).numel()).double().view(size) + 1  # no ties, no zeros
    x.requires_grad_()
    arguments = () if kind == "lp_pool" else (1,)  # padding

    def pool(x):
        return pooling(functional, kind, axes)(x, 3, 2, *arguments)

    assert torch.autograd.gradcheck(pool, (x,))
    assert torch.autograd.gradgradcheck(pool, (x,))


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_result_lies_channels_last(kind, axes):
    y = pooling(functional, kind, axes)(numbers(2, 3, *(4, 4, 4)[-axes:]), 2)
    assert y.movedim(1, -1).is_contiguous()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_dtype_stays(kind, axes, dtype):
    x = (numbers(2, 3, *(5, 6, 7)[-axes:]).to(dtype)).requires_grad_()
    ours = pooling(functional, kind, axes)(x, 3, 2)
    assert ours.dtype == dtype
    wide = x if dtype == torch.float32 else x.float()  # torch's CPU lacks some half precisions
    theirs = pooling(F, kind, axes)(wide, 3, 2).to(dtype)
    assert_same(ours, theirs, (x,), rtol=2e-2, atol=2e-2)


def per_axis(draw, axes, entries):
    return draw(entries | st.lists(entries, min_size=axes, max_size=axes).map(tuple))


@st.composite
def calls(draw):
    """(kind, axes, input, arguments by torch's names)."""
    kind, axes = draw(st.sampled_from(KINDS)), draw(st.sampled_from(AXES))
    lead = draw(st.sampled_from([(2,), (0, 2), (1, 3), (2, 1)]))
    x = numbers(*lead, *(draw(st.integers(1, 12)) for _ in range(axes)))
    if len(lead) == 2:  # of one picture torch takes some layouts for a batch's
        x = draw(st.sampled_from(list(LAYOUTS.values())))(x)
    arguments = {
        "stride": None if draw(st.booleans()) else per_axis(draw, axes, st.integers(1, 5)),
        "padding": per_axis(draw, axes, st.integers(0, 2)),
        "dilation": per_axis(draw, axes, st.integers(1, 3)),
        "ceil_mode": draw(st.booleans()),
        "count_include_pad": draw(st.booleans()),
        "divisor_override": draw(st.sampled_from([None, 3, -2])),
    }
    arguments = {name: value for name, value in arguments.items() if takes(kind, axes, {name})}
    kernels = st.integers(1, 4)
    kernel_size = draw(kernels) if kind == "lp_pool" else per_axis(draw, axes, kernels)
    return kind, axes, x.requires_grad_(), kernel_size, arguments


@settings(deadline=None, max_examples=100)
@given(calls())
def test_torchs_values_or_an_error_where_torch_raises(call):
    kind, axes, x, kernel_size, arguments = call
    ours, loops = (pooling(module, kind, axes) for module in (functional, reference))
    try:
        theirs = pooling(F, kind, axes)(x, kernel_size, **arguments)
    except RuntimeError:
        for operation in (ours, loops):
            with pytest.raises(ConvcoreError):
                operation(x, kernel_size, **arguments)
        return
    # A dilated window may step over the whole picture; torch's gradient then leaves its memory.
    assume(not theirs.isinf().any())
    assert_same(ours(x, kernel_size, **arguments), theirs, (x,))
    if theirs.numel() < 200:
        torch.testing.assert_close(loops(x.detach(), kernel_size, **arguments), theirs.detach())
