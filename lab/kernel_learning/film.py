"""A run of gradient descent as a film: which steps are shown, and what of each."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from convcore import functional
from convcore.errors import ConvcoreError
from convcore.kernel_learning import Diverged, Event, Step, Verdict, pose, verdict
from lab.kernel_learning.experiment import Experiment
from lab.kernel_learning.tasks import Task

MOST_FRAMES = 120
_LIVE_FRAMES = 30  # while it is still learned: a film is sent a few times a second then
_LARGEST = 1e30
_MOST_PIXELS = 1024  # of Y that each frame brings, all channels together


@dataclass(frozen=True, eq=False)
class Film:
    """All that one run came to."""

    experiment: Experiment
    task: Task
    steps: tuple[Step, ...]
    diverged: Diverged | None
    verdict: Verdict | None

    @property
    def last(self) -> Step:
        """Return where it ended."""
        return self.steps[-1]


def filmed(experiment: Experiment, task: Task, events: Sequence[Event]) -> Film:
    """Return the film of `events`, whole or stopped early.

    Raises:
        ConvcoreError: as `learn`; or even the start has no finite loss.
    """
    steps = tuple(event for event in events if isinstance(event, Step))
    ended = events[-1] if isinstance(events[-1], Diverged) else None
    if not steps:
        raise ConvcoreError(
            "kernel learning: the loss of the first kernel is not finite. Start from a smaller one."
        )
    found = verdict(events, task.x, task.y, experiment.config)
    return Film(experiment, task, steps, ended, found)


def seconds_needed(experiment: Experiment, task: Task) -> float:
    """Return about how long learning takes on one core."""
    config = experiment.config
    if config.optimizer == "newton":
        return 0.1
    outputs = task.y.numel()
    if config.patches:
        outputs = config.patches * config.patch_size**2 * task.y.shape[1]
    rows, columns = config.kernel_size
    products = outputs * rows * columns * task.x.shape[1]
    return config.steps * (4e-4 + 1.2e-9 * products)


def frames(count: int, most: int = MOST_FRAMES) -> list[int]:
    """Return which of `count` steps are shown: all, or ever fewer towards the end."""
    if count <= most:
        return list(range(count))
    spaced = np.geomspace(1, count, most).round().astype(int) - 1
    return sorted(set(spaced.tolist()))


def scene(film: Film, *, live: bool = False) -> dict[str, Any]:
    """Return what the film component draws; arrays are base64 of little-endian float32 or float64.

    Of a large Y only its middle is shown: `window` has (row, column, height, width).

    Args:
        live: more steps are still to come, up to those of the config.
    """
    most = _LIVE_FRAMES if live else MOST_FRAMES
    shown = [film.steps[index] for index in frames(len(film.steps), most)]
    problem = pose(film.task.x, film.task.y, film.experiment.config)
    window = _window(problem.y)
    y, x = _cut(problem.y, window), _seen(problem.x, window, film.last.weight)[0]
    truth = film.task.truth(film.experiment)
    return {
        "steps": [step.step for step in shown],
        "live": live,
        "taken": film.experiment.config.steps if live else film.last.step,
        "losses": [step.loss for step in shown],
        "distances": [step.distance for step in shown],
        "biases": [None if step.bias is None else step.bias.tolist() for step in shown],
        "shape": list(film.last.weight.shape),
        "weights": _packed(torch.stack([step.weight for step in shown]), "<f8"),
        "truth": None if truth is None else _packed(truth, "<f8"),
        "window": window,
        "x": _packed(x, "<f4"),
        "x_shape": list(x.shape),
        "whole": list(problem.y.shape[2:]),
        "y": _packed(y, "<f4"),
        # A run that ran away left float32's range; these are only colours.
        "predictions": _packed(
            _predictions(problem.x, window, shown).clamp(-_LARGEST, _LARGEST), "<f4"
        ),
    }


def _window(y: Tensor) -> list[int]:
    channels, *size = y.shape[1:]
    side = int((_MOST_PIXELS / channels) ** 0.5)
    height, width = (min(n, max(side, _MOST_PIXELS // (channels * max(size)))) for n in size)
    return [(size[0] - height) // 2, (size[1] - width) // 2, height, width]


def _cut(y: Tensor, window: Sequence[int]) -> Tensor:
    top, left, height, width = window
    return y[0, :, top : top + height, left : left + width]


def _seen(x: Tensor, window: Sequence[int], weight: Tensor) -> Tensor:
    """Return what a kernel meets for the window, (1, C_in, H, W)."""
    top, left, height, width = window
    rows, columns = weight.shape[2:]
    return x[:1, :, top : top + height + rows - 1, left : left + width + columns - 1]


def _predictions(x: Tensor, window: Sequence[int], shown: Sequence[Step]) -> Tensor:
    """Return what each step's kernel makes of the window, (frames, C_out, H, W)."""
    seen = _seen(x, window, shown[0].weight)
    return torch.cat([functional.conv2d(seen, step.weight, step.bias) for step in shown])


def _packed(values: Tensor, kind: str) -> str:
    return base64.b64encode(values.numpy().astype(kind).tobytes()).decode()
