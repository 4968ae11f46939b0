"""Whose turn it is to train: a queue made of file locks, with no dispatcher that could die.

Each waiting process holds the lock of a ticket of its own; the operating system lets go of it
however the process ends. The first living ticket takes the first free slot. Imports nothing
heavy, so that waiting costs next to nothing.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_POLL = 0.2  # seconds


@contextmanager
def turn(folder: Path, name: str, slots: int, stopped: Callable[[], bool]) -> Iterator[bool]:
    """Wait in `folder` until one of `slots` is free, first come first served; hold it inside.

    Args:
        folder: where the locks live; shared by all that queue together.
        name: sorts the queue; unique, such as a time and a run's id.
        slots: how many may hold a turn at once.
        stopped: asked while waiting; True gives up, and yields False.
    """
    folder.mkdir(parents=True, exist_ok=True)
    slot = None
    ticket = FileLock(folder / f"{name}.ticket")
    try:
        with _door(folder):
            ticket.acquire(timeout=5)
        while slot is None and not stopped():
            with _door(folder):
                if _waiting(folder)[:1] == [name]:
                    slot = _free_slot(folder, slots)
            if slot is None:
                time.sleep(_POLL)
        _drop(ticket)
        yield slot is not None
    finally:
        _drop(ticket)
        if slot is not None:
            slot.release()


def waiting(folder: Path) -> list[str]:
    """Return the names in the queue, the next one first."""
    if not folder.is_dir():
        return []
    with _door(folder):
        return _waiting(folder)


def _door(folder: Path) -> FileLock:
    """Return the lock under which tickets are made, counted and thrown away."""
    return FileLock(folder / "door.lock", timeout=30)


def _waiting(folder: Path) -> list[str]:
    """Return the living tickets in order; throw away those whose process is gone."""
    living = []
    for path in sorted(folder.glob("*.ticket")):
        lock = FileLock(path)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            living.append(path.stem)
        else:
            _drop(lock)
    return living


def _free_slot(folder: Path, slots: int) -> FileLock | None:
    for number in range(slots):
        lock = FileLock(folder / f"slot-{number}.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        return lock
    return None


def _drop(lock: FileLock) -> None:
    """Let go of a ticket and remove its file, while it is still ours."""
    if lock.is_locked:
        if os.name != "nt":  # Windows cannot remove an open file; the next look clears it
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
