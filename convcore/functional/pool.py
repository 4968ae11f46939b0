"""Pooling by a rule of one's own: any function that makes one number of what a window sees.

    picture     window (0, 0)   window (0, 1)       handed to the rule, the cells on the last axis:
    1 5 2 0     1 5             2 0                 [[[1, 5, 4, 3],
    4 3 3 4     4 3             3 4                   [2, 0, 3, 4]]]

    lambda windows: windows.amax(-1)                max pooling
    lambda windows: windows.median(-1).values       median pooling
    lambda windows: windows.amax(-1) - windows.amin(-1)

Only the gathering is ours: the rule may hold anything that torch can do, and gradients flow through
whatever of it has one. For maximum and mean `max_pool2d` and `avg_pool2d` are quicker: they gather
nothing.
"""

from math import prod

from torch import Tensor
from torch.autograd import Function

from convcore import shapes
from convcore.functional.pool_memory import empty_input, pictures_at_once
from convcore.functional.windows import frames, taps, unframed
from convcore.shapes import Ints, Rule, Window


def pool1d(
    input: Tensor,  # noqa: A002  (torch's name)
    kernel_size: int | Ints,
    reduce: Rule,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    padding_value: float = 0.0,
) -> Tensor:
    """What `reduce` makes of every stretch of a row.

    Shape:
        input (N, C, L) or (C, L) -> (N, C, L_out) or (C, L_out); the rest as in `pool2d`.

    Raises:
        ConvcoreError: as `pool2d`.
    """
    window = shapes.pool_window(
        "pool1d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=1
    )
    return _pool("pool1d", input, window, reduce, padding_value)


def pool2d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    reduce: Rule,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    padding_value: float = 0.0,
) -> Tensor:
    """What `reduce` makes of every window; differentiable where `reduce` is.

    Shape:
        input (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or (C, H_out, W_out);
        H_out = (H + 2p - d(K_h - 1) - 1) // s + 1, W_out alike.

    Args:
        reduce: is given all windows at once, (N, C, H_out, W_out, cells) or without N, the cells
            row by row, and returns them without their last axis.
        padding_value: what the padding holds, and all that a last window of `ceil_mode` sees beyond
            it; -math.inf keeps it out of a maximum.

    Raises:
        ConvcoreError: `reduce` returns another shape, the window exceeds the padded input, padding
            is over half of it, a stride is 0 …
    """
    window = shapes.pool_window(
        "pool2d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=2
    )
    return _pool("pool2d", input, window, reduce, padding_value)


def pool3d(
    input: Tensor,  # noqa: A002
    kernel_size: int | Ints,
    reduce: Rule,
    stride: int | Ints | None = None,
    padding: int | Ints = 0,
    dilation: int | Ints = 1,
    ceil_mode: bool = False,
    padding_value: float = 0.0,
) -> Tensor:
    """What `reduce` makes of every block of a volume.

    Shape:
        input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D_out, H_out, W_out) or without N; the rest
        as in `pool2d`.

    Raises:
        ConvcoreError: as `pool2d`.
    """
    window = shapes.pool_window(
        "pool3d", input, kernel_size, stride, padding, dilation, ceil_mode, axes=3
    )
    return _pool("pool3d", input, window, reduce, padding_value)


def _pool(operation: str, x: Tensor, window: Window, reduce: Rule, padding_value: float) -> Tensor:
    """What `reduce` makes of every window of one picture or a batch, for any number of axes."""
    shapes.check_rule(operation, reduce)
    shapes.check_fill(operation, x, padding_value)
    if x.dim() == len(window.size) + 1:
        seen = _Seen.apply(x.unsqueeze(0), window, padding_value).squeeze(0)
    else:
        seen = _Seen.apply(x, window, padding_value)
    y = reduce(seen)
    shapes.check_reduced(operation, seen, y)
    return y


class _Seen(Function):
    """X -> what each window sees: (N, C, output size …, cells)."""

    @staticmethod
    def forward(ctx, x, window: Window, padding_value: float):
        ctx.window = window
        cells = prod(window.kernel_size)
        # Cell by cell in memory: then the numbers of neighbouring windows lie side by side, and a
        # rule that runs over the cells works on whole rows of windows.
        seen = x.new_empty(cells, len(x), *window.out_size, x.shape[1])
        for where, frame in frames(x, window, pictures_at_once(x), padding_value):
            for number, (_, pixels) in enumerate(taps(window)):
                seen[number, where] = frame[pixels]
        return seen.movedim(-1, 2).movedim(0, -1)

    @staticmethod
    def backward(ctx, grad_seen):
        return _PutBack.apply(grad_seen, ctx.window), None, None


class _PutBack(Function):
    """grad_seen -> grad_x: each number is added to the pixel that it came from."""

    @staticmethod
    def forward(ctx, grad_seen, window: Window):
        ctx.window = window
        grad_x = empty_input(grad_seen, window)
        for where, frame in unframed(grad_x, window, pictures_at_once(grad_x)):
            for number, (_, pixels) in enumerate(taps(window)):
                frame[pixels] += grad_seen[where][..., number].movedim(1, -1)
        return grad_x

    @staticmethod
    def backward(ctx, x):
        return _Seen.apply(x, ctx.window, 0), None
