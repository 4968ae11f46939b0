"""Filters that add detail to the picture: sharpen, unsharp, emboss.

Each is the identity plus something that adds up to 0. So even brightness stays, changes grow.
"""

import torch
from torch import Tensor

from convcore.kernels.checks import (
    check_choice,
    check_finite,
    check_odd,
    check_positive,
    in_dtype,
)
from convcore.kernels.parts import COMPASS, bell, compass, impulse, laplace


def sharpen(
    amount: float = 1.0, neighbours: int = 4, *, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Identity − amount · Laplacian: each pixel moves further away from its neighbours.

    Shape:
        (3, 3)

    Args:
        neighbours: 4 or 8, of the Laplacian.

    Raises:
        ConvcoreError: `amount` is not finite, or `neighbours` neither 4 nor 8.

    Source: Gonzalez & Woods 2018, "Digital Image Processing", 4th ed., §3.6.
    """
    check_finite("sharpen", amount=amount)
    check_choice("sharpen", "neighbours", neighbours, (4, 8))
    same = torch.outer(impulse(3), impulse(3))
    return in_dtype("sharpen", same - amount * laplace(neighbours), dtype)


def unsharp(
    size: int = 5, sigma: float = 1.0, amount: float = 1.0, *, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Identity + amount · (identity − Gaussian): adds what smoothing would take away.

    Shape:
        (size, size)

    Args:
        sigma: standard deviation of the Gaussian in pixels.

    Raises:
        ConvcoreError: `size` is not odd and at least 1, `sigma` not above 0, `amount` not finite.

    Source: Gonzalez & Woods 2018, "Digital Image Processing", 4th ed., §3.6 (unsharp masking and
        highboost filtering).
    """
    check_odd("unsharp", "size", size)
    check_positive("unsharp", sigma=sigma)
    check_finite("unsharp", amount=amount)
    same = torch.outer(impulse(size), impulse(size))
    smooth = torch.outer(bell(size, sigma), bell(size, sigma))
    return in_dtype("unsharp", same + amount * (same - smooth), dtype)


def emboss(direction: str = "SE", *, dtype: torch.dtype = torch.float32) -> Tensor:
    """Identity + the growth of brightness in `direction`: the picture as a relief.

    The growth is Robinson's compass mask, which is Sobel's where the direction is an axis.

    Shape:
        (3, 3)

    Args:
        direction: "N", "NE", "E", "SE", "S", "SW", "W" or "NW".

    Raises:
        ConvcoreError: `direction` is none of the eight.

    Source: Robinson 1977, "Edge Detection by Compass Gradient Masks", Computer Graphics and Image
        Processing 6; with the identity: GIMP user manual, "Convolution Matrix".
    """
    check_choice("emboss", "direction", direction, COMPASS)
    growth = compass(direction, (2, 1, 0, -1, -2, -1, 0, 1))
    return in_dtype("emboss", torch.outer(impulse(3), impulse(3)) + growth, dtype)
