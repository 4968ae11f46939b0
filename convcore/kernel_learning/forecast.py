"""How many steps a run will take, told before it, and which optimiser to take."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from convcore.kernel_learning.config import MOST_STEPS, LearnConfig
from convcore.kernel_learning.learnability import (
    TOLERANCE,
    condition,
    shares,
    stable_rate,
    steps_until,
)
from convcore.kernel_learning.problem import Problem, pose
from convcore.kernel_learning.quadratic import Quadratic, from_columns, reduce, to_columns

# Beyond this many, momentum is worth a second number to choose.
_FEW_STEPS = 1_000


@dataclass(frozen=True)
class Advice:
    """Settings that find the kernel, in how many steps, and why these."""

    config: LearnConfig
    steps: int
    sentence: str


def forecast(x: Tensor, y: Tensor, config: LearnConfig, tolerance: float = TOLERANCE) -> int | None:
    """Return after how many steps each weight will be within `tolerance` of where descent leads.

    Exact but for rounding: of the start's error, what is left in each direction of the bowl follows
    from its curvature alone. That is on the whole picture; Adam's steps can't be told so.

    Returns:
        None if it diverges, takes more than `MOST_STEPS`, or can't be told (adam, random patches).

    Raises:
        ConvcoreError: as `learn`.
    """
    problem = pose(x, y, config)
    return _forecast(problem, reduce(problem), config, tolerance)


def recommend(x: Tensor, y: Tensor, config: LearnConfig, tolerance: float = TOLERANCE) -> Advice:
    """Return the simplest optimiser that finds the kernel, at its best rate.

    Plain gradient descent where it takes up to a thousand steps, else momentum where that takes up
    to `MOST_STEPS`, else Newton's method.

    Raises:
        ConvcoreError: as `learn`.

    Source: best rate and momentum for a quadratic form, Polyak 1964, "Some methods of speeding up
        the convergence of iteration methods"; Goh 2017, "Why Momentum Really Works", Distill.
    """
    config = config.changed({"patches": 0})
    problem = pose(x, y, config)
    bowl = reduce(problem)
    plain, heavy = _best_rates(bowl, config)
    plain_steps = _forecast(problem, bowl, plain, tolerance)
    if plain_steps is not None and plain_steps <= _FEW_STEPS:
        told = f"Plain gradient descent at {plain.learning_rate:.4g} takes {plain_steps:,} steps."
        return Advice(_planned(plain, plain_steps), plain_steps, told)
    many = f"over {MOST_STEPS:,}" if plain_steps is None else f"{plain_steps:,}"
    why = (
        f"Plain gradient descent would need {many} steps: neighbouring pixels are alike, so the "
        f"bowl is {condition(bowl):,.0f} times as steep in one direction as in another."
    )
    heavy_steps = _forecast(problem, bowl, heavy, tolerance)
    if heavy_steps is not None:
        told = (
            f"{why} With momentum {heavy.momentum:.4g} at {heavy.learning_rate:.4g} it is "
            f"{heavy_steps:,}."
        )
        return Advice(_planned(heavy, heavy_steps), heavy_steps, told)
    told = f"{why} Newton's method, which measures the bowl first, takes one."
    return Advice(config.changed({"optimizer": "newton", "steps": 1}), 1, told)


def best_rates(x: Tensor, y: Tensor, config: LearnConfig) -> dict[str, LearnConfig]:
    """Return `config` with plain descent ("sgd") and with "momentum", each at its best rate.

    Raises:
        ConvcoreError: as `learn`.
    """
    plain, heavy = _best_rates(reduce(pose(x, y, config)), config)
    return {"sgd": plain, "momentum": heavy}


def best_kernel(x: Tensor, y: Tensor, config: LearnConfig) -> tuple[Tensor, Tensor | None, float]:
    """Return the least-squares weight and bias, and their loss; where many fit, the smallest.

    Raises:
        ConvcoreError: as `learn`.
    """
    problem = pose(x, y, config)
    bowl = reduce(problem)
    return *from_columns(bowl.smallest, problem), float(bowl.loss(bowl.smallest))


def _forecast(
    problem: Problem, bowl: Quadratic, config: LearnConfig, tolerance: float
) -> int | None:
    if config.optimizer == "newton":
        return 1
    limit = stable_rate(bowl, config)
    if limit is None or config.patches or config.learning_rate >= limit:
        return None
    error = bowl.directions @ bowl.seen(to_columns(*problem.start()) - bowl.smallest)
    left = shares(bowl, config)
    return steps_until(_largest_errors(bowl, left, error) <= tolerance)


def _largest_errors(bowl: Quadratic, left: Tensor, error: Tensor) -> Tensor:
    """Return the largest error of any weight after each step: (steps,)."""
    per_output = [
        ((left * error[:, o]) @ bowl.directions).abs().amax(1) for o in range(error.shape[1])
    ]
    return torch.stack(per_output).amax(0)


def _best_rates(bowl: Quadratic, config: LearnConfig) -> tuple[LearnConfig, LearnConfig]:
    """Return `config` with plain descent and with momentum, each at its best for this bowl."""
    if not bowl.rank:
        return config.changed({"optimizer": "sgd"}), config.changed({"optimizer": "momentum"})
    steep, flat = float(bowl.curvatures[0]), float(bowl.curvatures[bowl.rank - 1])
    root = math.sqrt(steep / flat)
    kept = ((root - 1) / (root + 1)) ** 2
    plain = {"optimizer": "sgd", "learning_rate": 2 / (steep + flat)}
    heavy = {
        "optimizer": "momentum",
        "learning_rate": (1 + math.sqrt(kept)) ** 2 / steep,
        "momentum": min(kept, 0.99999),
    }
    return config.changed(plain), config.changed(heavy)


def _planned(config: LearnConfig, steps: int) -> LearnConfig:
    """Return `config` with a fifth more steps than foretold, to see it stay there."""
    return config.changed({"steps": min(MOST_STEPS, max(1, math.ceil(1.2 * steps)))})
