"""All runs of a store, kept in memory: read whole once, and then only what may have changed.

MLflow takes seconds for a thousand runs, which is too long to wait at every look.
"""

import threading
import time
from functools import lru_cache

from lab.records import Run, StoreError
from lab.settings import Settings
from lab.store import Store, opened

MOST = 10_000  # runs
_WHOLE = 120.0  # seconds after which all are read again, for what others have renamed or deleted


class RunList:
    """The runs of one store, for all who look at it."""

    def __init__(self, store: Store) -> None:
        self._store, self._guard = store, threading.Lock()
        self._runs: dict[str, Run] = {}
        self._read_at: float | None = None
        self._reader: threading.Thread | None = None

    def runs(self) -> list[Run]:
        """Return the runs, newest first.

        Raises:
            StoreError: the store cannot be reached.
        """
        with self._guard:
            if self._read_at is None:
                self._read()
            else:
                self._take_changes()
                self._read_behind()
            return sorted(self._runs.values(), key=lambda run: run.started, reverse=True)

    def look_again(self, *run_ids: str) -> None:
        """Read these runs anew: they have just been changed, made or deleted here."""
        with self._guard:
            if self._read_at is not None:
                for run_id in run_ids:
                    self._take(run_id)

    def _read(self) -> None:
        found = self._store.runs(limit=MOST)
        self._runs = {run.run_id: run for run in found}
        self._read_at = time.monotonic()

    def _take_changes(self) -> None:
        """Take what has begun since, what is at work, and what was at the last look."""
        newest = max((run.started for run in self._runs.values()), default=0.0)
        begun = f"attributes.start_time >= {int(1000 * newest)}"
        was_active = {run.run_id for run in self._runs.values() if run.active}
        found = [*self._store.runs(filter_string=begun), *self._store.active()]
        self._runs |= {run.run_id: run for run in found}
        for run_id in was_active.difference(run.run_id for run in found):
            self._take(run_id)

    def _take(self, run_id: str) -> None:
        """Read one run; one that is gone, or in the trash, leaves the list."""
        try:
            found = self._store.runs(filter_string=f"attributes.run_id = '{run_id}'", limit=1)
        except StoreError as error:
            if not error.permanent:
                raise
            found = []
        self._runs.pop(run_id, None)
        self._runs |= {run.run_id: run for run in found}

    def _read_behind(self) -> None:
        """Read all of them while nobody waits, if that is due."""
        due = time.monotonic() - self._read_at > _WHOLE
        if due and not (self._reader and self._reader.is_alive()):
            self._reader = threading.Thread(target=self._read_whole, name="run-list", daemon=True)
            self._reader.start()

    def _read_whole(self) -> None:
        try:
            found = self._store.runs(limit=MOST)
        except StoreError:
            return  # the next look tells
        with self._guard:
            self._runs = {run.run_id: run for run in found}
            self._read_at = time.monotonic()


@lru_cache(maxsize=4)
def run_list(settings: Settings) -> RunList:
    """Return the list of a store, one a process.

    Raises:
        StoreError: the store cannot be reached.
    """
    return RunList(opened(settings))
