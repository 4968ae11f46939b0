"""Filters that leave the picture, or spread it: identity, box, Gaussian, motion blur, integral."""

import math

import torch
from torch import Tensor

from convcore.kernels.checks import (
    check_finite,
    check_odd,
    check_positive,
    check_whole,
    in_dtype,
)
from convcore.kernels.parts import bell, impulse, places


def identity(size: int = 3, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """The filter that changes nothing: 1 in the middle, 0 around it.

    Shape:
        (size, size)

    Raises:
        ConvcoreError: `size` is not odd and at least 1.

    Source: Gonzalez & Woods 2018, "Digital Image Processing", 4th ed., §3.4 (unit impulse).
    """
    check_odd("identity", "size", size)
    return in_dtype("identity", torch.outer(impulse(size), impulse(size)), dtype)


def box(size: int = 3, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """The mean of a square: every weight is 1 / size².

    Shape:
        (size, size)

    Raises:
        ConvcoreError: `size` is not odd and at least 1.

    Source: Gonzalez & Woods 2018, "Digital Image Processing", 4th ed., §3.5.
    """
    check_odd("box", "size", size)
    return in_dtype("box", torch.full((size, size), size**-2, dtype=torch.float64), dtype)


def gaussian(size: int = 5, sigma: float = 1.0, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """A mean that favours what is near: a Gaussian along y times a Gaussian along x.

    Shape:
        (size, size)

    Args:
        sigma: standard deviation in pixels; little is cut off from size = 6 sigma on.

    Raises:
        ConvcoreError: `size` is not odd and at least 1, or `sigma` not above 0.

    Source: Gonzalez & Woods 2018, "Digital Image Processing", 4th ed., §3.5.
    """
    check_odd("gaussian", "size", size)
    check_positive("gaussian", sigma=sigma)
    return in_dtype("gaussian", torch.outer(bell(size, sigma), bell(size, sigma)), dtype)


def motion_blur(
    length: int = 7, angle: float = 0.0, *, dtype: torch.dtype = torch.float32
) -> Tensor:
    """What a point of light leaves when the camera moves evenly: a line of weights.

    The line is `length` points, a pixel apart; a point between cells is shared among the four
    nearest, the nearer the more.

    Shape:
        (size, size), size = length or, where that is even, length + 1

    Args:
        angle: degrees from x towards y.

    Raises:
        ConvcoreError: `length` is not at least 1, or `angle` not finite.

    Source: Gonzalez & Woods 2018, "Digital Image Processing", 4th ed., §5.6 (uniform linear
        motion).
    """
    check_whole("motion_blur", "length", length, least=1)
    check_finite("motion_blur", angle=angle)
    steps = torch.arange(length, dtype=torch.float64) - (length - 1) / 2
    turn = math.radians(angle)
    cells = places(length if length % 2 else length + 1)
    shares = [
        # Rounded, because the cosine of 90° comes out as 6e-17 and would leave a trace everywhere.
        (1 - ((steps * part).round(decimals=12).unsqueeze(1) - cells).abs()).clamp(min=0)
        for part in (math.sin(turn), math.cos(turn))
    ]
    return in_dtype("motion_blur", shares[0].mT @ shares[1] / length, dtype)


def integral(size: int = 3, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """The area under `size` neighbouring cells, each taken as a bar that is 1 wide: their sum.

    It undoes `derivative(1)`: the integral of the differences is last − first.

    Shape:
        (size,)

    Raises:
        ConvcoreError: `size` is not at least 1.

    Source: Davis & Rabinowitz 1984, "Methods of Numerical Integration", 2nd ed., ch. 2 (midpoint
        rule).
    """
    check_whole("integral", "size", size, least=1)
    return in_dtype("integral", torch.ones(size, dtype=torch.float64), dtype)
