"""Whether input, weight and bias can be worked on, and with each other."""

import torch
from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.shapes.window import per_axis


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
