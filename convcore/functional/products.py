"""Convolution as a matrix product: what each output pixel sees, times the kernel.

    picture 3×3      patches, one row per output pixel      kernel as a column

    1 2 3            1 2 4 5                                 w00
    4 5 6            2 3 5 6              ×                  w01       =  one output pixel a row
    7 8 9            4 5 7 8                                 w10
                     5 6 8 9                                 w11

The patches of a whole batch are as many batches as the kernel has cells: too much for the
processor's cache. So a few pictures at a time are gathered into one small buffer, used again
and again.

The three operations of a convolution share the patches P, the kernel matrix K and the output Y:

    forward   Y = P K       weight gradient   dK = Pᵀ dY       input gradient   dP = dY Kᵀ, put back

Two choices make it quick. A product wants its first matrix row by row in memory, so forward the
buffer keeps together what one output pixel sees, and for the weight gradient what one kernel cell
sees (`planes`), as long as rows of pixels are long enough to be copied at a stroke. And where
patches are short, as in a first layer, neighbouring pixels share one (`_widened`). Where only a few
channels go in and come out, `few_channels` copies less.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from torch import Tensor

from convcore.functional import few_channels
from convcore.functional.multiply import multiply
from convcore.functional.windows import (
    batches,
    frames,
    portion,
    taps,
    unframed,
    wide,
    windows,
)
from convcore.shapes import Window

# Measured on a CPU. Output pixels a row, from which copying along them is quick.
_LONG_ROW = 16
# Numbers along a row of a patch, up to which gathering costs more than multiplying.
_SHORT_PATCH = 24


def correlate(
    x: Tensor, weight: Tensor, bias: Tensor | None, window: Window, groups: int
) -> Tensor:
    """Y = P K: (N, C_in, …) to (N, C_out, …), which lies channels-last in memory."""
    if few_channels.suits(x, len(weight), window, groups):
        return few_channels.correlate(x, weight, bias, window)
    together = _pixels_together(weight, window, groups)
    if together > 1 and x.sum().isfinite():  # a neighbour's 0 × infinity would be NaN
        bank, wider = _widened(weight, window, together)
        bias = bias.repeat(together) if bias is not None else None
        y = correlate(x, bank, bias, wider, groups).movedim(1, -1)
        return y.reshape(len(x), *window.out_size, len(weight)).movedim(-1, 1)
    kernel = _as_rows(weight, groups)
    y = x.new_empty(len(x), *window.out_size, len(weight))
    for where, patches in _patches(x, window, groups, planes=False):
        pixels = y[where].view(-1, groups, len(weight) // groups)
        for group in range(groups):
            plus = None if bias is None else bias.view(groups, -1)[group]
            multiply(patches[group], kernel[group].mT, plus, out=pixels[:, group])
    return y.movedim(-1, 1)


def grad_weight(x: Tensor, grad_y: Tensor, window: Window, groups: int) -> Tensor:
    """Pᵀ dY, added up over all pictures: (C_out, C_in // groups, kernel size …)."""
    if few_channels.suits(x, grad_y.shape[1], window, groups):
        return few_channels.grad_weight(x, grad_y, window)
    per_group, numbers = grad_y.shape[1] // groups, _numbers_a_patch(x, window, groups)
    planes = window.out_size[-1] >= _LONG_ROW
    shape = (numbers, per_group) if planes else (per_group, numbers)
    total = x.new_zeros(groups, *shape, dtype=wide(x.dtype))
    grad_y = grad_y.movedim(1, -1)
    for where, patches in _patches(x, window, groups, planes=planes):
        pixels = grad_y[where].reshape(-1, groups, per_group)
        for group in range(groups):  # what comes first in a product is to lie row by row
            if planes:
                total[group] += multiply(patches[group].mT, pixels[:, group])
            else:
                total[group] += multiply(pixels[:, group].mT.contiguous(), patches[group])
    rows = total.mT if planes else total
    kernel = rows.reshape(groups * per_group, *window.kernel_size, x.shape[1] // groups)
    return kernel.movedim(-1, 1).to(x.dtype)


def grad_input(grad_y: Tensor, weight: Tensor, window: Window, groups: int) -> Tensor:
    """The product dY Kᵀ, each number of it added to the pixel that it was gathered from.

    At stride 1 that is itself a convolution: of dY with the kernel turned by half a turn.
    """
    turned = _turned(window)
    if turned is not None:
        return correlate(grad_y, _turned_weight(weight, groups), None, turned, groups)
    return _put_back(grad_y, weight, window, groups)


def _put_back(grad_y: Tensor, weight: Tensor, window: Window, groups: int) -> Tensor:
    kernel = _as_rows(weight, groups)
    channels = weight.shape[1]
    size = len(grad_y), *window.size, channels * groups
    grad_x = grad_y.new_empty(size).movedim(-1, 1)
    last = grad_y.movedim(1, -1)
    pictures, rows = portion(grad_y, window, channels * groups)
    for where, frame in unframed(grad_x, window, pictures):
        frame = frame.unflatten(-1, (groups, channels))
        for some in batches(window.out_size[0], rows):
            part = last[where, some]
            pixels = part.reshape(-1, groups, len(weight) // groups).movedim(1, 0)
            patches = (pixels @ kernel).view(
                groups, *part.shape[:-1], *window.kernel_size, channels
            )
            for cell, pixels_met in taps(window, some):
                of_cell = (slice(None),) * (part.dim()) + cell
                frame[pixels_met] += patches[of_cell].movedim(0, -2)
    return grad_x


def _patches(
    x: Tensor, window: Window, groups: int, *, planes: bool
) -> Iterator[tuple[tuple[slice, slice], Tensor]]:
    """Yield ((pictures, rows), patches): some output pixels, and what each of them sees.

    Shape:
        patches (groups, pixels, cells × channels of the group); the next ones overwrite them.

    Args:
        planes: keep all that one cell sees together in memory, not all that one pixel sees.
    """
    pictures, rows = portion(x, window, x.shape[1])
    buffer = None
    for where, frame in frames(x, window, pictures, planes=planes):
        seen = windows(frame, window).unflatten(-1, (groups, -1)).movedim(-2, 0)
        for some in batches(window.out_size[0], rows):
            part = seen[:, :, some]
            if buffer is None:
                buffer = x.new_empty(part.numel())
            yield (where, some), _gathered(part, buffer, len(window.size) + 1, planes)


def _gathered(seen: Tensor, buffer: Tensor, pixel_axes: int, planes: bool) -> Tensor:
    """Copy (groups, pixel axes …, cell axes …) to the buffer: (groups, pixels, cells) matrices."""
    pixels = prod(seen.shape[1 : 1 + pixel_axes])
    if planes:
        order = [0, *range(1 + pixel_axes, seen.dim()), *range(1, 1 + pixel_axes)]
        seen = seen.permute(order)
    if not seen.is_contiguous():  # a 1×1 kernel's patches are the picture itself
        seen = buffer[: seen.numel()].view(seen.shape).copy_(seen)
    if planes:
        return seen.view(len(seen), -1, pixels).mT
    return seen.view(len(seen), pixels, -1)


def _numbers_a_patch(x: Tensor, window: Window, groups: int) -> int:
    return prod(window.kernel_size) * x.shape[1] // groups


def _as_rows(weight: Tensor, groups: int) -> Tensor:
    """(C_out, C_in // groups, cells …) as (groups, C_out // groups, cells × C_in // groups)."""
    return weight.movedim(1, -1).reshape(groups, len(weight) // groups, -1)


def _pixels_together(weight: Tensor, window: Window, groups: int) -> int:
    """How many neighbours along a row share a patch: several where patches are short."""
    plain = weight.device.type == "cpu" and groups == window.stride[-1] == window.dilation[-1] == 1
    short = weight.shape[1] * window.kernel_size[-1] <= _SHORT_PATCH
    return 4 if plain and short and window.out_size[-1] % 4 == 0 else 1


def _widened(weight: Tensor, window: Window, pixels: int) -> tuple[Tensor, Window]:
    """The same convolution in steps of several pixels: a kernel for each, shifted by one.

    K = [a b c] in steps of 2 pixels is the bank [a b c 0], [0 a b c].
    """
    out_channels, *rest, last = weight.shape
    bank = weight.new_zeros(pixels, out_channels, *rest, last + pixels - 1)
    for shift in range(pixels):
        bank[shift, ..., shift : shift + last] = weight
    *stride, _ = window.stride
    *kernel_size, _ = window.kernel_size
    *out_size, row = window.out_size
    return bank.flatten(0, 1), replace(
        window,
        kernel_size=(*kernel_size, last + pixels - 1),
        stride=(*stride, pixels),
        out_size=(*out_size, row // pixels),
    )


def _turned(window: Window) -> Window | None:
    """The way of the turned kernel over dY, or None where there is none."""
    before = tuple(span - 1 - p for span, p in zip(window.span, window.before, strict=True))
    if max(window.stride) > 1 or min(before) < 0:
        return None
    return Window(
        window.out_size, window.kernel_size, window.stride, window.dilation, before, window.size
    )


def _turned_weight(weight: Tensor, groups: int) -> Tensor:
    """Every axis of the kernel back to front, and in and out channels of each group exchanged."""
    swapped = weight.unflatten(0, (groups, -1)).movedim(1, -1).contiguous()
    turned = swapped.flip(tuple(range(2, weight.dim())))  # in the order of `_as_rows`
    return turned.flatten(0, 1).movedim(-1, 1)
