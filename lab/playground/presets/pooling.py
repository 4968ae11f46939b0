"""Presets of pooling: a kernel without weights, and a rule instead of products."""

from lab.playground.presets.grids import PICTURE, digits, filled
from lab.playground.presets.preset import Preset
from lab.playground.presets.volumes import VOLUME
from lab.playground.setup import Setup

_GROUP = "Pooling"


def _pool(x: list, *size: int, **settings: object) -> Setup:
    """A pooling with windows of that size; the weight lends nothing but its size."""
    return Setup.plain([x], [[filled(1, *size)]], operation="pooling", **settings)


PRESETS = {
    "a7-max": Preset(
        title="A7 · Max pooling",
        group=_GROUP,
        about="The largest number of every 2×2 window, moved by 1.",
        notice="In this picture the largest number always stands at the lower right.",
        try_this="Set the stride to 2: windows no longer overlap, as in most networks.",
        make=lambda: _pool(PICTURE, 2, 2, rule="max"),
    ),
    "a7-mean": Preset(
        title="A7 · Mean pooling, 2×3",
        group=_GROUP,
        about="The mean of every window of 2 rows and 3 columns, moved by 1.",
        notice="The window is as wide as the picture, so the result has one column: 3.5 and 5.5.",
        try_this="Choose median instead of mean: the same here, as the numbers grow evenly.",
        make=lambda: _pool(PICTURE, 2, 3, rule="mean"),
    ),
    "a7-mean-padding": Preset(
        title="A7 · Mean pooling with padding",
        group=_GROUP,
        about="The mean of every 2×2 window, with a rim of zeros round the picture.",
        notice="The zeros count: in the corner the mean of 1 and three zeros is 0.25.",
        try_this="Choose max instead of mean: the rim is then left out.",
        make=lambda: _pool(PICTURE, 2, 2, rule="mean", padding=(1, 1)),
    ),
    "a7-max-3d": Preset(
        title="A7 · Max pooling of a volume",
        group=_GROUP,
        about="The largest number of every 2×2×2 block of a 2×2×3 volume.",
        notice="Both blocks are as deep and high as the volume, so 8 and 9 are all there is.",
        try_this="Make the window 1×2×2: every slice is then pooled by itself.",
        make=lambda: _pool(VOLUME, 2, 2, 2, rule="max"),
    ),
    "a8-l2": Preset(
        title="A8 · A formula of one's own: L2",
        group=_GROUP,
        about="The root of the sum of squares of every 2×2 window, given as a formula.",
        notice="It is Lp pooling with p = 2: large numbers count for more than in a mean.",
        try_this="Choose Lp and the power 2: the same numbers. Then raise the power.",
        make=lambda: _pool(
            [[3, 4, 0], [0, 0, 12], [5, 0, 0]], 2, 2, rule="formula", formula="sqrt(sum(w**2))"
        ),
    ),
    "a8-range": Preset(
        title="A8 · A formula of one's own: max − min",
        group=_GROUP,
        about="The difference of the largest and the smallest number of every 2×2 window.",
        notice="It is 0 where the picture is even, so it finds edges in every direction at once.",
        try_this="Change one pixel of an even part: every window that sees it lights up.",
        make=lambda: _pool(
            [[1, 1, 1, 1, 9], [1, 1, 1, 9, 9], [1, 1, 9, 9, 9], [1, 9, 9, 9, 9], [9, 9, 9, 9, 9]],
            2,
            2,
            rule="formula",
            formula="max(w) - min(w)",
        ),
    ),
    "median-outlier": Preset(
        title="Median: an outlier goes",
        group=_GROUP,
        about="The median of every 3×3 window of a picture with one wrong pixel.",
        notice="The 99 leaves no trace; a mean would spread it over every window that sees it.",
        try_this="Choose mean instead of median and see.",
        make=lambda: _pool(_outlier(), 3, 3, rule="median"),
    ),
}


def _outlier() -> list[list[int]]:
    picture = digits(11, 6, 6, least=4, most=6)
    picture[2][3] = 99
    return picture
