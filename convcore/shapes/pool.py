"""Whether a pooling's arguments fit, and how large its result is."""

from collections.abc import Sequence

from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.shapes.tensors import check_input
from convcore.shapes.window import Ints, Window, by, per_axis, spans


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
            f"{operation}: the window spans {by(span)} (kernel_size={kernel_size}, "
            f"dilation={dilation}) but the padded input is only {by(padded)}. "
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


def _pooled(size: int, span: int, stride: int, padding: int, ceil_mode: bool) -> int:
    """Pooled pixels along one axis; `ceil_mode` keeps a last window that starts on the input."""
    room = size + 2 * padding - span
    if not ceil_mode:
        return room // stride + 1
    out = -(-room // stride) + 1
    return out - 1 if (out - 1) * stride >= size + padding else out
