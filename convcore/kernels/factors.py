"""Two dimensions out of one, and back: laying a vector along an axis, splitting a filter in two."""

from typing import Literal

import torch
from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.kernels.checks import check_choice

Axis = Literal["x", "y"]
AXES = ("x", "y")


def along(weights: Tensor, axis: Axis) -> Tensor:
    """A one-axis filter as a filter for pictures: a row for "x", a column for "y".

    Shape:
        (K,) -> (1, K) or (K, 1)

    Raises:
        ConvcoreError: the weights have more than one axis, or the axis is not known.
    """
    check_choice("along", "axis", axis, AXES)
    if weights.dim() != 1:
        raise ConvcoreError(
            f"along: the weights' shape={tuple(weights.shape)} must be (K,). Lay filters of two "
            "axes on the picture as they are."
        )
    return weights.unsqueeze(0 if axis == "x" else 1)


def separate(kernel: Tensor) -> tuple[Tensor, Tensor] | None:
    """The column and the row whose outer product is the kernel, or None if there are none.

    Two passes, with the column and with the row, then give what one pass with the kernel gives, for
    K_h + K_w products a pixel instead of K_h · K_w. The column's largest entry is 1.

    There are none unless every row is a multiple of one row (rank 1). So the row and the column
    through the largest weight already tell the rest; whether they do, up to the rounding of the
    kernel's dtype, is what is looked at. Zeros of the kernel stay exact zeros, which the vectors of
    a singular value decomposition would not grant.

    Shape:
        (K_h, K_w) -> (K_h,), (K_w,); floating, even where the kernel holds integers.

    Raises:
        ConvcoreError: not a matrix, empty, or not of finite real numbers.

    Source: Golub & Van Loan 2013, "Matrix Computations", 4th ed., §3.4 (elimination with complete
        pivoting: what one step leaves over is 0 for a matrix of rank 1).
    """
    if kernel.dim() != 2 or not kernel.numel() or kernel.is_complex():
        raise ConvcoreError(
            f"separate: the kernel's shape={tuple(kernel.shape)}, dtype={kernel.dtype} must be "
            "(K_h, K_w), not empty, of real numbers. Take one matrix of the weight."
        )
    dtype = kernel.dtype if kernel.is_floating_point() else torch.get_default_dtype()
    exact = kernel.double()
    if not exact.isfinite().all():
        raise ConvcoreError(
            "separate: the kernel holds entries that are infinite or not numbers. Use finite ones."
        )
    i, j = divmod(int(exact.abs().argmax()), kernel.shape[1])
    largest = exact[i, j]
    column, row = exact[:, j] / (largest if largest else 1), exact[i]
    left_over = (exact - torch.outer(column, row)).abs().max()
    # Four roundings meet in a product: of this entry, its row's, its column's and the largest one.
    if left_over > 4 * torch.finfo(dtype).eps * largest.abs():
        return None
    return column.to(dtype), row.to(dtype)
