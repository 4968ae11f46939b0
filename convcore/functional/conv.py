"""Convolution (as everywhere in deep learning: cross-correlation), fast and differentiable.

    y[o, pixel] = bias[o] + Σ over c and cells: weight[o, c, cell] · x[c, pixel + cell]

A pixel and a cell have one, two or three coordinates; nothing else changes with the number of axes.
Here: the public functions. Their gradients stand in `engine`; how all of it is computed quickly is
told in `products`.
"""

from torch import Tensor

from convcore import shapes
from convcore.functional.engine import cast, correlate
from convcore.shapes import Ints, Padding


def conv1d(
    input: Tensor,  # noqa: A002  (torch's name)
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate rows of numbers; the same contract as `torch.nn.functional.conv1d`.

    For sound (features × frames) or text (word vector × words): the kernel moves along the last
    axis and sees all the channels at once.

    Shape:
        input (N, C_in, L) or (C_in, L), weight (C_out, C_in // groups, K), bias (C_out,)
        -> (N, C_out, L_out) or (C_out, L_out); L_out = (L + 2p - d(K - 1) - 1) // s + 1.

    Raises:
        ConvcoreError: as `conv2d`.
    """
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,  # noqa: A002
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
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate volumes or films; the same contract as `torch.nn.functional.conv3d`.

    Shape:
        input (N, C_in, D, H, W) or (C_in, D, H, W), weight (C_out, C_in // groups, K_d, K_h, K_w),
        bias (C_out,)
        -> (N, C_out, D_out, H_out, W_out) or (C_out, D_out, H_out, W_out);
        D_out = (D + 2p - d(K_d - 1) - 1) // s + 1, H_out and W_out alike.

    Raises:
        ConvcoreError: as `conv2d`.
    """
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def convolve(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve in the mathematician's sense: `conv1d/2d/3d` with the kernel flipped on each axis.

        y[pixel] = Σ over cells: weight[cell] · x[pixel - cell]

    So an input of a single 1 gives the kernel as it is, where `conv2d` gives it back to front; and
    two kernels, one after the other, act as the one kernel that is the convolution of both. How
    many axes there are, `weight` tells.

    Shape:
        as `conv1d`, `conv2d` or `conv3d`.

    Raises:
        ConvcoreError: as `conv2d`.
    """
    shapes.check_tensors("convolve", input, weight, bias)
    axes = shapes.spatial_axes("convolve", weight)
    flipped = weight.flip(tuple(range(2, weight.dim())))
    return _conv("convolve", axes, input, flipped, bias, stride, padding, dilation, groups)


def _conv(
    operation: str,
    axes: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Ints,
    padding: Padding,
    dilation: int | Ints,
    groups: int,
) -> Tensor:
    """The convolution that every public function is, for any number of axes."""
    shapes.check_tensors(operation, x, weight, bias)
    x, weight, bias = cast(x, weight, bias)
    window = shapes.conv_window(
        operation, x, weight, bias, stride, padding, dilation, groups, axes=axes
    )
    return correlate(x, weight, bias, window, groups)
