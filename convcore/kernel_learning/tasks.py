"""Ready-made X and Y with the kernel that is to be found: (x, y, true_weight), in float64."""

import torch
from torch import Tensor

from convcore import functional
from convcore.errors import ConvcoreError
from convcore.shapes import Padding

Task = tuple[Tensor, Tensor, Tensor]

_DARKER = ((1.0, -1.0),)  # 1 where brightness falls to the right


def edge_task() -> Task:
    """Return a black bar on white, 6×8, and its upright edges, 6×7, by [1, −1].

    Shape:
        (1, 1, 6, 8), (1, 1, 6, 7), (1, 1, 1, 2)
    """
    picture = torch.ones(6, 8, dtype=torch.float64)
    picture[:, 2:6] = 0
    return filter_task(picture, torch.tensor(_DARKER))


def diagonal_task() -> Task:
    """Return a white diagonal on black, 8×8, and its upright edges, 8×7, by [1, −1].

    Shape:
        (1, 1, 8, 8), (1, 1, 8, 7), (1, 1, 1, 2)
    """
    return filter_task(torch.eye(8, dtype=torch.float64), torch.tensor(_DARKER))


def filter_task(picture: Tensor, weight: Tensor, padding: Padding = 0) -> Task:
    """Return `picture`, its response to the hidden filter `weight`, and that filter.

    Shape:
        picture (N, C_in, H, W), (C_in, H, W) or (H, W); weight (C_out, C_in, K_h, K_w), or
        (K_h, K_w), which each channel of a picture meets on its own: C channels in, C out
        -> (N, C_in, H, W), (N, C_out, H_out, W_out), (C_out, C_in, K_h, K_w)

    Raises:
        ConvcoreError: the channels do not fit, or the filter exceeds the padded picture.
    """
    if not 2 <= picture.dim() <= 4 or weight.dim() not in (2, 4):
        raise ConvcoreError(
            f"filter_task: picture of shape={tuple(picture.shape)}, weight of "
            f"shape={tuple(weight.shape)}: the picture must have 2 to 4 axes, the weight 2 or 4. "
            "Reshape them."
        )
    x = picture.double().reshape((1,) * (4 - picture.dim()) + tuple(picture.shape))
    weight = weight.double()
    if weight.dim() == 2:
        channels = torch.eye(x.shape[1], dtype=x.dtype)
        weight = channels[:, :, None, None] * weight
    return x, functional.conv2d(x, weight, padding=padding), weight
