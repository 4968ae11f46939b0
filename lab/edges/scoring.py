"""How good the filters are on pictures whose edges are known, with the noise and blur chosen."""

from convcore import edges
from lab.edges import compute
from lab.edges.setup import EdgeSetup


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
