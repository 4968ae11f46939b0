import pytest

from convcore import datasets


@pytest.fixture
def load(tmp_path):
    """Return load_now with tmp_path as the data folder."""
    return lambda name: datasets.load_now(name, root=tmp_path, cache=tmp_path / ".cache")
