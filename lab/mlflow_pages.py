"""MLflow's own pages on the embedded store, started when somebody wants to see them."""

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress

from convcore.errors import ConvcoreError
from lab.parts import free_port
from lab.settings import Settings

PORT = 5000  # or the next free one
_PATIENCE = 90.0  # seconds: MLflow takes about ten to start
_guard = threading.Lock()
_started: dict[str, tuple[subprocess.Popen, str]] = {}  # by the store's address


def address(settings: Settings) -> str:
    """Return where browsers find MLflow's pages on this store, or nothing if nobody serves them."""
    if settings.mlflow_pages:
        return settings.mlflow_pages
    process, url = _started.get(settings.tracking_uri, (None, ""))
    return url if process and process.poll() is None else ""


def command(settings: Settings, port: int) -> tuple[list[str], dict[str, str]]:
    """Return the command that serves MLflow's pages on this machine, and its environment.

    The store's address may hold a password, and anyone can read a command line.
    """
    words = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--workers", "1"]
    words += ["--artifacts-destination", (settings.mlruns / "artifacts").as_uri()]
    environment = {
        "MLFLOW_BACKEND_STORE_URI": settings.tracking_uri,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # for MLflow's language models
    }
    return words, os.environ | environment


def start(settings: Settings) -> str:
    """Serve MLflow's pages on this machine until this process ends; return their address.

    Raises:
        ConvcoreError: they do not come up.
    """
    with _guard:
        if found := address(settings):
            return found
        port = free_port(PORT)
        words, environment = command(settings, port)
        process = subprocess.Popen(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # it has children of its own, which end with it
        )
        atexit.register(_end, process)
        url = f"http://127.0.0.1:{port}"
        _wait(process, url)
        _started[settings.tracking_uri] = process, url
        return url


def _end(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


def _wait(process: subprocess.Popen, url: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/health", timeout=1)
            return
        except OSError:
            time.sleep(0.3)
    _end(process)
    raise ConvcoreError("MLflow's pages did not start. Try `make mlflow` to see what it says.")
