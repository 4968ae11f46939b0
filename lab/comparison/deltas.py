"""Runs against a baseline: how much more or less, and whether that is better."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.comparison.summary import Summary


@dataclass(frozen=True)
class Delta:
    """A figure less the baseline's; `better` is None where they are equal."""

    value: float
    better: bool | None


@dataclass(frozen=True)
class Deltas:
    """One run against the baseline; None where one of the two has no such figure."""

    run_id: str
    loss: Delta | None
    accuracy: Delta | None
    gap: Delta | None  # at the best epoch; the smaller, the better
    seconds: Delta | None
    note: str  # why scores are not compared, or empty


def deltas(baseline: Summary, others: Sequence[Summary]) -> list[Deltas]:
    """Return each of `others` against `baseline`, all at their best epochs."""
    return [_against(baseline, other) for other in others]


def _against(baseline: Summary, other: Summary) -> Deltas:
    note = _unlike(baseline, other)
    a, b = baseline.best, other.best
    return Deltas(
        run_id=other.run_id,
        loss=None if note else _delta(a.loss, b.loss, float),
        accuracy=None if note else _delta(a.accuracy, b.accuracy, operator.neg),
        gap=None if note else _delta(a.gap, b.gap, abs),
        seconds=_delta(baseline.seconds, other.seconds, float),
        note=note,
    )


def _unlike(baseline: Summary, other: Summary) -> str:
    """Return why the scores of two runs say nothing about each other, or nothing if they do."""
    if baseline.dataset and other.dataset and baseline.dataset != other.dataset:
        return f"Other data ({other.dataset}, not {baseline.dataset}): only times are compared."
    own, others = baseline.best.scored, other.best.scored
    if own and others and own != others:
        return f"Scored on {others}, not on {own} pictures: only times are compared."
    return ""


def _delta(
    baseline: float | None, other: float | None, cost: Callable[[float], float]
) -> Delta | None:
    """Return the difference; `cost` is what should be small."""
    if baseline is None or other is None:
        return None
    before, now = cost(baseline), cost(other)
    return Delta(other - baseline, None if now == before else now < before)
