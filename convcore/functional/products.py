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
"""

from collections.abc import Iterator
from math import prod

from torch import Tensor, mm

from convcore.functional.windows import (
    batches,
    frames,
    numbers_at_once,
    taps,
    unframed,
    wide,
    windows,
)
from convcore.shapes import Window


def correlate(
    x: Tensor, weight: Tensor, bias: Tensor | None, window: Window, groups: int
) -> Tensor:
    """Y = P K: (N, C_in, …) to (N, C_out, …), which lies channels-last in memory."""
    kernel = _as_matrices(weight, groups)
    y = x.new_empty(len(x), *window.out_size, len(weight))
    for where, patches in _patches(x, window, groups):
        pixels = y[where].view(-1, groups, len(weight) // groups)
        for group in range(groups):
            mm(patches[group], kernel[group], out=pixels[:, group])
        if bias is not None:
            pixels += bias.view(groups, -1)
    return y.movedim(-1, 1)


def grad_weight(x: Tensor, grad_y: Tensor, window: Window, groups: int) -> Tensor:
    """Pᵀ dY, added up over all pictures: (C_out, C_in // groups, kernel size …)."""
    cells, channels = prod(window.kernel_size), x.shape[1] // groups
    per_group = grad_y.shape[1] // groups
    total = x.new_zeros(groups, cells * channels, per_group, dtype=wide(x.dtype))
    grad_y = grad_y.movedim(1, -1)
    for where, patches in _patches(x, window, groups):
        pixels = grad_y[where].reshape(-1, groups, per_group)
        for group in range(groups):
            total[group] += patches[group].mT @ pixels[:, group]
    kernel = total.mT.reshape(groups * per_group, *window.kernel_size, channels)
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
    kernel = _as_matrices(weight, groups).mT
    channels = weight.shape[1]
    size = len(grad_y), *window.size, channels * groups
    grad_x = grad_y.new_empty(size).movedim(-1, 1)
    last = grad_y.movedim(1, -1)
    pictures, rows = _portion(grad_y, window, channels * groups)
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
    x: Tensor, window: Window, groups: int
) -> Iterator[tuple[tuple[slice, slice], Tensor]]:
    """Yield ((pictures, rows), patches): some output pixels, and what each of them sees.

    Shape:
        patches (groups, pixels, cells × channels of the group); the next ones overwrite them.
    """
    pictures, rows = _portion(x, window, x.shape[1])
    planes = _pixels_run_longer(x, window, groups)
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


def _portion(x: Tensor, window: Window, channels: int) -> tuple[int, int]:
    """(pictures, rows) worked on at once; fewer than all rows only of one picture."""
    row = prod(window.out_size[1:]) * prod(window.kernel_size) * channels
    limit = numbers_at_once(x)
    pictures = limit // (row * window.out_size[0] or 1)
    return (pictures, window.out_size[0]) if pictures else (1, max(1, limit // row))


def _pixels_run_longer(x: Tensor, window: Window, groups: int) -> bool:
    """Whether a copy runs on for longer along a row of pixels than along a patch.

    So it is with few channels, as in a first layer: then each channel is kept together in memory,
    not each pixel.
    """
    together = groups == 1 and window.dilation[-1] == 1
    run = x.shape[1] // groups * (window.kernel_size[-1] if together else 1)
    return 2 * run <= window.out_size[-1]


def _as_matrices(weight: Tensor, groups: int) -> Tensor:
    """(C_out, C_in // groups, cells …) as (groups, cells × C_in // groups, C_out // groups)."""
    rows = weight.movedim(1, -1).reshape(groups, len(weight) // groups, -1)
    return rows.mT.contiguous()


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
    swapped = weight.unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)
    return swapped.flip(tuple(range(2, weight.dim())))
