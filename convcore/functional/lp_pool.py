"""Power-average pooling: of every window the p-th root of the sum of p-th powers.

    p = 1: the sum      p = 2: the Euclidean norm      p = ∞: the largest magnitude

Built from the two other poolings: the sum of a window is its mean times its number of cells. So a
last window of `ceil_mode`, part of which lies outside, counts as if it went on like its inside.
"""

import math

import torch
from torch import Tensor

from convcore import shapes
from convcore.functional.avg_pool import windows_mean
from convcore.functional.max_pool import windows_max
from convcore.shapes import Ints


def lp_pool1d(
    input: Tensor,  # noqa: A002  (torch's name)
    norm_type: float,
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Norm of every stretch of a row; the same contract as `torch.nn.functional.lp_pool1d`.

    Shape:
        input (N, C, L) or (C, L) -> (N, C, L_out) or (C, L_out); the rest as in `lp_pool2d`.

    Raises:
        ConvcoreError: as `lp_pool2d`.
    """
    return _lp_pool("lp_pool1d", 1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor,  # noqa: A002
    norm_type: float,
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Norm of every window; the same contract as `torch.nn.functional.lp_pool2d`.

    Powers are taken with their sign: of an odd `norm_type` negative numbers count negative.

    Shape:
        input (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or (C, H_out, W_out);
        H_out = (H - K_h) // s + 1, W_out alike.

    Raises:
        ConvcoreError: `norm_type` is 0, the window exceeds the input, a stride is 0 …
    """
    return _lp_pool("lp_pool2d", 2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor,  # noqa: A002
    norm_type: float,
    kernel_size: int | Ints,
    stride: int | Ints | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Norm of every block of a volume; the same contract as `torch.nn.functional.lp_pool3d`.

    Shape:
        input (N, C, D, H, W) or (C, D, H, W) -> (N, C, D_out, H_out, W_out) or without N; the rest
        as in `lp_pool2d`.

    Raises:
        ConvcoreError: as `lp_pool2d`.
    """
    return _lp_pool("lp_pool3d", 3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(
    operation: str,
    axes: int,
    x: Tensor,
    norm_type: float,
    kernel_size: int | Ints,
    stride: int | Ints | None,
    ceil_mode: bool,
) -> Tensor:
    """The pooling that every public function is, for any number of axes."""
    window, powers = shapes.norm_window(
        operation, x, norm_type, kernel_size, stride, ceil_mode, axes=axes
    )
    if math.isinf(norm_type):
        sign = 1 if norm_type > 0 else -1  # the smallest is the largest of the negative
        return sign * windows_max(sign * powers, window, False)
    sums = windows_mean(powers, window, True, None) * math.prod(window.kernel_size)
    # The root is infinitely steep at 0; what is chosen in its place takes no gradient.
    return torch.where(sums == 0, 0, sums).pow(1 / norm_type)
