"""The engine of every convolution: three operations, each the gradient of the others.

With an upstream gradient g, the number g · conv(x, w) is linear in x, in w and in g. So its three
gradients are three operations, and each one's own gradients are the two others; hence derivatives
of any order. How each is computed quickly is told in `products`.
"""

from types import ModuleType

import torch
from torch import Tensor
from torch.autograd import Function

from convcore.functional import depthwise, products
from convcore.shapes import Window


def correlate(
    x: Tensor, weight: Tensor, bias: Tensor | None, window: Window, groups: int
) -> Tensor:
    """The convolution y of `x` along `window`, one picture or a batch; differentiable."""
    if x.dim() == weight.dim():
        return _Correlate.apply(x, weight, bias, window, groups)
    return _Correlate.apply(x.unsqueeze(0), weight, bias, window, groups).squeeze(0)


def grad_input(grad_y: Tensor, weight: Tensor, window: Window, groups: int) -> Tensor:
    """What `grad_y`, one picture or a batch, means for the convolution's input; differentiable."""
    if grad_y.dim() == weight.dim():
        return _GradInput.apply(grad_y, weight, window, groups)
    return _GradInput.apply(grad_y.unsqueeze(0), weight, window, groups).squeeze(0)


def cast(*tensors: Tensor | None) -> list[Tensor | None]:
    """Inside `torch.autocast`, the tensors in its dtype, as torch's own convolutions have it."""
    device = tensors[0].device.type
    if not (torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)):
        return list(tensors)  # devices such as "meta" know no autocast
    dtype = torch.get_autocast_dtype(device)
    eligible = (torch.float32, torch.float16, torch.bfloat16)
    return [t.to(dtype) if t is not None and t.dtype in eligible else t for t in tensors]


def _way(x_channels: int, groups: int) -> ModuleType:
    """Matrix products, unless each kernel sees only one of several channels."""
    return depthwise if 1 < groups == x_channels else products


class _Correlate(Function):
    """(x, weight, bias) -> y."""

    @staticmethod
    def forward(ctx, x, weight, bias, window: Window, groups: int):
        ctx.save_for_backward(x, weight)
        ctx.way = window, groups
        return _way(x.shape[1], groups).correlate(x, weight, bias, window, groups)

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        for_x, for_weight, for_bias, *_ = ctx.needs_input_grad
        return (
            _GradInput.apply(grad_y, weight, *ctx.way) if for_x else None,
            _GradWeight.apply(x, grad_y, *ctx.way) if for_weight else None,
            grad_y.sum((0, *range(2, grad_y.dim()))) if for_bias else None,
            None,
            None,
        )


class _GradInput(Function):
    """(grad_y, weight) -> grad_x."""

    @staticmethod
    def forward(ctx, grad_y, weight, window: Window, groups: int):
        ctx.save_for_backward(grad_y, weight)
        ctx.way = window, groups
        return _way(weight.shape[1] * groups, groups).grad_input(grad_y, weight, window, groups)

    @staticmethod
    def backward(ctx, x):
        grad_y, weight = ctx.saved_tensors
        for_y, for_weight, *_ = ctx.needs_input_grad
        return (
            _Correlate.apply(x, weight, None, *ctx.way) if for_y else None,
            _GradWeight.apply(x, grad_y, *ctx.way) if for_weight else None,
            None,
            None,
        )


class _GradWeight(Function):
    """(x, grad_y) -> grad_weight."""

    @staticmethod
    def forward(ctx, x, grad_y, window: Window, groups: int):
        ctx.save_for_backward(x, grad_y)
        ctx.way = window, groups
        return _way(x.shape[1], groups).grad_weight(x, grad_y, window, groups)

    @staticmethod
    def backward(ctx, weight):
        x, grad_y = ctx.saved_tensors
        for_x, for_y, *_ = ctx.needs_input_grad
        return (
            _GradInput.apply(grad_y, weight, *ctx.way) if for_x else None,
            _Correlate.apply(x, weight, None, *ctx.way) if for_y else None,
            None,
            None,
        )
