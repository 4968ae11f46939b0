"""Blocks as columns and back, as plain loops."""

from collections.abc import Iterator
from itertools import product
from math import prod

from torch import Tensor

from convcore import shapes
from convcore.reference.meeting import met
from convcore.shapes import Ints, Window


def unfold(
    input: Tensor,  # noqa: A002  (torch's name)
    kernel_size: int | Ints,
    dilation: int | Ints = 1,
    padding: int | Ints = 0,
    stride: int | Ints = 1,
) -> Tensor:
    """Write down what the kernel sees, one column for each of its places.

    Shape:
        input (N, C, H, W) -> (N, C × K_h × K_w, H_out × W_out); both without N for one picture

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    way = shapes.unfold_window(input, kernel_size, dilation, padding, stride)
    pictures = input if input.dim() == 4 else input.unsqueeze(0)
    rows, columns = pictures.shape[1] * prod(way.kernel_size), prod(way.out_size)
    blocks = input.new_zeros(len(pictures), rows, columns)
    for n in range(len(pictures)):
        for row, column, c, place in _places(way, pictures.shape[1]):
            blocks[n, row, column] = pictures[n, c, *place]
    return blocks if input is pictures else blocks[0]


def fold(
    input: Tensor,  # noqa: A002
    output_size: int | Ints,
    kernel_size: int | Ints,
    dilation: int | Ints = 1,
    padding: int | Ints = 0,
    stride: int | Ints = 1,
) -> Tensor:
    """Bring each number of the blocks back to its pixel, and add up what meets there.

    Shape:
        input (N, C × K_h × K_w, H_out × W_out) -> (N, C, H, W), (H, W) being
        `output_size`; both without N for one picture

    Raises:
        ConvcoreError: the arguments do not fit each other.
    """
    way = shapes.fold_window(input, output_size, kernel_size, dilation, padding, stride)
    blocks = input if input.dim() == 3 else input.unsqueeze(0)
    channels = blocks.shape[1] // prod(way.kernel_size)
    pictures = input.new_zeros(len(blocks), channels, *way.size)
    for n in range(len(blocks)):
        for row, column, c, place in _places(way, channels):
            pictures[n, c, *place] += blocks[n, row, column]
    return pictures if input is blocks else pictures[0]


def _places(way: Window, channels: int) -> Iterator[tuple[int, int, int, Ints]]:
    """Yield (row, column, channel, pixel): a number of the blocks, and where it comes from.

    A row belongs to one cell of one channel, a column to one place of the kernel.
    """
    for row, (c, *cell) in enumerate(product(range(channels), *map(range, way.kernel_size))):
        for column, pixel in enumerate(product(*map(range, way.out_size))):
            place = met(way, pixel, cell)
            if place:
                yield row, column, c, place
