"""What a kernel answers to a picture, and the coordinates that pictures are made of."""

import torch

from convcore import functional

DOUBLE = torch.float64


def respond(kernel, picture):
    """What the kernel makes of one picture, wherever it fits on it."""
    return functional.conv2d(picture.to(kernel.dtype)[None, None], kernel[None, None])[0, 0]


def grid(height=9, width=11):
    """(x, y): where each pixel lies."""
    return torch.meshgrid(
        torch.arange(width, dtype=DOUBLE), torch.arange(height, dtype=DOUBLE), indexing="xy"
    )
