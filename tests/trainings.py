"""Trainings watched and disturbed as a user or a bad day would, and what they leave behind."""

import io
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from convcore.config import TrainConfig
from lab import jobs
from lab.records import Run
from lab.store import Store

# Every random choice and every kind of state that a checkpoint must bring back, in quick epochs.
CONFIG = TrainConfig(
    channels=8, blocks=2, batch_size=32, epochs=24, learning_rate=0.02, schedule="one-cycle",
    dropout=0.2, crop_padding=1, validation_fraction=0.1,
)  # fmt: skip
LONG = CONFIG.changed({"epochs": 5000})
PATIENCE = 300.0  # seconds: for a machine that is busy with much else
FOUND_DEAD = 10.0  # seconds within which a dead training must be known as one
_TIMINGS = {"seconds", "epoch_seconds", "images_per_second"}


@dataclass(frozen=True)
class Left:
    """What a training has left in its run, in a form that can be compared."""

    series: dict[str, list[tuple[int, str]]]  # by metric: step and value to the last bit
    artifacts: dict[str, object]


def left(store: Store, run_id: str) -> Left:
    """Return what a run has left, timings aside; each step must be there once, in order."""
    run, series = store.run(run_id), {}
    for name in run.metrics.keys() - _TIMINGS:
        points = store.points(run_id, name)
        steps, times = zip(*((point.step, point.milliseconds) for point in points), strict=True)
        assert list(steps) == sorted(set(steps)), f"{name}: steps twice in {steps}"
        assert list(times) == sorted(times), f"{name}: logged out of order"
        series[name] = [(point.step, point.value.hex()) for point in points]
    names = {name: name for name in store.artifacts(run_id) if not name.startswith("checkpoint/")}
    names["checkpoint.pt"] = run.tags["convlab.checkpoint"]  # the newest of two, whichever it is
    artifacts = {name: _read(name, store.get(run_id, file)) for name, file in names.items()}
    return Left(series, artifacts)


def assert_same(found: Left, wanted: Left) -> None:
    """See that two trainings have left the same, bit for bit."""
    assert found.series.keys() == wanted.series.keys()
    for name, points in wanted.series.items():
        assert found.series[name] == points, f"{name} differs"
    assert found.artifacts.keys() == wanted.artifacts.keys()
    for name, content in wanted.artifacts.items():
        assert found.artifacts[name] == content, f"{name} differs"


def ended(store: Store, run_id: str, seconds: float = PATIENCE) -> Run:
    """Watch a run as a page does, until it ends; return it."""
    until(lambda: not _watched(store, run_id).active, seconds, f"the end of {run_id}")
    return store.run(run_id)


def at_epoch(store: Store, run_id: str, epoch: float) -> None:
    """Wait until the store knows an epoch of a run."""
    until(lambda: epoch_of(store, run_id) >= epoch, PATIENCE, f"epoch {epoch} of {run_id}")


def epoch_of(store: Store, run_id: str) -> float:
    return store.run(run_id).metrics.get("epoch", 0)


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until a condition holds; a hanging wait names what it waits for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def announced(store: Store, run_id: str, seconds: float) -> None:
    """Wait until a run tells which process works for it."""
    until(lambda: store.run(run_id).said("process"), seconds, f"the process of {run_id}")


def pid_of(store: Store, run_id: str) -> int:
    return store.run(run_id).said("process")["pid"]


def kill(store: Store, run_id: str) -> float:
    """Kill the process of a run at work; return the seconds until the run is known as failed."""
    os.kill(pid_of(store, run_id), signal.SIGKILL)
    killed = time.monotonic()
    run = ended(store, run_id, FOUND_DEAD)
    assert run.status == "FAILED", f"{run.status}: killed too late"
    assert "The training process ended without a word" in run.tags["convlab.reason"]
    return time.monotonic() - killed


def _watched(store: Store, run_id: str) -> Run:
    jobs.reconcile(store)
    return store.run(run_id)


def _read(name: str, content: bytes) -> object:
    """Return an artifact as something that equals another exactly if they say the same."""
    suffix = name.rpartition(".")[2]
    if suffix == "pt":
        return _plain(torch.load(io.BytesIO(content), weights_only=True))
    if suffix == "npz":
        return _plain({**np.load(io.BytesIO(content))})
    if suffix == "json":
        return json.loads(content)
    if suffix == "png":
        Image.open(io.BytesIO(content)).load()  # whole
        return content
    return len(content)  # HTML, in which Plotly names its parts by chance


def _plain(value: object) -> object:
    if isinstance(value, torch.Tensor):
        value = value.numpy()
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
