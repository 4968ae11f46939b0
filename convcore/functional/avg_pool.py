"""Average pooling: the mean of every window, channel by channel; fast and differentiable.

Nothing is gathered. For each cell of the window (`taps`) all output pixels look at the pixel that
this cell meets, and add it to their sum:

    picture     cell 0 (upper left)   cell 1            cell 2            cell 3
    1 5 2 0     1 2                   6 2               10 5              13 9     sum
    4 3 3 4                                                                        ÷ 4 = mean

Backwards each pixel of a window is handed an equal share of the window's gradient. A picture may
have one, two or three axes; nothing else changes with their number.
"""

from math import prod

import torch
from torch import Tensor
from torch.autograd import Function

from convcore import shapes
from convcore.functional.pool_memory import empty_input, empty_output, pictures_at_once
from convcore.functional.windows import frames, taps, unframed, wide
from convcore.shapes import Ints, Window


def avg_pool1d(
    input: Tensor,  # noqa: A002  (torch's name)
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Mean of every stretch of a row; the same contract as `torch.nn.functional.avg_pool1d`.

    Shape:
        input (N, C, L) or (C, L) -> (N, C, L_out) or (C, L_out); L_out and the rest as in
        `avg_pool2d`, without its divisor.

    Raises:
        ConvcoreError: as `avg_pool2d`.
    """
    window = shapes.mean_window(
        "avg_pool1d", input, kernel_size, stride, padding, ceil_mode, None, axes=1
    )
    return windows_mean(input, window, count_include_pad, None)


def avg_pool2d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Mean of every window; the same contract as `torch.nn.functional.avg_pool2d`.

    Shape:
        input (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or (C, H_out, W_out);
        H_out = (H + 2p - K_h) // s + 1, W_out alike.

    Args:
        count_include_pad: divide by the whole window, zeros in the padding included.
        divisor_override: divide by this instead.

    Raises:
        ConvcoreError: the window exceeds the padded input, padding is over half of it,
            a stride is 0 …
    """
    window = shapes.mean_window(
        "avg_pool2d", input, kernel_size, stride, padding, ceil_mode, divisor_override, axes=2
    )
    return windows_mean(input, window, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Mean of every block of a volume; the same contract as `torch.nn.functional.avg_pool3d`.

    Shape:
        input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D_out, H_out, W_out) or without N; D_out and
        the rest as in `avg_pool2d`.

    Raises:
        ConvcoreError: as `avg_pool2d`.
    """
    window = shapes.mean_window(
        "avg_pool3d", input, kernel_size, stride, padding, ceil_mode, divisor_override, axes=3
    )
    return windows_mean(input, window, count_include_pad, divisor_override)


def windows_mean(
    x: Tensor, window: Window, count_include_pad: bool, divisor_override: int | None
) -> Tensor:
    """Mean of every window of one picture or a batch, for any number of axes."""
    divisor = divisor_override or _counts(window, count_include_pad, x.device)
    if x.dim() == len(window.size) + 1:
        return _AvgPool.apply(x.unsqueeze(0), window, divisor).squeeze(0)
    return _AvgPool.apply(x, window, divisor)


class _AvgPool(Function):
    """X -> mean."""

    @staticmethod
    def forward(ctx, x, window: Window, divisor: int | Tensor):
        ctx.way = window, divisor
        y = empty_output(x, window, wide(x.dtype))
        exact = None if x.dtype.is_floating_point else "trunc"
        for where, frame in frames(x, window, pictures_at_once(x)):
            (_, first), *others = taps(window)
            total = y[where].copy_(frame[first])
            for _, pixels in others:
                total += frame[pixels]
            total.div_(divisor, rounding_mode=exact)
        return y.to(x.dtype).movedim(-1, 1)

    @staticmethod
    def backward(ctx, grad_y):
        return _Spread.apply(grad_y, *ctx.way), None, None


class _Spread(Function):
    """grad_y -> grad_x: each pixel of a window gets an equal share."""

    @staticmethod
    def forward(ctx, grad_y, window: Window, divisor: int | Tensor):
        ctx.way = window, divisor
        grad_x = empty_input(grad_y, window, wide(grad_y.dtype))
        pictures = pictures_at_once(grad_x)
        room = empty_output(grad_x[:pictures], window)
        for where, frame in unframed(grad_x, window, pictures):
            grad = grad_y.movedim(1, -1)[where]
            share = torch.div(grad, divisor, out=room[: len(grad)])
            for _, pixels in taps(window):
                frame[pixels] += share
        return grad_x.to(grad_y.dtype)

    @staticmethod
    def backward(ctx, x):
        return _AvgPool.apply(x, *ctx.way), None, None


def _counts(window: Window, include_padding: bool, device: torch.device) -> int | Tensor:
    """How many pixels each window counts: (output size …, 1), or one number if all are alike."""
    if window.frame_size == window.size:
        return prod(window.kernel_size)  # no window reaches over the edge
    counts = torch.ones((), dtype=torch.int64, device=device)
    for n, k, s, p, out in zip(
        window.size, window.kernel_size, window.stride, window.before, window.out_size, strict=True
    ):
        start = torch.arange(out, device=device) * s - p
        stop = (start + k).clamp(max=n + p if include_padding else n)
        along = stop - (start if include_padding else start.clamp(min=0))
        counts = counts.unsqueeze(-1) * along
    return counts.unsqueeze(-1)
