"""Transposed convolution: a convolution's way backwards, from its output's size to its input's.

Each input number lays the kernel, times itself, on the output, and what overlaps is added:

    input    kernel        2 × kernel    3 × kernel        output, stride 1
    2 3      1 4       →   2 8 ·      +  · 3 12        =   2 11 12

That is what `conv`'s gradient does to reach its input, so it is computed there (`engine`).
"""

from torch import Tensor

from convcore import shapes
from convcore.functional.engine import cast, grad_input
from convcore.shapes import Ints


def conv_transpose1d(
    input: Tensor,  # noqa: A002  (torch's name)
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: int | Ints = 0,
    output_padding: int | Ints = 0,
    groups: int = 1,
    dilation: int | Ints = 1,
) -> Tensor:
    """Spread rows of numbers out; the same contract as `torch.nn.functional.conv_transpose1d`.

    Shape:
        input (N, C_in, L) or (C_in, L), weight (C_in, C_out // groups, K), bias (C_out,)
        -> (N, C_out, L_out) or (C_out, L_out); L_out as H_out in `conv_transpose2d`.

    Raises:
        ConvcoreError: as `conv_transpose2d`.
    """
    return _conv_transpose(
        1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: int | Ints = 0,
    output_padding: int | Ints = 0,
    groups: int = 1,
    dilation: int | Ints = 1,
) -> Tensor:
    """Spread pictures out; the same contract as `torch.nn.functional.conv_transpose2d`.

    Shape:
        input (N, C_in, H, W) or (C_in, H, W), weight (C_in, C_out // groups, K_h, K_w),
        bias (C_out,)
        -> (N, C_out, H_out, W_out) or (C_out, H_out, W_out);
        H_out = (H - 1)s - 2p + d(K_h - 1) + 1 + output_padding, W_out alike.

    Args:
        padding: pixels cut off each side of the result, as that many had been put around it.
        output_padding: pixels more at the end of each axis: several sizes lead to the same one in a
            convolution with a stride, and this tells which is meant.

    Raises:
        ConvcoreError: channels do not fit `groups`, nothing is left of the result,
            `output_padding` is neither below the stride nor the dilation, dtypes differ …

    Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning",
        arXiv:1603.07285, section 4.
    """
    return _conv_transpose(
        2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: Tensor,  # noqa: A002
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: int | Ints = 0,
    output_padding: int | Ints = 0,
    groups: int = 1,
    dilation: int | Ints = 1,
) -> Tensor:
    """Spread volumes out; the same contract as `torch.nn.functional.conv_transpose3d`.

    Shape:
        input (N, C_in, D, H, W) or (C_in, D, H, W), weight (C_in, C_out // groups, K_d, K_h, K_w),
        bias (C_out,)
        -> (N, C_out, D_out, H_out, W_out) or (C_out, D_out, H_out, W_out); each as H_out in
        `conv_transpose2d`.

    Raises:
        ConvcoreError: as `conv_transpose2d`.
    """
    return _conv_transpose(
        3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def _conv_transpose(
    axes: int,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Ints,
    padding: int | Ints,
    output_padding: int | Ints,
    groups: int,
    dilation: int | Ints,
) -> Tensor:
    """The transposed convolution that every public function is, for any number of axes."""
    operation = f"conv_transpose{axes}d"
    shapes.check_tensors(operation, x, weight, bias)
    x, weight, bias = cast(x, weight, bias)
    window = shapes.transposed_window(
        operation, x, weight, bias, stride, padding, output_padding, groups, dilation, axes=axes
    )
    y = grad_input(x, weight, window, groups)
    return y if bias is None else y + bias.view(-1, *(1,) * axes)
