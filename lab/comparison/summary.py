"""A run as one row of a table: what it is, and how good it was at its best."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convcore import overfitting
from convcore.errors import ConvcoreError
from convcore.overfitting import is_number
from lab.records import NOTE, STARRED, Run

Curves = Mapping[str, Sequence[float]]  # by epoch, from 1, under our names


@dataclass(frozen=True)
class Best:
    """A run at its best epoch, never at its last; what is not known is None.

    The judged loss chooses the epoch: validation where there is one, else test. Loss and accuracy
    are of the test pictures at that epoch, or of the validation pictures where no test is known.
    """

    judged: str = ""  # "validation" or "test"
    epoch: int | None = None
    judged_loss: float | None = None  # nats per picture
    scored: str = ""  # "test" or "validation": of which pictures loss and accuracy are
    loss: float | None = None  # nats per picture
    accuracy: float | None = None  # share
    gap: float | None = None  # judged loss less train loss, there
    gap_final: float | None = None  # and at the last epoch


@dataclass(frozen=True)
class Summary:
    """One row: times in seconds, `started` since 1970; empty or None where nothing is known."""

    run_id: str
    experiment_id: str
    name: str
    status: str
    author: str
    started: float
    backend: str
    dataset: str
    epochs: int
    best: Best
    verdict: str
    sentence: str
    seconds: float | None
    images_per_second: float | None
    parameters: int | None  # weights that learn
    note: str
    tags: Mapping[str, str]  # the user's own
    starred: bool


def summary(run: Run, curves: Curves | None = None) -> Summary:
    """Return the row of a run.

    Args:
        curves: of the run, under our names (`names.by_epoch`, `Store.curves`). Without them the row
            says what the run itself recorded, which is nothing for a foreign one.
    """
    best, verdict, sentence = _recorded(run) if curves is None else _judged(run, curves)
    params, tags = run.params, run.tags
    return Summary(
        run_id=run.run_id,
        experiment_id=run.experiment_id,
        name=run.name,
        status=run.status,
        author=tags.get("mlflow.user", ""),
        started=run.started,
        backend=params.get("backend", ""),
        dataset=params.get("data") or params.get("dataset", ""),
        epochs=len(max(curves.values(), key=len, default=())) if curves else _epochs(run),
        best=best,
        verdict=verdict,
        sentence=sentence,
        seconds=_seconds(run),
        images_per_second=_number(run, "images_per_second"),
        parameters=_count(params.get("parameters", "")),
        note=tags.get(NOTE, ""),
        tags={k: v for k, v in sorted(tags.items()) if not k.startswith(("mlflow.", "convlab."))},
        starred=bool(tags.get(STARRED)),
    )


def _recorded(run: Run) -> tuple[Best, str, str]:
    """Return what the recorder wrote of the best epoch, and of the verdict."""
    verdict, sentence = (run.tags.get(f"convlab.{name}", "") for name in ("verdict", "sentence"))
    epoch, judged_loss = _number(run, "best_epoch"), _number(run, "best_loss")
    if epoch is None:
        return Best(), verdict, sentence
    judged = "validation" if "validation_loss" in run.metrics else "test"
    loss = judged_loss if judged == "test" else _at_best(run, epoch, "test_loss")
    best = Best(
        judged=judged,
        epoch=int(epoch),
        judged_loss=judged_loss,
        scored="test",
        loss=loss,
        accuracy=_at_best(run, epoch, "test_accuracy"),
        gap=_number(run, "gap_at_best"),
        gap_final=_number(run, "gap_final"),
    )
    return best, verdict, sentence


def _at_best(run: Run, epoch: float, name: str) -> float | None:
    """Return a metric at the best epoch, if it was kept or if that epoch is the last."""
    kept = _number(run, f"best_{name}")
    if kept is None and epoch == run.metrics.get("epoch"):
        return _number(run, name)
    return kept


def _judged(run: Run, curves: Curves) -> tuple[Best, str, str]:
    """Return the best epoch and the verdict as the curves have them."""
    try:
        found = overfitting.judge(curves, classes=_classes(run))
    except ConvcoreError:  # no train loss, say: the best epoch needs none
        return _scored(curves, Best()), "", ""
    gaps = Best(gap=found.gap_at_best, gap_final=found.gap_final)
    return _scored(curves, gaps), found.kind, found.sentence


def _scored(curves: Curves, gaps: Best) -> Best:
    """Return the best epoch of the curves and the scores there, with the gaps as given."""
    judged = next((each for each in ("validation", "test") if curves.get(f"{each}_loss")), "")
    numbers = [
        (value, epoch)
        for epoch, value in enumerate(curves.get(f"{judged}_loss", ()), 1)
        if is_number(value)
    ]
    if not numbers:
        return gaps
    lowest, epoch = min(numbers)
    scored = "test" if _value(curves, "test_loss", epoch) is not None else judged
    return Best(
        judged=judged,
        epoch=epoch,
        judged_loss=lowest,
        scored=scored,
        loss=_value(curves, f"{scored}_loss", epoch),
        accuracy=_value(curves, f"{scored}_accuracy", epoch),
        gap=gaps.gap,
        gap_final=gaps.gap_final,
    )


def _value(curves: Curves, name: str, epoch: int) -> float | None:
    values = curves.get(name, ())
    return values[epoch - 1] if len(values) >= epoch and is_number(values[epoch - 1]) else None


def _number(run: Run, name: str) -> float | None:
    value = run.metrics.get(name)
    return value if value is not None and is_number(value) else None


def _epochs(run: Run) -> int:
    return int(_number(run, "epoch") or 0)


def _seconds(run: Run) -> float | None:
    """Return how long a training took; of a foreign run, from its start to its end."""
    if "convlab.kind" in run.tags or "seconds" in run.metrics:
        return _number(run, "seconds")
    return run.ended - run.started if run.ended else None


def _count(text: str) -> int | None:
    with contextlib.suppress(ValueError):
        return int(text)
    return None


def _classes(run: Run) -> int | None:
    classes = _count(run.params.get("classes", ""))
    return classes if classes and classes > 1 else None
