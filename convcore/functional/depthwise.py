"""Convolution cell by cell, for kernels that each see one channel only (depthwise).

A matrix product would have a single column per channel. It is quicker to walk over the kernel's
cells (`taps`): each multiplies all the pixels that it meets by one number per channel.

    forward           y += x[met by cell] · w[cell]
    weight gradient   dw[cell] = Σ x[met by cell] · dy
    input gradient    dx[met by cell] += dy · w[cell]
"""

from torch import Tensor

from convcore.functional.windows import (
    frames,
    numbers_at_once,
    taps,
    unframed,
    wide,
)
from convcore.shapes import Window


def correlate(
    x: Tensor, weight: Tensor, bias: Tensor | None, window: Window, groups: int
) -> Tensor:
    """(N, groups, …) to (N, C_out, …), which lies channels-last in memory."""
    y = x.new_zeros(len(x), *window.out_size, groups, len(weight) // groups)
    if bias is not None:
        y += bias.view(groups, -1)
    kernel = _by_cell(weight, window, groups)
    for where, frame in frames(x, window, _pictures(y)):
        out = y[where]
        for cell, pixels in taps(window):
            out.addcmul_(frame[pixels].unsqueeze(-1), kernel[cell])
    return y.flatten(-2).movedim(-1, 1)


def grad_weight(x: Tensor, grad_y: Tensor, window: Window, groups: int) -> Tensor:
    """(C_out, 1, kernel size …)."""
    grad_y = grad_y.movedim(1, -1).unflatten(-1, (groups, -1))
    total = x.new_zeros(*window.kernel_size, *grad_y.shape[-2:], dtype=wide(x.dtype))
    axes = tuple(range(grad_y.dim() - 2))
    for where, frame in frames(x, window, _pictures(grad_y)):
        grad = grad_y[where].contiguous()
        for cell, pixels in taps(window):
            total[cell] += (frame[pixels].unsqueeze(-1) * grad).sum(axes)
    return total.flatten(-2).movedim(-1, 0).unsqueeze(1).to(x.dtype)


def grad_input(grad_y: Tensor, weight: Tensor, window: Window, groups: int) -> Tensor:
    """(N, groups, …)."""
    grad_x = grad_y.new_empty(len(grad_y), *window.size, groups).movedim(-1, 1)
    grad_y = grad_y.movedim(1, -1).unflatten(-1, (groups, -1))
    kernel = _by_cell(weight, window, groups)
    for where, frame in unframed(grad_x, window, _pictures(grad_y)):
        grad = grad_y[where].contiguous()
        for cell, pixels in taps(window):
            for copy in range(grad.shape[-1]):  # each channel went into C_out // groups results
                frame[pixels].addcmul_(grad[..., copy], kernel[cell][..., copy])
    return grad_x


def _by_cell(weight: Tensor, window: Window, groups: int) -> Tensor:
    """(kernel size …, row of output pixels, groups, C_out // groups): each number once per pixel.

    Then the product runs along whole rows instead of stopping after each pixel's channels.
    """
    kernel = weight.squeeze(1).movedim(0, -1).unflatten(-1, (groups, -1)).unsqueeze(-3)
    return kernel.expand(*window.kernel_size, window.out_size[-1], -1, -1).contiguous()


def _pictures(y: Tensor) -> int:
    """How many pictures to work on at once, for `y` (N, pixels …, channels …)."""
    return numbers_at_once(y) // (4 * max(1, y[:1].numel()))
