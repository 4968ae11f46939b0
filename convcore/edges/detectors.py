"""From each named edge filter to edges one pixel wide."""

import torch
from torch import Tensor

from convcore import kernels
from convcore.edges.checks import check_map
from convcore.edges.gradient import gradient, thin
from convcore.edges.response import respond
from convcore.kernels.checks import check_choice

# Names as in kernels.CATALOGUE.
PAIRS = ("Derivative", "Roberts", "Prewitt", "Sobel", "Scharr", "Gabor")
CURVED = ("Laplacian", "Laplacian of Gaussian")
DETECTORS = (*PAIRS, "Kirsch", *CURVED)
_COMPASS = ("E", "SE", "S", "SW", "W", "NW", "N", "NE")  # every 45° from x towards y


def pair(name: str, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """A named filter along x and along y, both positive where brightness grows.

    Roberts' two diagonal differences are turned by 45°: their difference and sum.

    Shape:
        -> (K_h, K_w), (K_h, K_w)

    Raises:
        ConvcoreError: a filter that is no such pair.
    """
    check_choice("pair", "name", name, PAIRS)
    match name:
        case "Derivative":
            middle = kernels.derivative(1, accuracy=2, dtype=dtype)
            return kernels.along(middle, "x"), kernels.along(middle, "y")
        case "Roberts":
            north_west, north_east = (kernels.roberts(d, dtype=dtype) for d in ("NW", "NE"))
            return north_east - north_west, -north_east - north_west
        case "Gabor":  # at phase 270 it is a sine: odd, as a derivative is
            across, down = (kernels.gabor(angle=a, phase=270, dtype=dtype) for a in (0, 90))
            return across, down
    make = {"Prewitt": kernels.prewitt, "Sobel": kernels.sobel, "Scharr": kernels.scharr}[name]
    return make("x", dtype=dtype), make("y", dtype=dtype)


def strengths(picture: Tensor, name: str) -> Tensor:
    """How strong the edge is at each pixel by a named filter; 0 where there is none.

    Pairs: the magnitude, thinned. Kirsch: the largest of eight directions, thinned. The Laplacians:
    how steeply they cross 0.

    Shape:
        (H, W) -> (H, W)

    Raises:
        ConvcoreError: as `respond`, or the name is not known.
    """
    check_choice("strengths", "name", name, DETECTORS)
    check_map("strengths", "picture", picture)
    if name in PAIRS:
        return thin(*gradient(picture, *pair(name, picture.dtype), "replicate"))
    if name == "Kirsch":
        answers = [respond(picture, kernels.kirsch(d), "replicate") for d in _COMPASS]
        magnitude, direction = torch.stack(answers).max(0)
        return thin(magnitude, 45.0 * direction.to(magnitude))
    make = kernels.laplacian if name == "Laplacian" else kernels.laplacian_of_gaussian
    return zero_crossings(respond(picture, make(dtype=picture.dtype), "replicate"))


def zero_crossings(response: Tensor) -> Tensor:
    """How much the response changes where its sign does: at the nearer of both pixels, else 0.

    Shape:
        (H, W) -> (H, W)

    Raises:
        ConvcoreError: not a map of finite numbers.

    Source: Marr & Hildreth 1980, "Theory of Edge Detection", Proc. R. Soc. Lond. B 207.
    """
    check_map("zero_crossings", "response", response)
    steep = torch.zeros_like(response)
    for axis in (0, 1):
        length = response.shape[axis] - 1
        one, other = response.narrow(axis, 0, length), response.narrow(axis, 1, length)
        change = (one - other).abs() * ((one >= 0) != (other >= 0))
        first = one.abs() <= other.abs()
        for start, here in ((0, first), (1, ~first)):
            part = steep.narrow(axis, start, length)
            part.copy_(torch.maximum(part, change * here))
    return steep
