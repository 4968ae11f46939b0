"""Convolution of few channels: the kernel's rows share what is gathered for one of them.

    picture 3×3      gathered for a kernel 2×2: all that its left and its right column meet

    1 2 3            left     1 2  4 5  7 8
    4 5 6            right    2 3  5 6  8 9
    7 8 9

Of either line the kernel's upper row meets the first four numbers, its lower row the last four. So
the picture is copied once per column of the kernel, not once per cell, and each row is a product:

    forward   Y = Σ K[row] met[row], over the rows      weight gradient   dK[row] = dY met[row]ᵀ

With few channels it is copying that takes the time. With many it is multiplying, and one long
product is quicker than several short ones: see `products`.
"""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from convcore.functional.windows import batches, frames, portion, windows
from convcore.shapes import Window

_FEW_CHANNELS = 4  # going in and coming out, up to which this is quicker; measured on a CPU


def suits(x: Tensor, out_channels: int, window: Window, groups: int) -> bool:
    """Whether this is quick; rows of pixels that are met one after the other must be neighbours."""
    exact = x.dtype in (torch.float32, torch.float64)  # halves would be rounded after each row
    plain = x.device.type == "cpu" and groups == 1 and len(window.size) > 1
    few = max(x.shape[1], out_channels) <= _FEW_CHANNELS
    return exact and plain and few and window.stride[0] == 1


def correlate(x: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
    """(N, C_in, …) to (N, C_out, …), which lies channels-last in memory."""
    kernel = weight.movedim(1, -1).flatten(2)
    y = x.new_empty(len(x), *window.out_size, len(weight))
    for where, met in _met(x, window):
        part = y[where].movedim(-1, 0).transpose(1, 2)
        total = x.new_zeros(part.shape)
        if bias is not None:
            total.movedim(0, -1).add_(bias)
        for row, pixels in enumerate(met):
            total.flatten(1).addmm_(kernel[:, row], pixels)
        part.copy_(total)
    return y.movedim(-1, 1)


def grad_weight(x: Tensor, grad_y: Tensor, window: Window) -> Tensor:
    """(C_out, C_in, kernel size …), added up over all pictures."""
    rows, *columns = window.kernel_size
    total = x.new_zeros(rows, *columns, x.shape[1], grad_y.shape[1])
    for (pictures, some), met in _met(x, window):
        grad = grad_y[pictures, :, some].movedim(0, 2).contiguous().flatten(1)
        for row, pixels in enumerate(met):
            total[row].flatten(0, -2).addmm_(pixels, grad.mT)
    return total.movedim(-1, 0).movedim(-1, 1)


def _met(x: Tensor, window: Window) -> Iterator[tuple[tuple[slice, slice], list[Tensor]]]:
    """Yield ((pictures, rows), met): some output rows, and what each row of the kernel meets there.

    Shape:
        met: for each row of the kernel (its cells × C_in, output rows × pictures × other pixels).
    """
    across = replace(window, kernel_size=(1, *window.kernel_size[1:]))
    starts = range(0, window.span[0], window.dilation[0])
    pictures, rows = portion(x, across, x.shape[1])
    for where, frame in frames(x, window, pictures, planes=True):
        for some in batches(window.out_size[0], rows):
            lines = _gathered(frame[:, some.start : some.stop + window.span[0] - 1], across)
            height = some.stop - some.start
            yield (where, some), [lines[:, top : top + height].flatten(1) for top in starts]


def _gathered(frame: Tensor, across: Window) -> Tensor:
    """What one row of the kernel meets on every line: (cells × C_in, lines, pictures, pixels …)."""
    window = replace(across, out_size=(frame.shape[1], *across.out_size[1:]))
    seen = windows(frame, window).transpose(0, 1)
    half = seen.dim() // 2  # lines, pictures and pixels; the other half is cells and channels
    order = [*range(half, 2 * half), *range(half)]
    return seen.permute(order).contiguous().flatten(0, half - 1)
