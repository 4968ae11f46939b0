"""From numbers to yes or no: a threshold, its histogram, and a first guess."""

from dataclasses import dataclass

import torch
from torch import Tensor

from convcore.edges.checks import check_numbers
from convcore.errors import ConvcoreError
from convcore.kernels.checks import check_finite, check_whole


@dataclass(frozen=True)
class Histogram:
    """How many values lie between one border and the next; the last bin holds its upper one too."""

    counts: Tensor  # (bins,), int64
    borders: Tensor  # (bins + 1,), float64, from the smallest to the largest value


def threshold(response: Tensor, level: float) -> Tensor:
    """True where the response, of either sign, is at least `level`.

    Shape:
        (…) -> (…), torch.bool

    Raises:
        ConvcoreError: the response or the level is not finite.
    """
    check_numbers("threshold", "response", response)
    check_finite("threshold", level=level)
    return response.abs() >= level


def histogram(values: Tensor, bins: int = 256) -> Histogram:
    """How often each range of values occurs, in bins of equal width over all of them.

    Raises:
        ConvcoreError: no values, values that are not finite, or no bins.
    """
    check_numbers("histogram", "values", values)
    check_whole("histogram", "bins", bins, 1)
    if not values.numel():
        raise ConvcoreError("histogram: there are 0 values; there must be at least 1. Pass a map.")
    least, most = (float(value) for value in values.aminmax())
    borders = torch.linspace(least, most, bins + 1, dtype=torch.float64)
    width = (most - least) / bins
    if width == 0:
        places = torch.zeros(values.numel(), dtype=torch.long)
    else:
        places = ((values.flatten() - least) / width).long().clamp_(max=bins - 1)
    return Histogram(torch.bincount(places, minlength=bins).cpu(), borders)


def otsu(values: Tensor, bins: int = 256) -> float:
    """The level that parts the values best in two: the means far apart, for many on both sides.

    It is the border between two bins of their histogram; where all values are equal, that value.

    Raises:
        ConvcoreError: as `histogram`.

    Source: Otsu 1979, "A Threshold Selection Method from Gray-Level Histograms", IEEE Transactions
        on Systems, Man, and Cybernetics 9.
    """
    parts = histogram(values, bins)
    counts, borders = parts.counts.double(), parts.borders
    middles = (borders[:-1] + borders[1:]) / 2
    below, above = counts.cumsum(0)[:-1], counts.flip(0).cumsum(0).flip(0)[1:]
    if not len(below) or borders[0] == borders[-1]:
        return float(borders[0])
    weighted = counts * middles
    mean_below = weighted.cumsum(0)[:-1] / below
    mean_above = weighted.flip(0).cumsum(0).flip(0)[1:] / above
    between = below * above * (mean_below - mean_above).square()
    return float(borders[1 + int(between.argmax())])
