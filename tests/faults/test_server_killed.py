"""A real MLflow server killed in the middle of trainings and started again: nothing is lost."""

import shutil
import time
from pathlib import Path

import pytest

from lab import jobs, settings
from lab.store import Store
from tests.faults.servers import Server
from tests.trainings import CONFIG, assert_same, at_epoch, ended, left, until

AWAY = 60.0  # seconds, once, with --soak


@pytest.fixture
def server(tmp_path, empty_store):
    folder = tmp_path / "server"
    folder.mkdir()
    shutil.copy(empty_store, folder / "mlflow.db")
    made = Server(folder)
    made.start()
    yield made
    made.kill()


def kept_back(outbox: Path, count: int) -> None:
    """Wait until more than `count` entries wait for the server."""
    until(lambda: len(list(outbox.glob("*.json"))) > count, 60, "what is kept meanwhile")


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_training_goes_on_without_its_server_and_everything_arrives_afterwards(
    bare_house, server, monkeypatch, undisturbed, draw, rounds
):
    wanted = undisturbed(CONFIG)  # by way of the embedded store
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    store = Store(settings.current())
    absences = [1.0, AWAY, 5.0, 10.0, 0.0][: rounds(1, whole=5)]
    while absences:
        run_id = jobs.start(store, CONFIG)
        at_epoch(store, run_id, 1)
        server.kill()
        outbox = bare_house.mlruns / "outbox" / run_id
        kept_back(outbox, 5)
        time.sleep(absences.pop(0))
        server.start()
        if absences:
            time.sleep(draw.uniform(0, 5))
            server.kill()
            time.sleep(absences.pop(0))
            server.start()
        run = ended(store, run_id)
        assert run.status == "FINISHED", run.tags
        assert_same(left(store, run_id), wanted)
        assert not list(outbox.glob("*.json"))
