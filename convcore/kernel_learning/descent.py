"""Gradient descent on a kernel as an iterator of events: `learn` yields, whoever iterates keeps.

To stop early, stop iterating. The same X, Y and config on the same machine give the same steps, bit
for bit.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from convcore.kernel_learning.config import LearnConfig
from convcore.kernel_learning.learnability import stable_rate
from convcore.kernel_learning.problem import Problem, given, pose
from convcore.kernel_learning.quadratic import from_columns, reduce


@dataclass(frozen=True, eq=False)
class Step:
    """Where descent stands after `step` steps; 0 is the start. The tensors are copies."""

    step: int
    loss: float  # of the whole picture, or as the step's random patches show it
    weight: Tensor  # (C_out, C_in, K_h, K_w)
    bias: Tensor | None  # (C_out,)
    grad_weight: Tensor  # of the loss, here
    grad_bias: Tensor | None
    distance: float | None  # largest error of a weight, where the true ones are known


@dataclass(frozen=True)
class Diverged:
    """The last event where the loss is no longer finite; the steps before it hold."""

    step: int
    loss: float  # infinite or NaN
    stable_rate: float | None  # rates from here on diverge; None: the optimiser has no such bound
    sentence: str


Event = Step | Diverged


def learn(
    x: Tensor, y: Tensor, config: LearnConfig, true_weight: Tensor | None = None
) -> Iterator[Event]:
    """Yield the start and every step of finding the kernel that makes `y` of `x`.

    Shape:
        x (N, C_in, H, W), y (N, C_out, H + 2p - K_h + 1, W + 2p - K_w + 1); both without N, or
        without N and channels. true_weight (C_out, C_in, K_h, K_w), or (K_h, K_w).

    Args:
        true_weight: only to tell the distance to it.

    Raises:
        ConvcoreError: the sizes fit no kernel of the config's size, or a value is not finite; both
            are told by the call, not by the first step.
    """
    problem = pose(x, y, config)
    start = problem.start()
    true = None if true_weight is None else given("true_weight", true_weight, problem)
    if config.optimizer == "newton":
        return _newton(problem, start, true)
    return _descend(problem, start, true)


def _descend(
    problem: Problem, start: tuple[Tensor, Tensor | None], true: Tensor | None
) -> Iterator[Event]:
    parameters = [part.requires_grad_() for part in start if part is not None]
    optimizer = _optimizer(parameters, problem.config)
    chance = torch.Generator().manual_seed(problem.config.seed)
    for step in range(problem.config.steps + 1):
        event = _look(problem, step, parameters, true, _batch(problem, chance))
        yield event
        if isinstance(event, Diverged):
            return
        optimizer.step()


def _newton(
    problem: Problem, start: tuple[Tensor, Tensor | None], true: Tensor | None
) -> Iterator[Event]:
    """Yield the start and the least-squares kernel, the smallest of those that fit equally.

    A quadratic bowl is Newton's own model, so that his first step ends at its bottom.
    """
    found = from_columns(reduce(problem).smallest, problem)
    for step, kernel in enumerate((start, found)):
        parameters = [part.detach().clone().requires_grad_() for part in kernel if part is not None]
        yield _look(problem, step, parameters, true, (problem.x, problem.y))


def _optimizer(parameters: list[Tensor], config: LearnConfig) -> torch.optim.Optimizer:
    if config.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=config.learning_rate)
    kept = config.momentum if config.optimizer == "momentum" else 0.0
    return torch.optim.SGD(parameters, lr=config.learning_rate, momentum=kept)


def _look(
    problem: Problem,
    step: int,
    parameters: list[Tensor],
    true: Tensor | None,
    batch: tuple[Tensor, Tensor],
) -> Event:
    """Return the loss and leave its gradient with `parameters`."""
    weight, bias = parameters[0], parameters[1] if problem.config.bias else None
    x, y = batch
    # Patches stand for the whole picture, so that a rate means the same for both.
    count = 1 if problem.config.loss == "mean" else problem.y.numel()
    loss = (problem.predict(x, weight, bias) - y).square().sum() * (count / y.numel())
    value = loss.item()
    if not math.isfinite(value):
        return _diverged(problem, step, value)
    for parameter, grad in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = grad
    return Step(
        step=step,
        loss=value,
        weight=weight.detach().clone(),
        bias=None if bias is None else bias.detach().clone(),
        grad_weight=weight.grad.clone(),
        grad_bias=None if bias is None else bias.grad.clone(),
        distance=None if true is None else float((weight.detach() - true).abs().max()),
    )


def _batch(problem: Problem, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return the whole picture, or this step's random patches of it: X with its margin, and Y."""
    config, (pictures, _, *size) = problem.config, problem.y.shape
    if not config.patches:
        return problem.x, problem.y
    height, width = (config.patch_size + k - 1 for k in config.kernel_size)
    corners = [
        torch.randint(most, (config.patches,), generator=chance).tolist()
        for most in (pictures, *(n - config.patch_size + 1 for n in size))
    ]
    places = list(zip(*corners, strict=True))
    x = [problem.x[n, :, i : i + height, j : j + width] for n, i, j in places]
    size = config.patch_size
    y = [problem.y[n, :, i : i + size, j : j + size] for n, i, j in places]
    return torch.stack(x), torch.stack(y)


def _diverged(problem: Problem, step: int, loss: float) -> Diverged:
    config = problem.config
    limit = stable_rate(reduce(problem), config)
    told = f"Diverged: the loss is {loss} at step {step} with learning_rate={config.learning_rate}."
    if limit is not None and config.learning_rate >= limit:
        way_out = f"Use a rate below {limit:.4g}, the largest stable one for this X."
    else:
        way_out = f"Use a smaller rate, {config.learning_rate / 10:.4g} say."
    return Diverged(step, loss, limit, f"{told} {way_out}")
