"""Adaptive average pooling: the output's size is given, and the windows are made to fit.

Output pixel i is the mean of the input from pixel ⌊i · n / out⌋ up to ⌈(i + 1) · n / out⌉. Where
`out` does not divide n, neighbouring windows differ in length and share pixels:

    n = 5, out = 3       0 1 2 3 4
                         ———              pixels 0, 1
                           —————          pixels 1, 2, 3
                               ———        pixels 3, 4

Every window of an output row has the same rows, so the mean is taken axis by axis.
"""

from collections.abc import Iterator

from torch import Tensor
from torch.autograd import Function

from convcore import shapes
from convcore.functional.windows import wide


def adaptive_avg_pool2d(
    input: Tensor,  # noqa: A002  (torch's name)
    output_size: int | tuple[int | None, int | None],
) -> Tensor:
    """Means that make a picture of `output_size`; as `torch.nn.functional.adaptive_avg_pool2d`.

    Shape:
        input (N, C, H, W) or (C, H, W) -> (N, C, *output_size) or (C, *output_size).

    Args:
        output_size: (H_out, W_out), or one int for both; None keeps the input's size.

    Raises:
        ConvcoreError: `output_size` is not one or two sizes, the input has no pixels …
    """
    size = shapes.adaptive_size("adaptive_avg_pool2d", input, output_size, axes=2)
    if size == (1, 1):  # one window, which sees everything
        return input.mean((-2, -1), keepdim=True)
    y = input.to(wide(input.dtype)).movedim(-3, -1)
    for axis, out in zip((-3, -2), size, strict=True):
        y = _Means.apply(y, axis, out)
    return y.movedim(-1, -3).to(input.dtype)


class _Means(Function):
    """X -> `out` means of neighbouring pixels along one axis."""

    @staticmethod
    def forward(ctx, x, axis: int, out: int):
        ctx.way = axis, x.shape[axis]
        y = _resized(x, axis, out)
        for mean, seen in zip(y.unbind(axis), _stretches(x, axis, out), strict=True):
            first, *others = seen.unbind(axis)
            mean.copy_(first)
            for other in others:
                mean += other
            mean /= seen.shape[axis]
        return y

    @staticmethod
    def backward(ctx, grad_y):
        return _Shares.apply(grad_y, *ctx.way), None, None


class _Shares(Function):
    """grad_y -> grad_x: each pixel gets an equal share of every mean that it is part of."""

    @staticmethod
    def forward(ctx, grad_y, axis: int, size: int):
        ctx.way = axis, grad_y.shape[axis]
        grad_x = _resized(grad_y, axis, size).zero_()
        stretches = _stretches(grad_x, axis, grad_y.shape[axis])
        for grad, seen in zip(grad_y.unbind(axis), stretches, strict=True):
            seen += (grad / seen.shape[axis]).unsqueeze(axis)
        return grad_x

    @staticmethod
    def backward(ctx, x):
        return _Means.apply(x, *ctx.way), None, None


def _resized(x: Tensor, axis: int, size: int) -> Tensor:
    """Room for numbers like those of `x`, but `size` of them along `axis`."""
    shape = list(x.shape)
    shape[axis] = size
    return x.new_empty(shape)


def _stretches(x: Tensor, axis: int, out: int) -> Iterator[Tensor]:
    """Yield the part of `x` that each of `out` windows along `axis` sees."""
    size = x.shape[axis]
    for i in range(out):
        start, stop = i * size // out, -(-(i + 1) * size // out)
        yield x.narrow(axis, start, stop - start)
