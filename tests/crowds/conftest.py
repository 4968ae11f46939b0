from dataclasses import dataclass
from shutil import copy

import pytest

from convcore.config import TrainConfig, preset
from lab import jobs, settings
from lab.store import Store
from tests.crowds.trainings import Series, series
from tests.lab.test_jobs import ended

_TINY = TrainConfig(channels=4, epochs=3, batch_size=64, learning_rate=0.05)
_WHOLE = preset("first-steps").changed({"epochs": 60})


@dataclass(frozen=True)
class Undisturbed:
    """What a training logs that has the machine to itself, and how long it takes."""

    config: TrainConfig
    series: Series
    seconds: float


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, empty_store, pytestconfig) -> Undisturbed:
    """One training alone; a crowd's are held against it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    copy(empty_store, folder / "mlflow.db")
    config = _WHOLE if pytestconfig.getoption("soak") else _TINY
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_MLRUNS", str(folder))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        store = Store(settings.current())
        run = ended(store, jobs.start(store, config), 600)
    assert run.status == "FINISHED", run.tags.get("convlab.reason")
    found = series(store, run.run_id)
    assert [step for step, _ in found["test_loss"]] == list(range(1, config.epochs + 1))
    return Undisturbed(config, found, run.metrics["seconds"])
