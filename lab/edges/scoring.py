"""How good the filters are: where the edges are known, and beside what scikit-image finds."""

from dataclasses import dataclass

import torch
from torch import Tensor

from convcore import edges
from lab.edges import compute
from lab.edges.pictures import Picture
from lab.edges.setup import EdgeSetup

ANGLE = 30  # degrees, of the ramp and the wave that three pairs are compared on


@dataclass(frozen=True)
class Reading:
    """How far off a pair reads one direction, degrees."""

    kernel: str
    ramp: float
    wave: float


def readings() -> list[Reading]:
    """Return how far off Prewitt, Sobel and Scharr read 30° on a ramp and on a wave of 4 pixels."""
    pairs = {name: edges.pair(name, torch.float64) for name in ("Prewitt", "Sobel", "Scharr")}
    return [
        Reading(name, edges.ramp_error(*pair, ANGLE), edges.wave_error(*pair, ANGLE))
        for name, pair in pairs.items()
    ]


def table(noise: float, blur: float) -> list[edges.Comparison]:
    """Return a line for each filter that finds edges."""
    return edges.compare(noise=noise, blur=blur)


def score(setup: EdgeSetup) -> edges.Comparison | None:
    """Return the line of the chosen kernel, as the catalogue has it; None if it finds no edges."""
    if setup.kernel not in edges.DETECTORS:
        return None
    return edges.compare([setup.kernel], noise=setup.noise, blur=setup.blur)[0]


def angle(setup: EdgeSetup) -> edges.AngleError:
    """Return how far off the directions are that the pair in use reads, on waves of 4 pixels."""
    return edges.angle_error(*compute.pair(setup))


def scikit_edges(setup: EdgeSetup, picture: Picture) -> Tensor | None:
    """What scikit-image's Canny finds with the same blur and levels; None where it is not here.

    It always takes Sobel's pair, and leaves the border out.
    """
    grey = compute.noisy(setup, picture)
    try:
        from skimage import feature
    except ImportError:
        return None
    if grey.dim() == 3:
        return None
    low, high = compute.levels(setup, picture)
    theirs = feature.canny(grey.double().numpy(), setup.blur, low, high)
    return torch.from_numpy(theirs)
