"""Processes that begin with an empty folder, all at the same moment."""

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

_TOGETHER = multiprocessing.get_context("forkserver")
# Imports take longer than the race, and would spread the racers out.
_TOGETHER.set_forkserver_preload(["lab.store", "mlflow.store.tracking.sqlalchemy_store"])


def race(count: int, mlruns: Path) -> list[int]:
    """Let `count` processes open the store in `mlruns` and make a run each; return how they end."""
    start = _TOGETHER.Barrier(count)
    crowd = [_TOGETHER.Process(target=_open, args=(start, mlruns, n)) for n in range(count)]
    for process in crowd:
        process.start()
    for process in crowd:
        process.join(180)
    return [process.exitcode for process in crowd]


def _open(start: Barrier, mlruns: Path, number: int) -> None:
    """Do what a page, a training and the command line do first."""
    import os

    os.environ["CONVLAB_MLRUNS"] = str(mlruns)
    from lab import settings, store

    start.wait(60)
    opened = store.opened(settings.current())
    opened.create(f"run {number}", experiment="training", params={"number": number}, tags={})
    assert any(run.name == f"run {number}" for run in opened.runs())
