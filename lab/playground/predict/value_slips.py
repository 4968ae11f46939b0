"""Wrong ways to one of the output's numbers: the window's way, the place, a pooling's rule.

Nearly all are made by computing a changed setup. Wherever that can't be done the value is nan.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from convcore.errors import ConvcoreError
from lab.playground.compute import compute, pairs, tensor
from lab.playground.setup import PADDING_MODES, Ints, Setup

Slip = tuple[float, str]  # the value it leads to, and "… comes from" what

_REDUCTIONS = {
    "adding up without dividing": {"rule": "formula", "formula": "sum(w)"},
    "taking the largest number": {"rule": "max"},
    "taking the mean": {"rule": "formula", "formula": "mean(w)"},  # also where it is dilated
    "taking the smallest number": {"rule": "min"},
    "taking the median": {"rule": "median"},
}


def value_of(setup: Setup, changes: Mapping[str, Any], position: Ints) -> float:
    """The number at `position` of the changed setup's result; nan where there is none."""
    try:
        y = compute(setup.changed(**changes))
    except ConvcoreError:
        return math.nan
    return y[position].item() if _inside(y, position[1:]) else math.nan


def way_slips(setup: Setup, position: Ints) -> Iterator[Slip]:
    """The stride, dilation or padding is not as it should be."""
    ones, zeros = (1,) * setup.axes, (0,) * setup.axes
    unmoved = {"stride": ones, "output_padding": zeros}
    yield value_of(setup, unmoved, position), "ignoring the stride: the kernel moves further"
    unspread = {"dilation": ones, "output_padding": zeros}
    yield value_of(setup, unspread, position), "ignoring the dilation: the cells lie further apart"
    without = value_of(setup, {"padding": zeros}, position)
    if setup.operation == "transposed":
        yield without, "ignoring the padding: it is cut off, so the output begins further in"
        return
    yield without, "ignoring the padding: the first window begins in it, ahead of the input"
    if setup.operation != "pooling":
        for mode in PADDING_MODES:
            says = f"filling the padding with {mode}: padding_mode is {setup.padding_mode!r} here"
            yield value_of(setup, {"padding_mode": mode}, position), says


def place_slips(setup: Setup, position: Ints, y: Tensor) -> Iterator[Slip]:
    """The number is right, but stands elsewhere."""
    channel, *pixel = position
    swapped = (*pixel[:-2], *pixel[:-3:-1])
    if _inside(y, swapped):
        says = "reading the position as (column, row): the row comes first"
        yield y[(channel, *swapped)].item(), says
    for other in range(len(y)):
        if other != channel:
            yield y[(other, *pixel)].item(), f"another output channel: it stands in channel {other}"
    for step in product((-1, 0, 1), repeat=setup.axes):
        beside = tuple(at + by for at, by in zip(pixel, step, strict=True))
        if any(step) and beside != swapped and _inside(y, beside):
            yield y[(channel, *beside)].item(), f"the window next to it, at {place_text(beside)}"


def pooling_slips(setup: Setup, position: Ints, truth: float) -> Iterator[Slip]:
    """Something else than the pooling's rule is made of the window's numbers."""
    if setup.rule == "mean":
        alone = "dividing by the window's numbers without the padding: its zeros count here"
        yield _mean_of_input(setup, position), alone
    if setup.rule == "lp":
        yield (
            torch.tensor(truth, dtype=torch.float64).pow(setup.power).item(),
            f"forgetting the root: the power {setup.power:g} is undone at the end",
        )
    if setup.rule in ("max", "min"):
        padded = F.pad(tensor(setup.x), [p for pair in reversed(pairs(setup)) for p in pair])
        changes = {"x": tuple(padded.tolist()), "padding": (0,) * setup.axes}
        says = f"taking the padding for zeros: a {setup.rule} pooling passes over it"
        yield value_of(setup, changes, position), says
    for says, changes in _REDUCTIONS.items():
        yield value_of(setup, changes, position), f"{says}: this pooling takes {_rule(setup)}"


def place_text(pixel: Ints) -> str:
    """Where a pixel or a cell lies, counted from 0: (1, 2)."""
    return f"({', '.join(str(at) for at in pixel)})"


def _inside(y: Tensor, pixel: Ints) -> bool:
    return all(0 <= at < n for at, n in zip(pixel, y.shape[1:], strict=True))


def _mean_of_input(setup: Setup, position: Ints) -> float:
    ones = torch.ones(setup.in_channels, *setup.size).tolist()
    count = value_of(setup, {"x": ones, **_REDUCTIONS["adding up without dividing"]}, position)
    return value_of(setup, _REDUCTIONS["adding up without dividing"], position) / count


def _rule(setup: Setup) -> str:
    return {
        "max": "the largest",
        "min": "the smallest",
        "lp": f"the L{setup.power:g} norm",
        "formula": setup.formula,
    }.get(setup.rule, f"the {setup.rule}")
