"""What a setup makes of a picture, stage by stage; each stage remembers its last result.

A slider changes a late stage only, so the early ones are not computed anew.

Shape:
    H, W: the picture's. Maps are float32, brightness runs from 0 to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from convcore import edges, kernels
from convcore.edges.checks import check_border
from convcore.errors import ConvcoreError
from lab.edges.pictures import Picture
from lab.edges.setup import OWN, EdgeSetup

_LUMINANCE = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709
_MOST_IN_COLOUR = 6_000_000  # pixels; three channels of 20 megapixels would take 3 GB
_CHANNELS = {"red": 0, "green": 1, "blue": 2}


@dataclass(frozen=True)
class Gradient:
    """What a pair of kernels answers."""

    along_x: Tensor  # (H, W), or (3, H, W) with a channel each
    along_y: Tensor
    strength: Tensor  # (H, W): of the channel where it is greatest
    direction: Tensor  # (H, W), degrees from x towards y


def kernel(setup: EdgeSetup) -> Tensor:
    """The kernel, (K_h, K_w) float64.

    Raises:
        ConvcoreError: there is no such kernel, or it does not take these parameters.
    """
    weights = _kernel(setup.kernel, setup.parameters, setup.numbers)
    return weights.mT if setup.transpose_kernel else weights


def spec(name: str) -> kernels.Kernel | None:
    """What the catalogue says of a kernel; None of one's own."""
    return next((each for each in kernels.CATALOGUE if each.name == name), None)


def pair(setup: EdgeSetup) -> tuple[Tensor, Tensor]:
    """The kernels along x and along y that go with the chosen one: itself, transposed, at worst."""
    plain = all(name in ("axis", "direction") for name, _ in setup.parameters)
    if setup.kernel in edges.PAIRS and plain:
        return edges.pair(setup.kernel, torch.float64)
    weights = _kernel(setup.kernel, setup.parameters, setup.numbers)
    return (
        (weights.mT, weights)
        if dict(setup.parameters).get("axis") == "y"
        else (weights, weights.mT)
    )


def seen(setup: EdgeSetup, picture: Picture) -> Tensor:
    """The picture as the kernel meets it, with noise and blur: (H, W), or (3, H, W)."""
    return _seen(picture, _source(setup))


def noisy(setup: EdgeSetup, picture: Picture) -> Tensor:
    """The picture with noise, before the blur."""
    return _noisy(picture, setup.colour, setup.transpose_picture, setup.noise, setup.salt)


def response(setup: EdgeSetup, picture: Picture) -> Tensor:
    """What the kernel answers, signed: (H, W), or (3, H, W) with a channel each.

    With border="valid" there are as many fewer rows and columns as the kernel has more than one.

    Raises:
        ConvcoreError: the kernel does not fit, see `edges.respond`.
    """
    return _response(picture, _source(setup), _key(setup))


def gradient(setup: EdgeSetup, picture: Picture) -> Gradient:
    """What the pair of kernels answers."""
    return _gradient(picture, _source(setup), _key(setup))


def thinned(setup: EdgeSetup, picture: Picture) -> Tensor:
    """The strength where it is greatest along its own direction, 0 elsewhere: (H, W)."""
    return _thinned(picture, _source(setup), _key(setup))


def levels(setup: EdgeSetup, picture: Picture) -> tuple[float, float]:
    """The two levels of the hysteresis, in the units of the strength."""
    return _levels(gradient(setup, picture), setup.low, setup.high)


def found(setup: EdgeSetup, picture: Picture) -> Tensor:
    """The edges, one pixel wide: (H, W), torch.bool."""
    return _found(picture, _source(setup), _key(setup), setup.low, setup.high)


def mask(setup: EdgeSetup, picture: Picture) -> Tensor:
    """Where the response, of either sign, is at least the level: (H, W), torch.bool."""
    strongest = strongest_channel(response(setup, picture))
    return edges.threshold(strongest, setup.level / 100 * float(strongest.abs().max()))


def view(setup: EdgeSetup, picture: Picture) -> Tensor:
    """The map that `setup.view` names, in full: what is downloaded."""
    match setup.view:
        case "response":
            return response(setup, picture)
        case "threshold":
            return mask(setup, picture)
        case "thinned":
            return thinned(setup, picture)
        case "edges":
            return found(setup, picture)
    return getattr(gradient(setup, picture), setup.view)


def check(setup: EdgeSetup, picture: Picture) -> None:
    """See that `view` can be computed, without doing so: on 20 megapixels that takes seconds.

    Raises:
        ConvcoreError: as `view`.
    """
    size = picture.pixels.shape[1::-1] if setup.transpose_picture else picture.pixels.shape[:2]
    if setup.colour == "channels" and not picture.grey:
        _check_room(picture)
    alone = setup.view in ("response", "threshold")
    _check_fits(size, [kernel(setup)] if alone else pair(setup), setup.border)


def strongest_channel(maps: Tensor) -> Tensor:
    """(3, H, W) → (H, W): at each pixel the value furthest from 0; (H, W) stays."""
    if maps.dim() == 2:
        return maps
    return maps.gather(0, maps.abs().argmax(0, keepdim=True))[0]


@lru_cache(maxsize=32)
def _kernel(name: str, parameters: tuple, numbers: tuple) -> Tensor:
    if name == OWN:
        return torch.tensor(numbers, dtype=torch.float64)
    chosen = spec(name)
    if chosen is None:
        raise ConvcoreError(f"edges: kernel={name!r} is unknown. Choose one of the list.")
    known = {parameter.name: parameter for parameter in chosen.parameters}
    for key, value in parameters:
        if key not in known:
            raise ConvcoreError(f"edges: the kernel {name} has no {key!r}. Leave it out.")
        _check_parameter(name, known[key], value)
    # Both the making and its own checks are the filter's.
    weights = chosen.make(**dict(parameters), dtype=torch.float64)
    return kernels.along(weights, "x") if weights.dim() == 1 else weights


def _check_parameter(kernel: str, known: kernels.Number | kernels.Choice, value: object) -> None:
    if isinstance(known, kernels.Choice):
        fits, rule = value in known.options, f"one of {known.options}"
    else:
        fits = isinstance(value, int | float) and known.least <= value <= known.most
        rule = f"from {known.least:g} to {known.most:g}"
    if not fits:
        raise ConvcoreError(f"edges: {kernel}'s {known.name}={value!r} must be {rule}. Change it.")


def _source(setup: EdgeSetup) -> EdgeSetup:
    """Only what decides the picture that the kernel meets."""
    return EdgeSetup(
        colour=setup.colour,
        transpose_picture=setup.transpose_picture,
        noise=setup.noise,
        salt=setup.salt,
        blur=setup.blur,
    )


def _key(setup: EdgeSetup) -> EdgeSetup:
    """Only what decides the kernel and how it meets the picture."""
    return EdgeSetup(
        kernel=setup.kernel,
        parameters=setup.parameters,
        numbers=setup.numbers,
        transpose_kernel=setup.transpose_kernel,
        border=setup.border,
    )


# A picture of 20 megapixels is 80 MB a map, so one of each is kept.
@lru_cache(maxsize=1)
def _noisy(picture: Picture, colour: str, turned: bool, noise: float, salt: float) -> Tensor:
    return edges.add_noise(_plain(picture, colour, turned), noise, salt / 100)


@lru_cache(maxsize=1)
def _seen(picture: Picture, source: EdgeSetup) -> Tensor:
    return edges.blur(noisy(source, picture), float(source.blur))


@lru_cache(maxsize=1)
def _plain(picture: Picture, colour: str, turned: bool) -> Tensor:
    pixels = torch.from_numpy(picture.pixels)
    if picture.grey:
        plain = pixels.float() / 255
    elif colour == "luminance":
        plain = sum(share * pixels[..., c].float() for c, share in enumerate(_LUMINANCE)) / 255
    elif colour == "channels":
        _check_room(picture)
        plain = pixels.permute(2, 0, 1).float() / 255
    else:
        plain = pixels[..., _CHANNELS[colour]].float() / 255
    return (plain.mT if turned else plain).contiguous()


def _check_room(picture: Picture) -> None:
    rows, columns = picture.pixels.shape[:2]
    if rows * columns > _MOST_IN_COLOUR:
        raise ConvcoreError(
            f"edges: colour='channels' on {columns:,}×{rows:,} pixels would take too much memory; "
            f"up to {_MOST_IN_COLOUR / 1e6:.0f} megapixels can be filtered channel by channel. "
            "Use one channel or the luminance."
        )


@lru_cache(maxsize=1)
def _response(picture: Picture, source: EdgeSetup, key: EdgeSetup) -> Tensor:
    weights = kernel(key)
    return _met(_seen(picture, source), [weights], key.border)[0]


@lru_cache(maxsize=1)
def _gradient(picture: Picture, source: EdgeSetup, key: EdgeSetup) -> Gradient:
    along_x, along_y = _met(_seen(picture, source), pair(key), key.border)
    strength, direction = edges.polar(along_x, along_y)
    if strength.dim() == 3:
        strongest = strength.argmax(0, keepdim=True)
        strength = strength.gather(0, strongest)[0]
        direction = direction.gather(0, strongest)[0]
    return Gradient(along_x, along_y, strength, direction)


@lru_cache(maxsize=1)
def _thinned(picture: Picture, source: EdgeSetup, key: EdgeSetup) -> Tensor:
    taken = _gradient(picture, source, key)
    return edges.thin(taken.strength, taken.direction)


@lru_cache(maxsize=1)
def _found(picture: Picture, source: EdgeSetup, key: EdgeSetup, low: float, high: float) -> Tensor:
    levels = _levels(_gradient(picture, source, key), low, high)
    return edges.hysteresis(_thinned(picture, source, key), *levels)


def _levels(taken: Gradient, low: float, high: float) -> tuple[float, float]:
    most = float(taken.strength.max())
    return low / 100 * most, high / 100 * most


def _met(picture: Tensor, weights: Sequence[Tensor], border: str) -> list[Tensor]:
    """What each kernel answers, all of one size."""
    rows, columns = picture.shape[-2:]
    _check_fits((rows, columns), weights, border)
    if border != "valid":
        return [edges.respond(picture, each, border) for each in weights]
    tall, wide = (max(each.shape[axis] for each in weights) for axis in (0, 1))
    inside = (
        slice((tall - 1) // 2, rows - tall // 2),
        slice((wide - 1) // 2, columns - wide // 2),
    )
    return [edges.respond(picture, each, "zeros")[..., *inside] for each in weights]


def _check_fits(size: tuple[int, ...], weights: Sequence[Tensor], border: str) -> None:
    """See that the picture, or what the border puts round it, is large enough."""
    if border != "valid":
        shape = torch.empty(size, device="meta")  # a picture's size without its memory
        for each in weights:
            check_border("respond", shape, each, border)
        return
    tall, wide = (max(each.shape[axis] for each in weights) for axis in (0, 1))
    if tall > size[0] or wide > size[1]:
        raise ConvcoreError(
            f"edges: a kernel of size=({tall}, {wide}) fits nowhere on the picture of size="
            f"({size[0]}, {size[1]}). Use a smaller kernel or another border."
        )
