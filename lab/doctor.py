"""Looks over the runs of this machine and the folder beside them, and mends what it can.

Nothing is thrown away: what belongs to nobody is put into the folder `orphans`.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from lab import jobs
from lab.recorder import deliver_left
from lab.settings import Settings
from lab.store import Store, embedded, opened
from lab.turns import waiting

_ENOUGH = 1.0  # GB free on the disk: a long training keeps less
_OUTBOX, _QUEUE, _ORPHANS = "outbox", "queue", "orphans"  # folders beside the runs


@dataclass(frozen=True)
class Finding:
    """What was seen, in one plain line."""

    text: str
    left: bool = False  # something is wrong, and stays wrong

    def __str__(self) -> str:
        return f"{'✗' if self.left else '✓'} {self.text}"


@dataclass(frozen=True)
class _Check:
    """One thing to look at: what is said if all is well, the faults, and the way to mend them."""

    well: str
    look: Callable[[Store], list[str]]
    mend: Callable[[Store], None] | None = None
    embedded: bool = False  # about the embedded store only, not about an MLflow server


def examine(settings: Settings, *, repair: bool = False) -> list[Finding]:
    """Return what is well and what is not.

    Args:
        repair: mend what can be mended without loss.

    Raises:
        StoreError: the store cannot be reached.
    """
    found = [_room(settings)]
    if settings.embedded:
        damage = embedded.damage(settings)
        if damage:  # every other look would stumble over it
            return found + [Finding(_damaged(settings, each), left=True) for each in damage]
        found.append(Finding("The database is sound."))
    store = opened(settings)
    for check in _CHECKS:
        if settings.embedded or not check.embedded:
            found += _findings(store, check, repair)
    return found


def _findings(store: Store, check: _Check, repair: bool) -> list[Finding]:
    faults = check.look(store)
    if not faults:
        return [Finding(check.well)]
    left = faults
    way_out = " `--repair` mends it." if check.mend else ""
    if repair and check.mend:
        way_out = ""
        try:
            check.mend(store)
        except OSError as error:
            way_out = f" It cannot be mended: {error.strerror}."
        left = check.look(store)
    mended = [Finding(f"Mended: {each}") for each in faults if each not in left]
    return mended + [Finding(each + way_out, left=True) for each in left]


def _room(settings: Settings) -> Finding:
    place = next(each for each in (settings.mlruns, *settings.mlruns.parents) if each.exists())
    free = shutil.disk_usage(place).free / 1e9
    if free < _ENOUGH:
        return Finding(f"Only {free:.2f} GB are free where the runs live: make room.", left=True)
    return Finding(f"{free:,.1f} GB are free where the runs live.")


def _damaged(settings: Settings, what: str) -> str:
    return (
        f"The database is damaged ({what}). Stop everything that uses it, then put back a copy of "
        f"{settings.mlruns}, or save what can be read with `sqlite3 mlflow.db .recover`."
    )


def _astray(store: Store) -> list[str]:
    return [
        f"The files of run {run_id} are here, but are sought where the runs lived before."
        for run_id in embedded.astray(store.settings)
    ]


def _lead_back(store: Store) -> None:
    embedded.lead_back(store.settings)


def _unreadable(store: Store) -> list[str]:
    return [
        f"In the outbox of run {entry.parent.name}, {entry.name} cannot be read."
        for entry in _unreadable_entries(store)
    ]


def _put_aside_unreadable(store: Store) -> None:
    for entry in _unreadable_entries(store):
        content = entry.with_suffix(".bin")  # that of an artifact, which nothing else names
        for path in filter(Path.exists, (content, entry)):
            _put_aside(store, path)


def _unreadable_entries(store: Store) -> list[Path]:
    """Return what no process will ever send: cut off, most likely, as the power failed."""
    return [
        entry
        for folder in _left_folders(store)
        for entry in sorted(folder.glob("*.json"))
        if not _is_object(entry)
    ]


def _is_object(entry: Path) -> bool:
    try:
        return isinstance(json.loads(entry.read_text()), dict)
    except FileNotFoundError:  # sent and removed meanwhile
        return True
    except (OSError, ValueError):
        return False


def _unsent(store: Store) -> list[str]:
    counts = {
        folder.name: sum(_is_object(entry) for entry in folder.glob("*.json"))
        for folder in _left_folders(store)
    }
    return [
        f"Run {run_id} has left {count} in the outbox, and its process is gone."
        for run_id, count in counts.items()
        if count
    ]


def _left_folders(store: Store) -> list[Path]:
    """Return the outboxes that no living process holds."""
    folders = sorted((store.settings.mlruns / _OUTBOX).glob("*/"))
    return [folder for folder in folders if _is_free(folder.with_suffix(".lock"))]


def _dead(store: Store) -> list[str]:
    return [
        f"Run {run.run_id} ({run.name}) is {run.status}, but its process is gone."
        for run in store.active()
        if "convlab.kind" in run.tags and jobs.is_dead(store, run)
    ]


def _end_dead(store: Store) -> None:
    jobs.reconcile(store)


def _stale(store: Store) -> list[str]:
    mlruns = store.settings.mlruns
    return [
        f"{path.relative_to(mlruns)} is left over: no process holds it."
        for path in [*(mlruns / _QUEUE).glob("*.ticket"), *_stale_locks(store)]
        if _is_free(path)
    ]


def _stale_locks(store: Store) -> list[Path]:
    """Return the locks of outboxes that are gone."""
    locks = sorted((store.settings.mlruns / _OUTBOX).glob("*.lock"))
    return [path for path in locks if not path.with_suffix("").exists()]


def _remove_stale(store: Store) -> None:
    waiting(store.settings.mlruns / _QUEUE)  # throws away the tickets that nobody holds
    for path in _stale_locks(store):
        lock = FileLock(path)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        if not path.with_suffix("").exists():  # a new training has not come in between
            path.unlink()
        lock.release()


def _is_free(path: Path) -> bool:
    """Return whether no living process holds the lock `path`."""
    if not path.exists():
        return True
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    lock.release()
    return True


def _orphans(store: Store) -> list[str]:
    mlruns = store.settings.mlruns
    found = embedded.orphans(store.settings)
    return [f"{folder.relative_to(mlruns)} belongs to no run." for folder in found]


def _put_aside_orphans(store: Store) -> None:
    for folder in embedded.orphans(store.settings):
        _put_aside(store, folder)


def _put_aside(store: Store, path: Path) -> None:
    """Move a file or folder to `orphans`, where it keeps its place, under a name still free."""
    mlruns = store.settings.mlruns
    wanted = mlruns / _ORPHANS / path.relative_to(mlruns)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    target, number = wanted, 1
    while target.exists():
        number += 1
        target = wanted.with_name(f"{wanted.name}-{number}")
    shutil.move(path, target)


def _lost(store: Store) -> list[str]:
    return [
        f"Run {run_id} ({name}) has lost files. Put them back to {folder}, or delete the run."
        for run_id, name, folder in embedded.lost(store.settings)
    ]


# In the order in which they are mended: what waits in the outbox may end a run or hold its files.
_CHECKS = (
    _Check("Every run is sought where it is.", _astray, _lead_back, embedded=True),
    _Check("The outbox can be read.", _unreadable, _put_aside_unreadable),
    _Check("Nothing waits in the outbox without a process.", _unsent, deliver_left),
    _Check("Every run at work has its process.", _dead, _end_dead),
    _Check("No locks or places in the queue are left over.", _stale, _remove_stale),
    _Check("Every folder of artifacts has its run.", _orphans, _put_aside_orphans, embedded=True),
    _Check("Every run has the files that it kept.", _lost, embedded=True),
)
