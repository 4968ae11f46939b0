"""Sends what a training says to the store, from a thread of its own, and loses nothing.

Everything is first written down in the outbox, a folder a run, then sent in order and removed.
While the store cannot be reached, training goes on and the outbox grows; what a process leaves
behind when it ends is sent by whoever comes next (`deliver_left`). A file gets its name only once
it is whole and on the disk, so that no power failure leaves half of one, or a gap between two.
"""

import json
import logging
import math
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from lab.records import Point, StoreError
from lab.store import Store, embedded

_log = logging.getLogger(__name__)
_PERIOD = 1.0  # seconds between two deliveries
_PARTING = 5.0  # seconds that a killed process may hold its files, at most
_LINGER = 600.0  # seconds that an ended training waits for a store away, or for room on the disk


class Recorder:
    """The pen of one training: `log`, `put`, `show`, and at last `end`.

    `stopped` is set when somebody has asked the run to stop.
    """

    def __init__(self, store: Store, run_id: str, stopped: threading.Event) -> None:
        self.stopped = stopped
        self._store, self._run_id = store, run_id
        self._folder = _outbox(store.settings.mlruns) / run_id
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock_of(self._folder)
        self._lock.acquire(timeout=_LINGER)  # somebody may still send what a former life left
        self._folder.mkdir(exist_ok=True)  # only now: they remove it
        self._sending = threading.Lock()  # over the outbox's way to the store
        self._guard = threading.Lock()  # over the four that follow
        self._points: list[Point] = []
        self._tags: dict[str, str] = {}
        self._status = ""  # how the run ended, once it has
        self._progress: dict | None = None
        self._count = max((int(path.stem) for path in self._folder.glob("*.json")), default=0)
        self._failure: OSError | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def catch_up(self, until: float = math.inf) -> bool:
        """Send what is written down, also what a former life of the run has left; see `deliver`.

        Raises:
            StoreError: the store cannot be reached.
        """
        with self._sending:
            return deliver(self._store, self._run_id, self._folder, until)

    @property
    def idle(self) -> bool:
        """Whether all that was written down has arrived."""
        return not any(self._folder.glob("*.json"))

    def log(
        self,
        metrics: Mapping[str, float],
        step: int,
        tags: Mapping[str, str] | None = None,
        when: float | None = None,
    ) -> None:
        """Keep the `metrics` of a step, and tags; they arrive about a second later.

        Args:
            when: the time of the step, in seconds since 1970; now if None.

        Raises:
            OSError: the outbox cannot be written, most likely because the disk is full.
        """
        at = int((time.time() if when is None else when) * 1000)
        with self._guard:
            self._points += [Point(name, value, step, at) for name, value in metrics.items()]
            self._tags |= tags or {}
        if self._failure:
            raise self._failure

    def put(self, name: str, content: bytes) -> None:
        """Keep an artifact, after all that was logged before it.

        Raises:
            OSError: the outbox cannot be written, most likely because the disk is full.
        """
        with self._guard:
            self._write_down()
            file = self._folder / f"{self._count + 1:08d}.bin"
            _write_whole(file, content)
            self._write({"artifact": name, "file": file.name})

    def show(self, progress: Mapping[str, object]) -> None:
        """Let those who watch see `progress`; only the latest counts, none is kept."""
        self._progress = dict(progress)

    def end(self, status: str, tags: Mapping[str, str] | None = None) -> None:
        """End the run once all before has arrived; leave it in the outbox if that takes long."""
        with self._guard:
            self._tags |= tags or {}
            self._status = status
        self._closing.set()
        self._thread.join()
        self._lock.release()

    def _work(self) -> None:
        deadline, pause = None, _PERIOD
        while True:
            self._closing.wait(pause)
            pause = _PERIOD
            if self._closing.is_set() and deadline is None:
                deadline = time.monotonic() + _LINGER
            try:
                done = self._hand_over(closing=deadline is not None)
                if deadline is not None:
                    return
                self._meet()  # once a period, also while there is much to send
                pause = _PERIOD if done else 0
            except StoreError as error:
                _log.warning("%s", error)
            except OSError as error:
                self._refused(error)
            if deadline is not None:
                if time.monotonic() > deadline:
                    return
                time.sleep(_PERIOD)

    def _hand_over(self, *, closing: bool) -> bool:
        """Send what was said so far, by way of the outbox while that can be written.

        Returns:
            whether it was all; it is sent for a period, or, if `closing`, to its end.
        """
        full = False
        try:
            with self._guard:
                self._write_down()
        except OSError as error:
            full = True
            self._refused(error)
        done = self.catch_up(math.inf if closing else time.monotonic() + _PERIOD)
        if full and closing:
            self._send_directly()
        return done

    def _refused(self, error: OSError) -> None:
        _log.error("the machine refused: %s", error)
        self._failure = error  # told to the training at its next word

    def _send_directly(self) -> None:
        """Tell the store the rest from memory: it may have room where the outbox has none."""
        with self._guard:
            self._store.log(self._run_id, metrics=self._points, tags=self._tags)
            self._store.set_status(self._run_id, self._status)

    def _meet(self) -> None:
        """Show progress and a sign of life; see whether anybody asks the run to stop."""
        sign = {"time": time.time()} | (self._progress or {})
        self._store.log(self._run_id, tags={"convlab.progress": json.dumps(sign)})
        if self._store.run(self._run_id).tags.get("convlab.stop"):
            self.stopped.set()

    def _write_down(self) -> None:
        """Move what waits in memory to the outbox; the guard is held."""
        if self._points or self._tags:
            points = [[p.name, p.value, p.step, p.milliseconds] for p in self._points]
            self._write({"metrics": points, "tags": self._tags})
            self._points, self._tags = [], {}
        if self._status:
            self._write({"status": self._status})
            self._status = ""

    def _write(self, entry: dict) -> None:
        path = self._folder / f"{self._count + 1:08d}.json"
        _write_whole(path, json.dumps(entry).encode())
        self._count += 1


def deliver(store: Store, run_id: str, folder: Path, until: float = math.inf) -> bool:
    """Send the outbox `folder` of a run, in order, each entry removed once it has arrived.

    Args:
        until: the moment, on the monotonic clock, from which on the rest is left for the next call.

    Returns:
        whether nothing was left.

    Raises:
        StoreError: the store cannot be reached; what is left stays for the next try.
    """
    for path in sorted(folder.glob("*.json")):
        if time.monotonic() > until:
            return False
        try:
            entry = json.loads(path.read_text())
        except ValueError:  # cut off by a power loss; `lab.doctor` puts it away
            _log.warning("%s cannot be read, so it is left", path.name)
            continue
        try:
            _send(store, run_id, entry, folder)
        except StoreError as error:
            if not error.permanent:
                raise
            # A deleted run, say: no later try would fare better.
            _log.error("dropped %s: %s", path.name, error)
        if "file" in entry:
            (folder / entry["file"]).unlink(missing_ok=True)
        path.unlink()
    return True


def deliver_left(store: Store) -> None:
    """Send what ended processes left in the outbox, and remove their empty folders.

    Raises:
        StoreError: the store cannot be reached.
    """
    for folder in sorted(_outbox(store.settings.mlruns).glob("*/")):
        deliver_last(store, folder.name, patience=0)


def deliver_last(store: Store, run_id: str, patience: float = _PARTING) -> bool:
    """Send what the ended process of a run left in the outbox.

    Args:
        patience: seconds to wait for whoever still holds the outbox: a process that is gone may
            still be letting go of its files.

    Returns:
        whether nobody held it any longer.

    Raises:
        StoreError: the store cannot be reached.
    """
    folder = _outbox(store.settings.mlruns) / run_id
    if not folder.exists():
        return True
    lock = _lock_of(folder)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        return False
    try:
        if folder.exists():  # nobody else was a moment faster
            deliver(store, run_id, folder)
            if any(folder.glob("*.json")):
                return True  # damaged
            for draft in folder.iterdir():  # cut off before it was whole
                draft.unlink()
            folder.rmdir()
        Path(lock.lock_file).unlink(missing_ok=True)
    finally:
        lock.release()
    return True


def _send(store: Store, run_id: str, entry: dict, folder: Path) -> None:
    if "artifact" in entry:
        file = folder / entry["file"]
        if file.exists():  # gone only if it arrived and the removal of its entry did not
            store.put(run_id, entry["artifact"], file.read_bytes())
            embedded.settle(store.settings, run_id, entry["artifact"])
    elif "status" in entry:
        store.set_status(run_id, entry["status"])
    else:
        points = [Point(*values) for values in entry["metrics"]]
        store.log(run_id, metrics=points, tags=entry["tags"])


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file that is never seen half, not even after a power failure."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _outbox(mlruns: Path) -> Path:
    return mlruns / "outbox"


def _lock_of(folder: Path) -> FileLock:
    # Waited for in one thread and let go of in another.
    return FileLock(folder.with_suffix(".lock"), thread_local=False)
