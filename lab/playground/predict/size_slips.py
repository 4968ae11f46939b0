"""The wrong ways to the output's size that learners are known to go."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from lab.playground.predict.axis import Axis, Sized, backwards, forwards


@dataclass(frozen=True)
class Slip:
    """A known wrong way: what it is, what to do instead, and where it leads."""

    what: str
    instead: str
    leads: Callable[[Axis], Sized]


def _rounded(axis: Axis, size: int, how: str) -> Sized:
    exact = axis.room / axis.stride + 1
    return f"({axis.room_text}) / {axis.stride} + 1 = {exact:.3g}, {how}", size


def _plus_one_divided(axis: Axis) -> Sized:
    return f"⌊({axis.room_text} + 1) / {axis.stride}⌋", (axis.room + 1) // axis.stride


def _plus_one_forgotten(axis: Axis) -> Sized:
    return f"⌊({axis.room_text}) / {axis.stride}⌋", axis.room // axis.stride


def _to_the_nearest(axis: Axis) -> Sized:
    return _rounded(axis, math.floor(axis.room / axis.stride + 0.5) + 1, "to the nearest")


def _up(axis: Axis) -> Sized:
    return _rounded(axis, math.ceil(axis.room / axis.stride) + 1, "rounded up")


def _minus_one_forgotten(axis: Axis) -> Sized:
    text = f"⌊({axis.padded_text} − {axis.reach_text}) / {axis.stride}⌋ + 1"
    return text, (axis.room + 1) // axis.stride + 1


def _whole_kernel_spread(axis: Axis) -> Sized:
    spread = f"{axis.dilation}·{axis.kernel_size}"
    room = axis.size + axis.padding - axis.dilation * axis.kernel_size
    return f"⌊({axis.padded_text} − {spread}) / {axis.stride}⌋ + 1", room // axis.stride + 1


def _whole_kernel_spread_back(axis: Axis) -> Sized:
    spread = axis.dilation * axis.kernel_size
    text = (
        f"{axis.laid_text}{axis.padding_text('−')} + {axis.dilation}·{axis.kernel_size}"
        f" + {axis.output_padding}"
    )
    return text, (axis.size - 1) * axis.stride - axis.padding + spread + axis.output_padding


def _plus_one_forgotten_back(axis: Axis) -> Sized:
    text, size = backwards(axis)
    return text.removesuffix(" + 1"), size - 1


def _padding_added(axis: Axis) -> Sized:
    text, size = backwards(axis)
    added = text.replace(axis.padding_text("−"), axis.padding_text("+"))
    return added, size + 2 * axis.padding


def _every_pixel_strides(axis: Axis) -> Sized:
    text, size = backwards(axis)
    return text.replace(axis.laid_text, f"{axis.size}·{axis.stride}"), size + axis.stride


def _same_rule(axis: Axis) -> Sized:
    text = f"⌈{axis.size} / {axis.stride}⌉" if axis.stride > 1 else "n"  # then it is no other slip
    return text, math.ceil(axis.size / axis.stride)


def _half_kernel_each_side(axis: Axis) -> Sized:
    half = (axis.reach + 1) // 2
    return forwards(replace(axis, before=half, after=half))


def _no_padding(axis: Axis) -> Axis:
    return replace(axis, before=0, after=0)


_INPUT = Slip(
    "taking the input's size",
    "The kernel, the stride and the padding count as well",
    lambda axis: ("n", axis.size),
)
_KERNEL = Slip(
    "taking the kernel's size",
    "Count the places where the kernel can lie, not its cells",
    lambda axis: ("k", axis.kernel_size),
)
SAME = (
    Slip(
        "reading “same” as no padding",
        "“same” adds as much padding as the kernel takes away",
        lambda axis: forwards(_no_padding(axis)),
    ),
    Slip(
        "padding half of the kernel on either side",
        "A kernel that spans an even number of pixels gets one pixel less before the input",
        _half_kernel_each_side,
    ),
)
# The most common first: where two lead to the same number, the first one is named.
FORWARDS = (
    Slip(
        "forgetting the stride",
        "The kernel moves several pixels at a time: divide by the stride",
        lambda axis: forwards(replace(axis, stride=1)),
    ),
    Slip(
        "forgetting the padding",
        "It makes the input larger before the kernel comes",
        lambda axis: forwards(_no_padding(axis)),
    ),
    Slip(
        "counting the padding on one side only",
        "It is added at the start and at the end",
        lambda axis: forwards(replace(axis, after=0)),
    ),
    Slip(
        "forgetting the dilation",
        "It pulls the kernel's cells apart, so that the kernel spans d(k − 1) + 1 pixels",
        lambda axis: forwards(replace(axis, dilation=1)),
    ),
    Slip(
        "dividing the + 1 too",
        "It stands outside of the fraction: divide, round down, then add 1",
        _plus_one_divided,
    ),
    Slip(
        "forgetting the + 1",
        "The fraction counts the kernel's steps, and it also stands at the start",
        _plus_one_forgotten,
    ),
    Slip(
        "rounding to the nearest",
        "Round down, however near it is: a kernel that does not fit whole is not counted",
        _to_the_nearest,
    ),
    Slip(
        "rounding up",
        "Round down: the last step would carry the kernel over the edge",
        _up,
    ),
    Slip(
        "forgetting the − 1",
        "The kernel covers one pixel more than lies between its first and last cell",
        _minus_one_forgotten,
    ),
    Slip(
        "multiplying the whole kernel by the dilation",
        "Only the k − 1 steps between its cells are spread: d(k − 1) + 1",
        _whole_kernel_spread,
    ),
    _INPUT,
    Slip(
        "the rule of “same”, ⌈n / s⌉",
        "Here the padding is given, so the kernel counts",
        _same_rule,
    ),
    _KERNEL,
    Slip(
        "the formula of a transposed convolution",
        "That is the way back; here the output shrinks",
        backwards,
    ),
)
BACKWARDS = (
    Slip(
        "leaving the stride out",
        "It sets the input's pixels apart: multiply by it",
        lambda axis: backwards(replace(axis, stride=1)),
    ),
    Slip(
        "forgetting the output padding",
        "It is added at the end",
        lambda axis: backwards(replace(axis, output_padding=0)),
    ),
    Slip(
        "adding the padding",
        "In a transposed convolution it is cut off the output's rim",
        _padding_added,
    ),
    Slip(
        "leaving the padding out",
        "It is cut off the output's rim",
        lambda axis: backwards(_no_padding(axis)),
    ),
    Slip(
        "cutting the padding off one side only",
        "It is cut off at the start and at the end",
        lambda axis: backwards(replace(axis, after=0)),
    ),
    Slip(
        "leaving the dilation out",
        "It pulls apart the kernel's cells that every input pixel lays down",
        lambda axis: backwards(replace(axis, dilation=1)),
    ),
    Slip(
        "leaving the last + 1 out",
        "The kernel covers one pixel more than d(k − 1)",
        _plus_one_forgotten_back,
    ),
    Slip(
        "multiplying all n pixels by the stride",
        "There are only n − 1 steps from the first pixel to the last",
        _every_pixel_strides,
    ),
    Slip(
        "spreading the whole kernel by the dilation",
        "Only the k − 1 steps between its cells are spread",
        _whole_kernel_spread_back,
    ),
    Slip(
        "the input's size times the stride alone",
        "The kernel and the padding count too",
        lambda axis: (f"{axis.size}·{axis.stride}", axis.size * axis.stride),
    ),
    _INPUT,
    _KERNEL,
    Slip(
        "the formula of a plain convolution",
        "A transposed one goes its way back, from small to large",
        forwards,
    ),
)
