from dataclasses import dataclass
from shutil import copy

import pytest

from convcore.config import TrainConfig, preset
from lab import jobs, settings
from lab.store import Store
from tests.crowds.trainings import Series, series
from tests.lab.test_jobs import ended

_CONFIG = preset("first-steps").changed({"epochs": 60})


@dataclass(frozen=True)
class Undisturbed:
    """What a training logs that has the machine to itself, and how long it takes."""

    config: TrainConfig
    series: Series
    seconds: float


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, empty_store) -> Undisturbed:
    """One training alone; a crowd's are held against it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    copy(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_MLRUNS", str(folder))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        store = Store(settings.current())
        run = ended(store, jobs.start(store, _CONFIG), 600)
    assert run.status == "FINISHED", run.tags.get("convlab.reason")
    found = series(store, run.run_id)
    assert [step for step, _ in found["test_loss"]] == list(range(1, _CONFIG.epochs + 1))
    return Undisturbed(_CONFIG, found, run.metrics["seconds"])
