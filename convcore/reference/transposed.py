"""Transposed convolution as plain loops."""

from itertools import product

from torch import Tensor

from convcore import shapes
from convcore.reference.meeting import met
from convcore.shapes import Ints


def conv_transpose1d(
    input: Tensor,  # noqa: A002  (torch's name)
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: int | Ints = 0,
    output_padding: int | Ints = 0,
    groups: int = 1,
    dilation: int | Ints = 1,
) -> Tensor:
    """Spread (N, C_in, L) with (C_in, C_out // groups, K); see `_conv_transpose`."""
    return _conv_transpose(
        1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: int | Ints = 0,
    output_padding: int | Ints = 0,
    groups: int = 1,
    dilation: int | Ints = 1,
) -> Tensor:
    """Spread (N, C_in, H, W) with (C_in, C_out // groups, K_h, K_w); see `_conv_transpose`."""
    return _conv_transpose(
        2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: int | Ints = 0,
    output_padding: int | Ints = 0,
    groups: int = 1,
    dilation: int | Ints = 1,
) -> Tensor:
    """Spread (N, C_in, D, H, W) with (C_in, C_out // groups, K_d, K_h, K_w)."""
    return _conv_transpose(
        3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def _conv_transpose(
    axes: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Ints,
    padding: int | Ints,
    output_padding: int | Ints,
    groups: int,
    dilation: int | Ints,
) -> Tensor:
    """Lay the kernel, times each input number, on the output, and add up.

    Shape:
        x (N, C_in, spatial …), weight (C_in, C_out // groups, kernel size …), bias (C_out,)
        -> (N, C_out, spatial …); both without N for one picture

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    operation = f"conv_transpose{axes}d"
    shapes.check_tensors(operation, x, weight, bias)
    way = shapes.transposed_window(
        operation, x, weight, bias, stride, padding, output_padding, groups, dilation, axes=axes
    )
    pictures = x if x.dim() == weight.dim() else x.unsqueeze(0)
    channels, per_group = weight.shape[1], len(weight) // groups
    y = x.new_zeros(len(pictures), channels * groups, *way.size)
    if bias is not None:
        for o in range(len(bias)):
            y[:, o] = bias[o]
    for n, c, *pixel in product(*map(range, pictures.shape)):
        first = c // per_group * channels  # of the output channels that this group makes
        for o, *cell in product(*map(range, weight.shape[1:])):
            place = met(way, pixel, cell)
            if place:  # outside it is cut off
                y[n, first + o, *place] += pictures[n, c, *pixel] * weight[c, o, *cell]
    return y if x is pictures else y[0]
