"""The two pictures to begin with, small enough to follow by hand."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Example:
    """A picture, a kernel, and what comes out wherever the kernel fits on the picture."""

    picture: Tensor
    kernel: Tensor
    expected: Tensor


def black_bar() -> Example:
    """A black bar on white: [1, −1] answers 1 where it gets darker, −1 where it gets brighter.

    Stood upright (`kernel.mT`), the kernel finds nothing: no edge lies that way.

    Shape:
        picture (6, 8), kernel (1, 2), expected (6, 7)
    """
    picture = torch.ones(6, 8)
    picture[:, 2:6] = 0
    expected = torch.zeros(6, 7)
    expected[:, 1], expected[:, 5] = 1, -1
    return Example(picture, _kernel(), expected)


def diagonal() -> Example:
    """A white diagonal on black: [1, −1] answers 1 on it and −1 just before it in each row.

    The transposed picture is the same picture; the transposed kernel gives the transposed result.

    Shape:
        picture (8, 8), kernel (1, 2), expected (8, 7)
    """
    picture = torch.eye(8)
    return Example(picture, _kernel(), picture[:, :-1] - picture[:, 1:])


def _kernel() -> Tensor:
    return torch.tensor([[1.0, -1.0]])
