"""A real app in a process of its own, and a real Chromium that looks at it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lab.components.live_chart import provide_plotly
from lab.settings import PROJECT, Settings, current, embedded_uri

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

_BARE = (  # what the project's own config.toml sets for its app
    "--server.address=127.0.0.1",
    "--server.headless=true",
    "--server.enableStaticServing=true",
    "--server.fileWatcherType=none",
    "--browser.gatherUsageStats=false",
)
_HARMLESS = re.compile(  # what Streamlit prints of itself as somebody leaves a page:
    # its timer of a spinner that was due ends by an exception,
    r"Exception in thread .*\n"
    r"Traceback \(most recent call last\):\n"
    r"(?: .*\n)*? .*elements/spinner\.py\", line \d+, in set_message\n"
    r"(?: .*\n)*"
    r"streamlit\.runtime\.\S+\.StopException\n"
    # or it closes a connection that the browser had closed while something was being sent.
    r"|Exception in ASGI application\n"
    r"Traceback \(most recent call last\):\n"
    r"(?: .*\n)*? .*websocket\.receive_bytes\(\)\n"
    r"(?: .*\n)*"
    r"starlette\.websockets\.WebSocketDisconnected: .*\n"
    r"\nDuring handling of the above exception, another exception occurred:\n\n"
    r"Traceback \(most recent call last\):\n"
    r"(?: .*\n)*? .*websocket\.close\(\)\n"
    r"(?: .*\n)*"
    r"starlette\.websockets\.WebSocketDisconnected: .*\n"
)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


def launch(playwright: "Playwright") -> "Browser":
    """Start the browser that this machine has."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


class App:
    """A Streamlit script as a user starts it, on a free port of this machine."""

    def __init__(
        self,
        logs: Path,
        script: Path = PROJECT / "app.py",
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log, self._script, self._options = logs / "app.log", script, options
        self._environment = {"PYTHONPATH": str(PROJECT)} | dict(environment or {})
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, if it does not run, and wait until it answers."""
        if self._process and self._process.poll() is None:
            return
        command = [sys.executable, "-m", "streamlit", "run", str(self._script)]
        command += [f"--server.port={self.port}", *self._options]
        environment = os.environ | self._environment
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self._script.parent, env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, "the app does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()

    @property
    def log(self) -> str:
        """What the app has printed."""
        return self._log.read_text()

    def faults(self, seen: int = 0) -> str:
        """What it printed from character `seen` on if a traceback of harm is in it, else ""."""
        log = self.log[seen:]
        return log if "Traceback" in _HARMLESS.sub("", log) else ""

    def _answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1).status == 200
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture(scope="session")
def house(tmp_path_factory, empty_store) -> Settings:
    """The lab of the shared app, empty at first."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "mlruns").mkdir()
    shutil.copy(empty_store, folder / "mlruns" / "mlflow.db")
    return replace(
        current(),
        data_root=folder / "data",
        cache=folder / "cache",
        mlruns=folder / "mlruns",
        tracking_uri=embedded_uri(folder / "mlruns"),
    )


@pytest.fixture(scope="session")
def shared_app(house: Settings) -> Iterator[App]:
    """One app for all tests: its first page costs more than most of them."""
    environment = {
        "CONVLAB_DATA": str(house.data_root),
        "CONVLAB_CACHE": str(house.cache),
        "CONVLAB_MLRUNS": str(house.mlruns),
        "CONVLAB_AUTHOR": "ada",
    }
    running = App(house.mlruns.parent, environment=environment)
    yield running
    running.kill()


@pytest.fixture
def app(shared_app: App, house: Settings) -> Iterator[App]:
    """The shared app, at work; trainings that a test leaves behind end with it."""
    shared_app.start()
    seen = len(shared_app.log)
    yield shared_app
    _end_trainings(house)
    assert not shared_app.faults(seen)


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Callable[[str], str]]:
    """Serves a script of `tests/browser/apps` alone, and returns its address."""
    running = []

    def serve(script: str) -> str:
        folder = tmp_path_factory.mktemp("app")
        shutil.copy(Path(__file__).parent / "apps" / script, folder / "app.py")
        provide_plotly(folder / "static")
        app = App(folder, folder / "app.py", _BARE)
        running.append(app)
        app.start()
        return app.url

    yield serve
    for app in running:
        app.kill()
        assert not app.faults()


def _end_trainings(house: Settings) -> None:
    from lab import jobs, processes, store

    opened = store.Store(house)
    for run in opened.active():
        process = processes.process_of(opened, run)
        if process:
            process.kill()
    while opened.active():
        jobs.reconcile(opened)
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
