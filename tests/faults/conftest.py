"""Trainings that nobody disturbs, to measure the disturbed ones by."""

import random
import shutil
from collections.abc import Callable

import pytest

from convcore.config import TrainConfig
from lab import jobs, settings
from lab.store import Store
from tests.faults.trainings import Left, ended, left


@pytest.fixture
def store(house) -> Store:
    return Store(house)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, empty_store) -> Callable[[TrainConfig], Left]:
    """What a training of a config leaves that runs from its start to its end; trained once."""
    known: dict[TrainConfig, Left] = {}

    def trained(config: TrainConfig) -> Left:
        if config not in known:
            folder = tmp_path_factory.mktemp("undisturbed")
            shutil.copy(empty_store, folder / "mlflow.db")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("CONVLAB_MLRUNS", str(folder))
                patch.delenv("MLFLOW_TRACKING_URI", raising=False)
                store = Store(settings.current())
                run = ended(store, jobs.start(store, config))
                assert run.status == "FINISHED", run.tags
                known[config] = left(store, run.run_id)
        return known[config]

    return trained


@pytest.fixture
def tell(pytestconfig) -> Callable[[str], None]:
    """Says what was seen on the terminal of whoever runs the tests."""
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")

    def told(line: str) -> None:
        if reporter:  # side by side there is none
            reporter.write_line(line)
            reporter.flush()

    return told


@pytest.fixture
def draw(request) -> random.Random:
    """Chance by a seed that is the test's own name, so that a failure comes again."""
    return random.Random(request.node.name)
