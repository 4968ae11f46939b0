"""A prediction of one of the output's numbers, judged."""

import math
from collections.abc import Iterator
from itertools import islice

from torch import Tensor

from convcore.functional.geometry import place
from lab.playground.compute import compute, tensor
from lab.playground.predict.judgement import Judgement
from lab.playground.predict.sum_slips import product_slips, products_of, sum_slips
from lab.playground.predict.value_slips import Slip, place_slips, pooling_slips, way_slips
from lab.playground.setup import Ints, Setup, flat

_DIGITS = range(3, 8)  # that an answer may be rounded to


def judge_value(setup: Setup, position: Ints, answer: float) -> Judgement:
    """Whether `answer` is the output's number at `position`, or else how it came.

    Right is also what rounding to three or more significant digits gives.

    Args:
        position: channel, then the output pixel's coordinates, from 0.

    Raises:
        ConvcoreError: `position` lies outside the output; as for `compute`.
    """
    y = compute(setup)
    position = place("playground", "position", position, tuple(y.shape))
    truth, noise = y[position].item(), _noise(setup)
    if not math.isfinite(truth):
        return Judgement(False, f"No number is right here: the formula gives {truth}.")
    if _agrees(truth, answer, noise):
        return Judgement(True, f"Right: {_short(truth)}.")
    wrong = (says for value, says in _slips(setup, position, y) if _agrees(value, answer, noise))
    found = list(islice(wrong, 2))
    if not found:
        return Judgement(False, f"It is not {_short(answer)}. {_hint(setup)}")
    perhaps = "perhaps " if len(found) > 1 else ""
    return Judgement(False, f"{_short(answer)} {perhaps}comes from {found[0]}.")


def _slips(setup: Setup, position: Ints, y: Tensor) -> Iterator[Slip]:
    """Wrong values and how one comes to them, the most common first."""
    truth = y[position].item()
    if setup.operation == "pooling":
        yield from pooling_slips(setup, position, truth)
        yield from way_slips(setup, position)
        yield from place_slips(setup, position, y)
        return
    products = products_of(setup, position)
    yield from sum_slips(setup, position, truth, products)
    yield from way_slips(setup, position)
    yield from place_slips(setup, position, y)
    yield from product_slips(setup, truth, products)


def _agrees(value: float, answer: float, noise: float) -> bool:
    if abs(answer - value) <= max(1e-6 * abs(value), noise):
        return True
    if not math.isfinite(value):  # nan stands for a slip that can't be made here
        return False
    first = math.floor(math.log10(abs(value))) if value else 0
    for unit in (10.0 ** (first + 1 - digits) for digits in _DIGITS):
        near = abs(answer - value) <= unit / 2 * (1 + 1e-9)
        if near and math.isclose(answer / unit, round(answer / unit), rel_tol=1e-9):
            return True
    return False


def _noise(setup: Setup) -> float:
    """How far floating point alone may carry a sum that should be 0."""
    largest = max(map(abs, flat(setup.x)))
    if setup.operation != "pooling":
        largest *= sum(map(abs, flat(setup.weight)))
    return max(1e-13 * largest, 1e-200)


def _hint(setup: Setup) -> str:
    cells = tensor(setup.weight)[0, 0].numel()
    if setup.operation == "pooling":
        return f"Collect the {cells} numbers that the window sees there, and reduce them."
    bias = "" if setup.bias is None else ", then the bias"
    channels = setup.in_channels // setup.groups
    of_each = f" of each of the {channels} channels" if channels > 1 else ""
    if setup.operation == "transposed":
        return (
            "Every input pixel lays down the kernel times its number; add up what lands there"
            f"{of_each}{bias}."
        )
    return f"Multiply each of the {cells} cells by what it meets{of_each}, add it all up{bias}."


def _short(number: float) -> str:
    return f"{number:.6g}".replace("-", "−")
