"""Can the kernel be learned from this X at all, and how fast? Told before the first step.

The squared error is a quadratic bowl. Its curvatures, 2σ² for the singular values σ of the patch
matrix, decide everything: the largest bounds the learning rate, the smallest is learned last, and
where one is 0 the picture cannot tell kernels apart that differ in its direction.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from convcore.kernel_learning.config import MOST_STEPS, LearnConfig
from convcore.kernel_learning.problem import Problem, padded, pictures, pose
from convcore.kernel_learning.quadratic import Quadratic, from_columns, reduce

TOLERANCE = 1e-3  # of a weight
_AFTER = 500  # steps looked at beyond the most: an error that swings may look learned by chance


@dataclass(frozen=True, eq=False)
class Learnability:
    """What X alone says; the kernels of all the output channels are alike in it."""

    rank: int  # directions of the kernel that show in Y
    weights: int  # of how many: weights (and bias) of one output channel
    singular_values: tuple[float, ...]  # of the patch matrix, largest first
    condition: float  # largest curvature over the smallest that is not 0
    stable_rate: float | None  # rates from here on diverge; None: the optimiser has no such bound
    # Until what the start was off by in the slowest direction is down to a thousandth; None: never,
    # in more than `MOST_STEPS`, or not to be told (adam, random patches).
    expected_steps: int | None
    null_weights: Tensor  # (directions, C_in, K_h, K_w): add these, and Y stays as it is
    null_biases: Tensor  # (directions,): the bias's part in each; 0 without a bias
    sentence: str

    @property
    def identifiable(self) -> bool:
        """Return whether one kernel alone fits."""
        return self.rank == self.weights


def learnability(x: Tensor, config: LearnConfig, out_channels: int = 1) -> Learnability:
    """Return whether and how fast a kernel can be learned from `x`, whatever Y is.

    Shape:
        x (N, C_in, H, W), (C_in, H, W) or (H, W)

    Raises:
        ConvcoreError: the kernel is larger than the padded picture, or a value is not finite.
    """
    x = padded(pictures("X", x, config), config)
    size = (n - k + 1 for n, k in zip(x.shape[2:], config.kernel_size, strict=True))
    problem = Problem(x, x.new_zeros(len(x), out_channels, *size), config)
    bowl = reduce(problem)
    null = _plain(bowl.directions[bowl.rank :])
    null_weights, null_biases = from_columns(null.mT, _one_output(problem, len(null)))
    found = Learnability(
        rank=bowl.rank,
        weights=bowl.design.shape[1],
        singular_values=tuple(bowl.singular_values.tolist()),
        condition=condition(bowl),
        stable_rate=stable_rate(bowl, config),
        expected_steps=_slowest(bowl, config),
        null_weights=null_weights,
        null_biases=null.new_zeros(len(null)) if null_biases is None else null_biases,
        sentence="",
    )
    return replace(found, sentence=_sentence(found, config))


def stable_rate(bowl: Quadratic, config: LearnConfig) -> float | None:
    """Return the learning rate from which on descent diverges, or None if there is no such bound.

    Plain descent multiplies the error in a direction of curvature λ by 1 − rate · λ at each step.

    Source: with momentum, Goh 2017, "Why Momentum Really Works", Distill,
        doi:10.23915/distill.00006.
    """
    if config.optimizer in ("adam", "newton"):
        return None
    kept = config.momentum if config.optimizer == "momentum" else 0.0
    steepest = float(bowl.curvatures[0])
    return 2 * (1 + kept) / steepest if steepest else math.inf


def condition(bowl: Quadratic) -> float:
    """Return the largest curvature over the smallest that is not 0."""
    return float(bowl.curvatures[0] / bowl.curvatures[bowl.rank - 1]) if bowl.rank else 1.0


def shares(bowl: Quadratic, config: LearnConfig) -> Tensor:
    """Return what is left, after 0, 1 … steps, of the start's error in each direction.

    Shape:
        (a little over `MOST_STEPS`, weights)
    """
    kept = config.momentum if config.optimizer == "momentum" else 0.0
    curvatures = bowl.curvatures.clone()
    curvatures[bowl.rank :] = 0  # rounding alone
    move = curvatures.new_zeros(len(curvatures), 2, 2)  # (now, before) -> (next, now)
    move[:, 0, 0] = 1 + kept - config.learning_rate * curvatures
    move[:, 0, 1] = -kept
    move[:, 1, 0] = 1
    states = curvatures.new_ones(1, len(curvatures), 2)
    while len(states) < MOST_STEPS + _AFTER:  # `move` makes as many steps as there are states
        states = torch.cat([states, torch.einsum("tdi,dji->tdj", states, move)])
        move = move @ move
    return states[: MOST_STEPS + _AFTER, :, 0]


def steps_until(within: Tensor) -> int | None:
    """Return the first step from which on `within` (steps,) holds, None if over `MOST_STEPS`."""
    missed = (~within).nonzero()
    first = int(missed[-1]) + 1 if len(missed) else 0
    return first if first <= MOST_STEPS else None


def twins(
    x: Tensor, y: Tensor, config: LearnConfig
) -> tuple[tuple[Tensor, Tensor | None], tuple[Tensor, Tensor | None]] | None:
    """Return two kernels (weight, bias) that fit equally well, or None where there is only one.

    The first is the smallest of those that fit best; the second differs by a direction that X
    cannot show, as far as the first one's largest weight, or 1.

    Raises:
        ConvcoreError: as `learn`.
    """
    problem = pose(x, y, config)
    bowl = reduce(problem)
    if bowl.rank == bowl.design.shape[1]:
        return None
    best = bowl.smallest
    apart = _plain(bowl.directions[bowl.rank :])[0] * max(1.0, float(best.abs().max()))
    return from_columns(best, problem), from_columns(best + apart[:, None], problem)


def _slowest(bowl: Quadratic, config: LearnConfig) -> int | None:
    """Return the steps until every direction that shows is learned to a thousandth."""
    if config.optimizer == "newton":
        return 1
    if config.optimizer == "adam" or config.patches:
        return None
    left = shares(bowl, config)[:, : bowl.rank]
    return steps_until((left.abs() <= TOLERANCE).all(1))


def _plain(null: Tensor) -> Tensor:
    """Return the same directions with as many zeros as can be had, the largest entry 1.

    Gauss-Jordan elimination: what comes of the SVD is an arbitrary mixture of them.
    """
    null = null.clone()
    for i in range(len(null)):
        left = null[i:].abs()
        row, column = divmod(int(left.argmax()), null.shape[1])
        null[[i, i + row]] = null[[i + row, i]]
        null[i] /= null[i, column].clone()
        others = torch.arange(len(null)) != i
        null[others] -= null[others, column, None] * null[i]
    return torch.where(null.abs() < 1e-9, 0.0, null)


def _one_output(problem: Problem, directions: int) -> Problem:
    """Return the problem with an output channel for each direction."""
    y = problem.y.new_zeros(1, directions, 1, 1, dtype=torch.float64)
    return replace(problem, y=y)


def _sentence(found: Learnability, config: LearnConfig) -> str:
    if not found.identifiable:
        free = found.weights - found.rank
        named = "; ".join(_written(w, b, config) for w, b in _first(found, 2))
        return (
            f"Not identifiable: the patches of X have rank {found.rank} of {found.weights}, so "
            f"{free} direction{'s' * (free > 1)} of the kernel "
            f"{'leave' if free > 1 else 'leaves'} no trace in Y. Adding any multiple of {named}"
            f"{' …' * (free > 2)} changes nothing."
        )
    told = f"Identifiable: the patches of X have full rank, {found.rank} of {found.weights}."
    if found.stable_rate is None:
        return f"{told} {_without_bound(config)}"
    if config.learning_rate >= found.stable_rate:
        return (
            f"{told} But learning_rate={config.learning_rate:.4g} is not below the largest stable "
            f"rate, {found.stable_rate:.4g}: it will diverge."
        )
    told = f"{told} Learning rates below {found.stable_rate:.4g} are stable."
    if config.patches:
        return f"{told} For the whole picture, that is: random patches may need less."
    if found.expected_steps is None:
        return (
            f"{told} At {config.learning_rate:.4g} it takes over {MOST_STEPS:,} steps, since the "
            f"bowl is {found.condition:,.0f} times as steep in one direction as in another: "
            "neighbouring pixels are alike."
        )
    return (
        f"{told} At {config.learning_rate:.4g} even the slowest direction is learned to a "
        f"thousandth in {found.expected_steps:,} steps."
    )


def _without_bound(config: LearnConfig) -> str:
    if config.optimizer == "newton":
        return "Newton's method finds the kernel in one step."
    return "Adam scales its own steps, so no rate is the largest stable one."


def _first(found: Learnability, count: int) -> list[tuple[Tensor, Tensor]]:
    return list(zip(found.null_weights[:count], found.null_biases[:count], strict=True))


def _written(weight: Tensor, bias: Tensor, config: LearnConfig) -> str:
    """Return a direction in words: its rows, channel by channel."""
    rows = [[[round(v, 3) + 0.0 for v in row] for row in plane] for plane in weight.tolist()]
    text = " and ".join(
        "[" + ", ".join("[" + ", ".join(f"{v:g}" for v in row) + "]" for row in plane) + "]"
        for plane in rows
    )
    return f"{text} with bias {bias:.3g}" if config.bias else text
