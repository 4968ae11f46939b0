"""All edge filters against each other, on pictures whose edges are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from convcore.edges.checks import check_amount
from convcore.edges.detectors import DETECTORS, PAIRS, pair, strengths
from convcore.edges.scores import Scores, angle_error, scores
from convcore.edges.truth import Truth, circle, corners, step_edge
from convcore.kernels.checks import check_choice

_ANGLES = (0, 15, 30, 45)  # degrees


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One filter's line in the table; the scores are means over all pictures."""

    kernel: str
    merit: float
    precision: float
    recall: float
    f1: float
    angle_mean: float | None  # degrees; None: this filter reads no angle
    angle_most: float | None


def compare(
    kernel_names: Sequence[str] = DETECTORS,
    noise: float = 0.0,
    blur: float = 0.0,
    *,
    wavelength: float = 4.0,
    seed: int = 0,
) -> list[Comparison]:
    """The scores of each filter on straight edges, corners and a circle, all of contrast 1.

    Each filter marks as many pixels as there are true ones, those where it finds the strongest
    edges; so no choice of a threshold favours one of them. The angle errors are those of
    `angle_error`, without noise or blur.

    Args:
        kernel_names: out of `DETECTORS`.
        noise: standard deviation of the brightness.
        blur: standard deviation, pixels.
        wavelength: of the waves that angles are read from, pixels.

    Raises:
        ConvcoreError: a name that is not known, or an amount below 0.
    """
    for name in kernel_names:
        check_choice("compare", "kernel_names", name, DETECTORS)
    check_amount("compare", noise=noise, blur=blur)
    truths = [step_edge(angle, blur=blur, noise=noise, seed=seed) for angle in _ANGLES]
    truths.append(corners(10, blur=blur, noise=noise, seed=seed))
    truths.append(circle(blur=blur, noise=noise, seed=seed))
    return [_line(name, truths, wavelength) for name in kernel_names]


def _line(name: str, truths: Sequence[Truth], wavelength: float) -> Comparison:
    each = [_scored(name, truth) for truth in truths]
    angle = angle_error(*pair(name, torch.float64), wavelength) if name in PAIRS else None
    return Comparison(
        kernel=name,
        merit=fmean(s.merit for s in each),
        precision=fmean(s.precision for s in each),
        recall=fmean(s.recall for s in each),
        f1=fmean(s.f1 for s in each),
        angle_mean=angle and angle.mean,
        angle_most=angle and angle.most,
    )


def _scored(name: str, truth: Truth) -> Scores:
    return scores(_strongest(strengths(truth.picture, name), int(truth.edges.sum())), truth.edges)


def _strongest(strength: Tensor, count: int) -> Tensor:
    """The `count` pixels where the strength is greatest, fewer where it is above 0 at fewer."""
    values, places = strength.flatten().topk(count)
    mask = torch.zeros(strength.numel(), dtype=torch.bool)
    mask[places[values > 0]] = True
    return mask.view_as(strength)
