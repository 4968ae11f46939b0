"""Each fault made for real, told, mended; a second look then finds nothing."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from filelock import FileLock

from lab import doctor
from lab.recorder import Recorder
from lab.records import StoreError
from lab.settings import PROJECT, Settings
from lab.store import Store
from tests.trained import trained

OURS = {"convlab.kind": "training"}
LOSS = {"metrics": [["train_loss", 1.5, 1, 1000]], "tags": {}}


@pytest.fixture
def store(house):
    return Store(house)


def told(store: Store, *, repair: bool = False) -> list[str]:
    return [str(each) for each in doctor.examine(store.settings, repair=repair)]


def faults(store: Store) -> list[str]:
    return [each.text for each in doctor.examine(store.settings) if each.left]


def mended(store: Store) -> list[str]:
    """Mend; see that a look before told all of it and changed nothing, and one after is content."""
    expected = [f"✓ Mended: {each.removesuffix(' `--repair` mends it.')}" for each in faults(store)]
    found = [each for each in told(store, repair=True) if "Mended" in each or "✗" in each]
    assert found == expected
    assert not [each for each in told(store) if "✗" in each or "Mended" in each]
    return found


def at_work(store: Store, **process: object) -> str:
    tags = OURS | {"convlab.process": json.dumps({"host": store.settings.host} | process)}
    run_id = store.create("r", experiment="training", params={}, tags=tags)
    store.set_status(run_id, "RUNNING")
    return run_id


def gone() -> int:
    """Return the id of a process that has just been killed."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    child.kill()
    child.wait()
    return child.pid


def outbox(store: Store, run_id: str, *entries: dict) -> Path:
    folder = store.settings.mlruns / "outbox" / run_id
    folder.mkdir(parents=True)
    folder.with_suffix(".lock").touch()
    for number, entry in enumerate(entries, start=1):
        (folder / f"{number:08d}.json").write_text(json.dumps(entry))
    return folder


def orphan(store: Store) -> Path:
    """Delete a run past the trash, by hand, so that its folder stays."""
    run_id = trained(store, "deleted")
    with closing(sqlite3.connect(store.settings.mlruns / "mlflow.db")) as database, database:
        for table in ("metrics", "latest_metrics", "params", "tags", "runs"):
            database.execute(f"DELETE FROM {table} WHERE run_uuid = ?", (run_id,))
    return store.settings.mlruns / "artifacts/training" / run_id


def written_out(house: Settings) -> Path:
    """Return the database, with all in it that was still in the log beside it."""
    path = house.mlruns / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def test_a_healthy_lab_is_told_line_by_line_and_left_as_it_is(store):
    trained(store)
    store.delete(trained(store, "in the trash"))
    store.create("bare", experiment="elsewhere", params={}, tags={})
    pen = Recorder(store, at_work(store, pid=os.getpid(), born=born()), threading.Event())
    found = told(store)
    assert told(store, repair=True) == found
    pen.end("FINISHED")
    assert len(found) == 9
    assert all(each.startswith("✓ ") for each in found)
    assert "✓ The database is sound." in found


def born() -> float:
    return psutil.Process().create_time()


def test_runs_whose_process_is_gone_are_ended(store):
    dead = at_work(store, pid=gone(), born=1.0)
    elsewhere = at_work(store, host="elsewhere", pid=1, born=0)
    assert f"Run {dead} (r) is RUNNING" in "".join(mended(store))
    assert store.run(dead).status == "FAILED"
    assert store.run(elsewhere).active


def test_what_waits_in_the_outbox_arrives_and_decides_how_the_run_ended(store):
    run_id = at_work(store, pid=gone(), born=1.0)
    folder = outbox(store, run_id, LOSS, {"status": "FINISHED"})
    found = told(store, repair=True)
    assert f"✓ Mended: Run {run_id} has left 2 in the outbox, and its process is gone." in found
    assert store.run(run_id).status == "FINISHED"
    assert store.history(run_id, ["train_loss"]) == {"train_loss": {1: 1.5}}
    assert not folder.exists()
    shutil.rmtree(folder.parent)
    assert "weights" not in "".join(told(store))


def test_an_entry_cut_off_by_a_power_failure_is_put_aside_and_the_rest_arrives(store):
    run_id = store.create("r", experiment="elsewhere", params={}, tags={})
    folder = outbox(store, run_id, LOSS, {"artifact": "notes.txt", "file": "00000002.bin"})
    (folder / "00000002.json").write_text('{"artifact": "no')
    (folder / "00000002.bin").write_bytes(b"kept")
    assert "00000002.json cannot be read" in "".join(mended(store))
    aside = store.settings.mlruns / "orphans/outbox" / run_id
    assert (aside / "00000002.bin").read_bytes() == b"kept"
    assert store.history(run_id, ["train_loss"]) == {"train_loss": {1: 1.5}}


def test_locks_and_tickets_that_nobody_holds_are_removed_and_others_stay(store):
    mlruns = store.settings.mlruns
    for name in ("outbox/gone.lock", "queue/1-gone.ticket", "queue/2-waits.ticket"):
        (mlruns / name).parent.mkdir(exist_ok=True)
        (mlruns / name).touch()
    with FileLock(mlruns / "queue/2-waits.ticket"):
        assert len(mended(store)) == 2
        assert {path.stem for path in mlruns.glob("queue/*.ticket")} == {"2-waits"}
    assert not (mlruns / "outbox/gone.lock").exists()


def test_a_folder_without_a_run_is_put_aside_whole_and_overwrites_nothing(store):
    other, aside = trained(store), store.settings.mlruns / "orphans"
    for _ in range(2):
        folder = orphan(store)
        kept = (folder / "artifacts/weights.pt").read_bytes()
        place = aside / folder.relative_to(store.settings.mlruns)
        (place / "artifacts").mkdir(parents=True)
        mended(store)
        assert not folder.exists()
        assert (place.with_name(f"{folder.name}-2") / "artifacts/weights.pt").read_bytes() == kept
        assert not list((place / "artifacts").iterdir())
    assert store.get(other, "weights.pt")


def test_lost_files_are_told_until_they_are_back_or_the_run_is_deleted(store, tmp_path):
    first, second = trained(store), trained(store, "second")
    for run_id in (first, second):
        folder = store.settings.mlruns / "artifacts/training" / run_id
        shutil.move(folder, tmp_path / run_id)
    assert len(faults(store)) == 2
    assert len([each for each in told(store, repair=True) if each.startswith("✗")]) == 2
    store.delete(first)
    shutil.move(tmp_path / second, store.settings.mlruns / "artifacts/training" / second)
    assert faults(store) == []


@pytest.mark.parametrize(
    ("tags", "status", "file"),
    [
        pytest.param(OURS | {"convlab.checkpoint": "checkpoint/0.pt"}, "KILLED", "checkpoint/0.pt"),
        pytest.param({"convlab.kind": "edges"}, "FINISHED", "setup.json"),
    ],
    ids=["checkpoint", "kept by a page"],
)
def test_what_a_run_must_have_kept_is_looked_for(store, tags, status, file):
    run_id = store.create("r", experiment="training", params={}, tags=tags)
    store.set_status(run_id, status)
    assert f"Run {run_id} (r) has lost files" in faults(store)[0]
    store.put(run_id, file, b"1")
    assert faults(store) == []


def test_runs_led_astray_as_a_copy_was_not_yet_whole_are_led_back(store, house):
    run_id = trained(store)
    twin = house.mlruns.with_name("twin")
    (twin / "artifacts/training").mkdir(parents=True)
    written_out(house)
    shutil.copy(house.mlruns / "mlflow.db", twin)
    other = Store(replace(house, mlruns=twin, tracking_uri=f"sqlite:///{twin}/mlflow.db"))
    shutil.copytree(house.mlruns / "artifacts", twin / "artifacts", dirs_exist_ok=True)
    assert f"The files of run {run_id} are here" in mended(other)[0]
    shutil.rmtree(house.mlruns)
    assert other.get(run_id, "weights.pt")


@pytest.mark.parametrize("place", [0, 100], ids=["its head", "a page"])
def test_a_damaged_database_is_told_with_the_way_out_and_not_touched(store, house, place):
    trained(store, files=False)
    path = written_out(house)
    damaged = replace(house, mlruns=house.mlruns.with_name("damaged"))
    damaged = replace(damaged, tracking_uri=f"sqlite:///{damaged.mlruns}/mlflow.db")
    damaged.mlruns.mkdir()
    content = bytearray(path.read_bytes())
    content[place * 4096 : place * 4096 + 4096] = b"\xff" * 4096
    (damaged.mlruns / "mlflow.db").write_bytes(content)
    found = doctor.examine(damaged, repair=True)
    assert [each.left for each in found[1:]] == [True] * (len(found) - 1)
    assert "The database is damaged" in found[1].text
    assert (damaged.mlruns / "mlflow.db").read_bytes() == bytes(content)


def test_who_opens_a_damaged_database_is_sent_to_the_doctor(bare_house):
    bare_house.mlruns.mkdir()
    (bare_house.mlruns / "mlflow.db").write_bytes(b"\xff" * 8192)
    with pytest.raises(StoreError, match=r"damaged.*python -m lab doctor"):
        Store(bare_house)


def test_a_full_disk_is_told(store, monkeypatch):
    few = SimpleNamespace(free=300_000_000)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: few)
    assert faults(store) == ["Only 0.30 GB are free where the runs live: make room."]


def test_a_killed_recorder_leaves_what_is_mended(store, house):
    run_id = at_work(store)
    code = (
        "import os, signal, sys, threading; from lab import recorder, settings, store\n"
        "recorder._PERIOD = 60\n"
        "own = store.opened(settings.current())\n"
        "pen = recorder.Recorder(own, sys.argv[1], threading.Event())\n"
        "pen.log({'train_loss': 0.5}, 1); pen.put('notes.txt', b'kept')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, run_id], cwd=PROJECT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(mended(store)) == 1
    assert store.get(run_id, "notes.txt") == b"kept"
    assert store.history(run_id, ["train_loss"]) == {"train_loss": {1: 0.5}}
