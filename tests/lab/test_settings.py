import pytest

from convcore.errors import ConvcoreError
from lab import settings


def test_the_embedded_store_is_the_default(house):
    assert house.embedded
    assert house.tracking_uri == f"sqlite:///{house.mlruns}/mlflow.db"
    assert (house.author, house.parallel) == ("ada", 1)


def test_a_server_takes_its_place(house, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert not settings.current().embedded


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_wrong_count_is_named(house, monkeypatch, text):
    monkeypatch.setenv("CONVLAB_PARALLEL", text)
    with pytest.raises(ConvcoreError, match="CONVLAB_PARALLEL"):
        settings.current()
