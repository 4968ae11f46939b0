"""Presets with three axes."""

from lab.playground.presets.preset import Preset
from lab.playground.setup import Setup

_GROUP = "Volumes"
VOLUME = [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [1, 2, 3]]]
_FRAMES, _SIZE = 6, 8


def _moving() -> Setup:
    """Two blobs, one to the right and one to the left; the kernel follows the first.

    Frame by frame the kernel's +1 goes one column further. Over the three frames each of its
    columns adds up to 0, so it is blind to what stands still.
    """
    follow = [[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1]]
    kernel = [[row, row] for row in follow]
    return Setup.plain([[_frame(time) for time in range(_FRAMES)]], [[kernel]])


def _frame(time: int) -> list[list[int]]:
    """A 2×2 blob above, `time` columns from the left; one below, as far from the right."""
    right = [int(column in (time, time + 1)) for column in range(_SIZE)]
    empty = [0] * _SIZE
    return [empty, right, right, empty, empty, right[::-1], right[::-1], empty]


PRESETS = {
    "a4": Preset(
        title="A4 · Cross-correlation of a volume",
        group=_GROUP,
        about="A 2×2×2 kernel is laid on every place of a 2×2×3 volume.",
        notice="Eight products a place; the kernel fits twice, side by side: 16 and 22.",
        try_this="Set padding to 1 on every axis: the result becomes 3×3×4.",
        make=lambda: Setup.plain([VOLUME], [[[[[1, 2], [1, 1]], [[1, -1], [-1, 2]]]]]),
    ),
    "moving-blob": Preset(
        title="A blob that moves",
        group=_GROUP,
        about="Six frames of a film: one blob goes right, one left; the first axis is time.",
        notice="The kernel goes right too: it answers 4 to the upper blob, at most 2 to the lower.",
        try_this="Swap the kernel's first and last slice: now it answers to the lower blob.",
        make=_moving,
    ),
}
