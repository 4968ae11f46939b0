"""Maps → the files that a browser shows, no larger than they are seen.

A map that is shrunk keeps of each block the value furthest from 0: a mean would let thin edges fade
and let −1 beside 1 vanish.
"""

import base64
import math
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from lab import images
from lab.edges import compute
from lab.edges.pictures import Picture
from lab.edges.setup import EdgeSetup

SEEN = 900  # pixels along the longer side of what is sent
_NEARLY_ALL = 0.998
_FEW = 50_000  # values that are enough to tell
Box = tuple[float, float, float, float]  # left, top, width, height, as shares of the picture
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


def before(setup: EdgeSetup, picture: Picture, box: Box = WHOLE, most: int = SEEN) -> bytes:
    """Return the picture as the kernel meets it, at most `most` pixels high and wide."""
    return _before(compute.seen(setup, picture), box, most)


def after(setup: EdgeSetup, picture: Picture, box: Box = WHOLE, most: int = SEEN) -> bytes:
    """Return the map that `setup.view` names, at most `most` pixels high and wide."""
    size = compute.noisy(setup, picture).shape[-2:]
    if setup.view == "direction":
        taken = compute.gradient(setup, picture)
        strength = _cut(_framed(taken.strength, size), box)
        direction = _cut(_framed(taken.direction, size), box)
        return wheel(strength, direction, limit_of(taken.strength), most)
    values = compute.view(setup, picture)
    if setup.view == "response":
        values = compute.strongest_channel(values)
        return signed(_cut(_framed(values, size), box), limit_of(values), most)
    limit = 1.0 if values.dtype == torch.bool else limit_of(values)
    return grey(_cut(_framed(values.float(), size), box), limit, most)


def cut_box(size: tuple[int, int], box: Box) -> Box:
    """Return `box` moved outwards to whole pixels of a picture of `size` (rows, columns)."""
    rows, columns = _span(size, box)
    return (
        columns.start / size[1],
        rows.start / size[0],
        (columns.stop - columns.start) / size[1],
        (rows.stop - rows.start) / size[0],
    )


def signed(values: Tensor, limit: float, most: int = SEEN) -> bytes:
    """Return a PNG of (H, W), blue below 0, white, red above."""
    return images.signed((_strongest(values, values.abs(), most) / limit).numpy())


def grey(values: Tensor, limit: float, most: int = SEEN) -> bytes:
    """Return a PNG of (H, W) from 0, black, to `limit`, white."""
    shown = (255 * _strongest(values, values.abs(), most) / limit).clamp(0, 255)
    return images.photograph(shown.byte().numpy())


def wheel(strength: Tensor, direction: Tensor, limit: float, most: int = SEEN) -> bytes:
    """Return a picture with the direction as a hue and the strength as brightness.

    Red is 0° (right), then yellow, green, cyan, blue as the angle turns clockwise.
    """
    shown = _strongest(direction, strength, most).numpy()
    bright = (_strongest(strength, strength, most) / limit).numpy()
    hue = (shown % 360)[..., None] / 60 + np.array([0, 4, 2], dtype=np.float32)
    colour = (np.abs(hue % 6 - 3) - 1).clip(0, 1)
    return images.photograph((255 * colour * bright[..., None]).astype(np.uint8))


@lru_cache(maxsize=1)
def legend() -> bytes:
    """Return the colour wheel itself, with the strength growing from the middle."""
    places = torch.linspace(-1, 1, 96)
    x, y = places.unsqueeze(0).expand(96, 96), places.unsqueeze(1).expand(96, 96)
    strength = torch.hypot(x, y)
    direction = torch.rad2deg(torch.atan2(y, x))
    return wheel(strength * (strength <= 1), direction, 1.0)


def limit_of(values: Tensor) -> float:
    """How far from 0 a colour is full: nearly all values lie within; a few strong ones beyond.

    Up to the strongest of all, one bright point would let everything else fade.
    """
    some = values.abs().flatten()
    most = float(some.max())
    if len(some) > _FEW:
        some = some[:: len(some) // _FEW]
        most = float(some.quantile(_NEARLY_ALL)) or most
    return most or 1.0  # where all is 0, a scale is still needed


def as_url(picture: bytes) -> str:
    """Return the file as an address that holds it whole."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


# The tensor is that of the last stage's memory, so it is the same one until something changes.
@lru_cache(maxsize=2)
def _before(seen: Tensor, box: Box, most: int) -> bytes:
    pixels = (255 * _cut(seen, box)).clamp(0, 255).byte()
    pixels = (pixels.permute(1, 2, 0) if pixels.dim() == 3 else pixels).contiguous().numpy()
    return images.photograph(images.shrunk(pixels, _factor(pixels.shape[:2], most)))


def _strongest(values: Tensor, strength: Tensor, most: int) -> Tensor:
    """`values` shrunk to what is seen: of each block the one of the greatest strength."""
    factor = _factor(tuple(values.shape), most)
    if factor == 1:
        return values
    _, places = F.max_pool2d(strength[None].float(), factor, ceil_mode=True, return_indices=True)
    return values.flatten()[places[0]]


def _factor(size: tuple[int, ...], most: int) -> int:
    return math.ceil(max(size) / most)


def _cut(values: Tensor, box: Box) -> Tensor:
    if box == WHOLE:
        return values
    rows, columns = _span(tuple(values.shape[-2:]), box)
    return values[..., rows, columns].contiguous()


def _span(size: tuple[int, int], box: Box) -> tuple[slice, slice]:
    left, top, width, height = box
    rows = slice(
        max(0, math.floor(top * size[0])), min(size[0], math.ceil((top + height) * size[0]))
    )
    columns = slice(
        max(0, math.floor(left * size[1])), min(size[1], math.ceil((left + width) * size[1]))
    )
    return rows, columns


def _framed(values: Tensor, size: tuple[int, ...]) -> Tensor:
    """Maps that are smaller than the picture (border "valid") stand where their pixels do."""
    rows, columns = (n - m for n, m in zip(size, values.shape, strict=True))
    if not rows and not columns:
        return values
    top, left = rows // 2, columns // 2
    return F.pad(values, (left, columns - left, top, rows - top))
