"""Derivatives of any order, from weights that are exact fractions.

Draw the polynomial through some cells, differentiate it, read it off at one place: what comes out
is a sum of the cells, each times a weight. For cells at positions p, the weights w are the only
ones with

    Σ w · p^n  =  0 for every n below the number of cells, but  d! for n = d

so they annihilate polynomials of lower degree, and give d! on t^d. At least d + 1 cells are needed.

    order  accuracy   positions      weights
    1      1          0  1           −1   1
    2      1          0  1  2         1  −2   1
    1      2         −1  0  1        −½   0   ½
    1      4         −2 … 2          1/12  −2/3   0   2/3  −1/12
"""

from collections.abc import Sequence
from fractions import Fraction
from math import factorial, prod

import torch
from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.kernels.checks import check_whole, in_dtype

MOST = 56  # the binomial coefficients of order 57 no longer fit into float64 exactly


def derivative(order: int = 1, accuracy: int = 1, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """The weights of the `order`-th derivative along one axis; order 0 is the signal itself.

    Shape:
        (order + 1,) at accuracy 1, the fewest cells that there can be;
        (2 · ((order + 1) // 2) − 1 + accuracy,) at even ones.

    Args:
        accuracy: the power of the pixel's width with which the error shrinks. 1: at the first cell
            (in the middle of the cells, which for odd orders lies between two of them, the same
            weights have accuracy 2). 2, 4, 6 …: at the middle cell, with more cells around it.

    Raises:
        ConvcoreError: `order` is negative, `accuracy` neither 1 nor even, or one is above 56.

    Source: Fornberg 1988, "Generation of Finite Difference Formulas on Arbitrarily Spaced Grids",
        Mathematics of Computation 51.
    """
    weights = [float(weight) for weight in stencil(order, accuracy).values()]
    return in_dtype("derivative", torch.tensor(weights, dtype=torch.float64), dtype)


def stencil(order: int, accuracy: int = 1) -> dict[int, Fraction]:
    """The exact weights of `derivative`, by position: 0 is where the derivative is taken.

    Raises:
        ConvcoreError: as in `derivative`.
    """
    for name, value, least in (("order", order, 0), ("accuracy", accuracy, 1)):
        check_whole("derivative", name, value, least)
        if value > MOST:
            raise ConvcoreError(
                f"derivative: {name}={value} is above {MOST}, where float64 no longer holds the "
                f"weights exactly. Use {name}={MOST} or less."
            )
    if accuracy > 1 and accuracy % 2:
        raise ConvcoreError(
            f"derivative: accuracy={accuracy} must be 1 (fewest cells) or even (cells on both "
            f"sides of the middle one). Use accuracy={accuracy + 1}."
        )
    reach = (order + 1) // 2 - 1 + accuracy // 2
    positions = range(order + 1) if accuracy == 1 else range(-reach, reach + 1)
    return {position: _weight(order, position, positions) for position in positions}


def _weight(order: int, position: int, positions: Sequence[int]) -> Fraction:
    """The `order`-th derivative at 0 of the polynomial that is 1 at `position`, 0 at the others."""
    others = [other for other in positions if other != position]
    coefficients = [1]  # of t^0, t^1 …, before the division that makes it 1 at `position`
    for other in others:  # times (t − other)
        pairs = zip([0, *coefficients], [*coefficients, 0], strict=True)
        coefficients = [below - other * here for below, here in pairs]
    scale = prod(position - other for other in others)
    return Fraction(factorial(order) * coefficients[order], scale)
