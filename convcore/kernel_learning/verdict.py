"""A run's history → a verdict: converged, too slow, diverged or not identifiable.

In this order: *diverged*, the loss of the whole picture ended above its start, or rises at a rate
that is not stable; *not identifiable*, X cannot tell some kernels apart; *converged*, every weight
is within the tolerance of the least-squares kernel (with noise on Y that is not the true one, and
no optimiser gets closer); *too slow*, it is not there yet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from convcore.kernel_learning.config import LearnConfig
from convcore.kernel_learning.descent import Diverged, Event, Step
from convcore.kernel_learning.forecast import forecast
from convcore.kernel_learning.learnability import TOLERANCE, stable_rate
from convcore.kernel_learning.problem import pose
from convcore.kernel_learning.quadratic import Quadratic, reduce, to_columns


@dataclass(frozen=True)
class Verdict:
    """What became of a run."""

    kind: str  # "converged", "too slow", "diverged" or "not identifiable"
    gap: float  # largest error of a weight against the nearest kernel that fits best
    loss: float  # of the last kernel on the whole picture
    least_loss: float  # what no kernel gets below: noise, or Y is no response of such a kernel
    sentence: str


def verdict(
    events: Sequence[Event],
    x: Tensor,
    y: Tensor,
    config: LearnConfig,
    tolerance: float = TOLERANCE,
) -> Verdict | None:
    """Return what the `events` that `learn` gave for `x`, `y` and `config` come to.

    Of the steps only the first and the last two are looked at. None where there are no steps.

    Raises:
        ConvcoreError: as `learn`.
    """
    steps = [event for event in (*events[:1], *events[-3:]) if isinstance(event, Step)]
    if not steps:
        return None
    bowl = reduce(pose(x, y, config))
    columns = [to_columns(step.weight, step.bias) for step in steps]
    losses = [float(bowl.loss(w)) for w in columns]
    gap = float(bowl.seen(columns[-1] - bowl.smallest).abs().max())
    least = float(bowl.loss(bowl.smallest))
    kind = _kind(events, bowl, config, losses, gap <= tolerance)
    last = steps[-1]
    if kind == "diverged":
        told = _diverged(events, bowl, config, losses)
    elif kind == "not identifiable":
        told = _not_identifiable(bowl, last, losses, least)
    elif kind == "converged":
        told = _converged(last, losses, gap, least)
    else:
        told = _too_slow(last, gap, tolerance, forecast(x, y, config, tolerance))
    return Verdict(kind, gap, losses[-1], least, told)


def _kind(
    events: Sequence[Event],
    bowl: Quadratic,
    config: LearnConfig,
    losses: list[float],
    close: bool,
) -> str:
    limit = stable_rate(bowl, config)
    unstable = limit is not None and config.learning_rate >= limit and losses[-1] > losses[-2:][0]
    # The start may be the bottom itself, where rounding alone decides which loss is larger.
    grown = losses[-1] > losses[0] and not close
    if isinstance(events[-1], Diverged) or unstable or grown:
        return "diverged"
    if bowl.rank < bowl.design.shape[1]:
        return "not identifiable"
    return "converged" if close else "too slow"


def _diverged(
    events: Sequence[Event], bowl: Quadratic, config: LearnConfig, losses: list[float]
) -> str:
    if isinstance(events[-1], Diverged):
        return events[-1].sentence
    told = (
        f"Diverged: the loss went from {losses[0]:.3g} to {losses[-1]:.3g} with "
        f"learning_rate={config.learning_rate:.4g}."
    )
    limit = stable_rate(bowl, config)
    if limit is None or config.learning_rate < limit:
        return f"{told} Use a smaller rate, {config.learning_rate / 10:.4g} say."
    return f"{told} Use a rate below {limit:.4g}, the largest stable one for this X."


def _not_identifiable(bowl: Quadratic, last: Step, losses: list[float], least: float) -> str:
    return (
        f"Not identifiable: X shows {bowl.rank} of the kernel's {bowl.design.shape[1]} directions, "
        f"so this kernel is one of many that fit equally; at step {last.step:,} the loss is "
        f"{losses[-1]:.3g}, and no kernel gets below {least:.3g}."
    )


def _converged(last: Step, losses: list[float], gap: float, least: float) -> str:
    told = (
        f"Converged: at step {last.step:,} every weight is within {_up(gap)} of the kernel "
        f"that fits best, and the loss is {losses[-1]:.3g}; no kernel gets below {least:.3g}."
    )
    if last.distance is None:
        return told
    return f"{told} The true kernel is {last.distance:.3g} away."


def _too_slow(last: Step, gap: float, tolerance: float, needed: int | None) -> str:
    told = (
        f"Too slow: at step {last.step:,} a weight is still {gap:.3g} from the kernel that "
        f"fits best, above {tolerance:g}."
    )
    if needed is None or needed <= last.step:
        return f"{told} Take more steps, another optimiser or a larger rate."
    return f"{told} It takes {needed:,} steps at this rate."


def _up(gap: float) -> str:
    """Return a bound that `gap` is below: 0.00043 gives 0.001."""
    return f"{10 ** math.ceil(math.log10(gap)):g}" if gap > 1e-15 else "1e-15"
