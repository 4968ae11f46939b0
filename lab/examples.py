"""Three real trainings on the digits for an empty store: a healthy one, an overfitted, its remedy.

They are told from other runs by a tag, so whoever opens the lab finds them again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from filelock import FileLock, Timeout

from convcore.config import TrainConfig, preset, remedied
from convcore.datasets.digits import SOURCE
from convcore.errors import ConvcoreError
from lab import jobs
from lab.records import KEPT, Run
from lab.store import Store

TAG = "convlab.example"  # holds which of the three a run is
HEALTHY, OVERFITTED, REMEDY = "healthy", "overfitted", "remedy"

# Small enough that a GPU would only be waited for.
_SMALL = {"device": "cpu", "seed": 1}
# 60 pictures, two blocks and quick steps: learnt by heart in ten epochs, whatever the seed.
_OVERFITTED = TrainConfig().changed(
    _SMALL
    | {"subset": 60, "batch_size": 20, "blocks": 2, "batch_norm": False}
    | {"epochs": 30, "optimizer": "adam", "learning_rate": 0.005}
)
CONFIGS: Mapping[str, TrainConfig] = {
    HEALTHY: preset("first-steps").changed(_SMALL),
    OVERFITTED: _OVERFITTED,
    REMEDY: remedied(_OVERFITTED, SOURCE.in_shape),
}
_OVERFITTED_NAME = "overfitted example"
NAMES: Mapping[str, str] = {
    HEALTHY: "healthy example",
    OVERFITTED: _OVERFITTED_NAME,
    REMEDY: f"remedy · {_OVERFITTED_NAME}",  # as the remedy's button would call it
}


def begin(store: Store) -> list[str]:
    """Return the ids of the three, after starting those that are not there yet.

    Raises:
        StoreError: the store cannot be reached; what has started by then goes on.
    """
    with _door(store):
        ids = {kind: run.run_id for kind, run in _found(store).items()}
        for kind in CONFIGS:
            if kind not in ids:
                ids[kind] = _start(store, kind, ids)
    return [ids[kind] for kind in CONFIGS]


def found(store: Store) -> dict[str, Run]:
    """Return the example runs that there are, by which of the three each is.

    Waits for a `begin` at work, which would show them half made.

    Raises:
        StoreError: the store cannot be reached.
    """
    with _door(store):
        return _found(store)


def what_to_see(runs: Mapping[str, Run]) -> str:
    """Return what the three show beside each other, or nothing unless they came out as meant."""
    if any(kind not in runs or runs[kind].status != "FINISHED" for kind in CONFIGS):
        return ""
    verdicts = {kind: runs[kind].tags["convlab.verdict"] for kind in CONFIGS}
    best = {kind: runs[kind].metrics["best_loss"] for kind in CONFIGS}
    if verdicts[OVERFITTED] != "overfitting" or best[REMEDY] >= best[OVERFITTED]:
        return ""
    return (
        "the overfitted run's test loss turns up after epoch "
        f"{runs[OVERFITTED].metrics['best_epoch']:.0f} while its train loss falls on; its remedy, "
        f"on the same pictures, gets down to {best[REMEDY]:.2f} instead of "
        f"{best[OVERFITTED]:.2f}; the healthy run, on all pictures, levels off at "
        f"{best[HEALTHY]:.2f}."
    )


def _start(store: Store, kind: str, ids: Mapping[str, str]) -> str:
    parent = ids[OVERFITTED] if kind == REMEDY else None
    run_id = jobs.start(store, CONFIGS[kind], name=NAMES[kind], parent=parent)
    store.log(run_id, tags={TAG: kind})
    return run_id


def _found(store: Store) -> dict[str, Run]:
    runs = store.runs(filter_string=f"tags.`{TAG}` LIKE '%'", without=KEPT)
    newest = {run.tags[TAG]: run for run in reversed(runs)}
    return {kind: newest[kind] for kind in CONFIGS if kind in newest}


@contextmanager
def _door(store: Store) -> Iterator[None]:
    """Hold the lock under which they are started and looked for."""
    folder = store.settings.mlruns
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "examples.lock", timeout=30):
            yield
    except Timeout:
        raise ConvcoreError(
            "The example runs are still being started elsewhere. Wait a moment, then try again."
        ) from None
