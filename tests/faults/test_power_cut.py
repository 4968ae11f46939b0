"""Recorders killed at any moment: what is found afterwards is whole, and has no gap."""

import hashlib
import multiprocessing
import os
import signal
import threading
import time

import pytest

from lab import trainer
from lab.recorder import Recorder, deliver_left
from lab.store import Store
from tests.trainings import CONFIG, until

SIZE = 1_000_000  # bytes: takes long enough to be cut off in


def content(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest() * (SIZE // 32)


def write(settings, run_id: str) -> None:
    pen = Recorder(Store(settings), run_id, threading.Event())
    for number in range(1, 1000):
        pen.log({"loss": float(number)}, number)
        pen.put(f"{number}.bin", content(number))
        pen.log({"kept": float(number)}, number)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        pytest.param(None, "checkpoint/0.pt of this run cannot be read", id="lost"),
        pytest.param(b"PK half of one", "is damaged", id="damaged"),
    ],
)
def test_without_its_checkpoint_a_training_says_so_and_does_not_begin_anew(store, found, says):
    tags = {"convlab.kind": "training", "convlab.config": CONFIG.to_json()}
    tags["convlab.checkpoint"] = "checkpoint/0.pt"
    run_id = store.create("r", experiment="training", params={}, tags=tags)
    if found:
        store.put(run_id, "checkpoint/0.pt", found)
    trainer.run(store, run_id, threading.Event())
    run = store.run(run_id)
    assert run.status == "FAILED"
    assert says in run.tags["convlab.reason"]
    assert "epoch" not in run.metrics


def test_an_artifact_is_on_the_disk_before_its_other_copy_goes(house, store, monkeypatch):
    synced = []

    def sync(file: int) -> None:
        synced.append((os.fstat(file).st_ino, len(list(house.mlruns.glob("outbox/*/*.bin")))))

    monkeypatch.setattr(os, "fsync", sync)
    run_id = store.create("r", experiment="training", params={}, tags={})
    pen = Recorder(store, run_id, threading.Event())
    pen.put("checkpoint/0.pt", b"whole")
    pen.end("FINISHED")
    (kept,) = house.mlruns.glob(f"artifacts/*/{run_id}/artifacts/checkpoint/0.pt")
    assert (kept.stat().st_ino, 1) in synced


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_half_written_is_taken_for_whole(house, store, draw, rounds):
    for _ in range(rounds(3, whole=50)):
        run_id = store.create("r", experiment="training", params={}, tags={})
        writer = multiprocessing.get_context("fork").Process(target=write, args=(house, run_id))
        writer.start()
        until((house.mlruns / "outbox" / run_id / "00000001.json").exists, 60, "the first word")
        time.sleep(draw.uniform(0, 0.5))
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        deliver_left(store)
        assert not (house.mlruns / "outbox" / run_id).exists()
        files = {path.name: path for path in house.mlruns.glob(f"artifacts/*/{run_id}/*/*")}
        assert files.keys() == {f"{number}.bin" for number in range(1, len(files) + 1)}
        for number in range(1, len(files) + 1):
            assert files[f"{number}.bin"].read_bytes() == content(number)
        history = store.history(run_id, ["loss", "kept"])
        losses, kept = ([*history[name]] for name in ("loss", "kept"))
        assert losses == list(range(1, len(losses) + 1))
        assert kept == list(range(1, len(kept) + 1))
        assert len(kept) <= len(files) <= len(losses) <= len(kept) + 2
