"""Blocks of a picture as columns, and columns laid back as a picture.

    picture 3×3      unfold: one column per block 2×2      fold: each number back to its pixel,
                                                           where blocks overlap they are added
    1 2 3            1 2 4 5
    4 5 6      →     2 3 5 6                         →      1  4  3
    7 8 9            4 5 7 8                                8 20 12
                     5 6 8 9                                7 16  9

Neither computes anything but sums, and each is the other's gradient.
"""

from math import prod

from torch import Tensor
from torch.autograd import Function

from convcore import shapes
from convcore.functional.windows import frames, numbers_at_once, taps, unframed
from convcore.shapes import Ints, Window


def unfold(
    input: Tensor,  # noqa: A002  (torch's name)
    kernel_size: int | Ints,
    dilation: int | Ints = 1,
    padding: int | Ints = 0,
    stride: int | Ints = 1,
) -> Tensor:
    """What the kernel sees in each of its places; the contract of `torch.nn.functional.unfold`.

    Shape:
        input (N, C, H, W) or (C, H, W) -> (N, C × K_h × K_w, H_out × W_out) or without N;
        H_out and W_out as in `conv2d`.

    Raises:
        ConvcoreError: the kernel exceeds the padded input, a stride is 0 …
    """
    window = shapes.unfold_window(input, kernel_size, dilation, padding, stride)
    if input.dim() == 4:
        return _Unfold.apply(input, window)
    return _Unfold.apply(input.unsqueeze(0), window).squeeze(0)


def fold(
    input: Tensor,  # noqa: A002
    output_size: int | Ints,
    kernel_size: int | Ints,
    dilation: int | Ints = 1,
    padding: int | Ints = 0,
    stride: int | Ints = 1,
) -> Tensor:
    """Blocks added up to a picture; the contract of `torch.nn.functional.fold`.

    Shape:
        input (N, C × K_h × K_w, blocks) or without N -> (N, C, *output_size) or without N.

    Raises:
        ConvcoreError: the input's rows or columns are not those that such a picture unfolds to.
    """
    window = shapes.fold_window(input, output_size, kernel_size, dilation, padding, stride)
    if input.dim() == 3:
        return _Fold.apply(input, window)
    return _Fold.apply(input.unsqueeze(0), window).squeeze(0)


class _Unfold(Function):
    """X (N, C, …) -> blocks (N, C × cells, pixels)."""

    @staticmethod
    def forward(ctx, x, window: Window):
        ctx.window = window
        blocks = x.new_empty(*x.shape[:2], *window.kernel_size, *window.out_size)
        for where, frame in frames(x, window, _pictures(blocks), planes=True):
            for cell, pixels in taps(window):
                blocks[where, :, *cell] = frame[pixels].movedim(-1, 1)
        return blocks.view(len(x), x.shape[1] * prod(window.kernel_size), prod(window.out_size))

    @staticmethod
    def backward(ctx, grad_blocks):
        return _Fold.apply(grad_blocks, ctx.window), None


class _Fold(Function):
    """Blocks (N, C × cells, pixels) -> x (N, C, …)."""

    @staticmethod
    def forward(ctx, blocks, window: Window):
        ctx.window = window
        channels = blocks.shape[1] // prod(window.kernel_size)
        blocks = blocks.reshape(len(blocks), channels, *window.kernel_size, *window.out_size)
        x = blocks.new_empty(len(blocks), channels, *window.size)
        for where, frame in unframed(x, window, _pictures(blocks)):
            for cell, pixels in taps(window):
                frame[pixels] += blocks[where, :, *cell].movedim(1, -1)
        return x

    @staticmethod
    def backward(ctx, grad_x):
        return _Unfold.apply(grad_x, ctx.window), None


def _pictures(blocks: Tensor) -> int:
    """How many pictures to work on at once, so that their blocks stay at hand."""
    return numbers_at_once(blocks) // max(1, blocks[:1].numel())
