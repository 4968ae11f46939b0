"""A convolution taken apart, to be seen: its patches, its matrix, one output's every product.

All of it is read off one table, `geometry.sources`: which pixel each cell of each window sees.
What is computed here is differentiable like the convolution itself, but made for looking at small
pictures, not for training.

The matrix M of a convolution, M · vec(x) = vec(y), for a row of 4 pixels and a kernel a b c with
padding 1: one row per output, one column per input, and where they meet the weight between them.

              x0 x1 x2 x3
        y0  [  b  c        ]        column 0: x0 reaches y0 through b and y1 through a
        y1  [  a  b  c     ]        row 1: y1 = a·x0 + b·x1 + c·x2
        y2  [     a  b  c  ]
        y3  [        a  b  ]        y0 and y3 have a product fewer: it was padding
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function

from convcore import shapes
from convcore.errors import ConvcoreError
from convcore.functional.geometry import (
    check_axes,
    check_mode,
    conv_way,
    coordinates,
    place,
    sources,
)
from convcore.shapes import Ints, Padding


def patches(
    x: Tensor,
    kernel_size: int | Ints,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """Every window of `x` that a kernel of `kernel_size` sees, one per output pixel.

    A convolution is their product with the kernel: `patches.flatten(-1 - axes)` @
    `weight.flatten(1).T`, channels last. For a batch of pictures `torch.nn.functional.unfold`
    gives the same numbers as (N, C × cells, output pixels): `patches.flatten(3).flatten(1, 2).mT`.

    Shape:
        x (N, C, spatial …) -> (N, output size …, C, kernel size …), or both without N.

    Args:
        kernel_size: a tuple says how many spatial axes `x` has; with one int it must be a batch.

    Raises:
        ConvcoreError: the kernel exceeds the padded input …
    """
    shapes.check_tensor("patches", "input", x)
    if isinstance(kernel_size, Sequence):
        axes = check_axes("patches", "kernel_size", kernel_size, len(kernel_size))
    else:
        axes = check_axes("patches", "x.shape", tuple(x.shape), max(1, x.dim() - 2))
    shapes.check_input("patches", x, axes)
    window = conv_way("patches", tuple(x.shape[-axes:]), kernel_size, stride, padding, dilation)
    check_mode("patches", window, padding_mode)
    seen = _numbers(x, sources(window, padding_mode), axes)
    return seen.movedim(-1 - 2 * axes, -1 - axes)


def conv_matrix(
    weight: Tensor,
    size: int | Ints,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """The sparse matrix M with M · vec(x) = vec(y), where y is `x` convolved with `weight`.

    Its transpose is the transposed convolution, which is also the gradient of y with respect to x.
    What it stores depends on geometry alone: a weight of 0 stands in it as an explicit 0.

    Shape:
        weight (C_out, C_in // groups, kernel size …) -> (C_out × output pixels, C_in × input
        pixels), sparse COO and coalesced; `to_dense()` shows it whole.

    Args:
        size: of the input, per spatial axis.

    Raises:
        ConvcoreError: the kernel exceeds the padded input, `groups` does not fit …
    """
    shapes.check_tensor("conv_matrix", "weight", weight)
    axes = shapes.spatial_axes("conv_matrix", weight)
    size = shapes.per_axis("conv_matrix", "size", size, axes, least=1)
    (groups,) = shapes.per_axis("conv_matrix", "groups", groups, 1, least=1)
    x = weight.new_empty(()).expand(weight.shape[1] * groups, *size)  # only its shape is looked at
    window = shapes.conv_window(
        "conv_matrix", x, weight, None, stride, padding, dilation, groups, axes=axes
    )
    check_mode("conv_matrix", window, padding_mode)
    table = sources(window, padding_mode).to(weight.device).view(prod(window.out_size), -1)
    pixel, cell = (table >= 0).nonzero(as_tuple=True)
    values = weight.flatten(2)[..., cell]  # (C_out, C_in // groups, meetings)
    outputs = torch.arange(len(weight), device=weight.device).view(-1, 1, 1)
    rows = outputs * len(table) + pixel
    columns = _channels(weight, groups).unsqueeze(-1) * prod(size) + table[pixel, cell]
    indices = torch.stack([part.expand_as(values).flatten() for part in (rows, columns)])
    return _Sparse.apply(values.flatten(), indices, (len(weight) * len(table), x.numel()))


class _Sparse(Function):
    """Values -> a matrix of them; torch's own constructor knows no second derivative."""

    @staticmethod
    def forward(ctx, values, indices, size: Ints):
        ctx.save_for_backward(indices)
        return torch.sparse_coo_tensor(indices, values, size, check_invariants=False).coalesce()

    @staticmethod
    def backward(ctx, grad):
        (indices,) = ctx.saved_tensors
        return grad.to_dense()[tuple(indices)], None, None


@dataclass(frozen=True, eq=False)
class Contributions:
    """Everything that one output number was made from."""

    inputs: Tensor  # (C_in // groups, kernel size …): what each weight met; 0 in zero padding
    weights: Tensor  # the same shape
    products: Tensor  # the same shape
    channel_sums: Tensor  # (C_in // groups,): the products of each input channel added up
    bias: Tensor  # (); 0 if there is none
    total: Tensor  # (): all channel sums and the bias, which is the convolution's value
    channels: Tensor  # (C_in // groups,): which input channels these are
    where: Tensor  # (kernel size …, axes): the pixel that each cell's input came from, −1 if none
    in_padding: Tensor  # (kernel size …), bool: the cell lies in padding, of whichever mode
    corner: Ints  # where the first cell lies, counted from the input's first pixel; may be outside


def contributions(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
    *,
    position: Ints,
) -> Contributions:
    """Everything that the convolution's output number y[position] was made from.

    Shape:
        x (C_in, spatial …), one picture; weight (C_out, C_in // groups, kernel size …),
        bias (C_out,)

    Args:
        position: output channel, then the output pixel's coordinates.

    Raises:
        ConvcoreError: `position` lies outside the output; as for the convolution.
    """
    shapes.check_tensors("contributions", x, weight, bias)
    axes = shapes.spatial_axes("contributions", weight)
    if x.dim() == axes + 2:
        raise ConvcoreError(
            f"contributions: the input's shape={tuple(x.shape)} is a batch's, but one picture is "
            "looked at, (C_in, spatial …). Choose one: x[0]."
        )
    window = shapes.conv_window(
        "contributions", x, weight, bias, stride, padding, dilation, groups, axes=axes
    )
    check_mode("contributions", window, padding_mode)
    o, *pixel = place("contributions", "position", position, (len(weight), *window.out_size))
    at = tuple(pixel)
    table, channels = sources(window, padding_mode)[at], _channels(weight, groups)[o]
    inputs = _numbers(x[channels], table, axes)
    products = inputs * weight[o]
    channel_sums = products.flatten(1).sum(1, dtype=x.dtype)
    of_bias = x.new_zeros(()) if bias is None else bias[o]
    return Contributions(
        inputs=inputs,
        weights=weight[o],
        products=products,
        channel_sums=channel_sums,
        bias=of_bias,
        total=channel_sums.sum(dtype=x.dtype) + of_bias,
        channels=channels,
        where=coordinates(table, window.size),
        in_padding=sources(window)[at] < 0,
        corner=tuple(n * s - p for n, s, p in zip(at, window.stride, window.before, strict=True)),
    )


def coverage(
    size: int | Ints,
    kernel_size: int | Ints,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """How many kernel cells meet each input pixel, over the kernel's whole way: 0 is never used.

    For a transposed convolution, with `size` that of its output: how many products each output
    pixel is the sum of. Where neighbours' counts differ, its pictures come out chequered.

    Shape:
        -> `size`, int64

    Raises:
        ConvcoreError: the kernel exceeds the padded input …

    Source: of the last, Odena, Dumoulin & Olah 2016, "Deconvolution and checkerboard artifacts",
        Distill, doi:10.23915/distill.00003.
    """
    window = conv_way("coverage", size, kernel_size, stride, padding, dilation)
    check_mode("coverage", window, padding_mode)
    table = sources(window, padding_mode)
    return torch.bincount(table[table >= 0], minlength=prod(window.size)).view(window.size)


def padding_influence(
    size: int | Ints,
    kernel_size: int | Ints,
    stride: int | Ints = 1,
    padding: Padding = 0,
    dilation: int | Ints = 1,
) -> Tensor:
    """How many of the kernel's cells lie in padding for each output pixel: 0 is untouched by it.

    Shape:
        -> (output size …), int64

    Raises:
        ConvcoreError: the kernel exceeds the padded input …
    """
    window = conv_way("padding_influence", size, kernel_size, stride, padding, dilation)
    return (sources(window) < 0).flatten(len(window.size)).sum(-1)


def _numbers(x: Tensor, table: Tensor, axes: int) -> Tensor:
    """What stands in `x` at the table's places: (…, C, spatial …) to (…, C, table's shape …)."""
    with_zero = F.pad(x.flatten(-axes), (0, 1))  # after the last pixel: so −1 finds it
    return with_zero[..., table.to(x.device)]


def _channels(weight: Tensor, groups: int) -> Tensor:
    """The input channels that each output channel sees: (C_out, C_in // groups)."""
    outputs, inputs = (torch.arange(n, device=weight.device) for n in weight.shape[:2])
    group = outputs // (len(weight) // groups)
    return group.unsqueeze(-1) * len(inputs) + inputs
