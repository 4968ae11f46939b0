"""Whether a transposed convolution's arguments fit, and how large its result is.

A transposed convolution goes a convolution's way backwards. So its `Window` is that convolution's:
`size` is what comes out here, `out_size` what goes in.
"""

from collections.abc import Sequence

from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.shapes.tensors import check_input, check_transposed_weight
from convcore.shapes.window import Ints, Window, by, per_axis, spans


def transposed_window(
    operation: str,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Sequence[int],
    padding: int | Sequence[int],
    output_padding: int | Sequence[int],
    groups: int,
    dilation: int | Sequence[int],
    *,
    axes: int,
) -> Window:
    """The way of `weight` over the result, once everything is seen to fit.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    check_input(operation, x, axes)
    check_transposed_weight(operation, x, weight, bias, groups, axes)
    kernel_size, size = tuple(weight.shape[2:]), tuple(x.shape[-axes:])
    stride = per_axis(operation, "stride", stride, axes, least=1)
    dilation = per_axis(operation, "dilation", dilation, axes, least=1)
    padding = per_axis(operation, "padding", padding, axes, least=0)
    extra = per_axis(operation, "output_padding", output_padding, axes, least=0)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise ConvcoreError(
            f"{operation}: output_padding={extra} must be smaller than stride={stride} or "
            f"dilation={dilation}, axis by axis. Use less output_padding or a larger stride."
        )
    least = _least_size(size, spans(kernel_size, dilation), stride, padding)
    out = tuple(n + e for n, e in zip(least, extra, strict=True))
    if min(out) < 1:
        raise ConvcoreError(
            f"{operation}: padding={padding} takes away all that kernel_size={kernel_size} makes "
            f"of an input of size={size}: the result would be {by(out)}. "
            "Use less padding or a larger input."
        )
    return Window(out, kernel_size, stride, dilation, padding, size)


def output_padding_for(
    operation: str,
    x: Tensor,
    output_size: Sequence[int],
    kernel_size: Ints,
    stride: Ints,
    padding: Ints,
    dilation: Ints,
) -> Ints:
    """The output padding that leads from `x` to `output_size`, given with or without (N, C).

    Raises:
        ConvcoreError: no output padding smaller than the stride does.
    """
    axes = len(kernel_size)
    check_input(operation, x, axes)
    size = tuple(x.shape[-axes:])
    least = _least_size(size, spans(kernel_size, dilation), stride, padding)
    wanted = tuple(output_size) if isinstance(output_size, Sequence) else ()
    if len(wanted) == x.dim():
        wanted = wanted[-axes:]
    most = tuple(n + s - 1 for n, s in zip(least, stride, strict=True))
    if len(wanted) != axes or not all(
        low <= n <= high for low, n, high in zip(least, wanted, most, strict=True)
    ):
        raise ConvcoreError(
            f"{operation}: output_size={output_size!r}: an input of size={size} can become "
            f"anything from {by(least)} to {by(most)}. Use {axes} ints in that range."
        )
    return tuple(n - low for n, low in zip(wanted, least, strict=True))


def _least_size(size: Ints, span: Ints, stride: Ints, padding: Ints) -> Ints:
    """The smallest input that a convolution takes to `size`: (n - 1)s - 2p + span."""
    return tuple(
        (n - 1) * s - 2 * p + k for n, k, s, p in zip(size, span, stride, padding, strict=True)
    )
