"""Loss curves → a verdict: is this run overfitting, and since when?

The rule, on raw values, in this order:

1. *diverged*: a loss that isn't finite, or a train loss 20 % above its first value twice running.
2. *too early*: under three epochs, or at most `patience` without an improvement.
3. *overfitting*: the judged loss has not beaten its best for `patience` epochs; its generalisation
   loss GL = 100·(E_last/E_best − 1) is above 5 %; each of the last three epochs lies further above
   the best than the curve's own jitter explains; and the train loss went on falling. Had the train
   loss risen as much, the steps would be too large: *diverged*.
4. *still learning*: the best of the last `patience` epochs beats everything before it by more than
   `min_delta` and the jitter. If the last two lie 5 % above the best it is *too early*: that may
   become overfitting.
5. *underfitting*: flat, and the train loss too stopped high: above half the loss of guessing,
   ln(classes), and with a gap under a quarter of the judged loss. Without `classes`: above 3/4 of
   the first epoch's loss and above half of ln 2.
6. *healthy*: flat near the best.

The best epoch is the first with the lowest judged loss: validation where there is one, else test.

Source: Prechelt 1998, "Early Stopping — But When?": GL and its threshold; the patience after it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convcore.errors import ConvcoreError

PATIENCE = 5  # epochs
MIN_DELTA = 1e-3  # nats per picture: smaller gains are no improvement
GL_LIMIT = 5.0  # percent, Prechelt's GL_5
# In standard deviations of the curve's noise. The lowest of 30 noisy values lies about 2 below
# their mean, so a flat curve ends 2 above its best; chance seldom beats the old record by 1.5.
RISE_JITTERS = 4.5
GAIN_JITTERS = 1.5
FEWEST_EPOCHS = 3
KNOWS_BETTER = 0.25  # of the judged loss: a larger gap is no underfitting


@dataclass(frozen=True)
class Verdict:
    """What the curves say; epochs count from 1, losses are nats per picture.

    The gaps are the judged loss minus the fair train loss of the same epoch (the running train loss
    where there is no fair one). Figures that can't be had are None.
    """

    kind: str  # "too early", "still learning", "healthy", "underfitting", "overfitting", "diverged"
    judged: str  # "validation" or "test": the curve that was judged
    best_epoch: int | None
    best_loss: float | None
    gap_at_best: float | None
    gap_final: float | None
    gl_final: float | None  # percent, Prechelt's generalisation loss at the last epoch
    region: tuple[int, int] | None  # (best epoch, last epoch) when overfitting
    sentence: str


@dataclass(frozen=True)
class _Curves:
    """The curves the rule looks at: `train` is the fair one where there is one."""

    judged: str
    loss: list[float]
    train: list[float]


def judge(
    curves: Mapping[str, Sequence[float]],
    *,
    patience: int = PATIENCE,
    min_delta: float = MIN_DELTA,
    classes: int | None = None,
) -> Verdict:
    """Return what the loss curves say, by the rule at the top of this module.

    Args:
        curves: values by epoch from 1 under `train_loss` (running), `fair_train_loss`,
            `validation_loss`, `test_loss`; one train and one other are enough, the rest is ignored.
        patience: epochs without improvement before anything is called flat or overfitting.
        min_delta: nats per picture; smaller gains are no improvement.
        classes: how many there are, so that "high" is measured against guessing.

    Raises:
        ConvcoreError: curves of different lengths, a kind of loss missing, or bad settings.
    """
    _check_settings(patience, min_delta, classes)
    chosen = _choose(curves)
    kind, reason = _kind(chosen, patience, min_delta, classes)
    return _verdict(chosen, kind, reason)


def _check_settings(patience: int, min_delta: float, classes: int | None) -> None:
    if patience < 1:
        raise ConvcoreError(f"judge: patience={patience} epochs: must be at least 1.")
    if not min_delta >= 0:
        raise ConvcoreError(f"judge: min_delta={min_delta}: must be 0 or more.")
    if classes is not None and classes < 2:
        raise ConvcoreError(f"judge: classes={classes}: must be at least 2, or None if unknown.")


def _choose(curves: Mapping[str, Sequence[float]]) -> _Curves:
    names = ("train_loss", "fair_train_loss", "validation_loss", "test_loss")
    given = {name: list(curves[name]) for name in names if len(curves.get(name, ())) > 0}
    if not given:
        return _Curves("validation" if "validation_loss" in curves else "test", [], [])
    lengths = {name: len(values) for name, values in given.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise ConvcoreError(
            f"judge: the curves differ in length ({told} epochs). "
            "Give each one value per epoch; leave out an epoch that has not ended."
        )
    judged = "validation" if "validation_loss" in given else "test"
    train = given.get("fair_train_loss", given.get("train_loss"))
    if f"{judged}_loss" not in given or train is None:
        raise ConvcoreError(
            f"judge: there is only {', '.join(given)}. "
            "Give a train loss (fair_train_loss or train_loss) and validation_loss or test_loss."
        )
    return _Curves(judged, given[f"{judged}_loss"], train)


def is_number(value: float) -> bool:
    """Return whether a loss is a true number; MLflow hands an infinite one back as 1.8e308."""
    return abs(value) < 1e300  # False for NaN


def _kind(c: _Curves, patience: int, min_delta: float, classes: int | None) -> tuple[str, str]:
    """Return the verdict's kind and, for "diverged", in which way."""
    if not all(map(is_number, c.loss + c.train)):
        return "diverged", "not finite"
    if len(c.loss) < FEWEST_EPOCHS:
        return "too early", ""
    if min(c.train[-2:]) > 1.2 * c.train[0]:
        return "diverged", "above start"
    if _has_risen(c.loss, c.loss, patience, min_delta):
        if min(c.train[-3:]) <= c.train[_best(c.loss)]:
            return "overfitting", ""
        if _has_risen(c.train, c.loss, patience, min_delta):
            return "diverged", "both rose"
    if _is_improving(c.loss, patience, min_delta):
        rising = min(c.loss[-2:]) > min(c.loss) * (1 + GL_LIMIT / 100)
        return ("too early", "rising") if rising else ("still learning", "")
    if len(c.loss) <= patience:
        return "too early", ""
    return ("underfitting" if _is_underfit(c, patience, min_delta, classes) else "healthy"), ""


def _best(loss: list[float]) -> int:
    return loss.index(min(loss))


def _has_risen(values: list[float], loss: list[float], patience: int, min_delta: float) -> bool:
    """Return whether `values` rose since the best epoch of `loss`, beyond doubt."""
    best = _best(loss)
    start = values[best]
    if len(loss) - 1 - best < patience or values[-1] <= start * (1 + GL_LIMIT / 100):
        return False
    return min(values[-3:]) > start + max(min_delta, RISE_JITTERS * _jitter(values, patience))


def _is_improving(loss: list[float], patience: int, min_delta: float) -> bool:
    recent = min(patience, len(loss) - 1)
    gain = min(loss[:-recent]) - min(loss[-recent:])
    return gain > max(min_delta, GAIN_JITTERS * _jitter(loss, patience))


def _jitter(loss: list[float], patience: int) -> float:
    """Return the standard deviation of the curve's noise over its last epochs, slopes set aside.

    White noise of deviation s has second differences of deviation s·√6; the median of their sizes
    is 0.6745 of that, and one spike does not move it.
    """
    late = loss[-(4 * patience + 1) :]
    bends = sorted(abs(a - 2 * b + c) for a, b, c in zip(late, late[1:], late[2:], strict=False))
    return _median(bends) / (0.6745 * math.sqrt(6)) if len(bends) > 1 else 0.0


def _median(ordered: list[float]) -> float:
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _is_underfit(c: _Curves, patience: int, min_delta: float, classes: int | None) -> bool:
    if c.loss[-1] - c.train[-1] > KNOWS_BETTER * c.loss[-1]:
        return False  # it knows its own pictures far better: size is not what holds it back
    lowest = min(c.train)
    one_percent = 0.01 * lowest  # a train loss that creeps is flat too
    if _is_improving(c.train, patience, max(min_delta, one_percent)):
        return False
    if classes is not None:
        return lowest > 0.5 * math.log(classes)
    return lowest > max(0.75 * max(c.train[0], c.loss[0]), 0.5 * math.log(2))


def _verdict(c: _Curves, kind: str, reason: str) -> Verdict:
    finite = [value for value in c.loss if is_number(value)]
    best = c.loss.index(min(finite)) if finite else None
    region = (best + 1, len(c.loss)) if kind == "overfitting" else None
    best_loss = None if best is None else c.loss[best]
    gl = None
    if best_loss is not None and best_loss > 0 and is_number(c.loss[-1]):
        gl = 100 * (c.loss[-1] / best_loss - 1)
    return Verdict(
        kind=kind,
        judged=c.judged,
        best_epoch=None if best is None else best + 1,
        best_loss=best_loss,
        gap_at_best=_gap(c, best),
        gap_final=_gap(c, -1) if c.loss else None,
        gl_final=gl,
        region=region,
        sentence=_sentence(c, kind, reason, best),
    )


def _gap(c: _Curves, index: int | None) -> float | None:
    if index is None or not (is_number(c.loss[index]) and is_number(c.train[index])):
        return None
    return c.loss[index] - c.train[index]


def _sentence(c: _Curves, kind: str, reason: str, best: int | None) -> str:
    if kind == "diverged":
        return _diverged_sentence(c, reason, best)
    if best is None:
        return "No epoch has ended yet: too early to say."
    lowest, last = c.loss[best], c.loss[-1]
    at_best = f"{lowest:.3g} at epoch {best + 1}"
    if kind == "overfitting":
        rise = f" {100 * (last / lowest - 1):.0f} %" if lowest > 0 else ""
        return (
            f"Since epoch {best + 1} the {c.judged} loss has risen{rise} ({lowest:.3g} → "
            f"{last:.3g}) while the train loss fell on ({c.train[best]:.3g} → {c.train[-1]:.3g}): "
            "overfitting so far. Try more pictures, augmentation, dropout or weight decay, or keep "
            f"the weights of epoch {best + 1}."
        )
    if kind == "still learning":
        now = f"best {at_best}" + ("" if best == len(c.loss) - 1 else f", {last:.3g} now")
        return f"The {c.judged} loss is still falling ({now}): still learning. Try more epochs."
    if kind == "underfitting":
        return (
            f"Both losses have stopped high (train {c.train[-1]:.3g}, {c.judged} {last:.3g}): "
            "underfitting. Try a larger model, another learning rate, or less regularisation."
        )
    if kind == "healthy":
        return (
            f"The {c.judged} loss has levelled off near its best ({at_best}, {last:.3g} now), "
            f"{last - c.train[-1]:.3g} above the train loss: healthy. Try a larger model or a "
            "falling learning rate to get lower; more epochs alone will hardly help."
        )
    if reason == "rising":
        return (
            f"The {c.judged} loss fell until epoch {best + 1} ({lowest:.3g}) and stands at "
            f"{last:.3g} now: too early to say whether it overfits. Try a few epochs more."
        )
    ended = "1 epoch has" if len(c.loss) == 1 else f"{len(c.loss)} epochs have"
    return (
        f"Only {ended} ended ({c.judged} loss {last:.3g}): too early to say. Try a few epochs more."
    )


def _diverged_sentence(c: _Curves, reason: str, best: int | None) -> str:
    if reason == "not finite":
        fine = [is_number(a) and is_number(b) for a, b in zip(c.loss, c.train, strict=True)]
        told = f"A loss stopped being a number in epoch {fine.index(False) + 1}"
    elif reason == "above start":
        told = f"The train loss began at {c.train[0]:.3g} and stands at {c.train[-1]:.3g}"
    else:
        told = (
            f"Since epoch {best + 1} both losses have risen ({c.judged} {c.loss[best]:.3g} → "
            f"{c.loss[-1]:.3g}, train {c.train[best]:.3g} → {c.train[-1]:.3g})"
        )
    return f"{told}: diverged. Try a lower learning rate, a tenth of this one to begin with."
