"""Power-average pooling as plain loops."""

import math
from itertools import product

from torch import Tensor

from convcore import shapes
from convcore.reference.meeting import met
from convcore.shapes import Ints


def lp_pool1d(
    input: Tensor,  # noqa: A002  (torch's name)
    norm_type: float,
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """The norm of every stretch of (N, C, L); see `_lp_pool`."""
    return _lp_pool("lp_pool1d", 1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor,  # noqa: A002
    norm_type: float,
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """The norm of every window of (N, C, H, W); see `_lp_pool`."""
    return _lp_pool("lp_pool2d", 2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor,  # noqa: A002
    norm_type: float,
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """The norm of every block of (N, C, D, H, W); see `_lp_pool`."""
    return _lp_pool("lp_pool3d", 3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(
    operation: str,
    axes: int,
    x: Tensor,
    norm_type: float,
    kernel_size: int | Ints,
    stride: int | Ints | None,
    ceil_mode: bool,
) -> Tensor:
    """Lay the window on the picture, add up the p-th powers, take the p-th root, move on.

    With p = ∞ the largest magnitude, with −∞ the smallest. A window that leads beyond the picture
    counts as if what lies outside were like what it sees.

    Shape:
        x (N, C, spatial …) -> (N, C, spatial …); both without N for one picture
    """
    way, powers = shapes.norm_window(
        operation, x, norm_type, kernel_size, stride, ceil_mode, axes=axes
    )
    pictures = powers if x.dim() == axes + 2 else powers.unsqueeze(0)
    y = pictures.new_zeros(*pictures.shape[:2], *way.out_size)
    for n, c, *pixel in product(*map(range, y.shape)):
        places = [met(way, pixel, cell) for cell in product(*map(range, way.kernel_size))]
        seen = [pictures[n, c, *place] for place in places if place]
        if math.isinf(norm_type):
            y[n, c, *pixel] = max(seen) if norm_type > 0 else min(seen)
        else:
            y[n, c, *pixel] = sum(seen) / len(seen)
    y = y if x.dim() == axes + 2 else y[0]
    return y if math.isinf(norm_type) else (y * math.prod(way.kernel_size)) ** (1 / norm_type)
