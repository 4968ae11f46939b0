"""Whether the arguments of `unfold` and `fold` fit, and how large their results are."""

from collections.abc import Sequence
from math import prod

from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.shapes.tensors import ADDABLE, check_dtype, check_picture, check_tensor
from convcore.shapes.window import Ints, Window, by, kernel_way, per_axis


def unfold_window(
    x: Tensor,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int],
    padding: int | Sequence[int],
    stride: int | Sequence[int],
) -> Window:
    """The way over `x` that `unfold` takes, once everything is seen to fit.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    check_picture("unfold", x, 2)
    check_dtype("unfold", x, ADDABLE)
    return _window("unfold", tuple(x.shape[-2:]), kernel_size, dilation, padding, stride)


def fold_window(
    blocks: Tensor,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int],
    padding: int | Sequence[int],
    stride: int | Sequence[int],
) -> Window:
    """The way over a picture of `output_size` on which `blocks` were met.

    Raises:
        ConvcoreError: the first thing that does not fit.
    """
    check_tensor("fold", "input", blocks)
    check_dtype("fold", blocks, ADDABLE)
    shape = tuple(blocks.shape)
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise ConvcoreError(
            f"fold: the input's shape={shape} must be (N, C × cells, blocks) or "
            "(C × cells, blocks); only N may be 0. Reshape the input."
        )
    size = _pair("fold", "output_size", output_size, least=1)
    window = _window("fold", size, kernel_size, dilation, padding, stride)
    cells, count = prod(window.kernel_size), prod(window.out_size)
    if shape[-2] % cells:
        raise ConvcoreError(
            f"fold: the input's shape={shape} has {shape[-2]} rows, which is no multiple of the "
            f"{cells} cells of kernel_size={window.kernel_size}. Change kernel_size."
        )
    if shape[-1] != count:
        raise ConvcoreError(
            f"fold: the input's shape={shape} has {shape[-1]} blocks, but there are "
            f"{by(window.out_size)} = {count} in output_size={size} (kernel_size="
            f"{window.kernel_size}, dilation={window.dilation}, padding={window.before}, "
            f"stride={window.stride}). Use the arguments that unfold was given."
        )
    return window


def _window(
    operation: str,
    size: Ints,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int],
    padding: int | Sequence[int],
    stride: int | Sequence[int],
) -> Window:
    kernel_size = _pair(operation, "kernel_size", kernel_size, least=1)
    dilation = _pair(operation, "dilation", dilation, least=1)
    padding = _pair(operation, "padding", padding, least=0)
    stride = _pair(operation, "stride", stride, least=1)
    pairs = tuple((p, p) for p in padding)
    return kernel_way(operation, size, kernel_size, stride, dilation, pairs)


def _pair(operation: str, name: str, value: int | Sequence[int], least: int) -> Ints:
    """`value` per axis; a sequence must have both, as in torch's `unfold`."""
    if isinstance(value, Sequence) and len(value) == 1:
        raise ConvcoreError(f"{operation}: {name}={value!r} must be an int or 2 ints. Give both.")
    return per_axis(operation, name, value, 2, least)
