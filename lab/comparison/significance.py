"""Is a difference between two groups of runs more than their seeds explain?

The rule, at 5 %, two-sided:

1. Both groups have two runs or more: Student's and Welch's t-test, and both must find it. Student's
   keeps the 5 % for two configs that are alike whatever the numbers of runs; Welch's allows each
   group a spread of its own, and alone would err in 7 of 100 where two runs meet five.
2. One has a single run: Student's, with the spread of all groups of the comparison that have two
   runs or more, pooled. This supposes that seeds move each config by about as much.
3. No group has two, or those that have show no spread: no statement.

Two configs that are alike are then called different in at most 5 of 100 comparisons. Where spreads
differ threefold and two runs meet ten it may be 8. Seeds must differ within a group
(`Group.counted`), and of many pairs some will differ by chance.

Source: Welch 1947, "The generalization of Student's problem …", Biometrika 34.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convcore.errors import ConvcoreError
from convcore.overfitting import is_number

LEVEL = 0.05
# Of each measure: a factor, and the formats of a value and of a difference.
_MEASURES = {
    "loss": (1.0, "{:.4g}", "{:.2g}"),
    "accuracy": (100.0, "{:.2f} %", "{:.2f} points"),
}
_GRID = 2001  # angles at which Student's distribution is known


@dataclass(frozen=True)
class Sample:
    """A group's name, and the figure of each of its runs, one a seed: a loss, or a share."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True)
class Difference:
    """What can be said of b less a; None where nothing can."""

    kind: str  # "different", "within noise" or "unknown"
    value: float | None
    interval: tuple[float, float] | None  # where the true difference lies, with 95 %
    p: float | None
    sentence: str


def difference(
    a: Sample, b: Sample, others: Sequence[Sample] = (), *, measure: str = "loss"
) -> Difference:
    """Return whether `b` differs from `a`, by the rule at the top of this module.

    Args:
        others: further groups of the comparison, on the same data; only their spread counts.
        measure: "loss" or "accuracy"; both at the best epoch.
    """
    if measure not in _MEASURES:
        raise ConvcoreError(f"difference: measure={measure!r}. Choose {', '.join(_MEASURES)}.")
    a, b, *others = (_clean(each) for each in (a, b, *others))
    if not (a.values and b.values):
        empty = " and ".join(each.name for each in (a, b) if not each.values)
        return Difference(
            "unknown", None, None, None, f"Nothing to compare yet: {empty} has no finished run."
        )
    value = statistics.fmean(b.values) - statistics.fmean(a.values)
    told = _told(a, b, value, measure)
    tests, how = _tests(a, b, others)
    if not tests:
        return Difference("unknown", value, None, None, f"{told}, but {how}")
    # The least sure of them speaks.
    p, reach = max(_student(abs(value), error, freedom) for error, freedom in tests)
    interval = (value - reach, value + reach)
    kind = "different" if p < LEVEL else "within noise"
    sentence = f"{told}: {_verdict(kind, p, interval, measure)} {how}"
    return Difference(kind, value, interval, p, sentence.strip())


def _clean(sample: Sample) -> Sample:
    return Sample(sample.name, [value for value in sample.values if is_number(value)])


def _variance(sample: Sample) -> float:
    """Return the variance; exactly 0 for equal values, which rounding would not give."""
    return float(np.var(sample.values, ddof=1)) if len(set(sample.values)) > 1 else 0.0


def _tests(a: Sample, b: Sample, others: Sequence[Sample]) -> tuple[list[tuple[float, float]], str]:
    """Return (standard error of the difference, degrees of freedom) of each test, and words."""
    both = min(len(a.values), len(b.values)) > 1
    spread = [each for each in ((a, b) if both else (a, b, *others)) if len(each.values) > 1]
    if not any(_variance(each) for each in spread):
        why = "the runs are equal to the last digit" if both else "no config here has two runs"
        return [], f"{why}, so nothing tells how far a seed moves it. Train each with 3 seeds."
    if both:
        return [_pooled(a, b, spread), _welch(a, b)], ""
    runs = sum(len(each.values) for each in spread)
    words = f"The seed noise is that of {runs} runs of this comparison that repeat a config."
    return [_pooled(a, b, spread)], words


def _pooled(a: Sample, b: Sample, spread: Sequence[Sample]) -> tuple[float, float]:
    """Return Student's error and degrees of freedom, with one variance for all of `spread`."""
    freedoms = [len(each.values) - 1 for each in spread]
    squares = sum(_variance(each) * n for each, n in zip(spread, freedoms, strict=True))
    share = 1 / len(a.values) + 1 / len(b.values)
    return math.sqrt(squares / sum(freedoms) * share), sum(freedoms)


def _welch(a: Sample, b: Sample) -> tuple[float, float]:
    """Return Welch's error and degrees of freedom, with a variance for each."""
    parts = [(_variance(each) / len(each.values), each) for each in (a, b)]
    total = sum(part for part, _ in parts)
    below = sum((part / total) ** 2 / (len(each.values) - 1) for part, each in parts)
    return math.sqrt(total), 1 / below


def _student(size: float, error: float, freedom: float) -> tuple[float, float]:
    """Return the two-sided p of a difference, and how large one must be for p = LEVEL.

    With t = √freedom · tan(angle), Student's density becomes a power of the cosine.
    """
    angles = np.linspace(0, math.pi / 2, _GRID)
    density = np.cos(angles) ** (freedom - 1)
    area = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    inside = area / area[-1]
    scale = error * math.sqrt(freedom)
    p = 1 - float(np.interp(math.atan2(size, scale), angles, inside))
    return p, scale * math.tan(float(np.interp(1 - LEVEL, inside, angles)))


def _told(a: Sample, b: Sample, value: float, measure: str) -> str:
    factor, _, shape = _MEASURES[measure]
    way = "higher" if value > 0 else "lower"
    apart = f"is {shape.format(abs(factor * value))} {way} than" if value else "equals"
    means = " against ".join(_mean(each, measure) for each in (b, a))
    return f"The best {measure} of {b.name} {apart} that of {a.name} ({means})"


def _mean(sample: Sample, measure: str) -> str:
    factor, shape, _ = _MEASURES[measure]
    mean = shape.format(factor * statistics.fmean(sample.values))
    if len(sample.values) == 1:
        return f"{mean}, 1 run"
    return f"{mean} ± {factor * statistics.stdev(sample.values):.2g}, {len(sample.values)} seeds"


def _verdict(kind: str, p: float, interval: tuple[float, float], measure: str) -> str:
    factor, _, shape = _MEASURES[measure]
    chance = "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
    low, high = (shape.format(factor * end).replace("-", "−") for end in interval)
    said = "more than seeds explain" if kind == "different" else "within seed noise"
    return f"{said} ({chance}; with 95 % the true difference lies between {low} and {high})."
