"""Whether a picture, a kernel and the way they meet make sense."""

import math

import torch
from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.kernels.checks import check_choice, check_finite
from convcore.shapes import PADDING_MODES, check_tensor

FLOATING = (torch.float32, torch.float64)
# How far beyond a picture of n pixels a padding mode finds something to put there.
_REACH = {
    "zeros": lambda n: math.inf,
    "reflect": lambda n: n - 1,
    "replicate": lambda n: math.inf,
    "circular": lambda n: n,
}


def check_picture(operation: str, picture: Tensor) -> None:
    """See that it is (H, W) or (C, H, W), not empty, float32 or float64, and finite."""
    check_map(operation, "picture", picture, axes=(2, 3))


def check_map(operation: str, name: str, values: Tensor, axes: tuple[int, ...] = (2,)) -> None:
    """The same for any numbers laid out like a picture, plain (H, W) unless `axes` says more."""
    check_tensor(operation, name, values)
    if values.dim() not in axes or not values.numel():
        form = "(H, W) or (C, H, W)" if 3 in axes else "(H, W)"
        raise ConvcoreError(
            f"{operation}: the {name}'s shape={tuple(values.shape)} must be {form} and not empty. "
            "Take one picture of a batch; add or drop axes with unsqueeze or squeeze."
        )
    check_numbers(operation, name, values)


def check_numbers(operation: str, name: str, values: Tensor) -> None:
    """See that all are finite, in float32 or float64."""
    check_tensor(operation, name, values)
    if values.dtype not in FLOATING:
        raise ConvcoreError(
            f"{operation}: the {name}'s dtype={values.dtype} must be float32 or float64. Use "
            "float(), and divide by 255 where the numbers are bytes."
        )
    # The sum is quick and finite nearly always; if it isn't, it may only have grown too large.
    if not (values.sum().isfinite() or values.isfinite().all()):
        raise ConvcoreError(
            f"{operation}: the {name} holds entries that are infinite or not numbers. Replace them "
            "with torch.nan_to_num()."
        )


def check_mask(operation: str, name: str, mask: Tensor) -> None:
    """See that it is (H, W) and of truth values."""
    check_tensor(operation, name, mask)
    if mask.dim() != 2 or mask.dtype != torch.bool:
        raise ConvcoreError(
            f"{operation}: {name} has shape={tuple(mask.shape)}, dtype={mask.dtype}; it must be "
            "(H, W), torch.bool. Compare with a threshold first."
        )


def check_alike(operation: str, name: str, a: Tensor, other: str, b: Tensor) -> None:
    """See that two maps belong to one picture."""
    if a.shape != b.shape:
        raise ConvcoreError(
            f"{operation}: {name} has shape={tuple(a.shape)} but {other} shape={tuple(b.shape)}; "
            "they must be of one picture. Compute both from the same."
        )


def check_kernel(operation: str, weight: Tensor) -> None:
    """See that it is (K_h, K_w), not empty, and of finite real numbers."""
    check_tensor(operation, "kernel", weight)
    if weight.dim() != 2 or not weight.numel() or weight.is_complex():
        raise ConvcoreError(
            f"{operation}: the kernel's shape={tuple(weight.shape)}, dtype={weight.dtype} must be "
            "(K_h, K_w), not empty, of real numbers. Lay a kernel of one axis on the picture with "
            "kernels.along()."
        )
    if not weight.isfinite().all():
        raise ConvcoreError(
            f"{operation}: the kernel holds entries that are infinite or not numbers. "
            "Use finite ones."
        )


def check_border(operation: str, picture: Tensor, weight: Tensor, padding_mode: str) -> None:
    """See that there are pixels to stand in for those that the kernel meets outside."""
    check_choice(operation, "padding_mode", padding_mode, PADDING_MODES)
    size, kernel_size = tuple(picture.shape[-2:]), tuple(weight.shape)
    reach = _REACH[padding_mode]
    if any(k // 2 > reach(n) for n, k in zip(size, kernel_size, strict=True)):
        raise ConvcoreError(
            f"{operation}: a kernel of size={kernel_size} reaches {max(kernel_size) // 2} pixels "
            f"beyond the picture of size={size}, further than padding_mode={padding_mode!r} finds "
            "pixels to put there. Use padding_mode='replicate' or 'zeros', or a smaller kernel."
        )


def check_levels(operation: str, low: float, high: float) -> None:
    """See that 0 ≤ low ≤ high."""
    check_finite(operation, low=low, high=high)
    if not 0 <= low <= high:
        raise ConvcoreError(
            f"{operation}: low={low}, high={high}: they must be 0 ≤ low ≤ high. "
            f"Use low={min(abs(low), abs(high))}, high={max(abs(low), abs(high))}."
        )


def check_amount(operation: str, **values: float) -> None:
    """See that each value is a finite number, 0 or more."""
    check_finite(operation, **values)
    for name, value in values.items():
        if value < 0:
            raise ConvcoreError(
                f"{operation}: {name}={value!r} must be 0 or more. Use {name}=0 for none."
            )
