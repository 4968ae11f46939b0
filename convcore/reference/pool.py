"""Pooling by a rule of one's own, as plain loops."""

from itertools import product

import torch
from torch import Tensor

from convcore import shapes
from convcore.reference.meeting import met
from convcore.shapes import Ints, Rule, Window


def pool1d(
    input: Tensor,  # noqa: A002  (torch's name)
    kernel_size: int | Ints,
    reduce: Rule,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    padding_value: float = 0.0,
) -> Tensor:
    """What `reduce` makes of every stretch of (N, C, L); see `_pool`."""
    way = shapes.pool_window(
        "pool1d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=1
    )
    return _pool("pool1d", input, way, reduce, padding_value)


def pool2d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    reduce: Rule,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    padding_value: float = 0.0,
) -> Tensor:
    """What `reduce` makes of every window of (N, C, H, W); see `_pool`."""
    way = shapes.pool_window(
        "pool2d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=2
    )
    return _pool("pool2d", input, way, reduce, padding_value)


def pool3d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    reduce: Rule,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    padding_value: float = 0.0,
) -> Tensor:
    """What `reduce` makes of every block of (N, C, D, H, W); see `_pool`."""
    way = shapes.pool_window(
        "pool3d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=3
    )
    return _pool("pool3d", input, way, reduce, padding_value)


def _pool(operation: str, x: Tensor, way: Window, reduce: Rule, padding_value: float) -> Tensor:
    """Lay the window on the picture, hand what it sees to `reduce`, move on.

    Shape:
        x (N, C, spatial …) -> (N, C, spatial …); both without N for one picture. `reduce` is given
        one window after another, (cells,) to ().
    """
    shapes.check_rule(operation, reduce)
    shapes.check_fill(operation, x, padding_value)
    pictures = x if x.dim() == len(way.size) + 2 else x.unsqueeze(0)
    size, outside = (*pictures.shape[:2], *way.out_size), x.new_tensor(padding_value)
    results = []
    for n, c, *pixel in product(*map(range, size)):
        places = [met(way, pixel, cell) for cell in product(*map(range, way.kernel_size))]
        seen = torch.stack([pictures[n, c, *place] if place else outside for place in places])
        results.append(reduce(seen))
        shapes.check_reduced(operation, seen, results[-1])
    y = torch.stack(results).view(size) if results else x.new_zeros(size)
    return y if x is pictures else y[0]
