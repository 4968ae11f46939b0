"""What the filters are built from. All in float64: only the finished filter takes its dtype."""

from collections.abc import Sequence

import torch
from torch import Tensor

COMPASS = ("NW", "N", "NE", "E", "SE", "S", "SW", "W")  # clockwise, as _RING
_RING = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))  # cells of a 3×3


def vector(*weights: float) -> Tensor:
    """The weights as a vector."""
    return torch.tensor(weights, dtype=torch.float64)


def places(size: int) -> Tensor:
    """Where each cell lies, in pixels from the middle one: −r, …, 0, …, r."""
    return torch.arange(size, dtype=torch.float64) - size // 2


def impulse(size: int) -> Tensor:
    """1 in the middle, 0 around it: leaves everything as it is."""
    return (places(size) == 0).double()


def bell(size: int, sigma: float) -> Tensor:
    """A Gaussian along one axis, cut off at the ends and adding up to 1."""
    weights = torch.exp(-(places(size) / sigma).square() / 2)
    return weights / weights.sum()


def laplace(neighbours: int) -> Tensor:
    """3×3: each neighbour once, less as many times the middle."""
    middle = impulse(3)
    if neighbours == 8:
        return torch.ones(3, 3, dtype=torch.float64) - 9 * torch.outer(middle, middle)
    curve = vector(1, -2, 1)  # derivative(2)
    return torch.outer(middle, curve) + torch.outer(curve, middle)


def compass(direction: str, weights: Sequence[float]) -> Tensor:
    """3×3: the eight `weights` clockwise round an empty middle, the first in `direction`."""
    kernel = torch.zeros(3, 3, dtype=torch.float64)
    first = COMPASS.index(direction)
    for step, weight in enumerate(weights):
        kernel[_RING[(first + step) % 8]] = weight
    return kernel
