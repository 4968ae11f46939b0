"""Whether input, weight and bias can be worked on, and with each other."""

import torch
from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.shapes.window import check_count

_LETTERS = {1: "L", 2: "H, W", 3: "D, H, W"}
REAL = (
    *(torch.float64, torch.float32, torch.bfloat16, torch.float16),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8),
)
ADDABLE = (*REAL, torch.bool, torch.complex64, torch.complex128)


def check_tensors(operation: str, x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """See that input, weight and bias are tensors at all."""
    check_tensor(operation, "input", x)
    check_tensor(operation, "weight", weight)
    if bias is not None:
        check_tensor(operation, "bias", bias)


def check_tensor(operation: str, name: str, value: Tensor) -> None:
    """See that `value` is a tensor at all."""
    if not isinstance(value, Tensor):
        raise ConvcoreError(
            f"{operation}: the {name} is of type={type(value).__name__}, not a torch.Tensor. "
            "Convert it with torch.as_tensor()."
        )


def check_input(operation: str, x: Tensor, axes: int) -> None:
    """See that `x` is (N, C, spatial …) or (C, spatial …), has pixels, and holds real numbers."""
    check_picture(operation, x, axes)
    check_dtype(operation, x, REAL)


def check_picture(operation: str, x: Tensor, axes: int) -> None:
    """See that `x` is (N, C, spatial …) or (C, spatial …) and has pixels, of any dtype."""
    check_tensor(operation, "input", x)
    letters = _LETTERS[axes]
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


def check_dtype(operation: str, x: Tensor, dtypes: tuple[torch.dtype, ...]) -> None:
    """See that `x` holds numbers of a kind that the operation can work on."""
    if x.dtype not in dtypes:
        known = ", ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
        raise ConvcoreError(
            f"{operation}: the input's dtype={x.dtype} must be one of {known}. Use float()."
        )


def check_weight(
    operation: str, x: Tensor, weight: Tensor, bias: Tensor | None, groups: int, axes: int
) -> None:
    """See that weight and bias suit the input's channels, dtype and device, and each other."""
    channels = x.shape[-axes - 1]
    check_count(operation, "groups", groups)
    _check_full(operation, weight, axes, "C_out, C_in // groups")
    if weight.shape[1] * groups != channels or len(weight) % groups:
        raise ConvcoreError(
            f"{operation}: input channels={channels}, weight's shape={tuple(weight.shape)}, "
            f"groups={groups}: the weight must be (a multiple of {groups}, C_in // groups, …) with "
            f"C_in // groups × groups = {channels}. Change the weight's channels or groups."
        )
    _check_partners(operation, x, weight, bias, len(weight))


def check_transposed_weight(
    operation: str, x: Tensor, weight: Tensor, bias: Tensor | None, groups: int, axes: int
) -> None:
    """The same for a transposed convolution's weight, which has the input's channels first."""
    channels = x.shape[-axes - 1]
    check_count(operation, "groups", groups)
    _check_full(operation, weight, axes, "C_in, C_out // groups")
    if len(weight) != channels or channels % groups:
        raise ConvcoreError(
            f"{operation}: input channels={channels}, weight's shape={tuple(weight.shape)}, "
            f"groups={groups}: the weight must be ({channels}, C_out // groups, …) with {channels} "
            "a multiple of groups. Change the weight's channels or groups."
        )
    _check_partners(operation, x, weight, bias, weight.shape[1] * groups)


def spatial_axes(operation: str, weight: Tensor) -> int:
    """How many spatial axes `weight` is for: 1, 2 or 3."""
    if weight.dim() - 2 not in _LETTERS:
        raise ConvcoreError(
            f"{operation}: the weight's shape={tuple(weight.shape)} has {weight.dim()} axes; it "
            "must be (C_out, C_in // groups, kernel size per axis) with 1, 2 or 3 spatial axes. "
            "Reshape the weight."
        )
    return weight.dim() - 2


def _check_full(operation: str, weight: Tensor, axes: int, channels: str) -> None:
    if weight.dim() != axes + 2 or 0 in weight.shape:
        raise ConvcoreError(
            f"{operation}: the weight's shape={tuple(weight.shape)} must have {axes + 2} axes "
            f"({channels}, kernel size per axis), none empty. Reshape the weight."
        )


def _check_partners(
    operation: str, x: Tensor, weight: Tensor, bias: Tensor | None, outputs: int
) -> None:
    """See that the bias is one number per output, and all three alike in dtype and device."""
    if bias is not None and tuple(bias.shape) != (outputs,):
        raise ConvcoreError(
            f"{operation}: the bias's shape={tuple(bias.shape)} must be ({outputs},), one "
            "number per output channel. Reshape the bias, or pass None."
        )
    for name, other in (("weight", weight), ("bias", bias)):
        if other is not None and (other.dtype, other.device) != (x.dtype, x.device):
            raise ConvcoreError(
                f"{operation}: the input is {x.dtype} on {x.device} but the {name} is "
                f"{other.dtype} on {other.device}; they must agree. Convert one with .to()."
            )
