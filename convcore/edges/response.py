"""What a kernel makes of a picture: signed, of the picture's size, quick on large photographs.

One channel and one kernel are too little for the matrix products of `functional.conv2d`. Here each
column of the kernel is a product of its own: with the rows that it meets, which lie in memory as
the product wants them, so nothing is gathered.

    frame 4×4    kernel 3×2     row 0 of the response          row 1

    a b c d      p s                        a b c                          e f g
    e f g h      q t            (p q r)  ×  e f g    +  (s t u)  ×  …      i j k   +  …
    i j k l      r u                        i j k                          m n o
    m n o p'

A separable kernel is one row, whose cells are a number each, then one column: K_h + K_w products a
pixel. All of it is done strip by strip, so that what is worked on stays in the processor's cache.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from convcore import kernels
from convcore.edges.checks import check_border, check_kernel, check_picture
from convcore.functional.windows import batches, numbers_at_once


def respond(picture: Tensor, weight: Tensor, padding_mode: str = "reflect") -> Tensor:
    """Cross-correlate every channel of a picture with one kernel; signed, as large as the picture.

    A kernel of even size has no middle cell: of its two middle cells, the first lies on the pixel
    that the result is for (as with torch's padding="same"). No gradients are recorded.

    Shape:
        picture (H, W) or (C, H, W), weight (K_h, K_w) -> as picture

    Args:
        weight: of any dtype; it is taken in the picture's.
        padding_mode: what the kernel meets outside: "reflect", "replicate", "circular", "zeros".

    Raises:
        ConvcoreError: not a picture (float32 or float64, finite), not a kernel, or a kernel that
            reaches further than `padding_mode` finds pixels.
    """
    check_picture("respond", picture)
    check_kernel("respond", weight)
    check_border("respond", picture, weight, padding_mode)
    picture, weight = picture.detach(), weight.detach().to(picture)
    response = _room(picture)
    parts = _parts(weight)
    for plane, out in zip(_planes(picture), _planes(response), strict=True):
        for rows, frame in _strips(plane, tuple(weight.shape), padding_mode):
            if parts is None:
                _by_columns(frame, weight, out[rows])
            else:
                _in_two_passes(frame, *parts, out[rows])
    return response


def _planes(picture: Tensor) -> Tensor:
    return picture.unsqueeze(0) if picture.dim() == 2 else picture


def _parts(weight: Tensor) -> tuple[Tensor, Tensor] | None:
    """The column and the row of a separable kernel, else None.

    One of the two takes the kernel's scale. A row that sums to 0, as (−1, 0, 1), is spared it: then
    even brightness cancels to exactly 0, with no rounding of 10 · x − 10 · x.
    """
    parts = kernels.separate(weight)
    if parts is None or parts[1].sum() != 0:
        return parts
    row, column = kernels.separate(weight.mT)
    return column, row


def _room(picture: Tensor) -> Tensor:
    """An empty picture of the same size."""
    if picture.device.type != "cpu":
        return torch.empty_like(picture, memory_format=torch.contiguous_format)
    # NumPy asks for large memory in large pages; torch's small ones take longer to hand out than
    # a 3×3 kernel takes to compute.
    dtype = np.float32 if picture.dtype == torch.float32 else np.float64
    return torch.from_numpy(np.empty(tuple(picture.shape), dtype))


def _strips(
    plane: Tensor, kernel_size: tuple[int, int], padding_mode: str
) -> Iterator[tuple[slice, Tensor]]:
    """Yield (rows, frame): some rows of the response, and all that the kernel meets there.

    The next frame overwrites this one.
    """
    height, width = plane.shape
    (above, below), (left, right) = (((k - 1) // 2, k // 2) for k in kernel_size)
    line = width + left + right
    count = max(1, numbers_at_once(plane) // (3 * line))  # frame, result and what lies between
    row_numbers = _sources(height, above, below, padding_mode)
    column_numbers = _sources(width, left, right, padding_mode)
    sides = torch.cat((torch.arange(left), torch.arange(line - right, line)))
    frame = plane.new_empty(min(count, height) + above + below, line)
    for rows in batches(height, count):
        met = row_numbers[rows.start : rows.stop + above + below]
        part = frame[: len(met)]
        inner = part[:, left : left + width]
        first, last = max(0, rows.start - above), min(height, rows.stop + below)
        top = first - rows.start + above
        inner[top : top + last - first] = plane[first:last]
        outside = [*range(top), *range(top + last - first, len(met))]
        _fill(inner, outside, plane, met[outside])
        _fill(part.mT, sides, inner.mT, column_numbers[sides])
        yield rows, part


def _sources(size: int, before: int, after: int, padding_mode: str) -> Tensor:
    """For each place along a padded axis, the number of the pixel that stands there; −1 is zero."""
    numbers = torch.arange(size, dtype=torch.float64).unsqueeze(0)  # torch repeats no integers
    if padding_mode == "zeros":
        return F.pad(numbers, (before, after), value=-1)[0].long()
    return F.pad(numbers, (before, after), padding_mode)[0].long()


def _fill(frame: Tensor, places: Tensor | list[int], lines: Tensor, numbers: Tensor) -> None:
    """Put the lines of these numbers in their places."""
    if len(numbers) == 0:
        return
    frame[places] = lines[numbers.clamp(min=0)].masked_fill_((numbers < 0).unsqueeze(1), 0)


def _by_columns(frame: Tensor, weight: Tensor, out: Tensor) -> None:
    """Write to `out` the sum over the kernel's columns, each times the rows that it meets."""
    columns = [(j, column) for j, column in enumerate(weight.mT) if column.any()]
    for at, (j, column) in enumerate(columns):
        _add_column(frame[:, j : j + out.shape[1]], column, out, keep=at > 0)


def _in_two_passes(frame: Tensor, column: Tensor, row: Tensor, out: Tensor) -> None:
    """Write to `out` what the row makes of the frame, then the column of that."""
    between = frame.new_zeros(len(frame), out.shape[1])
    for j, weight in enumerate(row.tolist()):
        if weight:
            between.add_(frame[:, j : j + out.shape[1]], alpha=weight)
    _add_column(between, column, out, keep=False)


def _add_column(frame: Tensor, column: Tensor, out: Tensor, *, keep: bool) -> None:
    """Add to `out` (or put there) the column times the rows it meets: one product for each row."""
    count, cells = len(out), len(column)
    line = frame.stride(0)
    met = frame.as_strided((count, cells, out.shape[1]), (line, line, 1))
    factor = column.contiguous().expand(count, 1, cells)
    out.unsqueeze(1).baddbmm_(factor, met, beta=int(keep))
