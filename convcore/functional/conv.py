"""Convolution (as everywhere in deep learning: cross-correlation), fast and differentiable.

    y[o, pixel] = bias[o] + Σ over c and cells: weight[o, c, cell] · x[c, pixel + cell]

How that is computed quickly is told in `products`. Here: the public function and its gradients.

With an upstream gradient g, the number g · conv(x, w) is linear in x, in w and in g. So its three
gradients are three operations, and each one's own gradients are the two others; hence derivatives
of any order.
"""

from types import ModuleType

import torch
from torch import Tensor
from torch.autograd import Function

from convcore import shapes
from convcore.functional import depthwise, products
from convcore.shapes import Ints, Padding, Window


def conv2d(
    input: Tensor,  # noqa: A002  (torch's name)
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate `input` with `weight`; the same contract as `torch.nn.functional.conv2d`.

    The result lies channels-last in memory, so what follows it runs channels-last too.

    Shape:
        input (N, C_in, H, W) or (C_in, H, W), weight (C_out, C_in // groups, K_h, K_w),
        bias (C_out,)
        -> (N, C_out, H_out, W_out) or (C_out, H_out, W_out);
        H_out = (H + 2p - d(K_h - 1) - 1) // s + 1, W_out alike.

    Raises:
        ConvcoreError: channels do not fit `groups`, the kernel exceeds the padded input,
            dtypes differ …

    Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning",
        arXiv:1603.07285.
    """
    input, weight, bias = _cast(input, weight, bias)  # noqa: A001
    window = shapes.conv_window(
        "conv2d", input, weight, bias, stride, padding, dilation, groups, axes=2
    )
    if input.dim() == 3:
        return _Correlate.apply(input.unsqueeze(0), weight, bias, window, groups).squeeze(0)
    return _Correlate.apply(input, weight, bias, window, groups)


def _cast(*tensors: Tensor | None) -> list[Tensor | None]:
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
