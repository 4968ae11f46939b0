"""Adaptive average pooling as plain loops."""

import math
from itertools import product

from torch import Tensor

from convcore import shapes


def adaptive_avg_pool2d(
    input: Tensor,  # noqa: A002  (torch's name)
    output_size: int | tuple[int | None, int | None],
) -> Tensor:
    """Divide the picture as evenly as its pixels allow, and take the mean of every part.

    Shape:
        input (N, C, H, W) -> (N, C, *output_size); both without N for one picture
    """
    size = shapes.adaptive_size("adaptive_avg_pool2d", input, output_size, axes=2)
    pictures = input if input.dim() == 4 else input.unsqueeze(0)
    y = input.new_zeros(*pictures.shape[:2], *size)
    for n, c, row, column in product(*map(range, y.shape)):
        rows = _part(row, input.shape[-2], size[0])
        columns = _part(column, input.shape[-1], size[1])
        total = 0
        for h, w in product(rows, columns):
            total = total + pictures[n, c, h, w]
        y[n, c, row, column] = total / (len(rows) * len(columns))
    return y if input is pictures else y[0]


def _part(number: int, size: int, parts: int) -> range:
    """The pixels of one of `parts` parts of a row; a pixel on a border belongs to both sides."""
    start, stop = number * size / parts, (number + 1) * size / parts
    return range(math.floor(start), math.ceil(stop))
