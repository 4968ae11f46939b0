"""Whether a convolution's arguments fit, and how large its result is."""

import math
from collections.abc import Sequence

from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.shapes.tensors import check_input, check_weight
from convcore.shapes.window import (
    Padding,
    Window,
    check_count,
    kernel_way,
    padding_pairs,
    per_axis,
)

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def conv_window(
    operation: str,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Sequence[int],
    padding: Padding,
    dilation: int | Sequence[int],
    groups: int,
    *,
    axes: int,
) -> Window:
    """The way of `weight` over `x`, once everything is seen to fit.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    check_input(operation, x, axes)
    check_weight(operation, x, weight, bias, groups, axes)
    kernel_size, size = tuple(weight.shape[2:]), tuple(x.shape[-axes:])
    stride = per_axis(operation, "stride", stride, axes, least=1)
    dilation = per_axis(operation, "dilation", dilation, axes, least=1)
    pairs = padding_pairs(operation, padding, kernel_size, stride, dilation)
    return kernel_way(operation, size, kernel_size, stride, dilation, pairs)


def check_layer(
    operation: str, in_channels: int, out_channels: int, groups: int, padding_mode: str
) -> None:
    """See that a convolution layer's channels can be shared out among its groups."""
    for name, value in (
        ("groups", groups),
        ("in_channels", in_channels),
        ("out_channels", out_channels),
    ):
        check_count(operation, name, value)
        if value % groups:
            raise ConvcoreError(
                f"{operation}: {name}={value} is not a multiple of groups={groups}, so the groups "
                f"cannot share them equally. Change {name} or groups."
            )
    if padding_mode not in PADDING_MODES:
        raise ConvcoreError(
            f"{operation}: padding_mode={padding_mode!r} is not known. Use one of {PADDING_MODES}."
        )


def check_border(
    operation: str, x: Tensor, pairs: Sequence[tuple[int, int]], padding_mode: str
) -> None:
    """See that the picture has the pixels that its padding is to repeat."""
    check_input(operation, x, len(pairs))
    size = tuple(x.shape[-len(pairs) :])
    most = {"reflect": -1, "circular": 0, "replicate": math.inf}[padding_mode]
    if any(max(pair) > n + most for n, pair in zip(size, pairs, strict=True)):
        raise ConvcoreError(
            f"{operation}: padding={tuple(pairs)} with padding_mode={padding_mode!r} takes more "
            f"pixels than the input of size={size} has. Use less padding or a larger input."
        )
