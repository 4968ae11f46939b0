"""Canny's way from a picture to its edges, step by step, on our own filters."""

from dataclasses import dataclass

from torch import Tensor

from convcore import kernels
from convcore.edges.checks import check_amount, check_levels, check_map
from convcore.edges.gradient import polar, thin
from convcore.edges.hysteresis import hysteresis
from convcore.edges.response import respond

_TAIL = 4  # standard deviations, after which a Gaussian is cut off: 6 in 100,000 lie beyond


@dataclass(frozen=True)
class Canny:
    """Every step in order; all are (H, W)."""

    smoothed: Tensor
    gx: Tensor
    gy: Tensor
    magnitude: Tensor
    direction: Tensor  # degrees from x towards y
    thinned: Tensor
    edges: Tensor  # torch.bool


def canny(
    picture: Tensor,
    sigma: float = 1.0,
    low: float = 0.1,
    high: float = 0.2,
    *,
    kernel_x: Tensor | None = None,
    kernel_y: Tensor | None = None,
    padding_mode: str = "replicate",
) -> Canny:
    """The edges of a picture, and every step towards them.

    Smooth, take the gradient, keep its maxima, then hold on to strong ones and to weak ones that
    touch them.

    Args:
        sigma: of the Gaussian that smooths, in pixels; 0 for none.
        low: least magnitude of a pixel that touches an edge. Sobel's magnitude is 8 × the slope.
        high: least magnitude that makes an edge.
        kernel_x: the pair that takes the gradient; Sobel's where none is given.

    Raises:
        ConvcoreError: as `respond`; the picture has channels, sigma below 0, not 0 ≤ low ≤ high.

    Source: Canny 1986, "A Computational Approach to Edge Detection", IEEE Transactions on Pattern
        Analysis and Machine Intelligence 8.
    """
    check_map("canny", "picture", picture)
    check_levels("canny", low, high)
    smoothed = blur(picture, sigma, padding_mode)
    gx = respond(smoothed, kernels.sobel("x") if kernel_x is None else kernel_x, padding_mode)
    gy = respond(smoothed, kernels.sobel("y") if kernel_y is None else kernel_y, padding_mode)
    magnitude, direction = polar(gx, gy)
    thinned = thin(magnitude, direction)
    return Canny(smoothed, gx, gy, magnitude, direction, thinned, hysteresis(thinned, low, high))


def blur(picture: Tensor, sigma: float, padding_mode: str = "replicate") -> Tensor:
    """The picture, smoothed by a Gaussian of standard deviation `sigma` pixels; 0 leaves it.

    Shape:
        (H, W) or (C, H, W) -> the same

    Raises:
        ConvcoreError: as `respond`, or `sigma` is below 0.
    """
    check_amount("blur", sigma=sigma)
    if sigma == 0:
        return picture
    size = 2 * int(_TAIL * sigma + 0.5) + 1
    return respond(picture, kernels.gaussian(size, sigma, dtype=picture.dtype), padding_mode)
