"""Operations with random settings, by seed; now and then with one that does not fit."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convcore import functional, layers
from convcore.shapes import PADDING_MODES
from tests.convcore.functional.test_conv import LAYOUTS

OURS, TORCHS = (functional, layers), (F, nn)
_MOST = {1: 16, 2: 10, 3: 6}  # pixels along an axis
_WRONG = (0, -1, 99, 1.5, "full", (1, 1, 1, 1))
_FLAGS = "ceil_mode", "count_include_pad"  # ours take for true what Python does


@dataclass
class Call:
    """An operation, the tensors that it is given, and the rest of its arguments."""

    operation: str
    tensors: list[Tensor]
    arguments: dict[str, Any]

    def __str__(self) -> str:
        shapes = [(tuple(x.shape), x.stride(), str(x.dtype)) for x in self.tensors]
        return f"{self.operation}({shapes}, {self.arguments})"

    def made(self, rooms: tuple, x: Tensor | None = None) -> Tensor:
        """Return the result, of ours or of torch's rooms: operations, layers.

        Args:
            x: in place of the input.
        """
        operations, modules = rooms
        x, others = self.tensors[0] if x is None else x, self.tensors[1:]
        if not self.operation.startswith("Conv"):
            return getattr(operations, self.operation)(x, *others, **self.arguments)
        weight, *bias = others
        channels = weight.shape[1] * self.arguments["groups"], len(weight)
        layer = getattr(modules, self.operation)(
            *channels, weight.shape[2:], bias=bool(bias), **self.arguments
        )
        parameters = dict(zip(("weight", "bias"), (weight, *bias), strict=False))
        return torch.func.functional_call(layer, parameters, x)


def call(seed: int) -> Call:
    """Return the call of this seed."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    made = draw.choice(_KINDS)(draw)
    if draw.random() < 0.1:
        numbers = [name for name in made.arguments if name not in _FLAGS]
        made.arguments[draw.choice(numbers)] = draw.choice(_WRONG)
    return made


def _conv(draw: random.Random) -> Call:
    """A function, or a layer with a padding mode."""
    axes, dtype = draw.randint(1, 3), _dtype(draw)
    groups, channels, outputs = draw.randint(1, 3), draw.randint(1, 3), draw.randint(1, 3)
    x = _picture(draw, axes, groups * channels, dtype)
    weight = _numbers(dtype, groups * outputs, channels, *_each(draw, axes, 1, 4))
    arguments = {
        "stride": _per_axis(draw, axes, 1, 3),
        "padding": draw.choice(("same", "valid", *[_per_axis(draw, axes, 0, 3)] * 3)),
        "dilation": _dilation(draw, axes),
        "groups": groups if draw.random() < 0.95 else draw.randint(1, 4),
    }
    name = f"conv{axes}d"
    if dtype.is_floating_point and draw.random() < 0.4:
        name, arguments["padding_mode"] = f"Conv{axes}d", draw.choice(PADDING_MODES)
        arguments["groups"] = groups
    return Call(name, [x, weight, *_bias(draw, dtype, len(weight))], arguments)


def _transposed(draw: random.Random) -> Call:
    axes, dtype = draw.randint(1, 3), _dtype(draw)
    groups, channels, outputs = draw.randint(1, 3), draw.randint(1, 3), draw.randint(1, 3)
    x = _picture(draw, axes, groups * channels, dtype, empty=False)
    weight = _numbers(dtype, groups * channels, outputs, *_each(draw, axes, 1, 4))
    arguments = {
        "stride": _per_axis(draw, axes, 1, 3),
        "padding": _per_axis(draw, axes, 0, 2),
        "output_padding": draw.choice((0, 0, _per_axis(draw, axes, 0, 2))),
        "groups": groups if draw.random() < 0.95 else draw.randint(1, 4),
        "dilation": _dilation(draw, axes),
    }
    tensors = [x, weight, *_bias(draw, dtype, groups * outputs)]
    return Call(f"conv_transpose{axes}d", tensors, arguments)


def _pool(draw: random.Random) -> Call:
    kind, axes, dtype = draw.choice(("max", "avg", "lp")), draw.randint(1, 3), _dtype(draw)
    x = _picture(draw, axes, draw.randint(1, 3), dtype)
    own = {
        "max": {"padding": _per_axis(draw, axes, 0, 2), "dilation": _dilation(draw, axes)},
        "avg": {"padding": _per_axis(draw, axes, 0, 2), "count_include_pad": draw.random() < 0.5},
        "lp": {"norm_type": draw.choice((1, 2, 3, 2.5, 0.5, -1))},
    }[kind]
    if kind == "avg" and axes > 1:
        own["divisor_override"] = draw.choice((None, None, 3, -2))
    whole = kind == "lp"  # of one axis, torch's takes no tuples
    arguments = own | {
        "kernel_size": draw.randint(1, 4) if whole else _per_axis(draw, axes, 1, 4),
        "stride": None if draw.random() < 0.4 else _per_axis(draw, 1 if whole else axes, 1, 4),
        "ceil_mode": draw.random() < 0.5,
    }
    return Call(f"{kind}_pool{axes}d", [x], arguments)


def _adaptive(draw: random.Random) -> Call:
    x = _picture(draw, 2, draw.randint(1, 3), torch.float64)
    return Call("adaptive_avg_pool2d", [x], {"output_size": _per_axis(draw, 2, 1, 9)})


def _unfold(draw: random.Random) -> Call:
    x = _picture(draw, 2, draw.randint(1, 3), torch.float64)
    return Call("unfold", [x], _way(draw))


def _fold(draw: random.Random) -> Call:
    """Blocks that fit mostly: as many as `unfold` makes, where it makes any."""
    size, way = _each(draw, 2, 1, 8), _way(draw)
    try:
        shape = F.unfold(torch.ones(1, draw.randint(1, 3), *size), **way).shape[1:]
    except RuntimeError:
        shape = draw.randint(1, 12), draw.randint(1, 12)
    batch = draw.choice(((), (0,), (1,), (3,)))
    blocks = _numbers(torch.float64, *batch, *shape)
    return Call("fold", [blocks], {"output_size": size} | way)


def _way(draw: random.Random) -> dict[str, Any]:
    most = {"kernel_size": (1, 4), "dilation": (1, 3), "padding": (0, 3), "stride": (1, 3)}
    return {name: _per_axis(draw, 2, *bounds) for name, bounds in most.items()}


_KINDS: tuple[Callable[[random.Random], Call], ...] = (
    *(_conv,) * 4,
    *(_transposed,) * 2,
    *(_pool,) * 3,
    _adaptive,
    _unfold,
    _fold,
)


def _dtype(draw: random.Random) -> torch.dtype:
    return draw.choice((*(torch.float64,) * 8, torch.float32, torch.int64))


def _picture(
    draw: random.Random, axes: int, channels: int, dtype: torch.dtype, *, empty: bool = True
) -> Tensor:
    batch = draw.choice(((), (1,), (3,), (2,), *[(0,)] * empty))
    x = _numbers(dtype, *batch, channels, *_each(draw, axes, 1, _MOST[axes]))
    if batch:  # of one picture torch takes some layouts for a batch's
        x = draw.choice(list(LAYOUTS.values()))(x.detach())
    return x.requires_grad_(dtype.is_floating_point)


def _numbers(dtype: torch.dtype, *shape: int) -> Tensor:
    if not dtype.is_floating_point:
        return torch.randint(-9, 10, shape, dtype=dtype)
    return torch.randn(shape, dtype=dtype, requires_grad=True)


def _bias(draw: random.Random, dtype: torch.dtype, count: int) -> list[Tensor]:
    return [_numbers(dtype, count)] if draw.random() < 0.5 else []


def _each(draw: random.Random, axes: int, least: int, most: int) -> tuple[int, ...]:
    return tuple(draw.randint(least, most) for _ in range(axes))


def _dilation(draw: random.Random, axes: int) -> int | tuple[int, ...]:
    return 1 if draw.random() < 0.5 else _per_axis(draw, axes, 1, 3)


def _per_axis(draw: random.Random, axes: int, least: int, most: int) -> int | tuple[int, ...]:
    """One number for all axes, or one for each."""
    if draw.random() < 0.5:
        return draw.randint(least, most)
    return _each(draw, axes, least, most)
