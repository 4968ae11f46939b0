"""Average pooling as plain loops."""

from itertools import product

from torch import Tensor

from convcore import shapes
from convcore.reference.meeting import met
from convcore.shapes import Ints, Window


def avg_pool1d(
    input: Tensor,  # noqa: A002  (torch's name)
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of every stretch of (N, C, L); see `_avg_pool`."""
    way = shapes.mean_window(
        "avg_pool1d", input, kernel_size, stride, padding, ceil_mode, None, axes=1
    )
    return _avg_pool(input, way, count_include_pad, None)


def avg_pool2d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of every window of (N, C, H, W); see `_avg_pool`."""
    way = shapes.mean_window(
        "avg_pool2d", input, kernel_size, stride, padding, ceil_mode, divisor_override, axes=2
    )
    return _avg_pool(input, way, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of every block of (N, C, D, H, W); see `_avg_pool`."""
    way = shapes.mean_window(
        "avg_pool3d", input, kernel_size, stride, padding, ceil_mode, divisor_override, axes=3
    )
    return _avg_pool(input, way, count_include_pad, divisor_override)


def _avg_pool(
    x: Tensor, way: Window, count_include_pad: bool, divisor_override: int | None
) -> Tensor:
    """Lay the window on the picture, add up what it sees, divide, move on.

    Shape:
        x (N, C, spatial …) -> (N, C, spatial …); both without N for one picture
    """
    pictures = x if x.dim() == len(way.size) + 2 else x.unsqueeze(0)
    y = x.new_zeros(*pictures.shape[:2], *way.out_size)
    for n, c, *pixel in product(*map(range, y.shape)):
        total, seen, zeros = 0, 0, 0
        for cell in product(*map(range, way.kernel_size)):
            place = met(way, pixel, cell)
            if place:
                total, seen = total + pictures[n, c, *place], seen + 1
            elif _is_padding(way, pixel, cell):
                zeros += 1  # it adds nothing, but counts unless told otherwise
        y[n, c, *pixel] = total / (divisor_override or seen + count_include_pad * zeros)
    return y if x is pictures else y[0]


def _is_padding(way: Window, pixel: Ints, cell: Ints) -> bool:
    """Whether a cell outside the picture lies in its padding; `ceil_mode` may lead beyond that."""
    axes = zip(pixel, way.stride, cell, way.size, way.before, strict=True)
    return all(at * step + along < size + 2 * before for at, step, along, size, before in axes)
