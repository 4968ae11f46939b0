"""The events of one training, written into its run."""

import io
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from convcore import datasets, overfitting, training
from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from lab import figures, images
from lab.recorder import Recorder
from lab.records import Point, Run

_STEP_POINTS = 50  # batch losses kept an epoch, at most
_SAMPLES = 12  # test pictures whose predictions are shown as the training goes
_SAMPLES_PERIOD = 2.0  # seconds; quick epochs would flood a server
_LONGEST = 10.0  # seconds that quick epochs are held back while the store has not caught up
_WORST = 24  # mistakes kept


class Notebook:
    """Writes the events of one training into its run."""

    def __init__(self, recorder: Recorder, dataset: datasets.Dataset, config: TrainConfig) -> None:
        self._recorder, self._dataset, self._config = recorder, dataset, config
        self._curves: dict[str, list[float]] = {}
        self._started, self._first_step = time.monotonic(), None
        self._slot = self._steps_told = 0
        self._samples_due = self._seconds_before = 0.0
        self._checkpoint: bytes | None = None  # the newest
        # The epochs held back: number, metrics, tags, time.
        self._held: list[tuple[int, dict[str, float], dict[str, str], float]] = []
        self._handed_over = -math.inf

    def go_on(
        self, curves: dict[str, list[float]], steps: Sequence[Point], checkpoint: bytes, job: Run
    ) -> dict:
        """Take up a run where its checkpoint stands; returns the checkpoint unpacked.

        Args:
            steps: batch losses that are kept, also those of an epoch that was cut off.

        Raises:
            ConvcoreError: the checkpoint is damaged.
        """
        try:
            self._checkpoint, state = checkpoint, _loaded(checkpoint)
        except Exception as error:  # a damaged file fails in nearly any way
            raise ConvcoreError(
                "The checkpoint of this run is damaged, so it cannot go on. Train again from the "
                "start."
            ) from error
        self._curves = {name: values[: state["epoch"]] for name, values in curves.items()}
        self._steps_told = max((point.step for point in steps), default=0)
        self._seconds_before = job.metrics.get("seconds", 0.0)
        self._slot = 1 - int(Path(job.tags["convlab.checkpoint"]).stem)
        return state

    def take(self, event: training.Event) -> None:
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
        elif isinstance(event, training.TrainingDone) and event.stopped_early:
            self._recorder.log({}, 0, {"convlab.stopped_early": str(event.epochs)})

    def close(self) -> None:
        """Keep what a finished or stopped training leaves: weights, scores, mistakes, curves."""
        self._hand_over()
        seconds = self._seconds_before + time.monotonic() - self._started
        self._recorder.log({"seconds": seconds}, len(self._curves.get("test_loss", ())))
        if self._checkpoint is None:
            return
        kept = _loaded(self._checkpoint)["kept"]
        put, scores = self._recorder.put, training.Evaluation(**kept["test"])
        self._recorder.log({}, 0, {"convlab.kept_epoch": str(kept["epoch"])})
        put("weights.pt", _saved(kept["model"]))
        matrix = {"classes": self._dataset.classes, "counts": scores.confusion.tolist()}
        put("confusion.json", json.dumps(matrix).encode())
        put("predictions.npz", _arrays(scores))
        worst = scores.worst(_WORST)
        if worst:
            put("mistakes.png", self._pictures(worst, scores))
        curves = figures.learning_curves(self._curves, self._judged())
        put("plots/curves.json", figures.to_json(curves).encode())
        put("plots/curves.html", figures.to_html(curves).encode())

    def _step(self, event: training.StepDone) -> None:
        if self._first_step is None:
            self._first_step = event.global_step - 1
        every = -(-event.steps // _STEP_POINTS)
        due = event.step % every == 0 or event.step == event.steps
        if due and event.global_step > self._steps_told:  # an epoch begun anew repeats some
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
        verdict, now = self._judged(), time.monotonic()
        metrics = event.metrics | _figures_of(verdict) | _at_best(self._curves, verdict)
        tags = {"convlab.verdict": verdict.kind, "convlab.sentence": verdict.sentence}
        self._held.append((event.epoch, {"epoch": event.epoch} | metrics, tags, time.time()))
        self._checkpoint = _saved(event.checkpoint)
        last = event.epoch == event.epochs
        if last or self._recorder.idle or now > self._handed_over + _LONGEST:
            self._hand_over()
        if last or now > self._samples_due:
            self._recorder.put("samples.png", self._pictures(self._samples(), event.test))
            self._samples_due = now + _SAMPLES_PERIOD

    def _hand_over(self) -> None:
        """Write down the epochs held back, after one checkpoint for all of them.

        One for each would keep the store busy for longer than the training where epochs are quick.
        """
        if not self._held:
            return
        checkpoint = f"checkpoint/{self._slot}.pt"
        # Two files in turn: the tag names a whole one even if we die as the other is written.
        self._slot = 1 - self._slot
        self._recorder.put(checkpoint, self._checkpoint)
        for epoch, metrics, tags, when in self._held:
            self._recorder.log(metrics, epoch, tags | {"convlab.checkpoint": checkpoint}, when)
        self._held, self._handed_over = [], time.monotonic()

    def _judged(self) -> overfitting.Verdict:
        return overfitting.judge(self._curves, classes=len(self._dataset.classes))

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


def _at_best(curves: dict[str, list[float]], verdict: overfitting.Verdict) -> dict[str, float]:
    """Return the test scores at the best epoch as metrics."""
    if verdict.best_epoch is None:
        return {}
    names = ("test_loss", "test_accuracy")
    return {f"best_{name}": curves[name][verdict.best_epoch - 1] for name in names}


def _arrays(scores: training.Evaluation) -> bytes:
    """Return what each test picture was called, and how surely."""
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        predictions=scores.predictions.numpy().astype(np.int16),
        confidences=scores.confidences.numpy().astype(np.float16),
    )
    return stream.getvalue()


def _saved(state: object) -> bytes:
    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue()


def _loaded(content: bytes) -> dict:
    return torch.load(io.BytesIO(content), weights_only=True)
