"""Experiments to begin with: what choosing a task or a filter sets."""

import torch

from convcore.kernel_learning import LearnConfig, edge_task, recommend
from convcore.kernel_learning.config import BOUNDS
from lab.kernel_learning.experiment import Experiment
from lab.kernel_learning.tasks import hidden_filter, task_of

_FIRST = LearnConfig(kernel_size=(1, 2))  # rate 0.03 and 30 steps find [1, −1] to a thousandth
_COLOUR_CROP = 64  # pixels


def begun(experiment: Experiment, task: str) -> Experiment:
    """Return `experiment` with another task, and settings that suit it.

    Raises:
        ConvcoreError: the task is unknown.
    """
    if task == "bar":
        return experiment.changed(task=task, config=_FIRST)
    if task in ("diagonal", "constant"):
        return advised(experiment.changed(task=task, config=_FIRST))
    if task == "matrices":
        x, y, _ = edge_task()
        own = {"x": _tuples(x), "y": _tuples(y)}
        return experiment.changed(task=task, **own, config=_FIRST)
    if task == "checkerboard":  # of which Sobel shows nothing
        return with_filter(experiment.changed(task=task), "emboss")
    if task == "pictures":
        return _pictures(experiment)
    if task == "colour":
        config = LearnConfig(kernel_size=(3, 3), loss="mean")
        # Thousands of steps, since the channels of a pixel are alike too: a small middle will do.
        return advised(experiment.changed(task=task, crop=_COLOUR_CROP, config=config))
    return with_filter(experiment.changed(task=task), "sobel")


def with_filter(experiment: Experiment, name: str) -> Experiment:
    """Return `experiment` with another hidden filter, a kernel of its size and the best settings.

    Raises:
        ConvcoreError: the filter is unknown, or larger than the picture.
    """
    experiment = experiment.changed(filter=name)
    size = tuple(hidden_filter(experiment).shape)
    config = LearnConfig(kernel_size=size, loss="mean")
    return advised(experiment.changed(config=config))


def paired(experiment: Experiment, x: tuple, y: tuple) -> Experiment:
    """Return `experiment` with one's own X and Y, and the kernel size that they tell.

    Raises:
        ConvcoreError: one of them is no matrix.
    """
    experiment = experiment.changed(x=x, y=y)
    x_size, y_size = ((len(rows), len(rows[0])) for rows in (experiment.x, experiment.y))
    padding = experiment.config.padding
    told = tuple(n + 2 * p - m + 1 for n, p, m in zip(x_size, padding, y_size, strict=True))
    trimmed = experiment.task == "pictures" and x_size == y_size  # any size fits
    low, high = BOUNDS["kernel_size"]
    if trimmed or not all(low <= n <= high for n in told):
        return experiment
    return experiment.configured(kernel_size=told)


def advised(experiment: Experiment) -> Experiment:
    """Return `experiment` as `recommend` would learn it.

    Raises:
        ConvcoreError: as `learn`.
    """
    task = task_of(experiment)
    return experiment.changed(config=recommend(task.x, task.y, experiment.config).config)


def _pictures(experiment: Experiment) -> Experiment:
    """Return a pair as an image editor would save it: a photograph's middle, and it blurred."""
    source = Experiment(
        task="photograph", crop=64, filter="gaussian", config=LearnConfig(kernel_size=5)
    )
    task = task_of(source)
    x, y = (_tuples((each * 255).round() / 255) for each in (task.x, task.y))
    config = LearnConfig(kernel_size=5, loss="mean")
    return advised(experiment.changed(task="pictures", x=x, y=y, config=config))


def _tuples(grey: torch.Tensor) -> tuple:
    return tuple(map(tuple, grey[0, 0].tolist()))
