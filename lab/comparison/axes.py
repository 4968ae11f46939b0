"""What had gone by when each epoch ended: the other axes that curves can be drawn over."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from convcore.overfitting import is_number
from lab.records import Point


def seconds_by_epoch(curves: Mapping[str, Sequence[float]]) -> list[float]:
    """Return the seconds of training until the end of each epoch; empty where none were kept."""
    seconds = curves.get("epoch_seconds", ())
    return list(accumulate(seconds)) if all(map(is_number, seconds)) else []


def steps_by_epoch(epochs: Sequence[Point], batches: Sequence[Point]) -> list[float]:
    """Return the optimiser's steps until the end of each epoch; empty where none were kept.

    A batch belongs to the epochs that ended after it: the last batch of each is always kept.

    Args:
        epochs: a metric's points, one an epoch, such as the test loss.
        batches: the points of `batch_loss`.
    """
    ended = {point.step: point.milliseconds for point in epochs}  # of an epoch done again, the last
    if not batches:
        return []
    return [
        float(max((each.step for each in batches if each.milliseconds <= ended[epoch]), default=0))
        for epoch in sorted(ended)
    ]
