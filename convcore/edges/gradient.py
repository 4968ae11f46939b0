"""How strongly brightness grows, which way, and where that is greatest: edges one pixel wide."""

import torch
from torch import Tensor

from convcore.edges.checks import check_alike, check_map
from convcore.edges.response import respond
from convcore.functional.windows import batches, numbers_at_once


def gradient(
    picture: Tensor, kernel_x: Tensor, kernel_y: Tensor, padding_mode: str = "reflect"
) -> tuple[Tensor, Tensor]:
    """The magnitude and direction that two kernels give together, one along x and one along y.

    Shape:
        picture (H, W) or (C, H, W) -> magnitude, direction: as picture

    Raises:
        ConvcoreError: as `respond`.
    """
    return polar(respond(picture, kernel_x, padding_mode), respond(picture, kernel_y, padding_mode))


def polar(along_x: Tensor, along_y: Tensor) -> tuple[Tensor, Tensor]:
    """Length and direction of (x, y), pixel by pixel.

    The direction is in degrees from x (right) towards y (down), −180 to 180; the way to the bright
    side. Where the length is 0 it says nothing.
    """
    check_alike("polar", "along_x", along_x, "along_y", along_y)
    return torch.hypot(along_x, along_y), torch.rad2deg(torch.atan2(along_y, along_x))


def thin(magnitude: Tensor, direction: Tensor) -> Tensor:
    """The magnitude where it is greatest along its own direction, 0 elsewhere.

    A pixel is compared with the places one step ahead and behind, where the direction leaves the
    ring of its eight neighbours; the magnitude there lies between those of two of them. Of two
    equal ones side by side the one on the bright side stays. The outermost pixels lack neighbours:
    none of them stays.

    Shape:
        magnitude (H, W), direction (H, W), degrees -> (H, W)

    Raises:
        ConvcoreError: not two maps of one size, of finite numbers.

    Source: Canny 1986, "A Computational Approach to Edge Detection", IEEE Transactions on Pattern
        Analysis and Machine Intelligence 8, §VIII (non-maximum suppression).
    """
    check_map("thin", "magnitude", magnitude)
    check_map("thin", "direction", direction)
    check_alike("thin", "magnitude", magnitude, "direction", direction)
    height, width = magnitude.shape
    thinned = torch.zeros_like(magnitude, memory_format=torch.contiguous_format)
    if min(height, width) < 3:
        return thinned
    magnitude = magnitude.contiguous()
    for rows in batches(height - 2, numbers_at_once(magnitude) // (8 * width)):
        inner = slice(rows.start + 1, rows.stop + 1), slice(1, -1)
        strip = magnitude[rows.start : rows.stop + 2]
        thinned[inner] = magnitude[inner] * _greatest(strip, direction[inner])
    return thinned


def _greatest(magnitude: Tensor, direction: Tensor) -> Tensor:
    """Whether each pixel inside a strip is a maximum along its direction.

    Shape:
        magnitude (H, W), direction (H − 2, W − 2) -> (H − 2, W − 2)
    """
    width, angle = magnitude.shape[1], torch.deg2rad(direction)
    x, y = angle.cos(), angle.sin()
    right, down = x.sign().long(), width * y.sign().long()  # steps through the flattened strip
    flat = x.abs() >= y.abs()
    straight, slanted = torch.where(flat, right, down), right + down
    share = torch.where(flat, y / x, x / y).abs()  # how far from the straight to the slanted one
    pixels = torch.arange(magnitude.numel(), device=magnitude.device)
    here = pixels.view_as(magnitude)[1:-1, 1:-1]
    values = magnitude.flatten()
    ahead = values[here + straight].lerp(values[here + slanted], share)
    behind = values[here - straight].lerp(values[here - slanted], share)
    middle = magnitude[1:-1, 1:-1]
    return (middle > ahead) & (middle >= behind)
