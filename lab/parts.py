"""Processes that belong together: started one by one, watched, ended together."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from convcore.errors import ConvcoreError
from lab.settings import PROJECT

_START = 120.0  # seconds that a server may take, with a database to make
_END = 10.0  # seconds that a process has to end by itself


class Parts:
    """Processes that run while the `with` block does, until Ctrl-C or one of them ends."""

    def __init__(self) -> None:
        self.ended = threading.Event()  # somebody wants no more of it
        self._parts: list[tuple[subprocess.Popen, Path]] = []
        self._open = ExitStack()

    def __enter__(self) -> "Parts":
        self._open.enter_context(_told(self.ended))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()  # the last one first

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, answers: str
    ) -> bool:
        """Start `python -m command` and wait for its address; return False if nobody wants it now.

        Raises:
            ConvcoreError: it does not start, or another one ends meanwhile.
        """
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=PROJECT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C then reaches it only through us
            )
        self._open.callback(_end, process)
        self._parts.append((process, log))
        deadline = time.monotonic() + _START
        while not self.ended.wait(0.2):
            self._check()
            try:
                if urllib.request.urlopen(answers, timeout=2).status == 200:
                    return True
            except (urllib.error.URLError, OSError):
                pass  # not yet
            if time.monotonic() > deadline:
                raise ConvcoreError(f"{answers} does not answer. What it said is in {log}.")
        return False

    def watch(self) -> None:
        """Wait until Ctrl-C.

        Raises:
            ConvcoreError: a process has ended.
        """
        while not self.ended.wait(0.5):
            self._check()

    def _check(self) -> None:
        for process, log in self._parts:
            if process.poll() is not None:
                last = log.read_text(errors="replace").strip().splitlines()[-5:]
                said = "\n".join([f"A part has ended. Its last words, of {log}:", *last])
                raise ConvcoreError(said)


def check_port(host: str, port: int, variable: str) -> None:
    """Refuse a port that is taken; `variable` chooses another.

    Raises:
        ConvcoreError: nothing can listen there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConvcoreError(
                f"Nothing can listen on {host}, port {port} ({error.strerror}). Free the port, "
                f"choose another with {variable}, or another address with CONVLAB_TEAM_HOST."
            ) from error


@contextmanager
def _told(ended: threading.Event) -> Iterator[None]:
    """Ctrl-C, and whatever else asks this process to end, sets `ended`."""
    hints = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(each, lambda *_: ended.set()) for each in hints]
    try:
        yield
    finally:
        for each, handler in zip(hints, before, strict=True):
            signal.signal(each, handler)


def _end(process: subprocess.Popen) -> None:
    """End a process, with all that it started, gently at first."""
    for hint in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, hint)
            process.wait(_END)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
    process.wait()


def free_port(wanted: int) -> int:
    """Return the first port from `wanted` on that nobody on this machine listens on."""
    return next(port for port in range(wanted, 65536) if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
