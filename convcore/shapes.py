"""Sizes: what an operation's arguments mean, whether they fit, and how large the result is.

Every check of `convcore.functional` and `convcore.reference` stands here, for any number of spatial
axes, so that the operations themselves hold nothing but their arithmetic.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convcore.errors import ConvcoreError

Ints = tuple[int, ...]
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
Padding = int | str | Sequence[int]


@dataclass(frozen=True)
class Window:
    """A kernel's way over its input: all that decides which pixels meet, per spatial axis."""

    size: Ints  # input pixels
    kernel_size: Ints  # cells
    stride: Ints
    dilation: Ints
    before: Ints  # padding pixels ahead of the input; how many follow it shows in out_size
    out_size: Ints  # output pixels

    @property
    def span(self) -> Ints:
        """How many input pixels the kernel stretches over."""
        return spans(self.kernel_size, self.dilation)

    @property
    def frame_size(self) -> Ints:
        """Size of the padded input, as far as the kernel or the input reaches."""
        return tuple(
            max(p + n, (out - 1) * s + span)
            for p, n, out, s, span in zip(
                self.before, self.size, self.out_size, self.stride, self.span, strict=True
            )
        )


def spans(kernel_size: Ints, dilation: Ints) -> Ints:
    """Input pixels that a kernel stretches over, per axis: d(k - 1) + 1."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel_size, dilation, strict=True))


def output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1):
    """Output pixels along one axis: (n + 2p - d(k - 1) - 1) // s + 1.

    Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning",
        arXiv:1603.07285.
    """
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def per_axis(operation: str, name: str, value: int | Sequence[int], axes: int, least: int) -> Ints:
    """`value` as one int per spatial axis: an int, or a sequence of one, stands for all of them.

    Raises:
        ConvcoreError: not ints, not one per axis, or smaller than `least`.
    """
    values = (value,) if isinstance(value, int) else value
    ints = isinstance(values, Sequence) and all(
        isinstance(v, int) and not isinstance(v, bool) for v in values
    )
    if not ints or len(values) not in (1, axes):
        raise ConvcoreError(
            f"{operation}: {name}={value!r} is neither an int nor {axes} ints. "
            f"Give one int for every axis, or a tuple of {axes}."
        )
    if min(values) < least:
        raise ConvcoreError(
            f"{operation}: {name}={value!r}: every entry must be at least {least}. "
            f"Use {name}={least} or more."
        )
    return tuple(values) * (axes if len(values) == 1 else 1)


def padding_pairs(
    operation: str, padding: Padding, kernel_size: Ints, stride: Ints, dilation: Ints
) -> tuple[tuple[int, int], ...]:
    """`padding` as (before, after) per axis; "same" puts the odd pixel after, as torch does.

    Raises:
        ConvcoreError: an unknown word, "same" with a stride, or a negative number.
    """
    if padding == "valid":
        return ((0, 0),) * len(kernel_size)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise ConvcoreError(
                f'{operation}: padding="same" with stride={stride}: the output can only have the '
                "input's size at stride 1. Use stride=1, or give the padding as numbers."
            )
        return tuple(
            ((span - 1) // 2, span - 1 - (span - 1) // 2) for span in spans(kernel_size, dilation)
        )
    if isinstance(padding, str):
        raise ConvcoreError(
            f'{operation}: padding={padding!r} is not known. Use "same" or "valid", in lower case, '
            "or numbers."
        )
    ints = per_axis(operation, "padding", padding, len(kernel_size), least=0)
    return tuple((p, p) for p in ints)


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
    padded = tuple(n + sum(pair) for n, pair in zip(size, pairs, strict=True))
    span = spans(kernel_size, dilation)
    if any(k > n for k, n in zip(span, padded, strict=True)):
        raise ConvcoreError(
            f"{operation}: the kernel spans {_by(span)} (kernel_size={kernel_size}, "
            f"dilation={dilation}) but the padded input is only {_by(padded)}. "
            "Use a smaller kernel_size or dilation, or more padding."
        )
    out = tuple((n - k) // s + 1 for n, k, s in zip(padded, span, stride, strict=True))
    return Window(size, kernel_size, stride, dilation, tuple(p for p, _ in pairs), out)


def pool_window(
    operation: str,
    x: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None,
    padding: int | Sequence[int],
    dilation: int | Sequence[int],
    ceil_mode: bool,
    *,
    axes: int,
) -> Window:
    """The way of a pooling window over `x`, once everything is seen to fit.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    check_input(operation, x, axes)
    kernel_size, stride, padding, dilation = pool_way(
        operation, kernel_size, stride, padding, dilation, axes=axes
    )
    size, span = tuple(x.shape[-axes:]), spans(kernel_size, dilation)
    out = tuple(
        _pooled(n, k, s, p, ceil_mode)
        for n, k, s, p in zip(size, span, stride, padding, strict=True)
    )
    if min(out) < 1:
        padded = tuple(n + 2 * p for n, p in zip(size, padding, strict=True))
        raise ConvcoreError(
            f"{operation}: the window spans {_by(span)} (kernel_size={kernel_size}, "
            f"dilation={dilation}) but the padded input is only {_by(padded)}. "
            "Use a smaller kernel_size or dilation, or a larger input."
        )
    return Window(size, kernel_size, stride, dilation, padding, out)


def pool_way(
    operation: str,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None,
    padding: int | Sequence[int],
    dilation: int | Sequence[int],
    *,
    axes: int,
) -> tuple[Ints, Ints, Ints, Ints]:
    """Kernel size, stride, padding and dilation per axis, once they are seen to fit each other.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    kernel_size = per_axis(operation, "kernel_size", kernel_size, axes, least=1)
    stepless = stride is None or (isinstance(stride, Sequence) and not stride)
    stride = kernel_size if stepless else per_axis(operation, "stride", stride, axes, least=1)
    padding = per_axis(operation, "padding", padding, axes, least=0)
    dilation = per_axis(operation, "dilation", dilation, axes, least=1)
    if any(p > k // 2 for p, k in zip(padding, kernel_size, strict=True)):
        raise ConvcoreError(
            f"{operation}: padding={padding} is more than half of kernel_size={kernel_size}, so "
            "a window could see nothing but padding. Use less padding or a larger kernel_size."
        )
    return kernel_size, stride, padding, dilation


def check_divisor(operation: str, divisor_override: int | None) -> None:
    """See that a mean is not divided by 0."""
    if divisor_override == 0:
        raise ConvcoreError(
            f"{operation}: divisor_override={divisor_override}: nothing can be divided by 0. "
            "Use another number, or None for the window's size."
        )


def check_layer(
    operation: str, in_channels: int, out_channels: int, groups: int, padding_mode: str
) -> None:
    """See that a convolution layer's channels can be shared out among its groups."""
    for name, value in (
        ("groups", groups),
        ("in_channels", in_channels),
        ("out_channels", out_channels),
    ):
        per_axis(operation, name, value, 1, least=1)
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


def check_input(operation: str, x: Tensor, axes: int) -> None:
    """See that `x` is (N, C, spatial …) or (C, spatial …), has pixels, and holds real numbers."""
    letters = ", ".join("DHW"[-axes:])
    if x.dim() not in (axes + 1, axes + 2):
        raise ConvcoreError(
            f"{operation}: the input's shape={tuple(x.shape)} has {x.dim()} axes; it must be "
            f"(N, C, {letters}) or (C, {letters}). Add the missing axes with unsqueeze or reshape."
        )
    if 0 in x.shape[-axes - 1 :]:
        raise ConvcoreError(
            f"{operation}: the input's shape={tuple(x.shape)} has no channels or no pixels; only "
            "N may be 0. Give every other axis at least one entry."
        )
    if x.dtype == torch.bool or x.dtype.is_complex:
        raise ConvcoreError(
            f"{operation}: the input's dtype={x.dtype} is not of real numbers. Use float()."
        )


def check_weight(
    operation: str, x: Tensor, weight: Tensor, bias: Tensor | None, groups: int, axes: int
) -> None:
    """See that weight and bias suit the input's channels, dtype and device, and each other."""
    channels = x.shape[-axes - 1]
    (groups,) = per_axis(operation, "groups", groups, 1, least=1)
    if weight.dim() != axes + 2 or 0 in weight.shape[2:] or not len(weight):
        raise ConvcoreError(
            f"{operation}: the weight's shape={tuple(weight.shape)} must have {axes + 2} axes "
            f"(C_out, C_in // groups, kernel size per axis), none empty. Reshape the weight."
        )
    if weight.shape[1] * groups != channels or len(weight) % groups:
        raise ConvcoreError(
            f"{operation}: input channels={channels}, weight's shape={tuple(weight.shape)}, "
            f"groups={groups}: the weight must be (a multiple of {groups}, C_in // groups, …) with "
            f"C_in // groups × groups = {channels}. Change the weight's channels or groups."
        )
    if bias is not None and tuple(bias.shape) != (len(weight),):
        raise ConvcoreError(
            f"{operation}: the bias's shape={tuple(bias.shape)} must be ({len(weight)},), one "
            "number per output channel. Reshape the bias, or pass None."
        )
    for name, other in (("weight", weight), ("bias", bias)):
        if other is not None and (other.dtype, other.device) != (x.dtype, x.device):
            raise ConvcoreError(
                f"{operation}: the input is {x.dtype} on {x.device} but the {name} is "
                f"{other.dtype} on {other.device}; they must agree. Convert one with .to()."
            )


def _pooled(size: int, span: int, stride: int, padding: int, ceil_mode: bool) -> int:
    """Pooled pixels along one axis; `ceil_mode` keeps a last window that starts on the input."""
    room = size + 2 * padding - span
    if not ceil_mode:
        return room // stride + 1
    out = -(-room // stride) + 1
    return out - 1 if (out - 1) * stride >= size + padding else out


def _by(size: Ints) -> str:
    return "×".join(str(n) for n in size)
