"""Room for what a pooling makes. Everything lies channels last, as `windows` lays its frames."""

import torch
from torch import Tensor

from convcore.functional.windows import numbers_at_once
from convcore.shapes import Window


def empty_output(x: Tensor, window: Window, dtype: torch.dtype | None = None) -> Tensor:
    """Room for the result of pooling `x`: (N, output size …, C)."""
    return x.new_empty(len(x), *window.out_size, x.shape[1], dtype=dtype)


def empty_input(grad_y: Tensor, window: Window, dtype: torch.dtype | None = None) -> Tensor:
    """Room for the gradient of what was pooled: (N, C, size …), channels last in memory."""
    return grad_y.new_empty(len(grad_y), *window.size, grad_y.shape[1], dtype=dtype).movedim(-1, 1)


def pictures_at_once(x: Tensor) -> int:
    """How many pictures of the batch `x` to pool at a time; half the room is for what is made."""
    return max(1, numbers_at_once(x) // (2 * max(1, x[:1].numel())))
