"""Who meets whom: one table that says which pixel each cell of each window sees.

The picture's pixels are numbered, and the numbers are looked at through the very windows that the
fast operations use (`windows`). Picture 3×3, kernel 2×2, padding 1 on every side, stride 2:

    −1 −1 −1 −1 −1
    −1  0  1  2 −1        output (0, 0) sees  −1 −1     output (0, 1) sees  −1 −1
    −1  3  4  5 −1                            −1  0                          1  2
    −1  6  7  8 −1
    −1 −1 −1 −1 −1        −1: padding

Numbers in the table are places in the flattened picture. It answers every question about geometry,
for convolutions and poolings alike, in whichever direction it is read:

    one output pixel's entries      the pixels that it was made from
    the entries equal to a pixel    the outputs that this pixel reaches (`reached`); in a transposed
                                    convolution: the inputs that this output pixel was made from
    one kernel cell's entries       the pixels that this cell multiplies (`met`)
"""

from collections.abc import Sequence
from math import prod
from numbers import Integral

import torch
import torch.nn.functional as F
from torch import Tensor

from convcore import shapes
from convcore.errors import ConvcoreError
from convcore.functional.windows import windows
from convcore.shapes import Ints, Padding, Window


def sources(window: Window, padding_mode: str = "zeros") -> Tensor:
    """For each output pixel and kernel cell, the input pixel whose number is met there.

    Shape:
        -> (output size …, kernel size …), int64: places in the flattened input; −1 is padding,
        unless `padding_mode` has a pixel of the input stand there.

    Raises:
        ConvcoreError: an unknown `padding_mode`, or more padding than it has pixels to repeat.
    """
    check_mode("sources", window, padding_mode)
    numbers = torch.arange(prod(window.size)).view(1, 1, *window.size)
    edges = [pixels for pair in reversed(_pairs(window)) for pixels in pair]  # last axis first
    if padding_mode == "zeros":
        frame = F.pad(numbers, edges, value=-1)
    else:
        frame = F.pad(numbers.double(), edges, padding_mode).long()  # torch repeats no integers
    return windows(frame.movedim(1, -1), window)[0, ..., 0].contiguous()


def reached(
    window: Window, pixel: int | Ints, padding_mode: str = "zeros"
) -> tuple[Tensor, Tensor]:
    """Every output pixel that an input pixel reaches, and the kernel cell it goes through.

    Shape:
        -> outputs (meetings, axes), cells (meetings, axes), row by row belonging together.

    Raises:
        ConvcoreError: `pixel` lies outside the input; as for `sources`.
    """
    pixel = place("reached", "pixel", pixel, window.size)
    number = 0
    for along, n in zip(pixel, window.size, strict=True):
        number = number * n + along
    meetings = (sources(window, padding_mode) == number).nonzero()
    axes = len(window.size)
    return meetings[:, :axes], meetings[:, axes:]


def met(window: Window, cell: int | Ints, padding_mode: str = "zeros") -> tuple[Tensor, Tensor]:
    """Every input pixel that a kernel cell meets on its way, and the output pixel it does so for.

    Meetings with padding are left out.

    Shape:
        -> outputs (meetings, axes), pixels (meetings, axes), row by row belonging together.

    Raises:
        ConvcoreError: `cell` lies outside the kernel; as for `sources`.
    """
    cell = place("met", "cell", cell, window.kernel_size)
    numbers = sources(window, padding_mode)[(..., *cell)]
    seen = numbers >= 0
    return seen.nonzero(), coordinates(numbers[seen], window.size)


def coordinates(numbers: Tensor, size: Ints) -> Tensor:
    """Places in a flattened picture as one coordinate per axis, (…) to (…, axes); −1 stays −1."""
    along = torch.stack(torch.unravel_index(numbers.clamp(min=0), size), -1)
    return along.masked_fill((numbers < 0).unsqueeze(-1), -1)


def conv_way(
    operation: str,
    size: int | Ints,
    kernel_size: int | Ints,
    stride: int | Ints,
    padding: Padding,
    dilation: int | Ints,
) -> Window:
    """A kernel's way over an input, from their sizes alone; `size` tells how many axes there are.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    axes = check_axes(operation, "size", size, len(size) if isinstance(size, Sequence) else 1)
    size = shapes.per_axis(operation, "size", size, axes, least=1)
    kernel_size = shapes.per_axis(operation, "kernel_size", kernel_size, axes, least=1)
    x, weight = (torch.empty(()).expand(1, *shape) for shape in (size, (1, *kernel_size)))
    return shapes.conv_window(operation, x, weight, None, stride, padding, dilation, 1, axes=axes)


def check_axes(operation: str, name: str, value: object, axes: int) -> int:
    """`axes`, which `value` implies, once there are 1, 2 or 3 of them."""
    if axes not in (1, 2, 3):
        raise ConvcoreError(
            f"{operation}: {name}={value!r} implies {axes} spatial axes; there must be 1, 2 or 3. "
            f"Change {name}."
        )
    return axes


def place(operation: str, name: str, value: int | Sequence[int], size: Ints) -> Ints:
    """`value` as one index per axis of `size`, once it is seen to lie within.

    Raises:
        ConvcoreError: not ints, not one per axis, or outside.
    """
    values = (value,) if isinstance(value, Integral) else value
    ints = isinstance(values, Sequence) and all(isinstance(v, Integral) for v in values)
    if (
        not ints
        or len(values) != len(size)
        or not all(0 <= v < n for v, n in zip(values, size, strict=True))
    ):
        last = tuple(n - 1 for n in size)
        raise ConvcoreError(
            f"{operation}: {name}={value!r} must be {len(size)} ints within {size}. "
            f"Choose from {(0,) * len(size)} to {last}."
        )
    return tuple(map(int, values))


def check_mode(operation: str, window: Window, padding_mode: str) -> None:
    """See that `padding_mode` is known and finds the pixels that it is to repeat."""
    shapes.check_layer(operation, 1, 1, 1, padding_mode)
    if padding_mode != "zeros":
        x = torch.empty(()).expand(1, *window.size)
        shapes.check_border(operation, x, _pairs(window), padding_mode)


def _pairs(window: Window) -> list[tuple[int, int]]:
    """(before, after) per axis: padding pixels, as far as the window reaches."""
    return [
        (p, frame - p - n)
        for p, frame, n in zip(window.before, window.frame_size, window.size, strict=True)
    ]
