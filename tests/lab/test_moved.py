"""The folder of the embedded store, moved or copied for real."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow.tracking._tracking_service import utils

from lab.settings import Settings, embedded_uri
from lab.store import Store

PROCESS = '{{"host": "{}", "pid": 1, "born": 0}}'


def at_first_sight(lab: Settings) -> Store:
    """Open the lab as a new process does: MLflow remembers by run id where artifacts are."""
    utils._artifact_repos_cache.clear()
    return Store(lab)


def at(house: Settings, mlruns: Path) -> Settings:
    return replace(house, mlruns=mlruns, tracking_uri=embedded_uri(mlruns))


def moved(house: Settings) -> Settings:
    """Move the lab to a place whose name is hard to spell."""
    place = house.mlruns.parent.parent / f"{house.mlruns.parent.name} ü 100% new" / "runs"
    place.parent.mkdir()
    shutil.move(house.mlruns, place)
    return at(house, place)


def copied(house: Settings) -> Settings:
    return at(house, Path(shutil.copytree(house.mlruns, house.mlruns.with_name("copy"))))


def made(store: Store, name: str = "r", experiment: str = "training", **tags: str) -> str:
    return store.create(name, experiment=experiment, params={}, tags=tags)


def kept(store: Store, content: bytes = b"one") -> str:
    run_id = made(store)
    store.put(run_id, "plots/curves.json", content)
    return run_id


def asked(lab: Settings, question: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(lab.mlruns / "mlflow.db")) as database, database:
        return database.execute(question, values).fetchall()


def leads(lab: Settings, run_id: str) -> str:
    return asked(lab, "SELECT artifact_uri FROM runs WHERE run_uuid = ?", run_id)[0][0]


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and "mlflow.db" not in path.name}


def test_after_a_move_all_runs_open_and_new_ones_write_into_the_new_place(house):
    store = at_first_sight(house)
    run_id, trashed, nothing_yet = kept(store), kept(store, b"trash"), made(store, "later", "edges")
    store.delete(trashed)
    there = moved(house)
    again = at_first_sight(there)
    again.restore(trashed)
    assert again.get(run_id, "plots/curves.json") == b"one"
    assert again.artifacts(run_id) == ["plots/curves.json"]
    assert again.get(trashed, "plots/curves.json") == b"trash"
    again.put(nothing_yet, "late.txt", b"late")
    new, kept_by_page = kept(again, b"two"), made(again, "new", "edges")
    again.put(kept_by_page, "setup.json", b"{}")
    assert again.get(new, "plots/curves.json") == b"two"
    assert again.get(nothing_yet, "late.txt") == b"late"
    assert len(files(there.mlruns / "artifacts")) == 5
    assert not house.mlruns.exists()


def test_a_lab_without_a_single_artifact_is_known_after_a_move(house):
    run_id = made(at_first_sight(house))
    there = moved(house)
    store = at_first_sight(there)
    store.put(run_id, "first.txt", b"1")
    assert files(there.mlruns / "artifacts")
    assert not house.mlruns.exists()


def test_moved_twice_and_home_again(house):
    run_id = kept(at_first_sight(house))
    there = moved(house)
    assert at_first_sight(there).get(run_id, "plots/curves.json") == b"one"
    shutil.move(there.mlruns, house.mlruns)
    assert at_first_sight(house).get(run_id, "plots/curves.json") == b"one"


def test_a_copy_and_what_it_was_copied_from_share_nothing(house):
    store = at_first_sight(house)
    run_id = kept(store)
    twin = copied(house)
    shutil.rmtree(house.mlruns / "artifacts/training" / run_id / "artifacts/plots")
    other = at_first_sight(twin)
    assert other.get(run_id, "plots/curves.json") == b"one"
    before = files(house.mlruns)
    new = kept(other, b"copy's")
    other.put(run_id, "note.txt", b"copy's")
    assert files(house.mlruns) == before
    assert new not in {run.run_id for run in store.runs()}
    assert at_first_sight(house).get(run_id, "note.txt") is None
    assert str(house.mlruns) in leads(house, run_id)


def test_a_copy_does_not_hold_the_processes_of_the_other_lab_for_its_own(house):
    store = at_first_sight(house)
    process = PROCESS.format(house.host)
    at_work, ended = (made(store, **{"convlab.process": process}) for _ in range(2))
    store.set_status(ended, "FINISHED")
    other = at_first_sight(copied(house))
    assert "convlab.process" not in other.run(at_work).tags
    assert "convlab.process" in other.run(ended).tags
    assert at_first_sight(house).run(at_work).tags["convlab.process"] == process


@pytest.mark.parametrize(
    ("host", "stays"),
    [pytest.param("", True, id="this machine"), pytest.param("other", False, id="another machine")],
)
def test_after_a_move_only_processes_of_this_machine_may_still_live(house, host, stays):
    store = at_first_sight(house)
    run_id = made(store, **{"convlab.process": PROCESS.format(host or house.host)})
    again = at_first_sight(moved(house))
    assert ("convlab.process" in again.run(run_id).tags) == stays


FOREIGN = [
    pytest.param("s3://bucket/artifacts/training", id="S3"),
    pytest.param("mlflow-artifacts:/1", id="a server's"),
    pytest.param("file://nas/share/artifacts/training", id="another host's"),
    pytest.param("/mnt/disk/artifacts/own", id="another disk, not here now"),
    pytest.param("file:///mnt/training", id="no artifacts in its path"),
    pytest.param("file:///mnt/artifacts/" + "a" * 300, id="a name too long to look up"),
    pytest.param("./mlruns/artifacts/training", id="relative"),
    pytest.param(None, id="none"),
]


@pytest.mark.parametrize("location", FOREIGN)
def test_what_lies_elsewhere_by_choice_is_never_touched(house, location):
    store = at_first_sight(house)
    run_id, foreign = kept(store), made(store, "foreign", "own")
    shutil.rmtree(house.mlruns / "artifacts/own")
    asked(house, "UPDATE experiments SET artifact_location = ? WHERE name = 'own'", location)
    asked(house, "UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", location, foreign)
    there = moved(house)
    assert at_first_sight(there).get(run_id, "plots/curves.json") == b"one"
    question = "SELECT artifact_location FROM experiments WHERE name = 'own'"
    assert asked(there, question) == [(location,)]
    assert leads(there, foreign) == location


def test_another_labs_folder_without_one_of_our_own_is_never_touched(house, tmp_path):
    run_id = kept(at_first_sight(house))
    alone = at(house, tmp_path / "alone")
    alone.mlruns.mkdir()
    asked(house, "PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(house.mlruns / "mlflow.db", alone.mlruns)
    assert at_first_sight(alone).get(run_id, "plots/curves.json") == b"one"
    assert leads(alone, run_id) == leads(house, run_id)


def test_a_run_whose_files_stayed_behind_still_opens(house):
    store = at_first_sight(house)
    stayed, came = kept(store, b"stayed"), kept(store, b"came")
    there = moved(house)
    folder = "artifacts/training/" + stayed
    (house.mlruns / "artifacts/training").mkdir(parents=True)
    shutil.move(there.mlruns / folder, house.mlruns / folder)
    again = at_first_sight(there)
    assert again.get(stayed, "plots/curves.json") == b"stayed"
    assert again.get(came, "plots/curves.json") == b"came"
    assert str(house.mlruns) in leads(there, stayed)


def test_one_folder_under_two_names_is_no_move(house):
    run_id = kept(at_first_sight(house))
    there = moved(house)
    house.mlruns.symlink_to(there.mlruns)
    before = leads(there, run_id)
    assert at_first_sight(there).get(run_id, "plots/curves.json") == b"one"
    assert leads(there, run_id) == before
    house.mlruns.unlink()
    assert at_first_sight(there).get(run_id, "plots/curves.json") == b"one"
    assert leads(there, run_id) != before


def test_a_lab_that_stays_is_not_written_to(house):
    kept(at_first_sight(house))
    with closing(sqlite3.connect(house.mlruns / "mlflow.db")) as watching:
        version = watching.execute("PRAGMA data_version").fetchone()
        at_first_sight(house)
        assert watching.execute("PRAGMA data_version").fetchone() == version


def test_who_reads_at_that_moment_is_not_disturbed(house):
    run_id = kept(at_first_sight(house))
    there = moved(house)
    with closing(sqlite3.connect(there.mlruns / "mlflow.db")) as reader:
        reader.execute("BEGIN")
        question = "SELECT artifact_uri FROM runs"
        before = reader.execute(question).fetchall()
        assert at_first_sight(there).get(run_id, "plots/curves.json") == b"one"
        assert reader.execute(question).fetchall() == before
        reader.execute("COMMIT")
        assert reader.execute(question).fetchall() != before
