"""A run trained again from its record, and whether its figures come back."""

from dataclasses import dataclass

from convcore.errors import ConvcoreError
from lab import jobs
from lab.records import Run
from lab.store import Store

ORIGINAL = "convlab.reproduces"  # the tag that names the first run
_SERIES = (
    "batch_loss", "train_loss", "fair_train_loss", "validation_loss", "test_loss",
    "train_accuracy", "fair_train_accuracy", "validation_accuracy", "test_accuracy",
)  # fmt: skip
# What may change the last digits of a loss.
_CIRCUMSTANCES = ("data_fingerprint", "torch_version", "device_name", "threads", "git_commit")


@dataclass(frozen=True)
class Match:
    """How the series of a second training compare with the first one's."""

    identical: bool
    sentence: str


def start_again(store: Store, run_id: str) -> str:
    """Start a training of the same settings as the run's, and return its id.

    Raises:
        ConvcoreError: the run is no training of this lab, or is still at work.
    """
    run = store.run(run_id)
    if run.config is None or run.tags.get("convlab.kind") != "training":
        raise ConvcoreError(
            f"reproduce: run={run_id!r} has kept no settings of a training. Choose one that the "
            "lab has trained."
        )
    if run.active:
        raise ConvcoreError(f"reproduce: {run.name} is still at work. Wait for its end.")
    again = jobs.start(store, run.config, name=f"again · {run.name}")
    store.log(again, tags={ORIGINAL: run_id})
    return again


def match(store: Store, first: str, second: str) -> Match:
    """Return whether the series of two runs are the same to the last digit, or how far apart."""
    one, other = store.run(first), store.run(second)
    ours, theirs = store.history(first, _SERIES), store.history(second, _SERIES)
    steps = sum(len(series) for series in ours.values())
    if ours == theirs and steps:
        return Match(True, f"Identical: all {steps:,} values of {one.name} came back.")
    common = [
        (abs(ours[name][step] - theirs[name][step]), name, step)
        for name in _SERIES
        for step in ours[name].keys() & theirs[name].keys()
    ]
    if not common:
        return Match(False, f"{one.name} and {other.name} have no value in common to compare.")
    most, name, step = max(common)
    if most == 0:
        return Match(
            False,
            f"All {len(common):,} values that both have are identical, but one of the two has "
            "more: it was stopped earlier, or trained longer.",
        )
    return Match(
        False,
        f"Not identical: they are up to {most:.3g} apart, most in {name} at step {step}."
        + _why(one, other),
    )


def _why(one: Run, other: Run) -> str:
    changed = [
        f"{name} was {one.params.get(name, 'unknown')}, is {other.params.get(name, 'unknown')}"
        for name in _CIRCUMSTANCES
        if one.params.get(name) != other.params.get(name)
    ]
    return f" What differs: {'; '.join(changed)}." if changed else ""
