"""How good found edges are, where the true ones are known."""

from dataclasses import dataclass

import torch
from torch import Tensor

from convcore.edges.checks import check_alike, check_amount, check_mask
from convcore.edges.gradient import gradient
from convcore.edges.truth import ramp, wave
from convcore.errors import ConvcoreError
from convcore.functional.windows import batches, numbers_at_once

_PRATT = 1 / 9  # Pratt's penalty: a pixel that is 3 pixels off counts half
_ANGLES = range(0, 180, 5)  # degrees


@dataclass(frozen=True)
class Scores:
    """All from 0 to 1, where 1 is perfect."""

    merit: float  # Pratt's figure of merit
    precision: float  # share of the found pixels that have a true one within the tolerance
    recall: float  # share of the true pixels that have a found one within the tolerance
    f1: float  # harmonic mean of the two


@dataclass(frozen=True)
class AngleError:
    """How far a direction is off, over waves of all directions."""

    mean: float  # degrees
    most: float  # degrees


def scores(found: Tensor, true: Tensor, tolerance: float = 1.0) -> Scores:
    """How well the found edges fit the true ones.

    The figure of merit is Σ 1 / (1 + d² / 9) over the found pixels, d being the distance to the
    nearest true one, divided by the count of the found or of the true, whichever is larger.

    Shape:
        found (H, W), true (H, W), both torch.bool

    Args:
        tolerance: pixels.

    Raises:
        ConvcoreError: not two masks of one size, no true edge at all, or `tolerance` below 0.

    Source: Abdou & Pratt 1979, "Quantitative Design and Evaluation of Enhancement/Thresholding Edge
        Detectors", Proceedings of the IEEE 67.
    """
    check_mask("scores", "found", found)
    check_mask("scores", "true", true)
    check_alike("scores", "found", found, "true", true)
    check_amount("scores", tolerance=tolerance)
    if not true.any():
        raise ConvcoreError(
            "scores: true has 0 edge pixels; there must be at least 1 to compare with. Use a "
            "picture with an edge in it."
        )
    if not found.any():
        return Scores(0.0, 0.0, 0.0, 0.0)
    missed_by, misses = _distances(found, true), _distances(true, found)
    merit = (1 / (1 + _PRATT * missed_by.square())).sum() / max(len(missed_by), len(misses))
    precision = float((missed_by <= tolerance).double().mean())
    recall = float((misses <= tolerance).double().mean())
    both = precision + recall
    return Scores(float(merit), precision, recall, 2 * precision * recall / both if both else 0.0)


def angle_error(kernel_x: Tensor, kernel_y: Tensor, wavelength: float = 4.0) -> AngleError:
    """How far off the direction is that a pair of kernels reads from sine waves.

    On a ramp every pair that is exact along x and along y is exact in between, so a ramp tells
    nothing. On waves the pair must weaken both axes alike; the shorter the wave, the harder.

    Where the wave is at its top or bottom there is no direction: only pixels count whose magnitude
    is above half of the largest.

    Raises:
        ConvcoreError: as `respond`; `wavelength` not above 0.
    """
    means = torch.tensor([wave_error(kernel_x, kernel_y, angle, wavelength) for angle in _ANGLES])
    return AngleError(float(means.mean()), float(means.max()))


def ramp_error(kernel_x: Tensor, kernel_y: Tensor, angle: float) -> float:
    """How far off, in degrees, a pair reads the direction of a ramp: the mean over its pixels.

    Raises:
        ConvcoreError: as `respond`, or `angle` is not finite.
    """
    return _misread(kernel_x, kernel_y, angle, ramp(angle, _room(kernel_x, kernel_y)))


def wave_error(kernel_x: Tensor, kernel_y: Tensor, angle: float, wavelength: float = 4.0) -> float:
    """The same on a sine wave, where its magnitude is above half of the largest.

    Raises:
        ConvcoreError: as `ramp_error`; `wavelength` not above 0.
    """
    picture = wave(angle, wavelength, _room(kernel_x, kernel_y))
    return _misread(kernel_x, kernel_y, angle, picture)


def _room(kernel_x: Tensor, kernel_y: Tensor) -> int:
    """How large a picture has to be for both kernels to stay well inside it."""
    return max(65, 4 * max(*kernel_x.shape, *kernel_y.shape) + 1)


def _misread(kernel_x: Tensor, kernel_y: Tensor, angle: float, picture: Tensor) -> float:
    """The mean error, in degrees, on a picture whose brightness changes in one direction."""
    reach = max(*kernel_x.shape, *kernel_y.shape)
    inner = slice(reach, -reach)  # the pattern is broken where the picture ends
    magnitude, direction = (m[inner, inner] for m in gradient(picture, kernel_x, kernel_y))
    off = (direction - angle + 90) % 180 - 90  # a wave grows both ways
    return float(off[magnitude > magnitude.max() / 2].abs().mean())


def _distances(of: Tensor, to: Tensor) -> Tensor:
    """How far from each True pixel of one mask the nearest of the other is, in pixels."""
    pixels, others = of.nonzero().double(), to.nonzero().double()
    nearest = [
        # With matrix products, which it takes by itself for many, small distances lose digits.
        torch.cdist(pixels[some], others, compute_mode="donot_use_mm_for_euclid_dist").amin(1)
        for some in batches(len(pixels), numbers_at_once(pixels) // len(others))
    ]
    return torch.cat(nearest)
