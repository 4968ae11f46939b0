"""The list in memory says what the store says."""

import pytest

from lab.records import Point
from lab.run_list import RunList
from lab.store import Store


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def made(store: Store, name: str) -> str:
    return store.create(name, experiment="training", params={}, tags={"convlab.kind": "training"})


def test_it_follows_new_runs_and_those_at_work(store):
    first = made(store, "first")
    found = RunList(store)
    assert [run.run_id for run in found.runs()] == [first]
    second = made(store, "second")
    store.log(first, metrics=[Point("epoch", 2, 2, 2)])
    listed = found.runs()
    assert {run.run_id for run in listed} == {first, second}
    assert next(run for run in listed if run.run_id == first).metrics["epoch"] == 2
    store.set_status(first, "FINISHED")
    assert {run.run_id: run.status for run in found.runs()}[first] == "FINISHED"


def test_what_is_changed_here_is_looked_at_again(store):
    first, second = made(store, "first"), made(store, "second")
    for run_id in (first, second):
        store.set_status(run_id, "FINISHED")
    found = RunList(store)
    found.runs()
    store.rename(first, "better")
    store.delete(second)
    found.look_again(first, second)
    assert [run.name for run in found.runs()] == ["better"]
    store.restore(second)
    found.look_again(second)
    assert {run.name for run in found.runs()} == {"better", "second"}


def test_what_others_change_comes_with_the_next_whole_reading(store, monkeypatch):
    monkeypatch.setattr("lab.run_list._WHOLE", 0.0)
    first = made(store, "first")
    store.set_status(first, "FINISHED")
    found = RunList(store)
    found.runs()
    store.rename(first, "renamed elsewhere")
    found.runs()
    found._reader.join()
    assert [run.name for run in found.runs()] == ["renamed elsewhere"]
