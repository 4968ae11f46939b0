"""Presets of what a convolution does: one channel or several, either way round, as a matrix."""

from lab.playground.presets.grids import KERNEL, PICTURE, digits, filled, spot
from lab.playground.presets.preset import Preset
from lab.playground.setup import Setup

_GROUP = "Operations"
_COUNTING = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


PRESETS = {
    "a1": Preset(
        title="A1 · Cross-correlation of a picture",
        group=_GROUP,
        about="A 2×2 kernel is laid on every place of a 3×3 picture.",
        notice="Each output is the sum of four products: 1·1 + 2·2 + 4·2 + 5·3 = 28.",
        try_this="Set three of the kernel's numbers to 0 and one to 1: it picks out one pixel.",
        make=lambda: Setup.plain([PICTURE], [[KERNEL]]),
    ),
    "impulse-correlation": Preset(
        title="One bright pixel, cross-correlated",
        group=_GROUP,
        about="A picture that is 1 in the middle and 0 elsewhere, and a kernel of 1 to 9.",
        notice="The kernel comes out back to front: 9 is first, 1 is last.",
        try_this="Choose convolution as the operation: the kernel comes out as it is.",
        make=lambda: Setup.plain([spot(5, 2, 2)], [[_COUNTING]]),
    ),
    "impulse-convolution": Preset(
        title="One bright pixel, convolved",
        group=_GROUP,
        about="The same picture and kernel, but the kernel is turned round before it is laid on.",
        notice="The kernel comes out as it is; that is why convolution is defined with the turn.",
        try_this="Add a second bright pixel: where the two copies overlap they add up.",
        make=lambda: Setup.plain([spot(5, 2, 2)], [[_COUNTING]], operation="convolution"),
    ),
    "a5": Preset(
        title="A5 · Several input channels and a bias",
        group=_GROUP,
        about="Three input channels, each with its own part of the kernel, and one bias.",
        notice="The three channel sums and the bias 10 make one number: there is one output.",
        try_this="Set a channel's part of the kernel to 0: the output no longer sees that channel.",
        make=lambda: Setup.plain(
            digits(4, 3, 4, 4, most=4), digits(5, 1, 3, 2, 2, least=-2, most=2), bias=[10]
        ),
    ),
    "a6": Preset(
        title="A6 · Several output channels",
        group=_GROUP,
        about="Two input channels and three stacks of kernels, one stack per output channel.",
        notice="The weight has the shape (3, 2, 2, 2): outputs, inputs, rows, columns.",
        try_this="Change one kernel: only one of the three outputs changes.",
        make=lambda: Setup.plain(
            digits(6, 2, 4, 4, most=4),
            digits(7, 3, 2, 2, 2, least=-2, most=2),
            bias=[0, 1, -1],
        ),
    ),
    "a6-groups": Preset(
        title="A6 · In two groups",
        group=_GROUP,
        about="Four input and four output channels, in two groups of two.",
        notice="Outputs 1 and 2 see only inputs 1 and 2, so half of the weights are gone.",
        try_this="Hover an input of channel 3: it reaches outputs 3 and 4 alone.",
        make=lambda: Setup.plain(
            digits(8, 4, 4, 4, most=4), digits(9, 4, 2, 2, 2, least=-2, most=2), groups=2
        ),
    ),
    "a6-depthwise": Preset(
        title="A6 · Depthwise: a kernel for each channel",
        group=_GROUP,
        about="Three channels in three groups, so that each channel has a kernel to itself.",
        notice="Nothing is summed over the channels: three pictures in, three pictures out.",
        try_this="Compare with A5, where the same three channels become one.",
        make=lambda: Setup.plain(
            digits(4, 3, 4, 4, most=4), digits(10, 3, 1, 2, 2, least=-2, most=2), groups=3
        ),
    ),
    "a9": Preset(
        title="A9 · Cross-correlation as a matrix product",
        group=_GROUP,
        about="Six ones with the middle column set to 0, under a kernel of six ones.",
        notice="The result is 4; the matrix has one row for the one output.",
        try_this="Give the picture another column: the matrix gets a second row, the kernel one "
        "column on.",
        make=lambda: Setup.plain([[[1, 0, 1], [1, 0, 1]]], [[filled(1, 2, 3)]]),
    ),
    "a10": Preset(
        title="A10 · 1×1 is fully connected",
        group=_GROUP,
        about="A picture of one pixel with 15 channels becomes one pixel with 10 channels.",
        notice="Every output is joined to every input, so it is a fully connected layer 15 → 10.",
        try_this="Look at it as a matrix: it is the layer's weight, without a single gap.",
        make=lambda: Setup.plain(
            digits(1, 15, 1, 1, least=-3, most=3),
            digits(2, 10, 15, 1, 1, least=-3, most=3),
            bias=digits(3, 10, least=-3, most=3),
        ),
    ),
    "checkerboard": Preset(
        title="Transposed: a checkerboard",
        group=_GROUP,
        about="A transposed convolution of an even picture with 3×3 ones and stride 2.",
        notice="Copies of the kernel overlap in every second row and column: 1, 2 or 4 meet there.",
        try_this="Make the kernel 2×2 or 4×4: but for the rim, all is covered evenly.",
        make=lambda: Setup.plain(
            [filled(1, 4, 4)], [[filled(1, 3, 3)]], operation="transposed", stride=(2, 2)
        ),
    ),
}
