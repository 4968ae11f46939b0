import shutil

import pytest

from lab.settings import Settings, embedded_uri
from lab.store import Store


@pytest.fixture
def store(house) -> Store:
    return Store(house)


@pytest.fixture
def other(house, empty_store, tmp_path) -> Store:
    """An empty store on the same machine."""
    mlruns = tmp_path / "other"
    mlruns.mkdir()
    shutil.copy(empty_store, mlruns / "mlflow.db")
    place = {"mlruns": mlruns, "tracking_uri": embedded_uri(mlruns)}
    return Store(Settings(**vars(house) | place))
