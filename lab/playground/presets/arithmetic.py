"""Presets of sizes: padding, stride and dilation, and what comes out.

Those from the paper carry its pictures' sizes, and the 5×5 ones its numbers too.

Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning",
    arXiv:1603.07285, figures 1.1, 1.2, 2.1 to 2.7, 4.1, 4.6 and 5.1.
"""

from lab.playground.presets.grids import KERNEL, PICTURE, digits, filled, spot
from lab.playground.presets.preset import Preset
from lab.playground.setup import Setup

_GROUP = "Arithmetic"
_BLUE = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]
_GREY = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]


def _square(size: int, kernel_size: int, **settings: object) -> Setup:
    """A square picture and kernel of small whole numbers; the paper's own where it has them."""
    picture = _BLUE if size == 5 else digits(size, size, size, most=3)
    kernel = _GREY if kernel_size == 3 else digits(20, kernel_size, kernel_size, most=2)
    return Setup.plain([picture], [[kernel]], **settings)


PRESETS = {
    "a2-padding": Preset(
        title="A2 · Padding 1",
        group=_GROUP,
        about="The picture and kernel of A1, with a rim of zeros round the picture.",
        notice="The result grows from 2×2 to 4×4; in the middle stand A1's four numbers.",
        try_this="Choose replicate as the padding mode: only the rim of the result changes.",
        make=lambda: Setup.plain([PICTURE], [[KERNEL]], padding=(1, 1)),
    ),
    "a2-stride": Preset(
        title="A2 · Padding 1 and stride 2",
        group=_GROUP,
        about="The same with a kernel that moves by 2.",
        notice="Every second row and column of the 4×4 result is left: 3, 13, 23, 50.",
        try_this="Set the stride of the rows back to 1: the two axes are set apart.",
        make=lambda: Setup.plain([PICTURE], [[KERNEL]], padding=(1, 1), stride=(2, 2)),
    ),
    "a2-halved": Preset(
        title="A2 · 8×8 halved to 4×4",
        group=_GROUP,
        about="Kernel 3, padding 1 and stride 2: the usual way to halve a picture.",
        notice="⌊(8 + 2·1 − 3) / 2⌋ + 1 = 4; the last row and column of padding is never used.",
        try_this="Make the picture 7×7: the result is 4×4 still.",
        make=lambda: _square(8, 3, padding=(1, 1), stride=(2, 2)),
    ),
    "a3": Preset(
        title="A3 · The size formula, each axis by itself",
        group=_GROUP,
        about="8×8 with a kernel of 3×5, padding 0 and 1, stride 3 and 4.",
        notice="⌊(8 − 3) / 3⌋ + 1 = 2 rows, ⌊(8 + 2·1 − 5) / 4⌋ + 1 = 2 columns.",
        try_this="Raise both strides by 1: rounding down hides the change.",
        make=lambda: Setup.plain(
            [digits(8, 8, 8, most=3)], [[digits(21, 3, 5, most=2)]], padding=(0, 1), stride=(3, 4)
        ),
    ),
    "arithmetic-plain": Preset(
        title="No padding, no strides",
        group=_GROUP,
        about="A 3×3 kernel on a 4×4 picture.",
        notice="It fits in two places along each axis, so the result is 2×2.",
        try_this="Make the kernel 4×4: one place is left.",
        make=lambda: _square(4, 3),
    ),
    "arithmetic-padding": Preset(
        title="Arbitrary padding",
        group=_GROUP,
        about="A 4×4 kernel on a 5×5 picture with padding 2.",
        notice="The result, 6×6, is larger than the picture.",
        try_this="Show which outputs depend on the padding: few of them do not.",
        make=lambda: _square(5, 4, padding=(2, 2)),
    ),
    "arithmetic-same": Preset(
        title="Half (same) padding",
        group=_GROUP,
        about="A 3×3 kernel on a 5×5 picture with padding 1, half of the kernel.",
        notice="The result is as large as the picture.",
        try_this="Make the kernel 5×5: padding 2 is then what keeps the size.",
        make=lambda: _square(5, 3, padding=(1, 1)),
    ),
    "arithmetic-full": Preset(
        title="Full padding",
        group=_GROUP,
        about="A 3×3 kernel on a 5×5 picture with padding 2.",
        notice="Every place where kernel and picture share a pixel: 7×7, as large as can be.",
        try_this="Raise the padding to 3: all that comes in addition is a rim of zeros.",
        make=lambda: _square(5, 3, padding=(2, 2)),
    ),
    "arithmetic-strides": Preset(
        title="No padding, strides",
        group=_GROUP,
        about="A 3×3 kernel on a 5×5 picture, moved by 2.",
        notice="2×2 outputs: the corners of what stride 1 would give.",
        try_this="Make the picture 6×6: its last row and column are never used.",
        make=lambda: _square(5, 3, stride=(2, 2)),
    ),
    "arithmetic-padding-strides": Preset(
        title="Padding and strides",
        group=_GROUP,
        about="A 3×3 kernel on a 5×5 picture with padding 1, moved by 2.",
        notice="3×3 outputs, and the kernel's middle stands on every second pixel.",
        try_this="Make the picture 6×6: 3×3 outputs again.",
        make=lambda: _square(5, 3, padding=(1, 1), stride=(2, 2)),
    ),
    "arithmetic-dilation": Preset(
        title="Dilation",
        group=_GROUP,
        about="A 3×3 kernel on a 7×7 picture; its cells meet every second pixel.",
        notice="Nine numbers that span 5×5: the result is 3×3, as with a 5×5 kernel.",
        try_this="Raise the dilation to 3: it spans the whole picture, and one place is left.",
        make=lambda: _square(7, 3, dilation=(2, 2)),
    ),
    "arithmetic-transposed": Preset(
        title="Transposed, no padding, no strides",
        group=_GROUP,
        about="A 2×2 picture becomes 4×4: each pixel lays down a copy of the kernel, times itself.",
        notice="The sizes of “no padding, no strides”, the other way round.",
        try_this="Set three pixels to 0: one copy of the kernel is left.",
        make=lambda: Setup.plain([[[1, 2], [3, 4]]], [[_GREY]], operation="transposed"),
    ),
    "arithmetic-transposed-strides": Preset(
        title="Transposed, padding and strides",
        group=_GROUP,
        about="A 3×3 picture becomes 5×5: copies of the kernel lie 2 apart, and a rim is cut off.",
        notice="The sizes of “padding and strides” the other way round; padding takes away here.",
        try_this="Set the output padding to 1: 6×6 would shrink to the same 3×3.",
        make=lambda: Setup.plain(
            [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]],
            [[_GREY]],
            operation="transposed",
            padding=(1, 1),
            stride=(2, 2),
        ),
    ),
    "unused-columns": Preset(
        title="Two columns that are never used",
        group=_GROUP,
        about="Size 8, kernel 3, stride 3.",
        notice="The kernel stands twice, and a third time it would hang over: two columns go "
        "unseen.",
        try_this="Set the padding of the columns to 1: three places, and every column is seen.",
        make=lambda: Setup.plain([digits(22, 3, 8)], [[filled(1, 3, 3)]], stride=(3, 3)),
    ),
    "padding-reflect": Preset(
        title="Padding that mirrors",
        group=_GROUP,
        about="A 3×3 sum over an even picture; the rim is the picture mirrored.",
        notice="9 everywhere: the result does not fade at the rim.",
        try_this="Choose zeros: 6 along the rim, 4 in the corners.",
        make=lambda: Setup.plain(
            [filled(1, 5, 5)], [[filled(1, 3, 3)]], padding=(1, 1), padding_mode="reflect"
        ),
    ),
    "padding-circular": Preset(
        title="Padding that goes round",
        group=_GROUP,
        about="One bright pixel in a corner; what leaves on one side comes in on the other.",
        notice="The kernel's copy is spread over all four corners.",
        try_this="Choose zeros: three of the corners are lost.",
        make=lambda: Setup.plain(
            [spot(5, 0, 0)],
            [[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]],
            operation="convolution",
            padding=(1, 1),
            padding_mode="circular",
        ),
    ),
}
