"""Noise, the same for the same seed."""

import torch
from torch import Tensor

from convcore.edges.checks import check_amount, check_picture
from convcore.errors import ConvcoreError


def add_noise(
    picture: Tensor, gaussian: float = 0.0, salt_and_pepper: float = 0.0, seed: int = 0
) -> Tensor:
    """The picture with noise: a random number on every pixel, then some pixels black or white.

    Nothing is cut off at black or white: that would make the noise's mean depend on brightness.

    Shape:
        (H, W) or (C, H, W) -> the same

    Args:
        gaussian: standard deviation of what is added to every pixel of every channel.
        salt_and_pepper: share of pixels, 0 to 1, that become the picture's own darkest or
            brightest value, half of them each, all channels alike.

    Raises:
        ConvcoreError: not a picture, `gaussian` below 0, or `salt_and_pepper` not in 0 to 1.
    """
    check_picture("add_noise", picture)
    check_amount("add_noise", gaussian=gaussian, salt_and_pepper=salt_and_pepper)
    if salt_and_pepper > 1:
        raise ConvcoreError(
            f"add_noise: salt_and_pepper={salt_and_pepper} is a share of all pixels and must be "
            "0 to 1. Use salt_and_pepper=0.05 for 5 %."
        )
    darkest, brightest = picture.aminmax()
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(picture.shape, generator=generator, dtype=picture.dtype)
    noisy = picture + gaussian * drawn.to(picture.device)
    chance = torch.rand(picture.shape[-2:], generator=generator).to(picture.device)
    pepper, salt = chance < salt_and_pepper / 2, chance >= 1 - salt_and_pepper / 2
    return torch.where(pepper, darkest, torch.where(salt, brightest, noisy))
