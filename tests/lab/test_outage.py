"""A real MLflow server that goes away in the middle of a training, and comes back."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from convcore.config import TrainConfig
from lab import jobs, settings
from lab.store import Store


class Server:
    """An MLflow server on a free port of this machine, with a store in a folder of its own."""

    def __init__(self, folder) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder, self._process = folder, None

    def start(self) -> None:
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", "1"]
        command += ["--backend-store-uri", f"sqlite:///{self._folder}/server.db"]
        command += ["--artifacts-destination", str(self._folder / "artifacts")]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            )
        deadline = time.monotonic() + 90
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder / "server.log").read_text()
            time.sleep(0.2)

    def kill(self) -> None:
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"{self.url}/health", timeout=1).status == 200
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.mark.slow
def test_the_training_goes_on_and_everything_arrives_afterwards(bare_house, server, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    store = Store(settings.current())
    config = TrainConfig().changed({"epochs": 25, "channels": 32})
    run_id = jobs.start(store, config)
    deadline = time.monotonic() + 90
    while not store.run(run_id).metrics.get("epoch"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    server.kill()
    outbox = bare_house.mlruns / "outbox" / run_id
    while len(list(outbox.glob("*.json"))) < 6:
        assert time.monotonic() < deadline, "nothing was kept while the server was away"
        time.sleep(0.1)
    server.start()
    deadline = time.monotonic() + 120
    while store.run(run_id).active:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert store.run(run_id).status == "FINISHED"
    points = store.points(run_id, "test_loss")
    assert [point.step for point in points] == list(range(1, 26))
    times = [point.milliseconds for point in points]
    assert times == sorted(times)
    assert store.get(run_id, "weights.pt")
    assert not list(outbox.glob("*.json"))
