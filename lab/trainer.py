"""A training from its run's config to its run's end: convcore's events in, MLflow records out."""

import logging
import platform
import subprocess
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import torch

from convcore import datasets, models, training
from convcore.config import BACKENDS, TrainConfig
from convcore.errors import ConvcoreError
from lab.notebook import Notebook
from lab.recorder import Recorder
from lab.records import CURVES, Run, StoreError
from lab.settings import PROJECT
from lab.store import Store

_log = logging.getLogger(__name__)
_PAUSE = 1.0  # seconds until a store that is away is asked again
_Answer = TypeVar("_Answer")


def run(store: Store, run_id: str, stopped: threading.Event) -> None:
    """Train the run `run_id` to its end; whatever happens, the run ends with a status.

    A duel trains the run and its rival, one a backend.
    """
    job = patiently(stopped, store.run, run_id)
    run_ids = [run_id, *filter(None, [job.tags.get("convlab.rival")])]
    if not job.active:
        return  # cancelled while it waited
    recorders = [Recorder(store, each, stopped) for each in run_ids]
    status, tags = "FAILED", {}
    try:
        for each, recorder in zip(run_ids, recorders, strict=True):
            patiently(stopped, recorder.catch_up)
            patiently(stopped, store.set_status, each, "RUNNING")
        job = patiently(stopped, store.run, run_id)  # with what has only just arrived
        work = _duel if job.tags.get("convlab.kind") == "duel" else _train
        with closing(work(store, job, recorders)) as moments:
            stopped_early = any(stopped.is_set() for _ in moments)
        status = "KILLED" if stopped_early else "FINISHED"
    except ConvcoreError as error:
        tags = {"convlab.reason": str(error)}
    except OSError as error:
        tags = {
            "convlab.reason": f"The machine refused: {error.strerror or error}. Is the disk full?"
        }
        _log.exception("the machine refused")  # unlike print, content with a log on a full disk
    except Exception as error:  # a bug: told as one, with its trace in the log and the run
        tags = {"convlab.reason": f"Unexpected {type(error).__name__}: {error} (see error.txt)"}
        _log.exception("a bug")
        recorders[0].put("error.txt", traceback.format_exc().encode())
    for recorder in recorders:
        recorder.end(status, tags)


def patiently(
    stopped: threading.Event, ask: Callable[..., _Answer], *arguments: object, **named: object
) -> _Answer:
    """Return what the store answers to `ask`, asked again while the store is away.

    Raises:
        StoreError: it refuses, or somebody asked to stop before it was back.
    """
    while True:
        try:
            return ask(*arguments, **named)
        except StoreError as error:
            if error.permanent or stopped.is_set():
                raise
            _log.warning("%s", error)
        stopped.wait(_PAUSE)


def _train(store: Store, job: Run, recorders: list[Recorder]) -> Iterator[None]:
    """Train, recording; yields often, so that the caller can stop it."""
    (recorder,) = recorders
    config = job.config
    dataset = yield from _loaded(config, store, recorder)
    splits = training.prepare(dataset, config)
    model = models.build(config, dataset.in_shape, len(dataset.classes))
    stopped, checkpoint = recorder.stopped, None
    if "host" not in job.params:
        ours = _environment(config, dataset, model, store.settings.host)
        patiently(stopped, store.log, job.run_id, params=ours)
        recorder.put("config.json", config.to_json().encode())
    notebook = Notebook(recorder, dataset, config)
    if "convlab.checkpoint" in job.tags:
        curves = patiently(stopped, store.curves, job.run_id, CURVES)
        steps = patiently(stopped, store.points, job.run_id, "batch_loss")
        checkpoint = notebook.go_on(curves, steps, _checkpoint(store, job, stopped), job)
    try:
        for event in training.train(model, splits, config, checkpoint):
            notebook.take(event)
            yield
    finally:
        notebook.close()


def _checkpoint(store: Store, job: Run, stopped: threading.Event) -> bytes:
    """Return the checkpoint that `job` names.

    Raises:
        ConvcoreError: it is lost; beginning anew would write over the curves so far.
    """
    name = job.tags["convlab.checkpoint"]
    saved = store.get(job.run_id, name)
    if saved is None:  # lost, or the store was away
        patiently(stopped, store.artifacts, job.run_id)
        saved = store.get(job.run_id, name)
    if saved is None:
        raise ConvcoreError(
            f"The file {name} of this run cannot be read, so it cannot go on. Put it back among "
            "the run's files, or train again from the start."
        )
    return saved


def _duel(store: Store, job: Run, recorders: list[Recorder]) -> Iterator[None]:
    """Run both backends side by side, each into its own run; yields often."""
    config = job.config
    dataset = yield from _loaded(config, store, recorders[0])
    for recorder_id in (job.run_id, job.tags["convlab.rival"]):
        model = models.build(config, dataset.in_shape, len(dataset.classes))
        ours = _environment(config, dataset, model, store.settings.host)
        patiently(recorders[0].stopped, store.log, recorder_id, params=ours)
    for step in training.duel(dataset, config, int(job.tags["convlab.steps"])):
        for backend, recorder in zip(BACKENDS, recorders, strict=True):
            recorder.log(
                {
                    "batch_loss": step.losses[backend],
                    "step_seconds": step.seconds[backend],
                    "loss_difference": step.loss_difference,
                    "gradient_difference": step.gradient_difference,
                },
                step.step,
            )
            recorder.show(
                {"phase": "duel", "done": step.step, "total": step.steps, "unit": "steps"}
            )
        yield


def _loaded(config: TrainConfig, store: Store, recorder: Recorder) -> Iterator[None]:
    """Load the data set, showing how far it is; returns it."""
    recorder.show({"phase": "loading"})
    settings = store.settings
    loading = datasets.load(config.data, root=settings.data_root, cache=settings.cache)
    while True:
        try:
            progress = next(loading)
        except StopIteration as done:
            recorder.log({}, 0, {"convlab.notes": " ".join(done.value.notes)})
            return done.value
        recorder.show({"phase": "loading"} | asdict(progress))
        yield


def _environment(
    config: TrainConfig, dataset: datasets.Dataset, model: torch.nn.Module, host: str
) -> dict[str, object]:
    """Return what a run should say of where it ran and on what."""
    device = training.device_of(config)
    return {
        "device_type": device.type,
        "device_name": torch.cuda.get_device_name() if device.type == "cuda" else _processor(),
        "threads": torch.get_num_threads(),
        "host": host,
        "python": platform.python_version(),
        **{f"{name}_version": version(name) for name in ("torch", "mlflow", "numpy")},
        "git_commit": _commit(),
        "data_fingerprint": dataset.fingerprint,
        "train_pictures": len(dataset.train),
        "test_pictures": len(dataset.test),
        "classes": len(dataset.classes),
        "in_shape": "×".join(map(str, dataset.in_shape)),
        "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
    }


def _processor() -> str:
    """Return the processor's name as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str:
    """Return the commit of the code, with a + where files differ from it; empty without git."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"]
    try:
        answer = subprocess.run(
            command, cwd=PROJECT, capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()
