"""Pooling: the maximum or the mean of every window, channel by channel; fast and differentiable.

Nothing is gathered. For each cell of the window (`taps`) all output pixels look at the pixel that
this cell meets, and keep a running maximum or sum. For the maximum they also note the number of the
winning cell, which is where the gradient goes back to:

    picture     cell 0 (upper left)   cell 1            cell 2            cell 3
    1 5 2 0     1 2                   5 2               5 3               5 4      maximum
    4 3 3 4     first look            winner 1 0        winner 1 2        winner 1 3
"""

from math import prod

import torch
from torch import Tensor
from torch.autograd import Function

from convcore import shapes
from convcore.functional.windows import (
    frames,
    numbers_at_once,
    taps,
    unframed,
    wide,
)
from convcore.shapes import Ints, Window


def max_pool2d(
    input: Tensor,  # noqa: A002  (torch's name)
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Maximum of every window; the same contract as `torch.nn.functional.max_pool2d`.

    Of equal numbers the first wins; NaN beats every number.

    Shape:
        input (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or (C, H_out, W_out);
        H_out = (H + 2p - d(K_h - 1) - 1) // s + 1, W_out alike. Indices, if asked for: the same,
        each the maximum's place in its flattened H × W picture.

    Raises:
        ConvcoreError: the window exceeds the padded input, padding is over half of it,
            a stride is 0 …
    """
    window = shapes.pool_window(
        "max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=2
    )
    x = input if input.dim() == 4 else input.unsqueeze(0)
    if not (return_indices or (x.requires_grad and torch.is_grad_enabled())):
        y, _ = _running_max(x, window, None)
    else:
        y, winner = _MaxPool.apply(x, window)
    pooled = (y, _places(winner, window).movedim(-1, 1)) if return_indices else (y,)
    pooled = pooled if input.dim() == 4 else tuple(part.squeeze(0) for part in pooled)
    return pooled if return_indices else pooled[0]


def avg_pool2d(
    input: Tensor,  # noqa: A002  (torch's name)
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
    window = shapes.pool_window(
        "avg_pool2d", input, kernel_size, stride, padding, 1, ceil_mode, axes=2
    )
    shapes.check_divisor("avg_pool2d", divisor_override)
    divisor = divisor_override or _counts(window, count_include_pad, input.device)
    if input.dim() == 3:
        return _AvgPool.apply(input.unsqueeze(0), window, divisor).squeeze(0)
    return _AvgPool.apply(input, window, divisor)


class _MaxPool(Function):
    """X -> (maximum, number of the winning cell; channels last)."""

    @staticmethod
    def forward(ctx, x, window: Window):
        y, winner = _running_max(x, window, _first_cells(x, window))
        ctx.save_for_backward(winner)
        ctx.window = window
        ctx.mark_non_differentiable(winner)
        return y, winner

    @staticmethod
    def backward(ctx, grad_y, _):
        (winner,) = ctx.saved_tensors
        return _ToWinners.apply(grad_y, winner, ctx.window), None


class _ToWinners(Function):
    """grad_y -> grad_x: each gradient goes to the pixel that won."""

    @staticmethod
    def forward(ctx, grad_y, winner, window: Window):
        ctx.save_for_backward(winner)
        ctx.window = window
        grad_x = _empty_input(grad_y, window)
        for where, frame in unframed(grad_x, window, _pictures(grad_x)):
            grad = grad_y.movedim(1, -1)[where].contiguous()
            finite = grad.sum().isfinite()  # if not, 0 × grad would be NaN where no gradient goes
            won = torch.empty_like(grad)
            for number, (_, pixels) in enumerate(taps(window)):
                torch.eq(winner[where], number, out=won)
                if finite:
                    frame[pixels].addcmul_(grad, won)
                else:
                    frame[pixels] += torch.where(won > 0, grad, 0)
        return grad_x

    @staticmethod
    def backward(ctx, x):
        (winner,) = ctx.saved_tensors
        return _FromWinners.apply(x, winner, ctx.window), None, None


class _FromWinners(Function):
    """X -> y: what stands at each winner's place; undoes `_ToWinners`, for second derivatives."""

    @staticmethod
    def forward(ctx, x, winner, window: Window):
        ctx.save_for_backward(winner)
        ctx.window = window
        y = _empty_output(x, window).zero_()
        for where, frame in frames(x, window, _pictures(x)):
            for number, (_, pixels) in enumerate(taps(window)):
                y[where] += torch.where(winner[where] == number, frame[pixels], 0)
        return y.movedim(-1, 1)

    @staticmethod
    def backward(ctx, grad_y):
        (winner,) = ctx.saved_tensors
        return _ToWinners.apply(grad_y, winner, ctx.window), None, None


class _AvgPool(Function):
    """X -> mean."""

    @staticmethod
    def forward(ctx, x, window: Window, divisor: int | Tensor):
        ctx.way = window, divisor
        y = _empty_output(x, window)
        exact = "trunc" if not x.dtype.is_floating_point else None
        for where, frame in frames(x, window, _pictures(x)):
            total = torch.zeros_like(y[where], dtype=wide(x.dtype))
            for _, pixels in taps(window):
                total += frame[pixels]
            torch.div(total, divisor, rounding_mode=exact, out=total)
            y[where] = total
        return y.movedim(-1, 1)

    @staticmethod
    def backward(ctx, grad_y):
        return _Spread.apply(grad_y, *ctx.way), None, None


class _Spread(Function):
    """grad_y -> grad_x: each pixel of a window gets an equal share."""

    @staticmethod
    def forward(ctx, grad_y, window: Window, divisor: int | Tensor):
        ctx.way = window, divisor
        grad_x = _empty_input(grad_y, window)
        for where, frame in unframed(grad_x, window, _pictures(grad_x)):
            share = grad_y.movedim(1, -1)[where] / divisor
            for _, pixels in taps(window):
                frame[pixels] += share
        return grad_x

    @staticmethod
    def backward(ctx, x):
        return _AvgPool.apply(x, *ctx.way), None, None


def _running_max(x: Tensor, window: Window, winner: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """The maximum of every window; notes in `winner` the number of the cell that it is from."""
    lowest = -torch.inf if x.is_floating_point() else torch.iinfo(x.dtype).min
    y = _empty_output(x, window).fill_(lowest)
    for where, frame in frames(x, window, _pictures(x), fill=lowest):
        best = y[where]
        for number, (_, pixels) in enumerate(taps(window)):
            if winner is not None and number:
                _note(winner[where], torch.gt, frame[pixels], best, number)
            torch.maximum(best, frame[pixels], out=best)
        if winner is not None and best.sum().isnan():
            for number, (_, pixels) in enumerate(taps(window)):
                _note(winner[where], torch.ne, frame[pixels], frame[pixels], number)
    return y.movedim(-1, 1), winner


def _note(winner: Tensor, beats, seen: Tensor, other: Tensor, number: int) -> None:
    """Write `number` where `seen` beats `other`; numbers only grow, so the larger is the later."""
    won = beats(seen, other, out=torch.empty_like(winner))
    torch.maximum(winner, won.mul_(number), out=winner)


def _first_cells(x: Tensor, window: Window) -> Tensor:
    """The number of each window's first cell that is not padding: the winner until one is larger.

    Numbers are kept as floats: comparing is several times faster where result and operands agree.
    """
    number = torch.zeros((), device=x.device, dtype=torch.int64)
    for k, s, d, p, out in zip(
        window.kernel_size,
        window.stride,
        window.dilation,
        window.before,
        window.out_size,
        strict=True,
    ):
        ahead = (p - s * torch.arange(out, device=x.device)).clamp(min=0)  # padding pixels
        number = number.unsqueeze(-1) * k + (ahead + d - 1) // d
    dtype = x.dtype if x.dtype in (torch.float32, torch.float64) else torch.float32
    winner = x.new_empty(len(x), *window.out_size, x.shape[1], dtype=dtype)
    return winner.copy_(number.unsqueeze(-1))


def _places(winner: Tensor, window: Window) -> Tensor:
    """Winning cells' numbers as places in the flattened picture."""
    number = winner.long()
    place, weight = torch.zeros_like(number), 1
    for axis in reversed(range(len(window.size))):
        number, cell = number // window.kernel_size[axis], number % window.kernel_size[axis]
        pixel = torch.arange(window.out_size[axis], device=winner.device) * window.stride[axis]
        pixel = pixel.view(-1, *(1,) * (len(window.size) - axis))
        place += (pixel + cell * window.dilation[axis] - window.before[axis]) * weight
        weight *= window.size[axis]
    return place


def _counts(window: Window, include_padding: bool, device: torch.device) -> int | Tensor:
    """How many pixels each window counts: (output size …, 1), or one number if all are alike."""
    counts = torch.ones((), dtype=torch.int64, device=device)
    for n, k, s, p, out in zip(
        window.size, window.kernel_size, window.stride, window.before, window.out_size, strict=True
    ):
        start = torch.arange(out, device=device) * s - p
        stop = (start + k).clamp(max=n + p if include_padding else n)
        along = stop - (start if include_padding else start.clamp(min=0))
        counts = counts.unsqueeze(-1) * along
    if window.frame_size == window.size:
        return prod(window.kernel_size)  # no window reaches over the edge
    return counts.unsqueeze(-1)


def _empty_output(x: Tensor, window: Window) -> Tensor:
    """Room for the result, channels last."""
    return x.new_empty(len(x), *window.out_size, x.shape[1])


def _empty_input(grad_y: Tensor, window: Window) -> Tensor:
    """Room for an input's gradient, channels last in memory."""
    return grad_y.new_empty(len(grad_y), *window.size, grad_y.shape[1]).movedim(-1, 1)


def _pictures(x: Tensor) -> int:
    """How many pictures to work on at once."""
    return numbers_at_once(x) // (4 * max(1, x[:1].numel()))
