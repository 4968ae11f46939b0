"""One pixel: its surroundings, the products and their sum, and all of it in the playground."""

from dataclasses import dataclass

from torch import Tensor

from lab.edges import compute
from lab.edges.pictures import Picture
from lab.edges.setup import EdgeSetup
from lab.playground import Setup

_AROUND = 2  # pixels that the playground gets beyond what the kernel meets
_DIGITS = 6  # after the point; float32 holds no more


@dataclass(frozen=True)
class Pixel:
    """What the kernel meets at one pixel."""

    met: Tensor  # (K_h, K_w), brightness
    weights: Tensor  # (K_h, K_w)
    total: float


def inspect(setup: EdgeSetup, picture: Picture, pin: tuple[int, int]) -> Pixel | None:
    """Return what is met at row, column; None where the kernel reaches beyond the picture.

    With colours, of the channel that answers most strongly there.
    """
    weights = compute.kernel(setup)
    plane = _plane(setup, picture, pin)
    top, left = (at - (k - 1) // 2 for at, k in zip(pin, weights.shape, strict=True))
    met = plane[max(top, 0) : top + weights.shape[0], max(left, 0) : left + weights.shape[1]]
    if top < 0 or left < 0 or met.shape != weights.shape:
        return None
    return Pixel(met, weights, float((met.double() * weights).sum()))


def in_playground(setup: EdgeSetup, picture: Picture, pin: tuple[int, int]) -> Setup:
    """Return the pixel's surroundings and the kernel as a setup of the playground.

    Raises:
        ConvcoreError: the picture is smaller than the kernel.
    """
    weights = compute.kernel(setup)
    plane = _plane(setup, picture, pin)
    parts = [_span(at, k, n) for at, k, n in zip(pin, weights.shape, plane.shape, strict=True)]
    x = [[round(v, _DIGITS) for v in row] for row in plane[parts[0], parts[1]].tolist()]
    return Setup.plain((x,), ((weights.tolist(),),))


def _span(at: int, cells: int, pixels: int) -> slice:
    """The pixels round `at`, moved inwards where they would leave the picture."""
    length = min(cells + 2 * _AROUND, pixels)
    first = min(max(at - (cells - 1) // 2 - _AROUND, 0), pixels - length)
    return slice(first, first + length)


def _plane(setup: EdgeSetup, picture: Picture, pin: tuple[int, int]) -> Tensor:
    seen = compute.seen(setup, picture)
    if seen.dim() == 2:
        return seen
    answers = compute.response(setup.changed(border="replicate"), picture)
    return seen[int(answers[:, *pin].abs().argmax())]
