"""Windows: which pixels a kernel meets. The one place that convolutions and poolings share.

A picture is laid into a `frame`, its padding around it, with the channels last, so that one pixel's
channels lie side by side in memory. Then there are two ways to look at the frame:

    windows: for each output pixel, all the cells     taps: for each kernel cell, all the pixels
    the kernel lies on there                          it meets on its way

        output pixel (0, 1), kernel 2×2, stride 1         cell (0, 1), kernel 2×2, stride 1
        · a b ·                                            · a b c
        · c d ·                                            · d e f
        · · · ·                                            · · · ·

Neither copies anything: both are views of the frame.
"""

from collections.abc import Iterator
from itertools import product
from math import prod

import torch
from torch import Tensor

from convcore.shapes import Ints, Window

# Numbers handled at once. On a CPU they should stay in its cache; a GPU wants much to do at a time.
CACHE_NUMBERS, GPU_NUMBERS = 1_800_000, 1 << 26


def numbers_at_once(x: Tensor) -> int:
    """How many numbers to work on at a time, where `x` lives."""
    return CACHE_NUMBERS if x.device.type == "cpu" else GPU_NUMBERS


def portion(x: Tensor, window: Window, channels: int) -> tuple[int, int]:
    """(pictures, rows) to gather at once; fewer than all rows only of one picture."""
    row = prod(window.out_size[1:]) * prod(window.kernel_size) * channels
    limit = numbers_at_once(x)
    pictures = limit // (row * window.out_size[0] or 1)
    return (pictures, window.out_size[0]) if pictures else (1, max(1, limit // row))


def batches(count: int, pictures: int) -> Iterator[slice]:
    """Slices of at most `pictures` pictures (but at least one) that cover a batch of `count`."""
    step = max(1, pictures)
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))


def frames(
    x: Tensor, window: Window, pictures: int, fill: float = 0, *, planes: bool = False
) -> Iterator[tuple[slice, Tensor]]:
    """Yield (which pictures, their frame); the next frame overwrites this one.

    Shape:
        x (N, C, spatial …) -> frame (n, frame size …, C), n at most `pictures`.

    Args:
        planes: keep each channel together in memory instead of each pixel; the shape is the same.
    """
    last = x.movedim(1, -1)
    if window.frame_size == window.size and (x if planes else last).is_contiguous():
        for where in batches(len(x), pictures):
            yield where, last[where]  # without padding a picture is its own frame
        return
    frame = empty_frame(x, window, min(max(1, pictures), len(x)), planes=planes).fill_(fill)
    inner = inside(frame, window)
    for where in batches(len(x), pictures):
        count = where.stop - where.start
        inner[:count].copy_(last[where])  # the padding around it stays as it is
        yield where, frame[:count]


def empty_frame(x: Tensor, window: Window, pictures: int, *, planes: bool = False) -> Tensor:
    """Room for `pictures` padded pictures like those of `x`, channels last in shape."""
    if planes:
        return x.new_empty(pictures, x.shape[1], *window.frame_size).movedim(1, -1)
    return x.new_empty(pictures, *window.frame_size, x.shape[1])


def unframed(grad_x: Tensor, window: Window, pictures: int) -> Iterator[tuple[slice, Tensor]]:
    """Undo `frames`: yield (which pictures, a frame of zeros) whose inside ends up in `grad_x`."""
    last = grad_x.movedim(1, -1)
    for where in batches(len(grad_x), pictures):
        if window.frame_size == window.size:
            yield where, last[where].zero_()
            continue
        frame = empty_frame(grad_x, window, where.stop - where.start).zero_()
        yield where, frame
        last[where] = inside(frame, window)


def inside(frame: Tensor, window: Window) -> Tensor:
    """The part of a frame that is the picture, without its padding."""
    pixels = (slice(p, p + n) for p, n in zip(window.before, window.size, strict=True))
    return frame[(slice(None), *pixels)]


def windows(frame: Tensor, window: Window) -> Tensor:
    """Each output pixel's view of the frame: (n, output size …, kernel size …, C).

    A step to the next output pixel is `stride` pixels of the frame, to the next cell `dilation`.
    """
    picture, *pixel, channel = frame.stride()
    steps = [step * s for step, s in zip(pixel, window.stride, strict=True)]
    cells = [step * d for step, d in zip(pixel, window.dilation, strict=True)]
    return frame.as_strided(
        (len(frame), *window.out_size, *window.kernel_size, frame.shape[-1]),
        (picture, *steps, *cells, channel),
    )


def taps(window: Window, rows: slice | None = None) -> Iterator[tuple[Ints, tuple[slice, ...]]]:
    """Yield (cell, where): a kernel cell, and the pixels of a frame that it meets on its way.

    Args:
        rows: walk only to these output rows (of the first spatial axis).
    """
    starts = [rows.start if rows else 0, *(0 for _ in window.out_size[1:])]
    stops = [rows.stop if rows else window.out_size[0], *window.out_size[1:]]
    for cell in product(*(range(k) for k in window.kernel_size)):
        where = (
            slice(d * c + s * start, d * c + s * (stop - 1) + 1, s)
            for c, d, s, start, stop in zip(
                cell, window.dilation, window.stride, starts, stops, strict=True
            )
        )
        yield cell, (slice(None), *where)


def wide(dtype: torch.dtype) -> torch.dtype:
    """The dtype to add up many numbers of `dtype` in: half precisions would lose them."""
    return torch.promote_types(dtype, torch.float32) if dtype.is_floating_point else dtype
