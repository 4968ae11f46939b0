"""Real training processes on a real store."""

import json
import os
import shutil
import threading
import time
from functools import partial

import psutil
import pytest
import torch
from filelock import FileLock

from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from lab import jobs, processes, settings
from lab.recorder import deliver_last
from lab.store import Store

QUICK = TrainConfig(channels=4, epochs=3, batch_size=64, learning_rate=0.05)
LONG = QUICK.changed({"epochs": 5000})


@pytest.fixture
def store(house):
    return Store(house)


def ended(store: Store, run_id: str, seconds: float = 60):
    """Wait for the end of a run and return it."""
    deadline = time.monotonic() + seconds
    while (run := store.run(run_id)).active:
        assert time.monotonic() < deadline, f"{run.status} after {seconds} s: {run.tags}"
        jobs.reconcile(store)
        time.sleep(0.1)
    return run


def at_epoch(store: Store, run_id: str, epoch: int) -> None:
    deadline = time.monotonic() + 60
    while store.run(run_id).metrics.get("epoch", 0) < epoch:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def losses(store: Store, run_id: str) -> dict:
    return store.history(run_id, ["train_loss", "fair_train_loss", "test_loss", "batch_loss"])


@pytest.fixture(scope="module")
def twins(tmp_path_factory, empty_store):
    """Two runs of one config, the second the child of the first, to their end."""
    folder = tmp_path_factory.mktemp("twins")
    shutil.copy(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_MLRUNS", str(folder))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        opened = Store(settings.current())
        first = jobs.start(opened, QUICK)
        second = jobs.start(opened, QUICK, parent=first)
        return opened, ended(opened, first), ended(opened, second)


def test_two_starts_of_one_config_give_the_same_losses(twins):
    store, first, second = twins
    assert first.status == second.status == "FINISHED"
    assert losses(store, first.run_id) == losses(store, second.run_id)
    assert len(losses(store, first.run_id)["test_loss"]) == 3


def test_a_remedy_is_its_parents_child(twins):
    _, first, second = twins
    assert second.tags["mlflow.parentRunId"] == first.run_id
    assert "mlflow.parentRunId" not in first.tags


def test_a_run_tells_where_it_ran_and_on_what(twins):
    store, run, _ = twins
    assert run.params["channels"] == "4"
    assert run.params["data_fingerprint"]
    assert run.params["torch_version"] == torch.__version__
    assert int(run.params["threads"]) >= 1
    assert run.params["in_shape"] == "1×8×8"
    for name in ("best_epoch", "best_loss", "gap_at_best", "gap_final", "gl_final", "gap"):
        assert name in run.metrics
    assert run.tags["convlab.verdict"]
    counts = json.loads(store.get(run.run_id, "confusion.json"))["counts"]
    assert sum(map(sum, counts)) == 359  # every test picture of the digits once
    assert store.get(run.run_id, "mistakes.png")[:4] == b"\x89PNG"


def test_a_run_that_goes_on_and_is_stopped_at_once_still_leaves_its_results(store):
    run_id = jobs.start(store, LONG)
    at_epoch(store, run_id, 2)
    jobs.stop(store, run_id)
    assert ended(store, run_id).status == "KILLED"
    jobs.resume(store, run_id)
    while store.run(run_id).status != "RUNNING":
        time.sleep(0.05)
    jobs.stop(store, run_id)
    run = ended(store, run_id)
    assert run.status == "KILLED", run.tags.get("convlab.reason")
    assert float(run.tags["convlab.kept_epoch"]) == run.metrics["epoch"]
    assert store.get(run_id, "weights.pt")


def test_the_second_waits_for_the_first_and_can_be_cancelled(store):
    first, second = jobs.start(store, LONG), jobs.start(store, QUICK)
    at_epoch(store, first, 1)
    assert store.run(second).status == "SCHEDULED"
    assert "Waits for its turn" in jobs.progress_of(store, store.run(second))[1]
    jobs.stop(store, second)
    assert store.run(second).status == "KILLED"
    third = jobs.start(store, QUICK)
    jobs.stop(store, first)
    assert ended(store, first).status == "KILLED"
    assert ended(store, third).status == "FINISHED"
    assert store.run(second).status == "KILLED"


def test_a_run_whose_process_never_came_is_ended(store, monkeypatch):
    ours = {"convlab.kind": "training"}
    run_id = store.create("r", experiment="training", params={}, tags=ours)
    assert [run.run_id for run in jobs.reconcile(store)] == [run_id]
    monkeypatch.setattr(jobs, "_START", 0.0)
    assert jobs.reconcile(store) == []
    assert store.run(run_id).status == "FAILED"


def test_a_process_is_known_again_after_the_clock_was_set(store, monkeypatch):
    run_id = store.create("r", experiment="training", params={}, tags={})
    processes.announce(store, run_id, os.getpid())
    before = psutil._psplatform.boot_time()
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: before + 3600)
    assert processes.process_of(store, store.run(run_id)).pid == os.getpid()


def test_a_process_id_that_is_used_again_is_not_the_training(store):
    run_id = store.create("r", experiment="training", params={}, tags={})
    told = {"host": store.settings.host, "pid": os.getpid(), "born": 1.0, "uptime": 1.0}
    store.log(run_id, tags={"convlab.process": json.dumps(told)})
    assert processes.process_of(store, store.run(run_id)) is None


def test_whose_starter_died_is_alive_while_it_waits(store, monkeypatch):
    tags = {"convlab.kind": "training"}
    run_id = store.create("r", experiment="training", params={}, tags=tags)
    monkeypatch.setattr(jobs, "_START", 0.0)
    queue = store.settings.mlruns / "queue"
    queue.mkdir()
    with FileLock(queue / f"1-{run_id}.ticket"):
        assert jobs.reconcile(store)
    assert not jobs.reconcile(store)


@pytest.fixture
def last_words(store) -> tuple[str, FileLock]:
    """A run whose dead process has left in the outbox that it ended, and the lock on that."""
    process = json.dumps({"host": store.settings.host, "pid": 2**22 + 1, "born": 0})
    tags = {"convlab.kind": "training", "convlab.process": process}
    run_id = store.create("r", experiment="training", params={}, tags=tags)
    folder = store.settings.mlruns / "outbox" / run_id
    folder.mkdir(parents=True)
    (folder / "00000001.json").write_text('{"status": "FINISHED"}')
    return run_id, FileLock(folder.with_suffix(".lock"), thread_local=False)


def test_last_words_in_the_outbox_say_how_a_dead_training_ended(store, last_words):
    run_id, lock = last_words
    with lock:  # a killed process lets go of its files only after it is known to be dead
        release = threading.Timer(0.5, lock.release)
        release.start()
        jobs.reconcile(store)
        release.join()
    run = store.run(run_id)
    assert (run.status, "convlab.reason" in run.tags) == ("FINISHED", False)


def test_whose_last_words_cannot_be_had_yet_is_not_called_dead(store, last_words, monkeypatch):
    run_id, lock = last_words
    monkeypatch.setattr(jobs, "deliver_last", partial(deliver_last, patience=0.1))
    with lock:
        jobs.reconcile(store)
        assert store.run(run_id).active
    jobs.reconcile(store)
    assert store.run(run_id).status == "FINISHED"


def test_a_run_of_another_program_is_left_to_it(store, monkeypatch):
    run_id = store.create("foreign", experiment="elsewhere", params={}, tags={})
    monkeypatch.setattr(jobs, "_START", 0.0)
    assert jobs.reconcile(store) == []
    assert store.run(run_id).active


def test_a_run_of_another_machine_is_left_to_it(store):
    process = json.dumps({"host": "elsewhere", "pid": 1, "born": 0})
    tags = {"convlab.kind": "training", "convlab.process": process}
    run_id = store.create("r", experiment="training", params={}, tags=tags)
    assert [run.run_id for run in jobs.reconcile(store)] == [run_id]


def test_a_diverged_training_says_at_which_step_and_what_to_try(store):
    config = QUICK.changed({"learning_rate": 10.0, "momentum": 0.99, "batch_norm": False})
    run = ended(store, jobs.start(store, config.changed({"epochs": 50})))
    assert run.status == "FAILED"
    assert "the training diverged (learning_rate=10.0). Try 1." in run.tags["convlab.reason"]


def test_what_has_finished_cannot_go_on(twins):
    store, finished, _ = twins
    with pytest.raises(ConvcoreError, match="it has finished"):
        jobs.resume(store, finished.run_id)


def test_what_has_no_checkpoint_cannot_go_on(store):
    bare = store.create("r", experiment="training", params={}, tags={})
    with pytest.raises(ConvcoreError, match="still at work"):
        jobs.resume(store, bare)
    store.set_status(bare, "KILLED")
    with pytest.raises(ConvcoreError, match="before its first epoch"):
        jobs.resume(store, bare)


def test_a_duel_is_two_linked_runs_with_equal_losses(store):
    custom, torch_run = jobs.start_duel(store, QUICK, 40)
    assert ended(store, custom).status == "FINISHED"
    assert ended(store, torch_run).status == "FINISHED"
    assert store.run(custom).tags["convlab.rival"] == torch_run
    assert store.run(torch_run).tags["convlab.rival"] == custom
    own, other = (store.history(run, ["batch_loss", "step_seconds"]) for run in (custom, torch_run))
    first = range(1, 21)
    assert max(abs(own["batch_loss"][s] - other["batch_loss"][s]) for s in first) < 1e-4
    assert len(own["step_seconds"]) == len(other["step_seconds"]) == 40
    assert own["step_seconds"] != other["step_seconds"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"data": "/no/such"}, "no data set '/no/such'", id="unknown path"),
        pytest.param({"data": "cifar10"}, "not here yet", id="not downloaded"),
        pytest.param({"model": "lenet"}, "layer conv2 shrinks", id="too deep"),
        pytest.param({"batch_size": 2000}, "batch_size=2000", id="batch over the data"),
        pytest.param({"subset": 20}, "batch_size=64", id="batch over the subset"),
    ],
)
def test_what_cannot_start_is_refused_before_a_run_is_made(store, changes, says):
    with pytest.raises(ConvcoreError, match=says):
        jobs.start(store, QUICK.changed(changes))
    assert store.runs() == []
