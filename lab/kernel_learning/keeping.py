"""Experiments as runs in MLflow: put there with every step, and opened again."""

import io
import math
import time

import numpy as np
import torch

from convcore.kernel_learning import Event, learn
from lab import images, keeping
from lab.kernel_learning.experiment import TASKS, Experiment
from lab.kernel_learning.film import Film, frames
from lab.kernel_learning.tasks import task_of
from lab.records import Point
from lab.store import Store

KIND = "kernel-learning"
_TOLD = 480  # characters of a parameter


def keep(store: Store, film: Film, name: str = "") -> str:
    """Return the id of a new run with settings, every step's loss, kernels, verdict and pictures.

    Raises:
        StoreError: the store cannot be reached.
    """
    experiment = film.experiment
    params = {"task": experiment.task, "x_shape": tuple(film.task.x.shape)}
    params |= {key: str(value)[:_TOLD] for key, value in vars(experiment.config).items()}
    tags = {}
    if film.verdict:
        tags = {"convlab.verdict": film.verdict.kind, "convlab.sentence": film.verdict.sentence}
    return keeping.keep(
        store,
        KIND,
        name=name or title(film),
        setup=experiment.to_json(),
        params=params,
        files=_artifacts(film),
        metrics=_points(film),
        tags=tags,
    )


def kept_experiment(store: Store, run_id: str) -> Experiment:
    """Return the experiment of a run; learning it again gives the same steps, bit for bit.

    Raises:
        ConvcoreError: the run is none of a kernel.
        StoreError: there is no such run, or the store cannot be reached.
    """
    return Experiment.from_json(keeping.kept_setup(store, KIND, run_id))


def again(experiment: Experiment) -> list[Event]:
    """Return every event of the experiment, learned anew.

    Raises:
        ConvcoreError: as `learn`.
    """
    task = task_of(experiment)
    return list(learn(task.x, task.y, experiment.config, task.truth(experiment)))


def title(film: Film) -> str:
    """Return what a run is called if nobody named it."""
    config = film.experiment.config
    rows, columns = config.kernel_size
    rate = "" if config.optimizer == "newton" else f" at {config.learning_rate:.3g}"
    return f"{TASKS[film.experiment.task]}: {rows}×{columns}, {config.optimizer}{rate}"


def picture(film: Film) -> bytes:
    """Return a PNG of the learned kernel, the true one, X and Y, of each the first channel."""
    task = film.task
    true = task.truth(film.experiment)
    shown = [("learned", film.last.weight[0, 0])]
    shown += [] if true is None else [("true", true[0, 0])]
    shown += [("X", task.x[0, 0]), ("Y", task.y[0, 0])]
    limits = [float(values.abs().max()) or 1.0 for _, values in shown]
    maps = [(values / limit).numpy() for (_, values), limit in zip(shown, limits, strict=True)]
    captions = [f"{name}\n±{limit:.3g}" for (name, _), limit in zip(shown, limits, strict=True)]
    return images.signed_maps(maps, captions)


def _points(film: Film) -> list[Point]:
    now = int(1000 * time.time())
    points = [Point("loss", step.loss, step.step, now) for step in film.steps]
    if film.diverged and math.isnan(film.diverged.loss):
        points.append(Point("loss", math.nan, film.diverged.step, now))
    return points + [
        Point("distance", step.distance, step.step, now)
        for step in film.steps
        if step.distance is not None
    ]


def _artifacts(film: Film) -> dict[str, bytes]:
    shown = [film.steps[index] for index in frames(len(film.steps))]
    snapshots = io.BytesIO()
    np.savez_compressed(
        snapshots,
        steps=np.array([step.step for step in shown]),
        weights=torch.stack([step.weight for step in shown]).numpy(),
    )
    files = {
        "kernels.npz": snapshots.getvalue(),
        "kernel.npy": keeping.npy(film.last.weight),
        "picture.png": picture(film),
    }
    if film.last.bias is not None:
        files["bias.npy"] = keeping.npy(film.last.bias)
    if (true := film.task.truth(film.experiment)) is not None:
        files["true_kernel.npy"] = keeping.npy(true)
    return files
