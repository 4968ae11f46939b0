"""Convolution as plain loops."""

from itertools import product

from torch import Tensor

from convcore import shapes
from convcore.reference.meeting import met
from convcore.shapes import Ints, Padding


def conv1d(
    input: Tensor,  # noqa: A002  (torch's name)
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate (N, C_in, L) with (C_out, C_in // groups, K); see `_conv`."""
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate (N, C_in, H, W) with (C_out, C_in // groups, K_h, K_w); see `_conv`."""
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate (N, C_in, D, H, W) with (C_out, C_in // groups, K_d, K_h, K_w)."""
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def convolve(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve in the mathematician's sense: turn the kernel back to front, then cross-correlate.

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    shapes.check_tensors("convolve", input, weight, bias)
    axes = shapes.spatial_axes("convolve", weight)
    flipped = weight.new_zeros(weight.shape)
    for o, c, *cell in product(*map(range, weight.shape)):
        opposite = [size - 1 - at for size, at in zip(weight.shape[2:], cell, strict=True)]
        flipped[o, c, *opposite] = weight[o, c, *cell]
    return _conv("convolve", axes, input, flipped, bias, stride, padding, dilation, groups)


def _conv(
    operation: str,
    axes: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Ints,
    padding: Padding,
    dilation: int | Ints,
    groups: int,
) -> Tensor:
    """Lay the kernel on the picture, multiply, add up, move on.

    Shape:
        x (N, C_in, spatial …), weight (C_out, C_in // groups, kernel size …), bias (C_out,)
        -> (N, C_out, spatial …); both without N for one picture

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    shapes.check_tensors(operation, x, weight, bias)
    way = shapes.conv_window(
        operation, x, weight, bias, stride, padding, dilation, groups, axes=axes
    )
    pictures = x if x.dim() == weight.dim() else x.unsqueeze(0)
    channels, per_group = weight.shape[1], len(weight) // groups
    y = x.new_zeros(len(pictures), len(weight), *way.out_size)
    for n, o, *pixel in product(*map(range, y.shape)):
        first = o // per_group * channels  # of the input channels that this group sees
        total = 0 if bias is None else bias[o]
        for c, *cell in product(*map(range, weight.shape[1:])):
            place = met(way, pixel, cell)
            if place:  # outside lies padding: zeros add nothing
                total = total + weight[o, c, *cell] * pictures[n, first + c, *place]
        y[n, o, *pixel] = total
    return y if x is pictures else y[0]
