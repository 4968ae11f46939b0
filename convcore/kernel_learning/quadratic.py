"""The loss as what it is, a quadratic form in the kernel, reduced to a small triangle.

With one row per output pixel, A the patches that it sees (and a column of ones for the bias),
Y = A W + error. The QR decomposition of [A | Y] keeps every length, so its triangle R stands for
the whole picture: ‖A W − Y‖² = ‖R_A W − R_Y‖², from a few hundred numbers instead of millions, and
without squaring the condition number as AᵀA would.

Source: Golub & Van Loan 2013, "Matrix Computations", chapter 5 (least squares by QR).
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from convcore import functional
from convcore.kernel_learning.problem import Problem

_BAND = 2_000_000  # numbers of [A | Y] at a time: 16 MB


@dataclass(frozen=True, eq=False)
class Quadratic:
    """scale · ‖design · W − target‖², W one column per output channel: weights, then the bias."""

    design: Tensor  # (rows, weights)
    target: Tensor  # (rows, C_out)
    positions: int  # output pixels: rows of A before it was reduced
    scale: float  # 1 for the summed loss, 1 / outputs for the mean

    @cached_property
    def _svd(self) -> tuple[Tensor, Tensor, Tensor]:
        return torch.linalg.svd(self.design, full_matrices=True)

    @property
    def singular_values(self) -> Tensor:
        """Return the singular values of A, largest first: one per weight."""
        values = self._svd[1]
        return torch.cat([values, values.new_zeros(self.design.shape[1] - len(values))])

    @property
    def rank(self) -> int:
        """Return how many of the singular values are not 0 to rounding, by NumPy's rule."""
        values = self.singular_values
        eps = torch.finfo(values.dtype).eps
        least = values[0] * max(self.positions, len(values)) * eps
        return int((values > least).sum())

    @property
    def curvatures(self) -> Tensor:
        """Return the eigenvalues of the Hessian, largest first."""
        return 2 * self.scale * self.singular_values.square()

    @property
    def directions(self) -> Tensor:
        """Return the eigenvectors of the Hessian as rows, in the order of `curvatures`."""
        return self._svd[2]

    def loss(self, columns: Tensor) -> Tensor:
        """Return the loss of `columns` (…, weights, C_out)."""
        return self.scale * (self.design @ columns - self.target).square().sum((-2, -1))

    @cached_property
    def smallest(self) -> Tensor:
        """Return the least-squares columns; of those that fit equally, the smallest."""
        left, values, right = self._svd
        rank = self.rank
        shares = (left[:, :rank].mT @ self.target) / values[:rank].unsqueeze(1)
        return right[:rank].mT @ shares

    def seen(self, columns: Tensor) -> Tensor:
        """Return the part of `columns` that shows in Y: without what A cannot tell apart."""
        right = self.directions[: self.rank]
        return right.mT @ (right @ columns)


def reduce(problem: Problem) -> Quadratic:
    """Return the loss of `problem` as a quadratic form, in float64."""
    config, y = problem.config, problem.y.double()
    weights = problem.x.shape[1] * config.kernel_size[0] * config.kernel_size[1] + config.bias
    triangle = y.new_zeros(0, weights + y.shape[1])
    for rows in _bands(problem, weights):
        triangle = torch.linalg.qr(torch.cat([triangle, rows]), mode="r").R
    positions = y.numel() // max(1, y.shape[1])
    scale = 1.0 if config.loss == "sum" else 1 / y.numel()
    return Quadratic(triangle[:, :weights], triangle[:, weights:], positions, scale)


def _bands(problem: Problem, weights: int):
    """Yield [A | Y] a few rows of pixels at a time."""
    config, height = problem.config, problem.config.kernel_size[0]
    for x, y in zip(problem.x.double(), problem.y.double(), strict=True):
        _, tall, wide = y.shape
        band = max(1, _BAND // (wide * weights))
        for top in range(0, tall, band):
            bottom = min(tall, top + band)
            seen = functional.patches(x[:, top : bottom + height - 1], config.kernel_size)
            parts = [seen.flatten(0, 1).flatten(1)]
            if config.bias:
                parts.append(seen.new_ones(len(parts[0]), 1))
            yield torch.cat([*parts, y[:, top:bottom].flatten(1).mT], 1)


def to_columns(weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return a kernel as columns in float64, one per output channel."""
    rows = weight.detach().double().flatten(1)
    return (rows if bias is None else torch.cat([rows, bias.detach().double()[:, None]], 1)).mT


def from_columns(columns: Tensor, problem: Problem) -> tuple[Tensor, Tensor | None]:
    """Return the weight and bias that `to_columns` laid out, in the problem's dtype."""
    rows = columns.mT.to(problem.y.dtype)
    if problem.config.bias:
        return rows[:, :-1].reshape(problem.weight_shape), rows[:, -1]
    return rows.reshape(problem.weight_shape), None
