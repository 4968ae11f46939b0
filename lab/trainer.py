"""A training from its run's config to its run's end: convcore's events in, MLflow records out."""

import io
import json
import platform
import subprocess
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch

from convcore import datasets, models, overfitting, training
from convcore.config import BACKENDS, TrainConfig
from convcore.errors import ConvcoreError
from lab import figures, images
from lab.recorder import Recorder
from lab.settings import PROJECT
from lab.store import CURVES, Run, Store

_STEP_POINTS = 50  # batch losses kept an epoch, at most
_SAMPLES = 12  # test pictures whose predictions are shown as the training goes
_WORST = 24  # mistakes kept


def run(store: Store, run_id: str, stopped: threading.Event) -> None:
    """Train the run `run_id` to its end; whatever happens, the run ends with a status.

    A duel trains the run and its rival, one a backend.
    """
    job = store.run(run_id)
    run_ids = [run_id, *filter(None, [job.tags.get("convlab.rival")])]
    if not job.active:
        return  # cancelled while it waited
    recorders = [Recorder(store, each, stopped) for each in run_ids]
    status, tags = "FAILED", {}
    try:
        for each in run_ids:
            store.set_status(each, "RUNNING")
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
        traceback.print_exc()
    except Exception as error:  # a bug: told as one, with its trace in the log and the run
        tags = {"convlab.reason": f"Unexpected {type(error).__name__}: {error} (see error.txt)"}
        traceback.print_exc()
        recorders[0].put("error.txt", traceback.format_exc().encode())
    for recorder in recorders:
        recorder.end(status, tags)


def checkpoint_of(store: Store, job: Run) -> dict | None:
    """Return the newest checkpoint of a run, or None where it has none."""
    name = job.tags.get("convlab.checkpoint")
    content = store.get(job.run_id, name) if name else None
    return torch.load(io.BytesIO(content), weights_only=True) if content else None


def _train(store: Store, job: Run, recorders: list[Recorder]) -> Iterator[None]:
    """Train, recording; yields often, so that the caller can stop it."""
    (recorder,) = recorders
    config, settings = job.config, store.settings
    dataset = yield from _loaded(config, store, recorder)
    splits = training.prepare(dataset, config)
    model = models.build(config, dataset.in_shape, len(dataset.classes))
    if "host" not in job.params:
        store.log(job.run_id, params=_environment(config, dataset, model, settings.host))
        recorder.put("config.json", config.to_json().encode())
    notebook = _Notebook(recorder, dataset, config)
    checkpoint = checkpoint_of(store, job)
    if checkpoint:
        notebook.go_on(store.curves(job.run_id, CURVES), checkpoint["epoch"], job)
    try:
        for event in training.train(model, splits, config, checkpoint):
            notebook.take(event, model)
            yield
    finally:
        notebook.close()


def _duel(store: Store, job: Run, recorders: list[Recorder]) -> Iterator[None]:
    """Run both backends side by side, each into its own run; yields often."""
    config = job.config
    dataset = yield from _loaded(config, store, recorders[0])
    for recorder_id in (job.run_id, job.tags["convlab.rival"]):
        model = models.build(config, dataset.in_shape, len(dataset.classes))
        store.log(recorder_id, params=_environment(config, dataset, model, store.settings.host))
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


class _Notebook:
    """Writes the events of one training into its run."""

    def __init__(self, recorder: Recorder, dataset: datasets.Dataset, config: TrainConfig) -> None:
        self._recorder, self._dataset, self._config = recorder, dataset, config
        self._curves: dict[str, list[float]] = {}
        self._started, self._first_step = time.monotonic(), None
        self._slot = 0
        self._scores: training.Evaluation | None = None
        self._weights: bytes | None = None
        self._verdict: overfitting.Verdict | None = None

    def go_on(self, curves: dict[str, list[float]], epochs: int, job: Run) -> None:
        """Take up the curves of the first `epochs`, and the checkpoint file that is not in use."""
        self._curves = {name: values[:epochs] for name, values in curves.items()}
        self._slot = 1 - int(Path(job.tags["convlab.checkpoint"]).stem)

    def take(self, event: training.Event, model: torch.nn.Module) -> None:
        """Record one event."""
        if isinstance(event, training.StepDone):
            self._step(event)
        elif isinstance(event, training.Evaluating):
            self._recorder.show(
                {
                    "phase": "scoring",
                    "epoch": event.epoch,
                    "epochs": self._config.epochs,
                    "done": event.done,
                    "total": event.total,
                    "unit": "pictures",
                }
            )
        elif isinstance(event, training.EpochDone):
            self._epoch(event)
        elif isinstance(event, training.TrainingDone):
            self._weights = _saved(model.state_dict())
            note = {"convlab.kept_epoch": str(event.kept_epoch)}
            if event.stopped_early:
                note["convlab.stopped_early"] = str(event.epochs)
            self._recorder.log({}, 0, note)

    def close(self) -> None:
        """Keep what a finished or stopped training leaves: weights, scores, mistakes, curves."""
        if self._scores is None:
            return
        put, scores = self._recorder.put, self._scores
        put("weights.pt", self._weights)
        matrix = {"classes": self._dataset.classes, "counts": scores.confusion.tolist()}
        put("confusion.json", json.dumps(matrix).encode())
        worst = scores.worst(_WORST)
        if worst:
            put("mistakes.png", self._pictures(worst, scores))
        curves = figures.learning_curves(self._curves, self._verdict)
        put("plots/curves.json", figures.to_json(curves).encode())
        put("plots/curves.html", figures.to_html(curves).encode())

    def _step(self, event: training.StepDone) -> None:
        if self._first_step is None:
            self._first_step = event.global_step - 1
        every = -(-event.steps // _STEP_POINTS)
        if event.step % every == 0 or event.step == event.steps:
            self._recorder.log({"batch_loss": event.loss}, event.global_step)
        done = event.global_step - self._first_step
        left = event.steps * self._config.epochs - event.global_step
        self._recorder.show(
            {
                "phase": "training",
                "epoch": event.epoch,
                "epochs": self._config.epochs,
                "done": event.step,
                "total": event.steps,
                "unit": "batches",
                "images_per_second": event.images_per_second,
                "eta_seconds": (time.monotonic() - self._started) / done * left,
            }
        )

    def _epoch(self, event: training.EpochDone) -> None:
        for name, value in event.metrics.items():
            self._curves.setdefault(name, []).append(value)
        self._verdict = overfitting.judge(self._curves, classes=len(self._dataset.classes))
        checkpoint = f"checkpoint/{self._slot}.pt"
        # Two files in turn: the tag names a whole one even if we die as the other is written.
        self._slot = 1 - self._slot
        self._recorder.put(checkpoint, _saved(event.checkpoint))
        self._recorder.log(
            {"epoch": event.epoch} | event.metrics | _figures_of(self._verdict),
            event.epoch,
            {
                "convlab.checkpoint": checkpoint,
                "convlab.verdict": self._verdict.kind,
                "convlab.sentence": self._verdict.sentence,
            },
        )
        self._weights = _saved(event.checkpoint["model"])
        if self._scores is None or event.is_best or not self._config.patience:
            self._scores = event.test
        self._recorder.put("samples.png", self._pictures(self._samples(), event.test))

    def _samples(self) -> list[int]:
        """Return the same few test pictures every time."""
        count = len(self._dataset.test)
        generator = torch.Generator().manual_seed(0)
        return torch.randperm(count, generator=generator)[:_SAMPLES].tolist()

    def _pictures(self, indices: list[int], scores: training.Evaluation) -> bytes:
        """Return a PNG of test pictures, each with what it was called and what it is."""
        classes, captions = self._dataset.classes, []
        for index in indices:
            called, true = classes[scores.predictions[index]], classes[scores.labels[index]]
            verdict = "right" if called == true else f"is {true}"
            captions.append(f"{called} {scores.confidences[index]:.0%}\n{verdict}")
        return images.grid(self._dataset.test.images[indices].numpy(), captions)


def _figures_of(verdict: overfitting.Verdict) -> dict[str, float]:
    """Return the numbers of a verdict as metrics; what is not known yet is left out."""
    found = {
        "best_epoch": verdict.best_epoch,
        "best_loss": verdict.best_loss,
        "gap_at_best": verdict.gap_at_best,
        "gap_final": verdict.gap_final,
        "gl_final": verdict.gl_final,
    }
    return {name: float(value) for name, value in found.items() if value is not None}


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


def _saved(state: object) -> bytes:
    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue()
