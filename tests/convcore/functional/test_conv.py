import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.oracle import MEMORY, assert_same, gradients, numbers

CONV_CASES = [
    pytest.param((2, 3, 7, 6), (4, 3, 3, 2), {}, id="plain"),
    pytest.param((2, 3, 9, 8), (4, 3, 3, 2), {"stride": 2, "padding": 1}, id="uneven"),
    pytest.param((1, 2, 8, 8), (2, 2, 3, 5), {"stride": (3, 4), "padding": (0, 1)}, id="per-axis"),
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
]


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CONV_CASES)
def test_conv2d_loops_fast_torch_agree(x_shape, weight_shape, kwargs):
    x, weight = numbers(*x_shape).requires_grad_(), numbers(*weight_shape).requires_grad_()
    bias = numbers(weight_shape[0]).requires_grad_()
    ours = functional.conv2d(x, weight, bias, **kwargs)
    assert_same(ours, F.conv2d(x, weight, bias, **kwargs), (x, weight, bias))
    with torch.no_grad():
        loops = reference.conv2d(x, weight, bias, **kwargs)
    torch.testing.assert_close(ours.detach(), loops)


@pytest.mark.usefixtures("_small_cache")
@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CONV_CASES)
def test_conv2d_in_small_parts(x_shape, weight_shape, kwargs):
    x, weight = numbers(*x_shape).requires_grad_(), numbers(*weight_shape).requires_grad_()
    ours = functional.conv2d(x, weight, **kwargs)
    assert_same(ours, F.conv2d(x, weight, **kwargs), (x, weight))


@pytest.mark.parametrize("memory", MEMORY.values(), ids=MEMORY.keys())
@pytest.mark.parametrize("groups", [1, 4])
def test_conv2d_takes_any_memory_layout(memory, groups):
    x, weight = numbers(2, 4, 6, 5), numbers(4, 4 // groups, 3, 3).requires_grad_()
    x = memory(x).requires_grad_()
    ours = functional.conv2d(x, weight, padding=1, groups=groups)
    theirs = F.conv2d(x, weight, padding=1, groups=groups)
    assert_same(ours, theirs, (x, weight))
    for layout in MEMORY.values():  # of the upstream gradient
        upstream = layout(torch.randn_like(theirs))
        torch.testing.assert_close(
            torch.autograd.grad(ours, x, upstream, retain_graph=True),
            torch.autograd.grad(theirs, x, upstream, retain_graph=True),
        )


def test_conv2d_takes_one_picture():
    x, weight, bias = numbers(3, 6, 5).requires_grad_(), numbers(2, 3, 3, 3), numbers(2)
    assert_same(functional.conv2d(x, weight, bias), F.conv2d(x, weight, bias), (x,))


@pytest.mark.parametrize("groups", [1, 2])
def test_conv2d_takes_an_empty_batch(groups):
    x, weight = numbers(0, 2, 5, 5).requires_grad_(), numbers(4, 2 // groups, 3, 3).requires_grad_()
    y = functional.conv2d(x, weight, stride=2, groups=groups)
    assert y.shape == (0, 4, 2, 2)
    y.sum().backward()
    assert x.grad.shape == x.shape
    assert not weight.grad.any()


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 5e-2), (torch.float16, 1e-2)]
)
def test_conv2d_keeps_the_dtype(dtype, tolerance):
    x = numbers(4, 8, 9, 9, dtype=dtype).requires_grad_()
    weight = (numbers(8, 8, 3, 3, dtype=dtype) / 8).requires_grad_()
    ours, theirs = functional.conv2d(x, weight), F.conv2d(x, weight)
    assert_same(ours, theirs, (x, weight), rtol=tolerance, atol=4 * tolerance)


def test_conv2d_of_integers():
    x, weight = torch.arange(16).view(1, 1, 4, 4), torch.tensor([[[[1, -1]]]])
    assert torch.equal(functional.conv2d(x, weight), F.conv2d(x, weight))


@pytest.mark.parametrize(
    "kwargs",
    [
        {"padding": 1},
        {"stride": 2, "padding": 1},
        {"dilation": 2},
        {"groups": 2},
        {"stride": 2, "groups": 2},
    ],
    ids=str,
)
def test_conv2d_first_and_second_derivatives(kwargs):
    x = numbers(2, 2, 5, 5).requires_grad_()
    weight = numbers(2, 2 // kwargs.get("groups", 1), 3, 3).requires_grad_()
    bias = numbers(2).requires_grad_()

    def operation(*tensors):
        return functional.conv2d(*tensors, **kwargs)

    assert torch.autograd.gradcheck(operation, (x, weight, bias))
    assert torch.autograd.gradgradcheck(operation, (x, weight, bias))


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


def test_conv2d_under_autocast():
    x, weight = numbers(1, 2, 5, 5, dtype=torch.float32), numbers(2, 2, 3, 3, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = functional.conv2d(x, weight.requires_grad_())
        assert y.dtype == F.conv2d(x, weight).dtype
    y.sum().backward()
    assert weight.grad.dtype == torch.float32


sizes = st.integers(1, 12)


@settings(deadline=None, max_examples=120)
@given(st.data())
def test_conv2d_gives_torchs_values_or_raises_where_torch_does(data):
    draw = data.draw
    groups = draw(st.integers(1, 3))
    channels = groups * draw(st.integers(1, 3))
    size, kernel = (draw(sizes), draw(sizes)), draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    kwargs = {
        "stride": draw(st.integers(1, 3)),
        "padding": draw(st.integers(0, 3)),
        "dilation": draw(st.integers(1, 3)),
        "groups": groups,
    }
    x = numbers(draw(st.integers(0, 3)), channels, *size).requires_grad_()
    weight = numbers(groups * draw(st.integers(1, 2)), channels // groups, *kernel).requires_grad_()
    try:
        theirs = F.conv2d(x, weight, **kwargs)
    except RuntimeError:
        with pytest.raises(ConvcoreError):
            functional.conv2d(x, weight, **kwargs)
        return
    assert_same(functional.conv2d(x, weight, **kwargs), theirs, (x, weight))


@pytest.mark.usefixtures("_small_cache")
@pytest.mark.parametrize("groups", [1, 2])
def test_conv2d_adds_up_half_precision_gradients_without_losing_any(groups):
    x = torch.ones(1000, 2, 2, 2, dtype=torch.bfloat16)  # bfloat16 stops counting at 256
    weight = torch.ones(2, 2 // groups, 2, 2, dtype=torch.bfloat16).requires_grad_()
    functional.conv2d(x, weight, groups=groups).sum().backward()
    assert (weight.grad == 1000).all()
