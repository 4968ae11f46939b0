"""Files that were made to run code, or to fill the memory, where they are opened."""

import io
import json
import os
import pickle
import tracemalloc
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from convcore import datasets
from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from lab import archive, trained
from lab.notebook import Notebook
from lab.records import Point
from lab.report import report
from lab.settings import PROJECT
from lab.store import Store
from tests.trained import trained as made


class Trap:
    """Unpickled, it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def sprung(tmp_path) -> Iterator[Path]:
    """The folder that a trap makes; no test may let it."""
    path = tmp_path / "sprung"
    yield path
    assert not path.exists()


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def bombs(path: Path) -> dict[str, bytes]:
    """Files that run code where they are opened without care, by what a run calls them."""
    weights, arrays = io.BytesIO(), io.BytesIO()
    torch.save({"conv.weight": Trap(path)}, weights)
    trap = np.array([Trap(path)], dtype=object)
    np.savez(arrays, predictions=trap, confidences=trap, allow_pickle=True)
    return {
        "weights.pt": weights.getvalue(),
        "predictions.npz": arrays.getvalue(),
        "checkpoint/0.pt": weights.getvalue(),
        "confusion.json": pickle.dumps(Trap(path)),
        "mistakes.png": pickle.dumps(Trap(path)),
    }


def test_the_bombs_go_off_where_nobody_takes_care(tmp_path):
    for number, (name, content) in enumerate(bombs(tmp_path / "sprung").items()):
        if name.endswith(".pt"):
            torch.load(io.BytesIO(content), weights_only=False)
        elif name.endswith(".npz"):
            np.load(io.BytesIO(content), allow_pickle=True)["predictions"]
        else:
            pickle.loads(content)
        (tmp_path / "sprung").rename(tmp_path / str(number))


def _digits(
    store: Store, tags: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None
) -> str:
    """A finished training on the digits, so that its pictures are here."""
    run_id = made(store, "bombed", config=TrainConfig(data="digits", channels=4))
    store.log(run_id, tags=tags, params=params)
    house = store.settings
    dataset = datasets.load_now("digits", root=house.data_root, cache=house.cache)
    store.log(run_id, params={"data_fingerprint": dataset.fingerprint, "in_shape": "1×8×8"})
    return run_id


def test_no_file_of_a_run_runs_code_wherever_it_came_from(store, sprung):
    original = _digits(store)
    for name, content in bombs(sprung).items():
        store.put(original, name, content)
    store.log(original, tags={"convlab.checkpoint": "checkpoint/0.pt"})
    store.set_status(original, "KILLED")
    brought = archive.take_in(store, archive.export(store, original))
    for run_id in (original, brought):
        run = store.run(run_id)
        with pytest.raises(ConvcoreError, match="does not fit"):
            trained.first_layer(store, run)
        with pytest.raises(ConvcoreError, match="does not hold"):
            trained.confused(store, run, 0, 1)
        assert b"First-layer kernels" not in report(store, [run_id])
        assert not _opened(run_id).exception
        with pytest.raises(ConvcoreError, match="damaged"):
            Notebook(None, None, None).go_on({}, [], store.get(run_id, "checkpoint/0.pt"), run)


def test_a_run_that_says_nonsense_of_itself_is_opened_all_the_same(store):
    told = json.dumps({"author": "ada", "when": 1e300, "text": "The end of time."})
    odd = _digits(store, tags={"convlab.comment.1": told}, params={"test_pictures": "²"})
    duel = _digits(store, tags={"convlab.kind": "duel", "convlab.config": ""}, params={})
    store.log(duel, tags={"convlab.rival": duel})
    store.log(duel, metrics=[Point("batch_loss", 1, 1, 1), Point("loss_difference", 0, 1, 1)])
    assert "The end of time." in [each.value for each in _opened(odd).text]
    for run_id in (odd, duel, f"{odd},{duel}"):
        app = _opened(run_id)
        assert not app.exception


def _opened(run_id: str) -> AppTest:
    st.cache_data.clear()
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    app.query_params["run"] = run_id
    app.run()
    return app.switch_page("pages/runs.py").run()


def test_a_file_of_pictures_that_unpacks_to_gigabytes_takes_no_memory(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
            bomb.writestr(name, bytes(101_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(ConvcoreError, match="larger than 100,000,000 bytes"):
            datasets.describe("bomb.zip", tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
