import pytest
import torch

from convcore.functional import windows


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.fixture
def _small_cache(monkeypatch):
    """So little at once that even small pictures are worked on in several parts."""
    monkeypatch.setattr(windows, "CACHE_NUMBERS", 40)
