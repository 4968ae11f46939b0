import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import functional, reference
from convcore.errors import ConvcoreError
from convcore.functional import few_channels
from tests.convcore.oracle import MEMORY, assert_same, gradients, numbers

LAYOUTS = MEMORY | {"channels-last": lambda x: x.movedim(1, -1).contiguous().movedim(-1, 1)}

CONV_CASES = [
    pytest.param((2, 3, 7, 6), (4, 3, 3, 2), {}, id="plain"),
    pytest.param((2, 3, 9, 8), (4, 3, 3, 2), {"stride": 2, "padding": 1}, id="uneven"),
    pytest.param((1, 2, 8, 8), (2, 2, 3, 5), {"stride": (3, 4), "padding": (0, 1)}, id="per-axis"),
    pytest.param((2, 2, 6, 9), (3, 2, 3, 1), {"stride": (1, 2), "padding": 1}, id="stride-along"),
    pytest.param((2, 2, 9, 9), (3, 2, 3, 3), {"dilation": (2, 3), "padding": 3}, id="dilated"),
    pytest.param((2, 2, 6, 7), (2, 2, 4, 2), {"padding": "same"}, id="same-even"),
    pytest.param((2, 2, 6, 7), (2, 2, 3, 3), {"padding": "same", "dilation": 2}, id="same-dilated"),
    pytest.param((2, 2, 6, 7), (2, 2, 4, 2), {"padding": "valid", "stride": 2}, id="valid"),
    pytest.param((1, 2, 4, 4), (2, 2, 2, 2), {"padding": 3}, id="padding-over-kernel"),
    pytest.param((1, 4, 6, 6), (6, 2, 3, 3), {"groups": 2, "padding": 1}, id="groups"),
    pytest.param((1, 4, 7, 6), (6, 2, 3, 3), {"groups": 2, "stride": 2}, id="groups-stride"),
    pytest.param((2, 4, 6, 6), (4, 1, 3, 3), {"groups": 4, "padding": 1}, id="depthwise"),
    pytest.param(
        (2, 3, 7, 6), (6, 1, 3, 2), {"groups": 3, "stride": 2, "dilation": 2}, id="depthwise-more"
    ),
    pytest.param((2, 5, 4, 4), (3, 5, 1, 1), {}, id="pointwise"),
    pytest.param((2, 12, 5, 5), (3, 12, 3, 3), {"padding": 1}, id="many-channels"),
    pytest.param((2, 1, 5, 40), (3, 1, 3, 3), {"padding": 1}, id="long-rows"),
    pytest.param((2, 3, 9), (4, 3, 3), {}, id="1d"),
    pytest.param((2, 3, 9), (4, 3, 2), {"stride": (2,), "padding": 1, "dilation": 2}, id="1d-all"),
    pytest.param((2, 4, 8), (4, 2, 4), {"groups": 2, "padding": "same"}, id="1d-groups-same"),
    pytest.param((2, 3, 8), (6, 1, 3), {"groups": 3, "stride": 2}, id="1d-depthwise"),
    pytest.param((1, 2, 4, 5, 3), (3, 2, 2, 3, 2), {}, id="3d"),
    pytest.param(
        (1, 2, 5, 4, 6),
        (2, 2, 2, 1, 3),
        {"stride": (2, 1, 3), "padding": (1, 0, 2), "dilation": (1, 3, 2)},
        id="3d-all",
    ),
    pytest.param((1, 4, 3, 4, 3), (4, 2, 2, 3, 2), {"groups": 2, "padding": "same"}, id="3d-same"),
    pytest.param((2, 2, 3, 4, 4), (2, 1, 2, 2, 2), {"groups": 2, "padding": 1}, id="3d-depthwise"),
]
SMALL_CASES = [
    pytest.param((1, 2, 5), (2, 2, 2), {"padding": 1, "stride": 2}, id="1d"),
    pytest.param((2, 2, 3, 4), (2, 1, 2, 2), {"groups": 2, "padding": "same"}, id="2d"),
    pytest.param((1, 1, 3, 2, 3), (2, 1, 2, 2, 2), {"padding": 1, "dilation": 2}, id="3d"),
]
AXES = [1, 2, 3]
SHORT = {1: (7,), 2: (6, 5), 3: (4, 5, 3)}  # sizes with room for kernels of 3

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")


@pytest.fixture(params=[few_channels._FEW_CHANNELS, 0], ids=["few-channels", "products"])
def _either_way(request, monkeypatch):
    """Cases are small, so few channels would leave little to the other way."""
    monkeypatch.setattr(few_channels, "_FEW_CHANNELS", request.param)


def operations(x_shape):
    """Ours, the loops and torch's for an input of that shape."""
    name = f"conv{len(x_shape) - 2}d"
    return getattr(functional, name), getattr(reference, name), getattr(F, name)


def tensors(*shapes, dtype=torch.float64):
    return [numbers(*shape, dtype=dtype).requires_grad_() for shape in shapes]


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CONV_CASES)
def test_conv_loops_fast_torch_agree(x_shape, weight_shape, kwargs):
    fast, loops, torchs = operations(x_shape)
    x, weight, bias = tensors(x_shape, weight_shape, weight_shape[:1])
    ours = fast(x, weight, bias, **kwargs)
    assert_same(ours, torchs(x, weight, bias, **kwargs), (x, weight, bias))
    with torch.no_grad():
        torch.testing.assert_close(ours, loops(x, weight, bias, **kwargs))


@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), SMALL_CASES)
def test_conv_loops_have_the_same_gradients(x_shape, weight_shape, kwargs):
    fast, loops, _ = operations(x_shape)
    x, weight, bias = tensors(x_shape, weight_shape, weight_shape[:1])
    assert_same(
        fast(x, weight, bias, **kwargs), loops(x, weight, bias, **kwargs), (x, weight, bias)
    )


@pytest.mark.usefixtures("_small_cache", "_either_way")
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CONV_CASES)
def test_conv_in_small_parts(x_shape, weight_shape, kwargs):
    fast, _, torchs = operations(x_shape)
    x, weight = tensors(x_shape, weight_shape)
    assert_same(fast(x, weight, **kwargs), torchs(x, weight, **kwargs), (x, weight))


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("memory", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("axes", AXES)
def test_conv_takes_any_memory_layout(axes, groups, memory):
    x_shape = (2, 4, *SHORT[axes])
    fast, _, torchs = operations(x_shape)
    (weight,) = tensors((4, 4 // groups, *(3,) * axes))
    x = memory(numbers(*x_shape)).requires_grad_()
    ours = fast(x, weight, padding=1, groups=groups)
    theirs = torchs(x, weight, padding=1, groups=groups)
    assert_same(ours, theirs, (x, weight))
    for layout in LAYOUTS.values():  # of the upstream gradient
        upstream = layout(torch.randn_like(theirs))
        torch.testing.assert_close(
            torch.autograd.grad(ours, x, upstream, retain_graph=True),
            torch.autograd.grad(theirs, x, upstream, retain_graph=True),
        )


@pytest.mark.parametrize("axes", AXES)
def test_conv_takes_one_picture(axes):
    x_shape = (2, *SHORT[axes])
    fast, loops, torchs = operations((1, *x_shape))
    x, weight, bias = tensors(x_shape, (2, 2, *(2,) * axes), (2,))
    assert_same(fast(x, weight, bias), torchs(x, weight, bias), (x, weight, bias))
    with torch.no_grad():
        torch.testing.assert_close(loops(x, weight, bias), torchs(x, weight, bias))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("axes", AXES)
def test_conv_takes_an_empty_batch(axes, groups, stride):
    x_shape = (0, 2, *SHORT[axes])
    fast, loops, torchs = operations(x_shape)
    x, weight = tensors(x_shape, (4, 2 // groups, *(3,) * axes))
    y = fast(x, weight, stride=stride, groups=groups)
    assert y.shape == torchs(x, weight, stride=stride, groups=groups).shape
    assert y.shape == loops(x, weight, stride=stride, groups=groups).shape
    y.sum().backward()
    assert x.grad.shape == x.shape
    assert not weight.grad.any()


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 5e-2), (torch.float16, 1e-2)]
)
@pytest.mark.parametrize("axes", AXES)
def test_conv_keeps_the_dtype(axes, dtype, tolerance):
    x_shape = (4, 8, *SHORT[axes])
    fast, _, torchs = operations(x_shape)
    x, weight = tensors(x_shape, (8, 8, *(3,) * axes), dtype=dtype)
    with torch.no_grad():
        weight /= 8
    assert_same(fast(x, weight), torchs(x, weight), (x, weight), rtol=tolerance, atol=4 * tolerance)


INTEGERS = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
@pytest.mark.parametrize("axes", AXES)
def test_conv_of_integers(axes, dtype):
    x_shape = (2, 4, *SHORT[axes])
    fast, loops, torchs = operations(x_shape)
    x = torch.randint(0, 3, x_shape, dtype=dtype)
    weight = torch.randint(0, 2, (2, 2, *(2,) * axes), dtype=dtype)
    bias, kwargs = torch.tensor([1, 2], dtype=dtype), {"padding": 1, "stride": 2, "groups": 2}
    wanted = torchs(x, weight, bias, **kwargs)
    assert torch.equal(fast(x, weight, bias, **kwargs), wanted)
    assert torch.equal(loops(x[:1], weight, bias, **kwargs), wanted[:1])


@pytest.mark.parametrize(
    "kwargs",
    [
        {"padding": 1},
        {"stride": 2, "padding": 1},
        {"dilation": 2, "padding": "same"},
        {"groups": 2},
        {"stride": 2, "groups": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [(5,), (4, 3), (3, 2, 2)], ids=["1d", "2d", "3d"])
def test_conv_first_and_second_derivatives(size, kwargs):
    fast, *_ = operations((2, 2, *size))
    weight_shape = (2, 2 // kwargs.get("groups", 1), *(2,) * len(size))
    inputs = tensors((2, 2, *size), weight_shape, (2,))

    def operation(*inputs):
        return fast(*inputs, **kwargs)

    assert torch.autograd.gradcheck(operation, inputs)
    assert torch.autograd.gradgradcheck(operation, inputs, fast_mode=True)


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("bad", [torch.inf, torch.nan])
def test_conv2d_keeps_what_is_not_finite_to_the_windows_that_see_it(bad):
    x, weight = numbers(1, 1, 8, 8), numbers(2, 1, 3, 3)
    x[..., 3, 4] = bad
    ours, theirs = functional.conv2d(x, weight, padding=1), F.conv2d(x, weight, padding=1)
    torch.testing.assert_close(ours, theirs, equal_nan=True)


def test_conv2d_only_computes_the_gradients_asked_for():
    x, weight = numbers(1, 2, 5, 5), numbers(2, 2, 3, 3).requires_grad_()
    functional.conv2d(x, weight).sum().backward()
    assert x.grad is None
    assert weight.grad is not None


@pytest.mark.parametrize("channels", [3, 16])
def test_conv2d_gives_the_same_bits_every_time(channels):
    x = numbers(16, channels, 32, 32, dtype=torch.float32).requires_grad_()
    weight = numbers(16, channels, 3, 3, dtype=torch.float32).requires_grad_()
    upstream = numbers(16, 16, 32, 32, dtype=torch.float32)
    first, *others = (
        (y, *gradients(y, upstream, x, weight))
        for y in (functional.conv2d(x, weight, padding=1) for _ in range(4))
    )
    for other in others:
        assert all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_conv2d_output_lies_channels_last():
    y = functional.conv2d(numbers(2, 3, 6, 6), numbers(4, 3, 3, 3))
    assert y.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("axes", AXES)
def test_conv_under_autocast(axes, dtype):
    x_shape = (1, 2, *SHORT[axes])
    fast, _, torchs = operations(x_shape)
    x, weight, bias = tensors(x_shape, (2, 2, *(3,) * axes), (2,), dtype=dtype)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = fast(x, weight, bias)
        assert y.dtype == torchs(x, weight, bias).dtype
    y.sum().backward()
    assert (weight.grad.dtype, bias.grad.dtype) == (dtype, dtype)


@pytest.mark.usefixtures("_small_cache")
@pytest.mark.parametrize("groups", [1, 2])
def test_conv2d_adds_up_half_precision_gradients_without_losing_any(groups):
    x = torch.ones(1000, 2, 2, 2, dtype=torch.bfloat16)  # bfloat16 stops counting at 256
    weight = torch.ones(2, 2 // groups, 2, 2, dtype=torch.bfloat16).requires_grad_()
    functional.conv2d(x, weight, groups=groups).sum().backward()
    assert (weight.grad == 1000).all()


@st.composite
def conv_calls(draw, axes):
    """(x, weight, bias, other arguments); now and then they do not fit each other."""

    def per_axis(least, most):
        number = st.integers(least, most)
        return draw(st.one_of(number, st.tuples(*[number] * axes)))

    groups, channels = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    batch = draw(st.sampled_from([(), (0,), (1,), (3,)]))
    size = draw(st.tuples(*[st.integers(1, 12 if axes < 3 else 7)] * axes))
    kernel_size = draw(st.tuples(*[st.integers(1, 5 if axes < 3 else 3)] * axes))
    outputs = draw(st.one_of(st.integers(1, 2).map(groups.__mul__), st.integers(1, 4)))
    x = numbers(*batch, groups * channels, *size)
    x = draw(st.sampled_from(list(LAYOUTS.values())))(x) if batch else x
    bias = numbers(outputs).requires_grad_() if draw(st.booleans()) else None
    kwargs = {
        "stride": per_axis(1, 3),
        "padding": draw(st.sampled_from(["same", "valid"]))
        if draw(st.booleans())
        else per_axis(0, 3),
        "dilation": per_axis(1, 3),
        "groups": groups,
    }
    weight = numbers(outputs, channels, *kernel_size)
    return x.requires_grad_(), weight.requires_grad_(), bias, kwargs


@pytest.mark.parametrize("axes", AXES)
@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_conv_gives_torchs_values_or_raises_where_torch_does(axes, data):
    x, weight, bias, kwargs = data.draw(conv_calls(axes))
    fast, _, torchs = operations((1,) * (axes + 2))
    try:
        theirs = torchs(x, weight, bias, **kwargs)
    except RuntimeError:
        with pytest.raises(ConvcoreError):
            fast(x, weight, bias, **kwargs)
        return
    inputs = [x, weight] + [bias] * (bias is not None)
    assert_same(fast(x, weight, bias, **kwargs), theirs, inputs)
