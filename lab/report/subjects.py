"""What a report tells of: runs as the store has them, read once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convcore import overfitting
from convcore.overfitting import Verdict
from lab import comparison
from lab.comparison import Summary
from lab.figures import PALETTE
from lab.records import Run
from lab.store import Store


@dataclass(frozen=True)
class Subject:
    """A run with what is told of it; `verdict` is None where its curves allow none."""

    run: Run
    name: str  # unlike all others in the report
    color: str
    curves: Mapping[str, Sequence[float]]  # by epoch, from 1, under our names
    summary: Summary
    verdict: Verdict | None

    @property
    def duels(self) -> bool:
        """Return whether the run is one side of a duel."""
        return self.run.tags.get("convlab.kind") == "duel"


def read(store: Store, run_ids: Sequence[str], names: Mapping[str, str]) -> list[Subject]:
    """Return the runs, in the order given and each once.

    Args:
        names: {foreign name: our name} of metrics, such as `comparison.NAMES`.

    Raises:
        StoreError: there is no such run, or the store cannot be reached.
    """
    runs = [store.run(run_id) for run_id in dict.fromkeys(run_ids)]
    namesakes = Counter(run.name for run in runs)
    return [
        _subject(
            store,
            run,
            run.name if namesakes[run.name] == 1 else f"{run.name} ({run.run_id[:8]})",
            PALETTE[index % len(PALETTE)],
            names,
        )
        for index, run in enumerate(runs)
    ]


def _subject(store: Store, run: Run, name: str, color: str, names: Mapping[str, str]) -> Subject:
    theirs = comparison.sources(run.metrics, names)
    history = store.history(run.run_id, list(theirs.values()))
    curves, _ = comparison.by_epoch({ours: history[each] for ours, each in theirs.items()})
    return Subject(run, name, color, curves, comparison.summary(run, curves), _verdict(run, curves))


def _verdict(run: Run, curves: Mapping[str, Sequence[float]]) -> Verdict | None:
    """Return the verdict; a run with no epoch, or with one kind of loss only, has none."""
    classes = run.params.get("classes", "")
    try:
        count = int(classes) if classes.isdecimal() else 0
        verdict = overfitting.judge(curves, classes=count if count > 1 else None)
    except ValueError:  # ConvcoreError is one too
        return None
    return verdict if verdict.best_epoch is not None else None
