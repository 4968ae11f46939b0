"""Inputs that the kernel steps over: nothing of them is in the output."""

from torch import Tensor

from convcore import functional
from lab.playground.setup import Setup

_NAMES = {1: ("number",), 2: ("row", "column"), 3: ("slice", "row", "column")}


def never_used(setup: Setup) -> str | None:
    """Return a sentence on the inputs that no output is made from; None if there are none.

    Of a transposed convolution it is None: its inputs all have their stamp, cut off or not.
    """
    if setup.operation == "transposed":
        return None
    settings = (setup.kernel_size, setup.stride, setup.padding, setup.dilation)
    counts = functional.coverage(setup.size, *settings, setup.padding_mode)
    missed = int((counts == 0).sum())
    if not missed:
        return None
    ends = {name: _at_the_end(counts, axis) for axis, name in enumerate(_NAMES[setup.axes])}
    ends = {name: empty for name, empty in ends.items() if empty}
    every = f"{missed} of {counts.numel()} inputs per channel"
    if not ends:
        return f"{every} are never used: the steps skip them."
    told = " and ".join(
        f"the last {name}" if empty == 1 else f"the last {empty} {name}s"
        for name, empty in ends.items()
    )
    verb = "is" if list(ends.values()) == [1] else "are"
    return f"{told[0].upper()}{told[1:]} {verb} never used; in all {every}."


def _at_the_end(counts: Tensor, axis: int) -> int:
    """How many slices of `counts` at the end of an axis are all 0."""
    along = counts.movedim(axis, 0).reshape(counts.shape[axis], -1).sum(1).tolist()
    empty = 0
    while empty < len(along) and along[-1 - empty] == 0:
        empty += 1
    return empty
