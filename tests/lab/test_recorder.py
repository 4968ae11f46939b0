import math
import threading
import time
from pathlib import Path

import pytest

from lab import recorder as room
from lab.recorder import Recorder, deliver_left
from lab.records import Point, StoreError
from lab.store import Store


class Shaky:
    """A store that can be away, and that remembers what arrived, in order."""

    def __init__(self, settings) -> None:
        self.settings, self.away, self.seconds = settings, False, 0.0
        self.points: list[Point] = []
        self.tags: dict[str, str] = {}
        self.artifacts: dict[str, bytes] = {}
        self.statuses: list[str] = []
        self.asks_to_stop = False

    def _answer(self) -> None:
        time.sleep(self.seconds)
        if self.away:
            raise StoreError("away", permanent=False)

    def log(self, run_id, *, metrics=(), tags=None) -> None:
        self._answer()
        self.points += metrics
        self.tags |= tags or {}

    def put(self, run_id, name, content) -> None:
        self._answer()
        self.artifacts[name] = content

    def set_status(self, run_id, status) -> None:
        self._answer()
        self.statuses.append(status)

    def run(self, run_id):
        self._answer()
        stop = {"convlab.stop": "ada"} if self.asks_to_stop else {}
        return type("Run", (), {"tags": stop})


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(room, "_PERIOD", 0.02)


def soon(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def test_everything_arrives_in_order_and_the_status_last(house):
    store = Store(house)
    run_id = store.create("r", experiment="training", params={}, tags={})
    pen = Recorder(store, run_id, threading.Event())
    for step in range(1, 4):
        pen.log({"loss": 1 / step}, step, {"convlab.verdict": f"after {step}"})
    pen.put("notes.txt", b"kept")
    pen.end("FINISHED", {"convlab.reason": "none"})
    run = store.run(run_id)
    assert (run.status, run.tags["convlab.verdict"]) == ("FINISHED", "after 3")
    assert run.tags["convlab.reason"] == "none"
    assert store.history(run_id, ["loss"])["loss"] == {1: 1.0, 2: 0.5, 3: pytest.approx(1 / 3)}
    assert store.get(run_id, "notes.txt") == b"kept"


def test_an_outage_loses_nothing_and_sends_nothing_twice(house, quick):
    store = Shaky(house)
    pen = Recorder(store, "r", threading.Event())
    pen.log({"loss": 1.0}, 1)
    soon(lambda: len(store.points) == 1)
    store.away = True
    for step in range(2, 30):
        pen.log({"loss": float(step)}, step)
        time.sleep(0.005)
    pen.put("weights.pt", b"w")
    store.away = False
    pen.end("FINISHED")
    assert [point.step for point in store.points] == list(range(1, 30))
    assert store.artifacts == {"weights.pt": b"w"}
    assert store.statuses == ["FINISHED"]


def test_what_a_process_leaves_is_sent_by_the_next(house, quick, monkeypatch):
    monkeypatch.setattr(room, "_LINGER", 0.05)
    store = Shaky(house)
    pen = Recorder(store, "r", threading.Event())
    store.away = True
    pen.log({"loss": math.nan}, 7)
    pen.put("weights.pt", b"w")
    pen.end("KILLED")
    assert store.statuses == []
    store.away = False
    deliver_left(store)
    deliver_left(store)  # nothing is left to send
    assert [point.step for point in store.points] == [7]
    assert (store.artifacts, store.statuses) == ({"weights.pt": b"w"}, ["KILLED"])
    assert list((house.mlruns / "outbox").iterdir()) == []


def test_what_a_living_process_writes_is_left_to_it(house, quick):
    store = Shaky(house)
    store.away = True
    pen = Recorder(store, "r", threading.Event())
    pen.log({"loss": 1.0}, 1)
    soon(lambda: list((house.mlruns / "outbox" / "r").glob("*.json")))
    other = Shaky(house)
    deliver_left(other)
    assert other.points == []
    store.away = False
    pen.end("FINISHED")
    assert len(store.points) == 1


def test_a_request_to_stop_is_seen(house, quick):
    store, stopped = Shaky(house), threading.Event()
    pen = Recorder(store, "r", stopped)
    store.asks_to_stop = True
    assert stopped.wait(5)
    pen.end("KILLED")


def test_a_request_to_stop_is_seen_while_there_is_much_to_send(house, quick):
    store, stopped = Shaky(house), threading.Event()
    store.away = True
    pen = Recorder(store, "r", stopped)
    for number in range(100):
        pen.put(f"{number}.txt", b"")
    assert not pen.idle
    store.away, store.asks_to_stop, store.seconds = False, True, 0.01
    assert stopped.wait(5)
    assert len(store.artifacts) < 100
    pen.end("KILLED")
    assert pen.idle
    assert len(store.artifacts) == 100


def test_progress_is_shown_with_a_sign_of_life(house, quick):
    store = Shaky(house)
    pen = Recorder(store, "r", threading.Event())
    pen.show({"epoch": 3})
    soon(lambda: '"epoch": 3' in store.tags.get("convlab.progress", ""))
    assert '"time"' in store.tags["convlab.progress"]
    pen.end("FINISHED")


def test_a_run_that_was_deleted_holds_nobody_up(house):
    store = Store(house)
    run_id = store.create("r", experiment="training", params={}, tags={})
    pen = Recorder(store, run_id, threading.Event())
    store._client.delete_run(run_id)
    pen.log({"loss": 1.0}, 1)
    pen.end("FINISHED")
    assert not list((house.mlruns / "outbox").glob("*/*.json"))


def test_a_full_disk_is_told_to_the_training(house, quick, monkeypatch):
    store = Shaky(house)
    pen = Recorder(store, "r", threading.Event())

    def full(self, entry):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Recorder, "_write", full)
    pen.log({"loss": 1.0}, 1)
    soon(lambda: pen._failure)
    with pytest.raises(OSError, match="No space left"):
        pen.log({"loss": 1.0}, 2)
    pen.end("FAILED", {"convlab.reason": "The disk is full."})
    assert store.statuses == ["FAILED"]
    assert store.tags["convlab.reason"] == "The disk is full."


def test_a_full_disk_is_told_to_the_store_once_there_is_room(house, quick, monkeypatch):
    store, whole = Shaky(house), room._write_whole
    pen = Recorder(store, "r", threading.Event())

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room, "_write_whole", full)
    store.away = True  # its database is on the same disk
    pen.log({"loss": 1.0}, 1)
    closing = threading.Thread(target=pen.end, args=("FAILED", {"convlab.reason": "Full."}))
    closing.start()
    soon(lambda: pen._failure)
    closing.join(0.2)
    assert closing.is_alive()
    store.away = False
    monkeypatch.setattr(room, "_write_whole", whole)
    closing.join(10)
    assert [point.step for point in store.points] == [1]
    assert (store.statuses, store.tags["convlab.reason"]) == (["FAILED"], "Full.")


def test_what_is_sent_is_on_the_disk_before_it_has_a_name(house, monkeypatch):
    monkeypatch.setattr(room, "_PERIOD", 60)
    synced = []

    def sync(file: int) -> None:
        path = Path(f"/proc/self/fd/{file}").resolve() if Path("/proc/self").exists() else None
        synced.append(path and path.suffix)
        assert not list((house.mlruns / "outbox/r").glob(f"{len(synced):08d}.json"))

    monkeypatch.setattr(room.os, "fsync", sync)
    pen = Recorder(Shaky(house), "r", threading.Event())
    pen.put("weights.pt", b"w")
    assert len(synced) == 2  # its content, and what it is
    assert set(synced) <= {".draft", None}
    pen.end("FINISHED")


def test_two_may_send_what_is_left_at_once(house, monkeypatch):
    folder, lock_of = house.mlruns / "outbox" / "r", room._lock_of
    folder.mkdir(parents=True)

    def late(path):
        path.rmdir()  # as the other does, who came first
        return lock_of(path)

    monkeypatch.setattr(room, "_lock_of", late)
    deliver_left(Shaky(house))
    assert list(folder.parent.iterdir()) == []


def test_what_a_former_life_left_arrives_before_anything_is_read(house, monkeypatch):
    monkeypatch.setattr(room, "_PERIOD", 60)
    store = Shaky(house)
    folder = house.mlruns / "outbox" / "r"
    folder.mkdir(parents=True)
    (folder / "00000001.json").write_text('{"status": "KILLED"}')
    pen = Recorder(store, "r", threading.Event())
    pen.catch_up()
    assert store.statuses == ["KILLED"]
    pen.end("FINISHED")
    assert store.statuses == ["KILLED", "FINISHED"]


def test_a_damaged_entry_holds_nothing_up_and_stays_for_the_doctor(house):
    store = Shaky(house)
    folder = house.mlruns / "outbox" / "r"
    folder.mkdir(parents=True)
    (folder / "00000001.json").write_text('{"metrics": [["lo')
    (folder / "00000002.json").write_text('{"metrics": [["loss", 1.0, 2, 3]], "tags": {}}')
    deliver_left(store)
    assert store.points == [Point("loss", 1.0, 2, 3)]
    assert [path.name for path in folder.glob("*.json")] == ["00000001.json"]
