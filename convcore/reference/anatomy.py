"""A convolution taken apart, as plain loops: which pixel each kernel cell meets, one by one."""

from collections.abc import Iterator
from itertools import product

import torch
from torch import Tensor

from convcore import shapes
from convcore.reference.meeting import met
from convcore.shapes import Ints, Padding, Window


def patches(
    x: Tensor,
    kernel_size: Ints,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """Every window that a kernel sees, number by number.

    Shape:
        x (N, C, spatial …) -> (N, output size …, C, kernel size …)

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    way = _way("patches", x.shape[2:], kernel_size, stride, padding, dilation)
    seen = torch.zeros(len(x), *way.out_size, x.shape[1], *kernel_size, dtype=x.dtype)
    for pixel, cell, source in meetings(way, padding_mode):
        if source is None:
            continue  # the padding's zero is there already
        for n, c in product(range(len(x)), range(x.shape[1])):
            seen[(n, *pixel, c, *cell)] = x[(n, c, *source)]
    return seen


def conv_matrix(
    weight: Tensor,
    size: Ints,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """The matrix that a flattened picture is multiplied by to convolve it, written out in full.

    Shape:
        weight (C_out, C_in // groups, kernel size …)
        -> (C_out × output pixels, C_in × input pixels)

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    x = torch.zeros(weight.shape[1] * groups, *size, dtype=weight.dtype)
    way = shapes.conv_window(
        "conv_matrix", x, weight, None, stride, padding, dilation, groups, axes=len(size)
    )
    places = torch.arange(x.numel()).view(x.shape)  # where each number of x stands in vec(x)
    matrix = torch.zeros(len(weight), *way.out_size, x.numel(), dtype=weight.dtype)
    per_group = len(weight) // groups
    for pixel, cell, source in meetings(way, padding_mode):
        if source is None:
            continue  # a zero of the padding has no column
        for o, c in product(range(len(weight)), range(weight.shape[1])):
            channel = o // per_group * weight.shape[1] + c
            matrix[(o, *pixel, places[(channel, *source)])] += weight[(o, c, *cell)]
    return matrix.flatten(0, -2)


def contributions(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
    *,
    position: Ints,
) -> tuple[list[tuple[int, Ints | None, float, float, float]], float]:
    """What y[position] was made from, and its value.

    Shape:
        x (C_in, spatial …), weight (C_out, C_in // groups, kernel size …), bias (C_out,)
        -> (channel, pixel or None, input, weight, product) for each meeting, and their sum plus
        bias.

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    way = shapes.conv_window(
        "contributions", x, weight, bias, stride, padding, dilation, groups, axes=x.dim() - 1
    )
    o, *pixel = position
    first = o // (len(weight) // groups) * weight.shape[1]
    rows, total = [], 0.0 if bias is None else bias[o].item()
    for c, cell in product(range(weight.shape[1]), product(*map(range, way.kernel_size))):
        source = source_of(way, tuple(pixel), cell, padding_mode)
        number = 0.0 if source is None else x[(first + c, *source)].item()
        factor = weight[(o, c, *cell)].item()
        rows.append((first + c, source, number, factor, number * factor))
        total += number * factor
    return rows, total


def coverage(
    size: Ints,
    kernel_size: Ints,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """How many kernel cells meet each input pixel: one more for each meeting.

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    way = _way("coverage", size, kernel_size, stride, padding, dilation)
    count = torch.zeros(size, dtype=torch.int64)
    for _, _, source in meetings(way, padding_mode):
        if source is not None:
            count[source] += 1
    return count


def padding_influence(
    size: Ints,
    kernel_size: Ints,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
) -> Tensor:
    """How many of the kernel's cells lie in padding for each output pixel.

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    way = _way("padding_influence", size, kernel_size, stride, padding, dilation)
    count = torch.zeros(way.out_size, dtype=torch.int64)
    for pixel, _, source in meetings(way):
        if source is None:
            count[pixel] += 1
    return count


def meetings(way: Window, padding_mode: str = "zeros") -> Iterator[tuple[Ints, Ints, Ints | None]]:
    """Yield (output pixel, kernel cell, the input pixel that they meet, or None in padding)."""
    for pixel in product(*map(range, way.out_size)):
        for cell in product(*map(range, way.kernel_size)):
            yield pixel, cell, source_of(way, pixel, cell, padding_mode)


def source_of(way: Window, pixel: Ints, cell: Ints, padding_mode: str = "zeros") -> Ints | None:
    """The input pixel whose number a kernel cell meets, or None where that is a padding zero."""
    place = met(way, pixel, cell)
    if place or padding_mode == "zeros":
        return place
    source = []
    for step, stride, c, apart, before, n in zip(
        pixel, way.stride, cell, way.dilation, way.before, way.size, strict=True
    ):
        at = step * stride + c * apart - before
        if not 0 <= at < n:
            at = {
                "reflect": -at if at < 0 else 2 * (n - 1) - at,  # back from the edge pixel
                "replicate": 0 if at < 0 else n - 1,
                "circular": at % n,
            }[padding_mode]
        source.append(at)
    return tuple(source)


def _way(
    operation: str,
    size: Ints,
    kernel_size: Ints,
    stride: int | Ints,
    padding: Padding,
    dilation: int | Ints,
) -> Window:
    """The kernel's way over one picture of one channel."""
    x, weight = torch.zeros(1, *size), torch.zeros(1, 1, *kernel_size)
    return shapes.conv_window(
        operation, x, weight, None, stride, padding, dilation, 1, axes=len(size)
    )
