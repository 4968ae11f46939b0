"""A film seen over the loss, and a step's gradient taken apart."""

import numpy as np
import torch
from torch import Tensor

from convcore.kernel_learning import (
    GradientAnatomy,
    LossSurface,
    Step,
    best_kernel,
    gradient_anatomy,
    loss_surface,
)
from lab.kernel_learning.film import Film

_ROOM = 1.15  # of the contours around the path
_FURTHEST = 3.0  # times the start's distance; a path that runs away leaves the picture there


def places(film: Film) -> list[str]:
    """Return what each number of the kernel is called: its weights, then its biases."""
    outputs, inputs, rows, columns = film.last.weight.shape
    single = (outputs, inputs) == (1, 1)
    names = [
        f"row {i}, column {j}" if single else f"out {o}, in {c}, row {i}, column {j}"
        for o, c, i, j in np.ndindex(outputs, inputs, rows, columns)
    ]
    biases = [f"bias {o}" if outputs > 1 else "bias" for o in range(outputs)]
    return names + (biases if film.last.bias is not None else [])


def walked(film: Film, first: int, second: int) -> tuple[LossSurface, np.ndarray]:
    """Return the loss around the best kernel over two of its numbers, and the way of the two.

    Args:
        first, second: places, as `places` counts them.

    Shape:
        the way (steps, 2)
    """
    task, config = film.task, film.experiment.config
    weight, bias, _ = best_kernel(task.x, task.y, config)
    chosen = [first, second]
    way = torch.stack([_numbers(step.weight, step.bias)[chosen] for step in film.steps]).double()
    apart = (way - _numbers(weight, bias)[chosen].double()).abs().amax(1)
    furthest = max(float(apart[0]), 0.1)
    span = _ROOM * max(min(float(apart.max()), _FURTHEST * furthest), 0.1)
    positions = _position(film, first), _position(film, second)
    surface = loss_surface(task.x, task.y, config, positions, weight, bias, span, 61)
    return surface, way.numpy()


def anatomy(film: Film, position: tuple[int, ...], step: int) -> tuple[GradientAnatomy, float]:
    """Return one weight's gradient taken apart at a step of the film, and autograd's own number.

    Raises:
        ConvcoreError: there is no such weight.
    """
    at: Step = film.steps[min(step, len(film.steps) - 1)]
    task, config = film.task, film.experiment.config
    found = gradient_anatomy(task.x, task.y, at.weight, at.bias, config, position)
    return found, float(at.grad_weight[position])


def _numbers(weight: Tensor, bias: Tensor | None) -> Tensor:
    return weight.flatten() if bias is None else torch.cat([weight.flatten(), bias])


def _position(film: Film, place: int) -> tuple[int, ...]:
    weight = film.last.weight
    if place >= weight.numel():
        return (place - weight.numel(),)
    return tuple(int(n) for n in np.unravel_index(place, weight.shape))
