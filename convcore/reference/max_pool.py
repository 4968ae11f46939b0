"""Max pooling as plain loops."""

from itertools import product

import torch
from torch import Tensor

from convcore import shapes
from convcore.reference.meeting import met
from convcore.shapes import Ints, Window


def max_pool1d(
    input: Tensor,  # noqa: A002  (torch's name)
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest number of every stretch of (N, C, L); see `_max_pool`."""
    way = shapes.pool_window(
        "max_pool1d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=1
    )
    return _max_pool(input, way, return_indices)


def max_pool2d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest number of every window of (N, C, H, W); see `_max_pool`."""
    way = shapes.pool_window(
        "max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=2
    )
    return _max_pool(input, way, return_indices)


def max_pool3d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The largest number of every block of (N, C, D, H, W); see `_max_pool`."""
    way = shapes.pool_window(
        "max_pool3d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=3
    )
    return _max_pool(input, way, return_indices)


def _max_pool(x: Tensor, way: Window, return_indices: bool) -> Tensor | tuple[Tensor, Tensor]:
    """Lay the window on the picture, look for its largest number, move on.

    Of equal numbers the first is taken, of NaNs the last; a window that sees nothing but padding
    gets the lowest number that there is.

    Shape:
        x (N, C, spatial …) -> (N, C, spatial …); both without N for one picture. Indices, if asked
        for: the same, each the number's place in its flattened picture.
    """
    pictures = x if x.dim() == len(way.size) + 2 else x.unsqueeze(0)
    y = x.new_zeros(*pictures.shape[:2], *way.out_size)
    indices = torch.zeros(y.shape, dtype=torch.int64)
    for n, c, *pixel in product(*map(range, y.shape)):
        winner = None
        for cell in product(*map(range, way.kernel_size)):
            place = met(way, pixel, cell)
            if place:
                value = pictures[n, c, *place]
                if winner is None or value > pictures[n, c, *winner] or value.isnan():
                    winner = place
        if winner:
            y[n, c, *pixel] = pictures[n, c, *winner]
            indices[n, c, *pixel] = _number(winner, way.size)
        else:
            y[n, c, *pixel] = -torch.inf if x.is_floating_point() else torch.iinfo(x.dtype).min
    if x is not pictures:
        y, indices = y[0], indices[0]
    return (y, indices) if return_indices else y


def _number(place: Ints, size: Ints) -> int:
    """Which pixel it is, counted row by row."""
    number = 0
    for at, along in zip(place, size, strict=True):
        number = number * along + at
    return number
