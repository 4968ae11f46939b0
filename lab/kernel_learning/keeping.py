"""Experiments as runs in MLflow: put there with every step, and opened again."""

import io
import math
import time

import numpy as np
import torch

from convcore.errors import ConvcoreError
from convcore.kernel_learning import Event, learn
from lab import images
from lab.kernel_learning.experiment import TASKS, Experiment
from lab.kernel_learning.film import Film, frames
from lab.kernel_learning.tasks import task_of
from lab.records import Point, Run
from lab.store import Store

EXPERIMENT = "kernel-learning"
_TOLD = 480  # characters of a parameter


def keep(store: Store, film: Film, name: str = "") -> str:
    """Return the id of a new run with settings, every step's loss, kernels, verdict and pictures.

    Raises:
        StoreError: the store cannot be reached.
    """
    experiment = film.experiment
    params = {"task": experiment.task, "x_shape": tuple(film.task.x.shape)}
    params |= {key: str(value)[:_TOLD] for key, value in vars(experiment.config).items()}
    tags = {"convlab.kind": EXPERIMENT}
    if film.verdict:
        tags |= {"convlab.verdict": film.verdict.kind, "convlab.sentence": film.verdict.sentence}
    run_id = store.create(name or title(film), experiment=EXPERIMENT, params=params, tags=tags)
    try:
        store.set_status(run_id, "RUNNING")
        store.log(run_id, metrics=_points(film))
        for file, content in _artifacts(film).items():
            store.put(run_id, file, content)
    except BaseException:
        store.set_status(run_id, "FAILED")
        raise
    store.set_status(run_id, "FINISHED")
    return run_id


def opened(store: Store, run_id: str) -> Experiment:
    """Return the experiment of a run; learning it again gives the same steps, bit for bit.

    Raises:
        ConvcoreError: the run is not there, or is none of a kernel.
    """
    text = store.get(store.run(run_id).run_id, "experiment.json")
    if text is None:
        raise ConvcoreError(f"kernel learning: run={run_id!r} holds no experiment. Choose another.")
    return Experiment.from_json(text.decode())


def kept(store: Store) -> list[Run]:
    """Return the runs of kernels, newest first."""
    return store.runs(filter_string=f"tags.`convlab.kind` = '{EXPERIMENT}'", limit=50)


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


def npy(values: torch.Tensor) -> bytes:
    """Return the tensor as a .npy file."""
    stream = io.BytesIO()
    np.save(stream, values.numpy(), allow_pickle=False)
    return stream.getvalue()


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
        "experiment.json": film.experiment.to_json().encode(),
        "kernels.npz": snapshots.getvalue(),
        "kernel.npy": npy(film.last.weight),
        "picture.png": picture(film),
    }
    if film.last.bias is not None:
        files["bias.npy"] = npy(film.last.bias)
    if (true := film.task.truth(film.experiment)) is not None:
        files["true_kernel.npy"] = npy(true)
    return files
