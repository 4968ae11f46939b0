"""Whether a pooling's arguments fit, and how large its result is."""

import math
from collections.abc import Callable, Sequence
from numbers import Integral, Real

import torch
from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.shapes.tensors import check_dtype, check_input, check_tensor
from convcore.shapes.window import Ints, Window, by, per_axis, spans

Rule = Callable[[Tensor], Tensor]  # windows (…, cells) to one number each, (…)
FLOATS = (torch.float64, torch.float32, torch.bfloat16, torch.float16)


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


def mean_window(
    operation: str,
    x: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None,
    padding: int | Sequence[int],
    ceil_mode: bool,
    divisor_override: int | None,
    *,
    axes: int,
) -> Window:
    """The way of a window whose mean is taken; torch asks more of it than of other windows.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    window = pool_window(operation, x, kernel_size, stride, padding, 1, ceil_mode, axes=axes)
    check_dtype(operation, x, (*FLOATS, torch.int64))
    check_divisor(operation, divisor_override)
    if axes == 3 and any(k > n for k, n in zip(window.kernel_size, window.size, strict=True)):
        raise ConvcoreError(
            f"{operation}: kernel_size={window.kernel_size} is larger than the input of "
            f"size={window.size}; with three axes padding does not make up for that. "
            "Use a smaller kernel_size or a larger input."
        )
    return window


def norm_window(
    operation: str,
    x: Tensor,
    norm_type: float,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None,
    ceil_mode: bool,
    *,
    axes: int,
) -> tuple[Window, Tensor]:
    """The way of a window whose norm is taken, and the powers of `x` that it adds up.

    Of an infinite norm, for which nothing is added, the magnitudes.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    check_norm(operation, norm_type)
    check_tensor(operation, "input", x)
    if math.isinf(norm_type):
        window = pool_window(operation, x, kernel_size, stride, 0, 1, ceil_mode, axes=axes)
        return window, x.abs()
    if isinstance(norm_type, Integral) and norm_type < 0 and not x.dtype.is_floating_point:
        raise ConvcoreError(
            f"{operation}: norm_type={norm_type} of an input of dtype={x.dtype}: negative powers "
            "of whole numbers are not whole. Use float() on the input."
        )
    powers = x.pow(norm_type)
    window = mean_window(operation, powers, kernel_size, stride, 0, ceil_mode, None, axes=axes)
    return window, powers


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
    """See that a mean is divided by a whole number other than 0."""
    if divisor_override is None:
        return
    if isinstance(divisor_override, bool) or not isinstance(divisor_override, int):
        raise ConvcoreError(
            f"{operation}: divisor_override={divisor_override!r} is not an int. "
            "Use an int, or None for the window's size."
        )
    if divisor_override == 0:
        raise ConvcoreError(
            f"{operation}: divisor_override={divisor_override}: nothing can be divided by 0. "
            "Use another number, or None for the window's size."
        )


def check_norm(operation: str, norm_type: float) -> None:
    """See that there is a root of degree `norm_type`."""
    if not isinstance(norm_type, Real) or norm_type == 0:
        raise ConvcoreError(
            f"{operation}: norm_type={norm_type!r} must be a number other than 0, for there is no "
            "root of degree 0. Use 2 for the Euclidean norm, math.inf for the largest magnitude."
        )


def check_rule(operation: str, reduce: Rule) -> None:
    """See that a pooling rule can be called."""
    if not callable(reduce):
        raise ConvcoreError(
            f"{operation}: reduce={reduce!r} cannot be called. Give a function of the windows "
            "(…, cells), such as lambda windows: windows.amax(-1)."
        )


def check_fill(operation: str, x: Tensor, padding_value: float) -> None:
    """See that the input's dtype can hold what its padding is to hold."""
    fits = isinstance(padding_value, Real)
    if fits and not x.dtype.is_floating_point:
        whole = torch.iinfo(x.dtype)
        fits = whole.min <= padding_value <= whole.max and padding_value == int(padding_value)
    if not fits:
        raise ConvcoreError(
            f"{operation}: padding_value={padding_value!r} is not a number that the input's "
            f"dtype={x.dtype} can hold. Use another, or float() on the input."
        )


def check_reduced(operation: str, windows: Tensor, reduced: Tensor) -> None:
    """See that a pooling rule has made one number of each window."""
    wanted = tuple(windows.shape[:-1])
    if isinstance(reduced, Tensor) and tuple(reduced.shape) == wanted:
        return
    got = f"shape={tuple(reduced.shape)}" if isinstance(reduced, Tensor) else type(reduced).__name__
    raise ConvcoreError(
        f"{operation}: reduce returned {got} for windows of shape={tuple(windows.shape)}; it must "
        f"be a tensor of shape={wanted}, one number per window. Reduce the last axis and no other, "
        "as windows.amax(-1) does; of several results return one, as windows.median(-1).values."
    )


def adaptive_size(
    operation: str, x: Tensor, output_size: int | Sequence[int | None], *, axes: int
) -> Ints:
    """`output_size` per axis, None standing for the input's own, once `x` is seen to fit.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    sizes = output_sizes(operation, output_size, axes=axes)
    check_tensor(operation, "input", x)
    if x.dim() not in (axes + 1, axes + 2) or 0 in x.shape[-axes:]:
        raise ConvcoreError(
            f"{operation}: the input's shape={tuple(x.shape)} must be (N, C, …) or (C, …) with "
            f"{axes} spatial axes, none of them empty. Use unsqueeze, reshape or a larger input."
        )
    check_dtype(operation, x, FLOATS)
    return tuple(n if s is None else s for n, s in zip(x.shape[-axes:], sizes, strict=True))


def output_sizes(
    operation: str, output_size: int | Sequence[int | None], *, axes: int
) -> tuple[int | None, ...]:
    """`output_size` with one entry per axis; None stands for the input's own size.

    Raises:
        ConvcoreError: neither an int nor one entry per axis, or negative.
    """
    sizes = output_size if isinstance(output_size, Sequence) else (output_size,) * axes
    if output_size is None or len(sizes) != axes:
        raise ConvcoreError(
            f"{operation}: output_size={output_size!r} is neither an int nor {axes} entries. "
            f"Give an int, or a tuple of {axes}, in which None keeps the input's size."
        )
    return tuple(
        None if size is None else per_axis(operation, "output_size", size, 1, least=0)[0]
        for size in sizes
    )


def _pooled(size: int, span: int, stride: int, padding: int, ceil_mode: bool) -> int:
    """Pooled pixels along one axis; `ceil_mode` keeps a last window that starts on the input."""
    room = size + 2 * padding - span
    if not ceil_mode:
        return room // stride + 1
    out = -(-room // stride) + 1
    return out - 1 if (out - 1) * stride >= size + padding else out
