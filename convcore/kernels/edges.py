"""Filters that find edges: Sobel and its kin, Kirsch, the Laplacians, Gabor.

A first derivative across the edge, smoothed along it, so that noise counts less:

                      Prewitt        Sobel         Scharr
    −1  0  1     ×    1              1              3
                      1              2             10
                      1              1              3

(−1, 0, 1 is twice `derivative(1, accuracy=2)`.)
"""

import math
from typing import Literal

import torch
from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.kernels.checks import (
    check_choice,
    check_finite,
    check_odd,
    check_positive,
    in_dtype,
)
from convcore.kernels.factors import AXES, Axis
from convcore.kernels.parts import COMPASS, bell, compass, laplace, places, vector


def prewitt(axis: Axis = "x", *, dtype: torch.dtype = torch.float32) -> Tensor:
    """How fast brightness grows along `axis`, summed over three rows: 6 × the slope.

    Shape:
        (3, 3)

    Raises:
        ConvcoreError: `axis` is neither "x" nor "y".

    Source: Prewitt 1970, "Object Enhancement and Extraction", in Picture Processing and
        Psychopictorics.
    """
    return _slope("prewitt", vector(1, 1, 1), axis, dtype)


def sobel(axis: Axis = "x", *, dtype: torch.dtype = torch.float32) -> Tensor:
    """How fast brightness grows along `axis`, the middle row counting twice: 8 × the slope.

    Shape:
        (3, 3)

    Raises:
        ConvcoreError: `axis` is neither "x" nor "y".

    Source: Sobel & Feldman 1968, "A 3×3 Isotropic Gradient Operator for Image Processing",
        Stanford Artificial Intelligence Project.
    """
    return _slope("sobel", vector(1, 2, 1), axis, dtype)


def scharr(axis: Axis = "x", *, dtype: torch.dtype = torch.float32) -> Tensor:
    """How fast brightness grows along `axis`, smoothed for true angles: 32 × the slope.

    Shape:
        (3, 3)

    Raises:
        ConvcoreError: `axis` is neither "x" nor "y".

    Source: Scharr 2000, "Optimale Operatoren in der Digitalen Bildverarbeitung", thesis,
        Heidelberg.
    """
    return _slope("scharr", vector(3, 10, 3), axis, dtype)


def _slope(operation: str, smooth: Tensor, axis: Axis, dtype: torch.dtype) -> Tensor:
    check_choice(operation, "axis", axis, AXES)
    kernel = torch.outer(smooth, vector(-1, 0, 1))
    return in_dtype(operation, kernel if axis == "x" else kernel.mT, dtype)


def roberts(direction: Literal["NW", "NE"] = "NE", *, dtype: torch.dtype = torch.float32) -> Tensor:
    """The difference across one diagonal of a 2×2 square; the result lies between the pixels.

    Shape:
        (2, 2)

    Raises:
        ConvcoreError: `direction` is neither "NW" nor "NE".

    Source: Roberts 1963, "Machine Perception of Three-Dimensional Solids", thesis, MIT.
    """
    check_choice("roberts", "direction", direction, ("NW", "NE"))
    falling = torch.diag(vector(1, -1))
    return in_dtype("roberts", falling if direction == "NW" else falling.flip(1), dtype)


def kirsch(direction: str = "E", *, dtype: torch.dtype = torch.float32) -> Tensor:
    """The three neighbours in `direction` against the other five.

    The largest answer of the eight directions is the edge's strength; its direction, where it is
    bright.

    Shape:
        (3, 3)

    Args:
        direction: "N", "NE", "E", "SE", "S", "SW", "W" or "NW".

    Raises:
        ConvcoreError: `direction` is none of the eight.

    Source: Kirsch 1971, "Computer Determination of the Constituent Structure of Biological Images",
        Computers and Biomedical Research 4.
    """
    check_choice("kirsch", "direction", direction, COMPASS)
    return in_dtype("kirsch", compass(direction, (5, 5, -3, -3, -3, -3, -3, 5)), dtype)


def laplacian(neighbours: Literal[4, 8] = 4, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """The neighbours' sum less as many times the middle: positive in a dip, 0 on any even slope.

    With 4 neighbours this is the second derivative along x plus that along y. With 8, where the
    diagonals count as well, it is three times as large.

    Shape:
        (3, 3)

    Raises:
        ConvcoreError: `neighbours` is neither 4 nor 8.

    Source: Gonzalez & Woods 2018, "Digital Image Processing", 4th ed., §3.6.
    """
    check_choice("laplacian", "neighbours", neighbours, (4, 8))
    return in_dtype("laplacian", laplace(neighbours), dtype)


def laplacian_of_gaussian(
    size: int = 9, sigma: float = 1.4, *, dtype: torch.dtype = torch.float32
) -> Tensor:
    """The Laplacian of the smoothed picture: it crosses 0 where there is an edge.

    A Gaussian g along one axis times its second derivative along the other, both ways, added:
    (x² + y² − 2σ²) / σ⁴ · g(x) g(y). The second derivative is fitted to the few cells there are:
    it gives exactly 0 on 1 and t, and 2 on t², however much of the Gaussian is cut off. At size 3
    it is `derivative(2)` itself.

    Shape:
        (size, size)

    Args:
        sigma: standard deviation in pixels; little is cut off from size = 8 sigma on.

    Raises:
        ConvcoreError: `size` is not odd and at least 3, or `sigma` not above 0, or so small that
            only the middle cell has any weight.

    Source: Marr & Hildreth 1980, "Theory of Edge Detection", Proc. R. Soc. Lond. B 207.
    """
    operation = "laplacian_of_gaussian"
    check_odd(operation, "size", size, least=3)
    check_positive(operation, sigma=sigma)
    smooth, squares = bell(size, sigma), places(size).square()
    curve = (squares - squares @ smooth) * smooth  # σ² here is what these cells make of it
    bend = squares @ curve
    if bend < torch.finfo(torch.float64).tiny:
        raise ConvcoreError(
            f"{operation}: sigma={sigma!r} is so small that only the middle cell has any weight. "
            "Use sigma=0.1 or more."
        )
    curve *= 2 / bend
    return in_dtype(operation, torch.outer(smooth, curve) + torch.outer(curve, smooth), dtype)


def gabor(
    size: int = 21,
    wavelength: float = 8.0,
    angle: float = 0.0,
    sigma: float = 4.5,
    aspect: float = 0.5,
    phase: float = 0.0,
    *,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """A wave under a Gaussian: answers to stripes of one width and one direction.

    exp(−(u² + aspect² v²) / 2σ²) · cos(2π u / wavelength + phase), where u runs in the direction of
    `angle`, across the stripes, and v along them.

    Shape:
        (size, size)

    Args:
        wavelength: from stripe to stripe, in pixels.
        angle: degrees from x towards y.
        sigma: standard deviation in pixels, across the stripes.
        aspect: width through length of the Gaussian; below 1 the stripes are long.
        phase: degrees; 0 is even and finds lines, 90 is odd (it sums to 0) and finds edges.

    Raises:
        ConvcoreError: `size` is not odd and at least 1, `wavelength` below 2, `sigma` or `aspect`
            not above 0, or `angle` or `phase` not finite.

    Source: Daugman 1985, "Uncertainty relation for resolution in space, spatial frequency, and
        orientation optimized by two-dimensional visual cortical filters", J. Opt. Soc. Am. A 2;
        these parameters: Petkov & Kruizinga 1997, Biological Cybernetics 76.
    """
    check_odd("gabor", "size", size)
    check_positive("gabor", wavelength=wavelength, sigma=sigma, aspect=aspect)
    check_finite("gabor", angle=angle, phase=phase)
    if wavelength < 2:
        raise ConvcoreError(
            f"gabor: wavelength={wavelength!r} is below 2 pixels; cells cannot tell such a wave "
            "from a longer one. Use wavelength=2 or more."
        )
    x, y, turn = places(size), places(size).unsqueeze(1), math.radians(angle)
    u = x * math.cos(turn) + y * math.sin(turn)
    v = y * math.cos(turn) - x * math.sin(turn)
    envelope = torch.exp(-((u / sigma).square() + (aspect * v / sigma).square()) / 2)
    wave = torch.cos(2 * math.pi * u / wavelength + math.radians(phase))
    return in_dtype("gabor", envelope * wave, dtype)
