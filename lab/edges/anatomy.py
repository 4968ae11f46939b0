"""What there is to say about a kernel besides what it answers."""

from math import factorial
from statistics import median
from time import perf_counter

import torch
from torch import Tensor

from convcore import edges, kernels

_FREQUENCIES = 65  # along each axis
_CALLS = 5  # of each way, timed


def passes(weights: Tensor) -> str:
    """Say whether two passes, a column and a row, do the work of one, and what that saves."""
    tall, wide = weights.shape
    if 1 in weights.shape:
        return f"One pass of {tall * wide} products a pixel."
    if kernels.separate(weights) is None:
        return f"Not separable: {tall} × {wide} = {tall * wide} products a pixel."
    less = f"{tall} + {wide} = {tall + wide} products a pixel in place of {tall * wide}"
    return f"Separable: a column, then a row; {less}, {tall * wide / (tall + wide):.3g}× fewer."


def separates(weights: Tensor) -> bool:
    """Whether there is a column and a row to be measured against one pass."""
    return 1 not in weights.shape and kernels.separate(weights) is not None


def measured(weights: Tensor, picture: Tensor) -> tuple[float, float]:
    """Return the milliseconds of two passes and of one on this picture: medians of a few calls.

    One pass is taken by a kernel of the same size, zero where this one is, that does not separate.
    """
    generator = torch.Generator().manual_seed(0)
    whole = weights * (1 + torch.rand(weights.shape, generator=generator))
    times = [[], []]
    for _ in range(_CALLS):
        for each, taken in zip((weights, whole), times, strict=True):  # in turn: both meet the same
            start = perf_counter()
            edges.respond(picture, each, "replicate")
            taken.append(1000 * (perf_counter() - start))
    two, one = map(median, times)
    return two, one


def frequency_response(weights: Tensor) -> Tensor:
    """How strongly it passes waves of each frequency: its Fourier transform's magnitude.

    Shape:
        -> (65, 65): y and x from −½ to ½ cycles a pixel
    """
    places = torch.linspace(-0.5, 0.5, _FREQUENCIES, dtype=torch.float64)
    rows, columns = (
        torch.exp(2j * torch.pi * torch.outer(places, torch.arange(n).double()))
        for n in weights.shape
    )
    return (rows @ weights.to(rows) @ columns.mT).abs()


def on_polynomials(weights: Tensor, order: int) -> list[tuple[str, float]]:
    """What a derivative of this order answers on 1, t, … up to the first that it sees."""
    cells = weights.flatten()
    places = torch.arange(len(cells)).double()
    names = ["1", "t", *(f"t^{power}" for power in range(2, order + 1))]
    return [
        (name, round(float((cells * places**power).sum()), 9))
        for power, name in enumerate(names[: order + 1])
    ]


def expected(order: int) -> int:
    """What it is to answer on t to the power of its order."""
    return factorial(order)


def as_latex(weights: Tensor) -> str:
    """The matrix as a formula."""
    rows = [" & ".join(f"{cell:.4g}" for cell in row) for row in weights.tolist()]
    return r"\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}"
