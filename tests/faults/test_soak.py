"""Trainings one after another, each with a fate of its own: nothing of them stays behind."""

import gc
import os
import time

import psutil
import pytest

from convcore.config import TrainConfig
from lab import doctor, jobs
from tests.trainings import LONG, at_epoch, ended, epoch_of, kill, until

SHORT = TrainConfig(channels=4, epochs=3, batch_size=64)
TRAININGS = 200
WARM_UP = 0.25  # of the trainings: libraries fill their caches
GROWTH = 0.1  # of memory, at most, over all that follow; a leak of any size would pass it


class Fates:
    """What can happen to a training; each returns the statuses that the runs must have."""

    def __init__(self, store, draw) -> None:
        self._store, self._draw = store, draw

    def finished(self) -> dict[str, str]:
        return {jobs.start(self._store, SHORT): "FINISHED"}

    def stopped(self) -> dict[str, str]:
        run_id = self._begun()
        jobs.stop(self._store, run_id)
        return {run_id: "KILLED"}

    def killed(self) -> dict[str, str]:
        run_id = self._begun()
        kill(self._store, run_id)
        return {run_id: "FAILED"}

    def killed_as_it_started(self) -> dict[str, str]:
        run_id = jobs.start(self._store, LONG)
        time.sleep(self._draw.uniform(0, 3))
        kill(self._store, run_id)
        return {run_id: "FAILED"}

    def stopped_as_it_started(self) -> dict[str, str]:
        run_id = jobs.start(self._store, LONG)
        time.sleep(self._draw.uniform(0, 3))
        jobs.stop(self._store, run_id)
        return {run_id: "KILLED"}

    def resumed_and_stopped(self) -> dict[str, str]:
        (run_id,) = self.killed()
        self._resumed(run_id)
        jobs.stop(self._store, run_id)
        return {run_id: "KILLED"}

    def resumed_and_killed(self) -> dict[str, str]:
        (run_id,) = self.stopped()
        ended(self._store, run_id)
        self._resumed(run_id)
        kill(self._store, run_id)
        return {run_id: "FAILED"}

    def three_in_a_row(self) -> dict[str, str]:
        """The first is killed as the second waits; the third waits until it is cancelled."""
        first, second, third = (jobs.start(self._store, each) for each in (LONG, SHORT, LONG))
        time.sleep(self._draw.uniform(0, 3))
        jobs.stop(self._store, third)
        kill(self._store, first)
        return {first: "FAILED", second: "FINISHED", third: "KILLED"}

    def _begun(self) -> str:
        run_id = jobs.start(self._store, LONG)
        at_epoch(self._store, run_id, self._draw.randint(1, 3))
        return run_id

    def _resumed(self, run_id: str) -> None:
        before = epoch_of(self._store, run_id)
        jobs.resume(self._store, run_id)
        at_epoch(self._store, run_id, before + 1)


@pytest.mark.soak_only
@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_trainings_without_end_leave_nothing_behind(store, draw, tell):
    count, fates, expected = TRAININGS, Fates(store, draw), {}
    kinds = [
        fates.finished, fates.stopped, fates.killed, fates.killed_as_it_started,
        fates.stopped_as_it_started, fates.resumed_and_stopped, fates.resumed_and_killed,
        fates.three_in_a_row,
    ]  # fmt: skip
    warm, started = None, time.monotonic()
    while len(expected) < count:
        wanted = draw.choice(kinds)()
        found = {run_id: ended(store, run_id).status for run_id in wanted}
        assert found == wanted
        expected |= wanted
        if not warm and len(expected) >= WARM_UP * count:
            warm = held()
        tell(f"{len(expected)}: {held()}, {time.monotonic() - started:.0f} s")
    until(lambda: not jobs.reconcile(store) and not jobs._children, 60, "the last process")
    now = held()  # before anybody else opens the store
    assert processes_of(store) == []
    assert {run.run_id: run.status for run in store.runs()} == expected
    assert [each.text for each in doctor.examine(store.settings) if each.left] == []
    mlruns = store.settings.mlruns
    assert not list(mlruns.glob("outbox/*"))
    assert not list(mlruns.glob("queue/*.ticket"))
    assert now["handles"] <= warm["handles"], (warm, now)
    assert now["threads"] <= warm["threads"], (warm, now)
    assert now["memory"] < warm["memory"] * (1 + GROWTH), (warm, now)
    tell(f"{warm} -> {now}, {time.monotonic() - started:.0f} s, {sizes(mlruns, count)}")


def held() -> dict[str, float]:
    """What this process, which starts all trainings, holds."""
    gc.collect()
    own = psutil.Process()
    return {
        "handles": own.num_fds(),
        "threads": own.num_threads(),
        "memory": own.memory_info().rss,
    }


def processes_of(store) -> list[int]:
    """The processes that still train for this house."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "environ"]):
        told = process.info["environ"] or {}
        if told.get("CONVLAB_MLRUNS") == str(store.settings.mlruns) and process.pid != os.getpid():
            found.append(process.pid)
    return found


def sizes(mlruns, count: int) -> dict[str, str]:
    """Kilobytes a training, by what lies in the folder."""
    found = {}
    for part in sorted(mlruns.iterdir()):
        files = [part] if part.is_file() else [path for path in part.rglob("*") if path.is_file()]
        found[part.name] = f"{sum(path.stat().st_size for path in files) / 1000 / count:.1f} kB"
    return found
