import json
import math

import pytest

from convcore.errors import ConvcoreError
from lab import jobs
from lab.archive import export, load, save, take_in
from lab.records import Point, StoreError
from lab.store import Store
from tests.lab.archive.archives import DATA, FILES, POINTS, bent


def made(store: Store, *, experiment: str = "training", **tags: str) -> str:
    """A run with what the recorder writes, and more."""
    own = {"convlab.checkpoint": "checkpoint/1.pt", "convlab.notes": "", "stars": "★\nzwei"}
    run_id = store.create(
        "Lauf für Ada",
        experiment=experiment,
        params={f"param {number}": "1×8×8" for number in range(60)},
        tags=own | {"convlab.process": json.dumps({"host": "mars", "pid": 1, "born": 0})} | tags,
    )
    store.log(run_id, params={f"extra/{number}": number for number in range(60)})
    steps = [Point("batch_loss", 1 / step, step, 10**12 + step) for step in range(1, 1201)]
    again = [Point("test_loss", 0.25, 3, 4000), Point("gap", -math.inf, -5, 1)]
    store.log(run_id, metrics=[*steps, *POINTS, *again])
    for name, content in (FILES | {"Bilder/Größe 1.png": b"\x89PNG\r\n\x00"}).items():
        store.put(run_id, name, content)
    store.set_status(run_id, "KILLED")
    return run_id


def whole(store: Store, run_id: str) -> dict:
    """Everything that a run holds, in a form that can be compared."""
    run = store.run(run_id)
    points = [repr(each) for name in sorted(run.metrics) for each in store.points(run_id, name)]
    files = {name: store.get(run_id, name) for name in store.artifacts(run_id)}
    kept = ("name", "status", "started", "ended", "params")
    return {each: getattr(run, each) for each in kept} | {
        "experiment": store.experiment_of(run),
        "points": sorted(points),
        "latest": sorted(map(repr, run.metrics.items())),
        "files": files,
        "tags": {
            name: text
            for name, text in run.tags.items()
            if name != "convlab.process" and not name.startswith("convlab.imported_")
        },
    }


def test_a_run_moves_to_an_empty_store_with_all_that_it_holds(store, other):
    run_id = made(store)
    data = export(store, run_id)
    assert export(store, run_id) == data
    copy = take_in(other, data)
    original, moved = whole(store, run_id), whole(other, copy)
    assert len(original["points"]) == 1205
    assert len(original["params"]) == 120
    assert original["files"] == FILES | {"Bilder/Größe 1.png": b"\x89PNG\r\n\x00"}
    assert moved == original
    tags = other.run(copy).tags
    assert tags["convlab.imported_from"] == run_id
    assert "convlab.process" not in tags
    assert jobs.reconcile(other) == []
    assert other.run(copy).status == "KILLED"
    # And once more, from the copy.
    assert whole(store, take_in(store, export(other, copy))) == original


def test_the_same_archive_makes_one_run_until_that_is_deleted(other):
    first = take_in(other, DATA)
    assert take_in(other, DATA) == first
    assert len(other.runs()) == 1
    other.delete(first)
    assert take_in(other, DATA) != first


def test_a_run_at_work_is_not_exported(store):
    run_id = store.create("busy", experiment="training", params={}, tags={})
    with pytest.raises(ConvcoreError, match=r"is SCHEDULED; only an ended .* Stop it"):
        export(store, run_id)


def test_what_no_archive_takes_is_told_at_the_export(store):
    run_id = store.create("free", experiment="up\\down", params={}, tags={})
    store.set_status(run_id, "FINISHED")
    with pytest.raises(ConvcoreError, match=r"run='\w+' can't be packed\. .*without slashes"):
        export(store, run_id)


def test_a_file_that_cannot_be_read_is_told_at_the_export(store, monkeypatch):
    run_id = take_in(store, DATA)
    monkeypatch.setattr(store, "get", lambda *_: None)
    with pytest.raises(ConvcoreError, match=r"checkpoint/0\.pt' of run=.* can't be read"):
        export(store, run_id)


def test_an_imported_run_is_nobodys_at_work_and_stops_no_other(store):
    leader = store.create("busy", experiment="training", params={}, tags={})
    copy = take_in(
        store,
        bent(
            lambda told: told["tags"].update(
                {"convlab.follows": leader, "convlab.stop": "eve", "convlab.progress": "{}"}
            )
        ),
    )
    jobs.stop(store, copy)
    assert store.run(leader).status == "SCHEDULED"
    assert not {"convlab.follows", "convlab.stop", "convlab.progress"} & store.run(copy).tags.keys()


def test_links_stay_where_the_other_run_is_here_and_the_checkpoint_where_it_came_along(store):
    parent = store.create("parent", experiment="training", params={}, tags={})
    links = {
        "mlflow.parentRunId": parent,
        "convlab.rival": "b" * 32,
        "convlab.checkpoint": "../../../etc/passwd",
    }
    tags = store.run(take_in(store, bent(lambda told: told["tags"].update(links)))).tags
    assert tags["mlflow.parentRunId"] == parent
    assert "convlab.rival" not in tags
    assert "convlab.checkpoint" not in tags


@pytest.mark.parametrize("failure", [StoreError("full", permanent=False), KeyboardInterrupt()])
def test_an_import_that_breaks_off_leaves_no_run(other, monkeypatch, failure):
    def put(run_id: str, name: str, content: bytes) -> None:
        assert other.active() == []
        assert "cut off" in other.run(run_id).tags["convlab.reason"]
        if name == "confusion.json":
            raise failure

    monkeypatch.setattr(other, "put", put)
    with pytest.raises(type(failure)):
        take_in(other, DATA)
    assert other.runs() == []


def test_a_half_run_that_cannot_even_be_deleted_says_so_and_is_imported_anew(other, monkeypatch):
    def away(*_) -> None:
        raise StoreError("away", permanent=False)

    with monkeypatch.context() as outage:
        outage.setattr(other, "put", away)
        outage.setattr(other, "delete", away)
        with pytest.raises(StoreError, match="away"):
            take_in(other, DATA)
    (half,) = other.runs()
    assert half.status == "FAILED"
    assert "import was cut off" in half.tags["convlab.reason"]
    copy = take_in(other, DATA)
    assert copy != half.run_id
    assert "convlab.reason" not in other.run(copy).tags


def test_an_archive_on_disk_is_whole_or_stays_as_it_was(store, other, tmp_path):
    run_id, path = take_in(store, DATA), tmp_path / "run.zip"
    save(store, run_id, path)
    assert path.read_bytes() == export(store, run_id)
    assert other.run(load(other, path)).tags["convlab.imported_from"] == run_id
    before = path.read_bytes()
    (tmp_path / "run.zip.part").mkdir()
    with pytest.raises(ConvcoreError, match=r"export: file=.*Name a file in a folder"):
        save(store, run_id, path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["none.zip", "."])
def test_a_file_that_cannot_be_read_is_told_at_the_import(other, tmp_path, name):
    with pytest.raises(ConvcoreError, match=r"import: file=.*Name a file that"):
        load(other, tmp_path / name)
