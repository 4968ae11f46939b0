"""Whether a filter's arguments make sense, and whether a dtype can hold its weights."""

import sys

import torch
from torch import Tensor

from convcore.errors import ConvcoreError


def check_whole(operation: str, name: str, value: int, least: int) -> None:
    """See that `value` is a whole number of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ConvcoreError(
            f"{operation}: {name}={value!r} must be a whole number of at least {least}. "
            f"Use {name}={least} or more."
        )


def check_odd(operation: str, name: str, value: int, least: int = 1) -> None:
    """See that `value` is odd, so that there is a middle cell, and at least `least`."""
    check_whole(operation, name, value, least)
    if value % 2 == 0:
        raise ConvcoreError(
            f"{operation}: {name}={value} must be odd, or there is no middle cell and the result "
            f"is shifted by half a pixel. Use {name}={value + 1}."
        )


def check_finite(operation: str, **values: float) -> None:
    """See that each value is an int or a float, and neither infinite nor NaN."""
    for name, value in values.items():
        if not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
            raise ConvcoreError(
                f"{operation}: {name}={value!r} must be a finite int or float. Use {name}=1.0, say."
            )


def check_positive(operation: str, **values: float) -> None:
    """See that each value is a finite number above 0."""
    check_finite(operation, **values)
    for name, value in values.items():
        if value <= 0:
            raise ConvcoreError(
                f"{operation}: {name}={value!r} must be above 0. Use {name}=1.0, say."
            )


def check_choice(operation: str, name: str, value: str | int, options: tuple) -> None:
    """See that `value` is one of `options`."""
    if value not in options:
        raise ConvcoreError(f"{operation}: {name}={value!r} is not known. Use one of {options}.")


def in_dtype(operation: str, weights: Tensor, dtype: torch.dtype) -> Tensor:
    """The `weights` in `dtype`.

    Raises:
        ConvcoreError: they are too large for it, or not whole numbers and it is for integers.
    """
    made = weights.to(dtype=dtype)
    held = made.isfinite().all()
    if dtype.is_complex or not (dtype.is_floating_point or torch.equal(made.double(), weights)):
        held = False
    if not held:
        raise ConvcoreError(
            f"{operation}: dtype={dtype} cannot hold the weights, which run from "
            f"{weights.min():.6g} to {weights.max():.6g}. Use torch.float32 or float64, or "
            "arguments that make them smaller."
        )
    return made
