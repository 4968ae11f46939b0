"""A training on a disk that fills up in its middle: `python -m tests.faults.full_disk`.

Works in CONVLAB_MLRUNS, which is empty at first, and ends with an error at what is not as it
should be. With --limit it is the training's process alone that can write no more.
"""

import argparse
import pickle
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lab import doctor, jobs, settings
from lab.records import StoreError
from lab.store import Store
from tests.trainings import CONFIG, assert_same, at_epoch, ended, left, pid_of

WHILE = 4.0  # seconds: long enough that whatever the training has to say is said in vain


@contextmanager
def no_room(folder: Path) -> Iterator[None]:
    """Fill the disk of a folder to its last byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
    yield
    ballast.unlink()


@contextmanager
def no_writing(pid: int) -> Iterator[None]:
    """Let a process add no more to any file."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def faults(store: Store) -> list[str]:
    """What the doctor finds wrong, apart from how little room such a small disk has."""
    found = doctor.examine(store.settings)
    return [each.text for each in found if each.left and "GB are free" not in each.text]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path, help="an empty database")
    parser.add_argument("undisturbed", type=Path, help="what CONFIG leaves, pickled")
    parser.add_argument("--limit", action="store_true")
    options = parser.parse_args()
    now = settings.current()
    shutil.copy(options.store, now.mlruns / "mlflow.db")
    store = Store(now)
    run_id = jobs.start(store, CONFIG)
    at_epoch(store, run_id, 2)
    with no_writing(pid_of(store, run_id)) if options.limit else no_room(now.mlruns):
        time.sleep(WHILE)
        assert not faults(store)
        if not options.limit:
            with pytest.raises(StoreError, match=r"The disk is full\. Make room, then try again"):
                jobs.start(store, CONFIG)
    run = ended(store, run_id, 30)
    assert run.status == "FAILED", run.tags
    assert "Is the disk full?" in run.tags["convlab.reason"], run.tags["convlab.reason"]
    assert not faults(store)
    jobs.resume(store, run_id)
    assert ended(store, run_id).status == "FINISHED"
    assert_same(left(store, run_id), pickle.loads(options.undisturbed.read_bytes()))
    assert not faults(store)


if __name__ == "__main__":
    main()
