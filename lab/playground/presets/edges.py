"""Presets that find edges."""

from lab.playground.presets.preset import Preset
from lab.playground.setup import Setup

_GROUP = "Edges"
_BAR = [[1, 1, 0, 0, 0, 0, 1, 1]] * 6
_DIAGONAL = [[int(row == column) for column in range(8)] for row in range(8)]

PRESETS = {
    "c1": Preset(
        title="C1 · The edges of a black bar",
        group=_GROUP,
        about="A white picture, 6×8, with a black bar, and a kernel that subtracts the right "
        "neighbour.",
        notice="1 where white turns black, −1 where black turns white, 0 where nothing changes.",
        try_this="Give the bar a grey rim of 0.5: each edge becomes two weaker ones.",
        make=lambda: Setup.plain([_BAR], [[[[1, -1]]]]),
    ),
    "c1-upright": Preset(
        title="C1 · The same kernel upright",
        group=_GROUP,
        about="The same picture, but the kernel subtracts the neighbour below.",
        notice="All zeros: down a column nothing changes, and other edges it can't see.",
        try_this="Make one row black: now it has two edges to find.",
        make=lambda: Setup.plain([_BAR], [[[[1], [-1]]]]),
    ),
    "c2": Preset(
        title="C2 · A diagonal line",
        group=_GROUP,
        about="A diagonal line of ones, 8×8, and the kernel that subtracts the right neighbour.",
        notice="1 on the diagonal, −1 below it; transposing the picture changes nothing.",
        try_this="Move one of the ones: its pair of 1 and −1 moves along.",
        make=lambda: Setup.plain([_DIAGONAL], [[[[1, -1]]]]),
    ),
    "c2-transposed": Preset(
        title="C2 · A diagonal line, the kernel upright",
        group=_GROUP,
        about="The same line with the kernel transposed.",
        notice="The result is transposed too: 7×8, and −1 above the diagonal.",
        try_this="Open C2 beside it and compare row with column.",
        make=lambda: Setup.plain([_DIAGONAL], [[[[1], [-1]]]]),
    ),
}
