"""Convolution as plain loops."""

from itertools import product

import torch
from torch import Tensor

from convcore import shapes
from convcore.shapes import Ints, Padding


def conv2d(
    input: Tensor,  # noqa: A002  (torch's name)
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate: lay the kernel on the picture, multiply, add up, move on.

    Shape:
        input (N, C_in, H, W), weight (C_out, C_in // groups, K_h, K_w), bias (C_out,)
        -> (N, C_out, H_out, W_out)

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    way = shapes.conv_window(
        "conv2d", input, weight, bias, stride, padding, dilation, groups, axes=2
    )
    (top, left), (step_h, step_w), (apart_h, apart_w) = way.before, way.stride, way.dilation
    (height, width), (out_h, out_w) = way.size, way.out_size
    channels, per_group = weight.shape[1], len(weight) // groups
    y = torch.zeros(len(input), len(weight), out_h, out_w, dtype=input.dtype)
    for n, o, row, column in product(*map(range, y.shape)):
        total = 0.0 if bias is None else bias[o]
        for c, i, j in product(*map(range, weight.shape[1:])):
            h = row * step_h + i * apart_h - top
            w = column * step_w + j * apart_w - left
            if 0 <= h < height and 0 <= w < width:  # outside lies padding: zeros add nothing
                total = total + weight[o, c, i, j] * input[n, o // per_group * channels + c, h, w]
        y[n, o, row, column] = total
    return y
