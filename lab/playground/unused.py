"""Inputs that the kernel steps over: nothing of them is in the output."""

from torch import Tensor

from convcore import functional
from lab.playground.setup import Setup

_NAMES = {1: ("number",), 2: ("row", "column"), 3: ("slice", "row", "column")}


def never_used(setup: Setup) -> str | None:
    """Return a sentence on the inputs that no output is made from; None if there are none.

    A transposed convolution's inputs all have their stamp, so there it is None.
    """
    if setup.operation == "transposed":
        return None
    settings = (setup.kernel_size, setup.stride, setup.padding, setup.dilation)
    counts = functional.coverage(setup.size, *settings, setup.padding_mode)
    missed = int((counts == 0).sum())
    if not missed:
        return None
    ends = [_at_the_end(counts, axis, name) for axis, name in enumerate(_NAMES[setup.axes])]
    if told := " and ".join(filter(None, ends)):
        return f"{told[0].upper()}{told[1:]} never used: the kernel does not step that far."
    return f"{missed} of {counts.numel()} inputs per channel are never used: the steps skip them."


def _at_the_end(counts: Tensor, axis: int, name: str) -> str | None:
    """Say how many slices of `counts` at the end of an axis are all 0."""
    along = counts.movedim(axis, 0).reshape(counts.shape[axis], -1).sum(1).tolist()
    empty = 0
    while empty < len(along) and along[-1 - empty] == 0:
        empty += 1
    if not empty:
        return None
    return f"the last {name} is" if empty == 1 else f"the last {empty} {name}s are"
