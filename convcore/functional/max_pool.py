"""Max pooling: the largest number of every window, channel by channel; fast and differentiable.

Nothing is gathered. For each cell of the window (`taps`) all output pixels look at the pixel that
this cell meets, and keep a running maximum. They also note the number of the winning cell, which is
where the gradient goes back to:

    picture     cell 0 (upper left)   cell 1            cell 2            cell 3
    1 5 2 0     1 2                   5 2               5 3               5 4      maximum
    4 3 3 4     first look            winner 1 0        winner 1 2        winner 1 3

A picture may have one, two or three axes; nothing else changes with their number.
"""

import torch
from torch import Tensor
from torch.autograd import Function

from convcore import shapes
from convcore.functional.pool_memory import empty_input, empty_output, pictures_at_once
from convcore.functional.windows import frames, taps, unframed, wide
from convcore.shapes import Ints, Window


def max_pool1d(
    input: Tensor,  # noqa: A002  (torch's name)
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Maximum of every stretch of a row; the same contract as `torch.nn.functional.max_pool1d`.

    Shape:
        input (N, C, L) or (C, L) -> (N, C, L_out) or (C, L_out); L_out and the rest as in
        `max_pool2d`.

    Raises:
        ConvcoreError: as `max_pool2d`.
    """
    window = shapes.pool_window(
        "max_pool1d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=1
    )
    return windows_max(input, window, return_indices)


def max_pool2d(
    input: Tensor,  # noqa: A002
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
    return windows_max(input, window, return_indices)


def max_pool3d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Maximum of every block of a volume; the same contract as `torch.nn.functional.max_pool3d`.

    Shape:
        input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D_out, H_out, W_out) or without N; D_out and
        the rest as in `max_pool2d`.

    Raises:
        ConvcoreError: as `max_pool2d`.
    """
    window = shapes.pool_window(
        "max_pool3d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=3
    )
    return windows_max(input, window, return_indices)


def windows_max(x: Tensor, window: Window, return_indices: bool) -> Tensor | tuple[Tensor, Tensor]:
    """Maximum of every window of one picture or a batch, for any number of axes."""
    if x.dim() == len(window.size) + 1:
        pooled = windows_max(x.unsqueeze(0), window, return_indices)
        return tuple(part.squeeze(0) for part in pooled) if return_indices else pooled.squeeze(0)
    if not (return_indices or (x.requires_grad and torch.is_grad_enabled())):
        return _running_max(x, window, None)
    y, winner = _MaxPool.apply(x, window)
    return (y, _places(winner, window).movedim(-1, 1)) if return_indices else y


class _MaxPool(Function):
    """X -> (maximum, number of the winning cell; channels last)."""

    @staticmethod
    def forward(ctx, x, window: Window):
        winner = _first_cells(x, window)
        y = _running_max(x, window, winner)
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
        grad_x = empty_input(grad_y, window, wide(grad_y.dtype))
        pictures = pictures_at_once(grad_x)
        room = empty_output(grad_x[:pictures], window)
        for where, frame in unframed(grad_x, window, pictures):
            grad = grad_y.movedim(1, -1)[where].to(grad_x.dtype).contiguous()
            finite = grad.sum().isfinite()  # if not, 0 × grad would be NaN where no gradient goes
            for number, (_, pixels) in enumerate(taps(window)):
                won = torch.eq(winner[where], number, out=room[: len(grad)])
                if finite:
                    frame[pixels].addcmul_(grad, won)
                else:
                    frame[pixels] += torch.where(won > 0, grad, 0)
        return grad_x.to(grad_y.dtype)

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
        y = empty_output(x, window).zero_()
        for where, frame in frames(x, window, pictures_at_once(x)):
            for number, (_, pixels) in enumerate(taps(window)):
                y[where] += torch.where(winner[where] == number, frame[pixels], 0)
        return y.movedim(-1, 1)

    @staticmethod
    def backward(ctx, grad_y):
        (winner,) = ctx.saved_tensors
        return _ToWinners.apply(grad_y, winner, ctx.window), None, None


def _running_max(x: Tensor, window: Window, winner: Tensor | None) -> Tensor:
    """The maximum of every window; notes in `winner` the number of the cell that it is from."""
    lowest = -torch.inf if x.is_floating_point() else torch.iinfo(x.dtype).min
    pictures = pictures_at_once(x)
    y = empty_output(x, window)
    won = None if winner is None else torch.empty_like(winner[:pictures])
    for where, frame in frames(x, window, pictures, fill=lowest):
        (_, first), *others = taps(window)
        best = y[where].copy_(frame[first])
        for number, (_, pixels) in enumerate(others, 1):
            if winner is not None:
                _note(winner[where], torch.gt, frame[pixels], best, number, won)
            torch.maximum(best, frame[pixels], out=best)
        if winner is not None and best.sum().isnan():
            for number, (_, pixels) in enumerate(taps(window)):
                _note(winner[where], torch.ne, frame[pixels], frame[pixels], number, won)
    return y.movedim(-1, 1)


def _note(winner: Tensor, beats, seen: Tensor, other: Tensor, number: int, room: Tensor) -> None:
    """Write `number` where `seen` beats `other`; numbers only grow, so the larger is the later."""
    won = beats(seen, other, out=room[: len(seen)])
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
    return empty_output(x, window, dtype).copy_(number.unsqueeze(-1))


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
