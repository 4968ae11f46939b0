import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.oracle import MEMORY, assert_same, numbers

LAYOUTS = MEMORY | {"channels-last": lambda x: x.movedim(1, -1).contiguous().movedim(-1, 1)}

TRANSPOSED_CASES = [
    pytest.param((2, 3, 4, 5), (3, 4, 3, 2), {}, id="plain"),
    pytest.param((2, 3, 4, 3), (3, 2, 3, 2), {"stride": 2, "padding": 1}, id="stride"),
    pytest.param((1, 2, 3, 3), (2, 2, 3, 5), {"stride": (3, 4), "padding": (0, 2)}, id="per-axis"),
    pytest.param(
        (2, 2, 3, 4), (2, 3, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1}, id="doubles"
    ),
    pytest.param(
        (1, 2, 3, 3), (2, 2, 2, 2), {"output_padding": (1, 2), "dilation": 3}, id="below-dilation"
    ),
    pytest.param((1, 2, 3, 3), (2, 2, 2, 2), {"stride": 4}, id="gaps"),
    pytest.param((2, 2, 6, 5), (2, 2, 2, 2), {"padding": 2}, id="padding-over-kernel"),
    pytest.param((2, 2, 3, 3), (2, 2, 3, 3), {"padding": 2}, id="shrinks"),
    pytest.param((1, 4, 4, 4), (4, 3, 3, 3), {"groups": 2, "padding": 1}, id="groups"),
    pytest.param((1, 4, 3, 4), (4, 2, 3, 3), {"groups": 2, "stride": 2}, id="groups-stride"),
    pytest.param((2, 4, 4, 3), (4, 1, 3, 3), {"groups": 4, "padding": 1}, id="depthwise"),
    pytest.param(
        (2, 6, 3, 3), (6, 1, 3, 2), {"groups": 3, "stride": 2, "dilation": 2}, id="gathers-groups"
    ),
    pytest.param((2, 5, 3, 3), (5, 3, 1, 1), {}, id="pointwise"),
    pytest.param((2, 3, 5), (3, 4, 3), {}, id="1d"),
    pytest.param(
        (2, 4, 5),
        (4, 2, 3),
        {"stride": (3,), "padding": 1, "output_padding": 2, "groups": 2, "dilation": 2},
        id="1d-all",
    ),
    pytest.param((1, 2, 3, 2, 3), (2, 3, 2, 3, 2), {}, id="3d"),
    pytest.param(
        (1, 2, 2, 3, 2),
        (2, 2, 2, 1, 3),
        {
            "stride": (2, 1, 3),
            "padding": (1, 0, 2),
            "output_padding": (1, 0, 2),
            "dilation": (1, 3, 2),
            "groups": 2,
        },
        id="3d-all",
    ),
]
SMALL_CASES = [
    pytest.param((1, 2, 3), (2, 2, 2), {"padding": 1, "stride": 2}, id="1d"),
    pytest.param((2, 2, 2, 3), (2, 1, 2, 2), {"groups": 2, "stride": 2}, id="2d"),
    pytest.param((1, 1, 2, 1, 2), (1, 2, 2, 2, 2), {"dilation": 2}, id="3d"),
]
AXES = [1, 2, 3]
SHORT = {1: (5,), 2: (4, 3), 3: (2, 3, 2)}


def operations(x_shape):
    """Ours, the loops and torch's for an input of that shape."""
    name = f"conv_transpose{len(x_shape) - 2}d"
    return getattr(functional, name), getattr(reference, name), getattr(F, name)


def tensors(*shapes, dtype=torch.float64):
    return [numbers(*shape, dtype=dtype).requires_grad_() for shape in shapes]


def outputs(weight_shape, kwargs):
    return weight_shape[1] * kwargs.get("groups", 1)


@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), TRANSPOSED_CASES)
def test_loops_fast_torch_agree(x_shape, weight_shape, kwargs):
    fast, loops, torchs = operations(x_shape)
    x, weight, bias = tensors(x_shape, weight_shape, (outputs(weight_shape, kwargs),))
    ours = fast(x, weight, bias, **kwargs)
    assert_same(ours, torchs(x, weight, bias, **kwargs), (x, weight, bias))
    with torch.no_grad():
        torch.testing.assert_close(ours, loops(x, weight, bias, **kwargs))


@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), SMALL_CASES)
def test_loops_have_the_same_gradients(x_shape, weight_shape, kwargs):
    fast, loops, _ = operations(x_shape)
    x, weight, bias = tensors(x_shape, weight_shape, (outputs(weight_shape, kwargs),))
    assert_same(
        fast(x, weight, bias, **kwargs), loops(x, weight, bias, **kwargs), (x, weight, bias)
    )


@pytest.mark.usefixtures("_small_cache")
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), TRANSPOSED_CASES)
def test_in_small_parts(x_shape, weight_shape, kwargs):
    fast, _, torchs = operations(x_shape)
    x, weight = tensors(x_shape, weight_shape)
    assert_same(fast(x, weight, **kwargs), torchs(x, weight, **kwargs), (x, weight))


def test_arguments_stand_in_torchs_order():
    x, weight, bias = tensors((1, 4, 3, 3), (4, 2, 3, 3), (4,))
    order = 2, 1, 1, 2, 3  # stride, padding, output_padding, groups, dilation
    ours = functional.conv_transpose2d(x, weight, bias, *order)
    torch.testing.assert_close(ours, F.conv_transpose2d(x, weight, bias, *order))
    with torch.no_grad():
        loops = reference.conv_transpose2d(x, weight, bias, *order)
    torch.testing.assert_close(ours.detach(), loops)


def test_it_is_the_gradient_of_the_convolution_that_goes_the_other_way():
    (picture,) = tensors((1, 2, 7, 8))
    weight, way = numbers(3, 2, 3, 2), {"stride": (2, 3), "padding": 1, "dilation": (1, 2)}
    small = functional.conv2d(picture, weight, **way)
    upstream = torch.randn_like(small)
    (gradient,) = torch.autograd.grad(small, picture, upstream)
    spread = functional.conv_transpose2d(upstream, weight, output_padding=(0, 1), **way)
    torch.testing.assert_close(spread, gradient)


@pytest.mark.parametrize("memory", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("kwargs", [{}, {"stride": 2}, {"groups": 4}], ids=str)
@pytest.mark.parametrize("axes", AXES)
def test_takes_any_memory_layout(axes, kwargs, memory):
    x_shape = (2, 4, *SHORT[axes])
    fast, _, torchs = operations(x_shape)
    (weight,) = tensors((4, 2, *(2,) * axes))
    x = memory(numbers(*x_shape)).requires_grad_()
    ours, theirs = fast(x, weight, **kwargs), torchs(x, weight, **kwargs)
    assert_same(ours, theirs, (x, weight))
    for layout in LAYOUTS.values():  # of the upstream gradient
        upstream = layout(torch.randn_like(theirs))
        torch.testing.assert_close(
            torch.autograd.grad(ours, x, upstream, retain_graph=True),
            torch.autograd.grad(theirs, x, upstream, retain_graph=True),
        )


@pytest.mark.parametrize("axes", AXES)
def test_takes_one_picture(axes):
    x_shape = (2, *SHORT[axes])
    fast, loops, torchs = operations((1, *x_shape))
    x, weight, bias = tensors(x_shape, (2, 2, *(2,) * axes), (2,))
    assert_same(fast(x, weight, bias, 2), torchs(x, weight, bias, 2), (x, weight, bias))
    with torch.no_grad():
        torch.testing.assert_close(loops(x, weight, bias, 2), torchs(x, weight, bias, 2))


@pytest.mark.parametrize("kwargs", [{}, {"stride": 2}, {"groups": 2, "stride": 3}], ids=str)
@pytest.mark.parametrize("axes", AXES)
def test_takes_an_empty_batch(axes, kwargs):
    x_shape = (0, 2, *SHORT[axes])
    fast, loops, torchs = operations(x_shape)
    x, weight = tensors(x_shape, (2, 2, *(3,) * axes))
    y = fast(x, weight, **kwargs)
    assert y.shape == torchs(x, weight, **kwargs).shape == loops(x, weight, **kwargs).shape
    y.sum().backward()
    assert x.grad.shape == x.shape
    assert not weight.grad.any()


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 5e-2), (torch.float16, 1e-2)]
)
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("axes", AXES)
def test_keeps_the_dtype(axes, stride, dtype, tolerance):
    x_shape = (4, 8, *SHORT[axes])
    fast, _, torchs = operations(x_shape)
    x, weight, bias = tensors(x_shape, (8, 8, *(3,) * axes), (8,), dtype=dtype)
    with torch.no_grad():
        weight /= 8
    ours, theirs = fast(x, weight, bias, stride), torchs(x, weight, bias, stride)
    assert ours.dtype == dtype
    assert_same(ours, theirs, (x, weight, bias), rtol=tolerance, atol=4 * tolerance)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8], ids=str)
@pytest.mark.parametrize("axes", AXES)
def test_integers(axes, dtype):
    """torch takes int64 only; the others follow it."""
    x_shape = (1, 4, *SHORT[axes])
    fast, loops, torchs = operations(x_shape)
    x, weight = torch.randint(0, 3, x_shape), torch.randint(0, 2, (4, 2, *(2,) * axes))
    bias, kwargs = torch.tensor([1, 2, 3, 4]), {"stride": 2, "groups": 2}
    wanted = torchs(x, weight, bias, **kwargs).to(dtype)
    inputs = x.to(dtype), weight.to(dtype), bias.to(dtype)
    assert torch.equal(fast(*inputs, **kwargs), wanted)
    assert torch.equal(loops(*inputs, **kwargs), wanted)


@pytest.mark.parametrize(
    "kwargs",
    [
        {"padding": 1},
        {"stride": 2, "output_padding": 1},
        {"dilation": 2, "output_padding": 1},
        {"groups": 2},
        {"groups": 2, "stride": 2, "padding": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [(3,), (2, 3), (2, 2, 2)], ids=["1d", "2d", "3d"])
def test_first_and_second_derivatives(size, kwargs):
    fast, *_ = operations((1, 2, *size))
    weight_shape = (2, 1, *(2,) * len(size))
    inputs = tensors((1, 2, *size), weight_shape, (outputs(weight_shape, kwargs),))

    def operation(*inputs):
        return fast(*inputs, **kwargs)

    assert torch.autograd.gradcheck(operation, inputs)
    assert torch.autograd.gradgradcheck(operation, inputs, fast_mode=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("axes", AXES)
def test_under_autocast(axes, dtype):
    x_shape = (1, 2, *SHORT[axes])
    fast, _, torchs = operations(x_shape)
    x, weight, bias = tensors(x_shape, (2, 2, *(2,) * axes), (2,), dtype=dtype)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = fast(x, weight, bias)
        assert y.dtype == torchs(x, weight, bias).dtype
    y.sum().backward()
    assert (weight.grad.dtype, bias.grad.dtype) == (dtype, dtype)


@st.composite
def transposed_calls(draw, axes):
    """(x, weight, bias, other arguments); now and then they do not fit each other."""

    def per_axis(least, most):
        number = st.integers(least, most)
        return draw(st.one_of(number, st.tuples(*[number] * axes)))

    groups = draw(st.integers(1, 3))
    channels = draw(st.one_of(st.integers(1, 2).map(groups.__mul__), st.integers(1, 4)))
    batch = draw(st.sampled_from([(), (0,), (1,), (3,)]))
    size = draw(st.tuples(*[st.integers(1, 12 if axes < 3 else 5)] * axes))
    kernel_size = draw(st.tuples(*[st.integers(1, 5 if axes < 3 else 3)] * axes))
    weight = numbers(channels, draw(st.integers(1, 2)), *kernel_size)
    x = numbers(*batch, channels, *size)
    x = draw(st.sampled_from(list(LAYOUTS.values())))(x) if batch else x
    bias = numbers(weight.shape[1] * groups).requires_grad_() if draw(st.booleans()) else None
    kwargs = {
        "stride": per_axis(1, 3),
        "padding": per_axis(0, 3),
        "output_padding": per_axis(0, 2) if draw(st.booleans()) else 0,
        "groups": groups,
        "dilation": per_axis(1, 3),
    }
    return x.requires_grad_(), weight.requires_grad_(), bias, kwargs


@pytest.mark.parametrize("axes", AXES)
@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_gives_torchs_values_or_raises_where_torch_does(axes, data):
    x, weight, bias, kwargs = data.draw(transposed_calls(axes))
    fast, _, torchs = operations((1,) * (axes + 2))
    try:
        if not x.numel():  # of an empty batch, torch checks less; ours checks as of any other
            torchs(x.new_ones(1, *x.shape[1:]), weight, bias, **kwargs)
        theirs = torchs(x, weight, bias, **kwargs)
    except RuntimeError:
        with pytest.raises(ConvcoreError):
            fast(x, weight, bias, **kwargs)
        return
    inputs = [x, weight] + [bias] * (bias is not None)
    assert_same(fast(x, weight, bias, **kwargs), theirs, inputs)
