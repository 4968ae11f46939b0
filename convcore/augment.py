"""Pictures changed at random, a batch at a time but each picture on its own, and normalised."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from convcore.errors import ConvcoreError

_CHUNK = 4096  # images; keeps the working copy small however many there are


def random_crop(images: Tensor, padding: int, generator: torch.Generator) -> Tensor:
    """Return every picture shifted by its own random offset, what comes in from outside being 0.

    The same as padding by `padding` zeros on each side and cutting the old size out anywhere.

    Shape:
        images (N, C, H, W) of any dtype -> the same

    Raises:
        ConvcoreError: `images` is not a batch, or `padding` is negative.
    """
    _check_batch("random_crop", images)
    if padding < 0:
        raise ConvcoreError(f"random_crop: padding={padding}: must be 0 or more pixels.")
    count, _, height, width = images.shape
    offsets = torch.randint(
        0, 2 * padding + 1, (2, count), generator=generator, device=generator.device
    )
    top, left = offsets.to(images.device)
    windows = F.pad(images, (padding,) * 4).unfold(2, height, 1).unfold(3, width, 1)  # a view
    return windows[torch.arange(count, device=images.device), :, top, left]


def random_flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return every picture mirrored left to right with probability 1/2, or as it is.

    Shape:
        images (N, C, H, W) of any dtype -> the same

    Raises:
        ConvcoreError: `images` is not a batch.
    """
    _check_batch("random_flip", images)
    draws = torch.rand(len(images), generator=generator, device=generator.device)
    flipped = (draws < 0.5).to(images.device)
    return torch.where(flipped[:, None, None, None], images.flip(3), images)


def normalize(
    images: Tensor, mean: Sequence[float] | Tensor, std: Sequence[float] | Tensor
) -> Tensor:
    """Return uint8 pictures as float32 with about zero mean and unit spread per channel.

    Args:
        images: uint8 only: a float picture may have been divided by 255 already.
        mean: Per channel, on the 0..1 scale, as `statistics` gives it.
        std: As `mean`.

    Shape:
        images (N, C, H, W) uint8 -> (N, C, H, W) float32

    Raises:
        ConvcoreError: `images` is not a uint8 batch, or `mean` and `std` do not fit its channels.
    """
    _check_batch("normalize", images)
    if images.dtype != torch.uint8:
        raise ConvcoreError(
            f"normalize: images are {images.dtype}, but must be uint8 (0..255), "
            "so that nothing is divided by 255 twice. Give the pictures as they were loaded."
        )
    mean, std = (torch.as_tensor(each, dtype=torch.float64).flatten() for each in (mean, std))
    channels = images.shape[1]
    if not len(mean) == len(std) == channels or not bool((std > 0).all()):
        raise ConvcoreError(
            f"normalize: mean={mean.tolist()}, std={std.tolist()} for {channels} channels: "
            "one mean and one std above 0 are needed per channel. Take them from `statistics`."
        )
    # (x / 255 - mean) / std as one product and one sum
    scale, shift = (
        each.to(images.device, torch.float32)[:, None, None]
        for each in (1 / (255 * std), -mean / std)
    )
    return images.to(torch.float32).mul_(scale).add_(shift)


def statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return (mean, std) of every channel on the 0..1 scale, exact, over all pictures and pixels.

    The std is that of the whole population, and at least one grey level (1/255), so that a
    channel that is the same everywhere can be divided by it.

    Shape:
        images (N, C, H, W) uint8 -> mean (C,), std (C,) float32

    Raises:
        ConvcoreError: `images` is not a uint8 batch, or is empty.
    """
    _check_batch("statistics", images)
    if images.dtype != torch.uint8 or images.numel() == 0:
        raise ConvcoreError(
            f"statistics: images are {images.dtype} of shape {tuple(images.shape)}, but must be "
            "uint8 (0..255) and not empty. Give the pictures as they were loaded."
        )
    counts = sum(_histogram(chunk) for chunk in images.split(_CHUNK))  # (C, 256)
    share = counts / counts.sum(1, keepdim=True)
    levels = torch.arange(256, dtype=torch.float64, device=images.device) / 255
    mean = share @ levels
    variance = (share * (levels - mean[:, None]) ** 2).sum(1)
    return mean.float(), variance.sqrt().clamp(min=1 / 255).float()


def _histogram(images: Tensor) -> Tensor:
    """Return how often each grey level occurs per channel, (C, 256) float64."""
    channels = images.transpose(0, 1).flatten(1)
    return torch.stack([torch.bincount(each, minlength=256) for each in channels]).double()


def _check_batch(operation: str, images: Tensor) -> None:
    if images.ndim != 4:
        raise ConvcoreError(
            f"{operation}: images have the shape {tuple(images.shape)}, but must be a batch "
            "(N, C, H, W). Add the missing dimension with images[None]."
        )
