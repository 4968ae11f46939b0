"""Pictures whose edges are known, because they are drawn from formulas.

Brightness lies round ½, float64. x runs to the right and y down, from the middle of the picture; an
angle is in degrees from x towards y, the way to the bright side.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from convcore.edges.canny import blur as blurred
from convcore.edges.noise import add_noise
from convcore.functional import avg_pool2d
from convcore.kernels.checks import check_finite, check_positive, check_whole

_FINE = 8  # points along a pixel's side; their share that is bright is the pixel's brightness
_LEAST = 8  # pixels; smaller pictures have no room for an edge and its surroundings


@dataclass(frozen=True)
class Truth:
    """A picture, and its true edges, one pixel wide."""

    picture: Tensor  # (H, W), float64
    edges: Tensor  # (H, W), torch.bool: the pixels that the edge passes through


def step_edge(
    angle: float = 0.0,
    size: int = 129,
    contrast: float = 1.0,
    blur: float = 0.0,
    noise: float = 0.0,
    seed: int = 0,
) -> Truth:
    """A dark half and a bright half; the edge runs through the middle of the picture.

    At an odd `size` that is the middle of a pixel.

    Args:
        contrast: from dark to bright.
        blur: standard deviation, pixels.
        noise: standard deviation, brightness.

    Raises:
        ConvcoreError: `size` below 8, `contrast` not above 0, `blur` or `noise` below 0.
    """
    check_finite("step_edge", angle=angle)
    x, y = _unit(angle)
    return _drawn("step_edge", lambda h, v: x * h + y * v, size, contrast, blur, noise, seed)


def corners(
    angle: float = 0.0,
    size: int = 129,
    contrast: float = 1.0,
    blur: float = 0.0,
    noise: float = 0.0,
    seed: int = 0,
) -> Truth:
    """A bright square half as wide as the picture, turned by `angle`: four edges, four corners.

    Args, Raises:
        as `step_edge`.
    """
    check_finite("corners", angle=angle)
    x, y = _unit(angle)

    def depth(h: Tensor, v: Tensor) -> Tensor:
        return size // 4 - torch.maximum((x * h + y * v).abs(), (x * v - y * h).abs())

    return _drawn("corners", depth, size, contrast, blur, noise, seed)


def circle(
    size: int = 129, contrast: float = 1.0, blur: float = 0.0, noise: float = 0.0, seed: int = 0
) -> Truth:
    """A bright disc half as wide as the picture: an edge of every direction.

    Args, Raises:
        as `step_edge`.
    """

    def depth(h: Tensor, v: Tensor) -> Tensor:
        return size // 4 - torch.hypot(h, v)

    return _drawn("circle", depth, size, contrast, blur, noise, seed)


def ramp(angle: float = 0.0, size: int = 129, slope: float = 1 / 256) -> Tensor:
    """Brightness that grows by `slope` a pixel in the direction of `angle`: (size, size).

    Raises:
        ConvcoreError: `size` below 8, or a number that is not finite.
    """
    check_finite("ramp", angle=angle, slope=slope)
    return 0.5 + slope * _along("ramp", angle, size)


def wave(angle: float = 0.0, wavelength: float = 8.0, size: int = 129) -> Tensor:
    """Brightness from 0 to 1 and back, as a sine in the direction of `angle`: (size, size).

    Args:
        wavelength: pixels; 2 is the shortest that pixels can show.

    Raises:
        ConvcoreError: `size` below 8, `wavelength` not above 0, or a number that is not finite.
    """
    check_finite("wave", angle=angle)
    check_positive("wave", wavelength=wavelength)
    return 0.5 + 0.5 * torch.sin(2 * math.pi / wavelength * _along("wave", angle, size))


def _drawn(
    operation: str,
    depth: Callable[[Tensor, Tensor], Tensor],
    size: int,
    contrast: float,
    blur: float,
    noise: float,
    seed: int,
) -> Truth:
    """What is bright where `depth` (x, y), the distance from the edge, is above 0."""
    check_whole(operation, "size", size, _LEAST)
    check_positive(operation, contrast=contrast)
    fine = _grid(size, _FINE)
    bright = (depth(*fine).sign() + 1) / 2  # a point on the edge itself is half bright
    share = avg_pool2d(bright[None], _FINE)[0]
    picture = blurred(0.5 + contrast * (share - 0.5), blur)
    return Truth(add_noise(picture, gaussian=noise, seed=seed), _passed(depth(*_grid(size))))


def _passed(depth: Tensor) -> Tensor:
    """The pixels that an edge passes through, one for each column or row that it crosses.

    Where it crosses columns rather than rows (it is flat), it passes at most half a pixel above or
    below a pixel's middle, and that is less than half a pixel from it.
    """
    down, right = torch.gradient(depth)
    half = torch.maximum(down.abs(), right.abs()) / 2
    close = 1e-9  # halfway between two pixels rounding would choose both or neither
    return (depth > -half + close) & (depth <= half + close)


def _along(operation: str, angle: float, size: int) -> Tensor:
    check_whole(operation, "size", size, _LEAST)
    (x, y), (h, v) = _unit(angle), _grid(size)
    return x * h + y * v


def _unit(angle: float) -> tuple[float, float]:
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))


def _grid(size: int, fine: int = 1) -> tuple[Tensor, Tensor]:
    """(x, y) of all pixels, or of `fine` × `fine` points in each, as a row and a column."""
    places = (torch.arange(size * fine, dtype=torch.float64) + 0.5) / fine - size / 2
    return places.unsqueeze(0), places.unsqueeze(1)
