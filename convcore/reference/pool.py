"""Pooling as plain loops."""

from itertools import product

import torch
from torch import Tensor

from convcore import shapes
from convcore.shapes import Ints


def max_pool2d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """The largest number that each window sees, channel by channel.

    Shape:
        input (N, C, H, W) -> (N, C, H_out, W_out)

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    way = shapes.pool_window(
        "max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=2
    )
    y = torch.zeros(*input.shape[:2], *way.out_size, dtype=input.dtype)
    for n, c, row, column in product(*map(range, y.shape)):
        largest = -torch.inf
        for i, j in product(*map(range, way.kernel_size)):
            h = row * way.stride[0] + i * way.dilation[0] - way.before[0]
            w = column * way.stride[1] + j * way.dilation[1] - way.before[1]
            if 0 <= h < way.size[0] and 0 <= w < way.size[1] and not input[n, c, h, w] <= largest:
                largest = input[n, c, h, w]
                if largest.isnan():  # larger than every number, as in torch
                    break
        y[n, c, row, column] = largest
    return y


def avg_pool2d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of what each window sees, channel by channel.

    Shape:
        input (N, C, H, W) -> (N, C, H_out, W_out)

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    way = shapes.pool_window(
        "avg_pool2d", input, kernel_size, stride, padding, 1, ceil_mode, axes=2
    )
    shapes.check_divisor("avg_pool2d", divisor_override)
    y = torch.zeros(*input.shape[:2], *way.out_size, dtype=input.dtype)
    for n, c, row, column in product(*map(range, y.shape)):
        total, seen, padded = 0.0, 0, 0
        for i, j in product(*map(range, way.kernel_size)):
            h = row * way.stride[0] + i - way.before[0]
            w = column * way.stride[1] + j - way.before[1]
            if 0 <= h < way.size[0] and 0 <= w < way.size[1]:
                total = total + input[n, c, h, w]
                seen += 1
            elif h < way.size[0] + way.before[0] and w < way.size[1] + way.before[1]:
                padded += 1  # a zero of the padding, which counts unless told otherwise
        y[n, c, row, column] = total / (divisor_override or seen + count_include_pad * padded)
    return y
