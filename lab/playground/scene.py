"""A setup, computed, as the stepper draws it: every number and who met whom."""

import base64
import math
from typing import Any

import torch
from torch import Tensor

from convcore import functional
from convcore.shapes import Window
from lab.playground.compute import compute, met_weight, pairs, seen, tensor, way
from lab.playground.presets import labels_of
from lab.playground.setup import Setup

_MATRIX_LIMIT = 40_000  # cells that can be told apart on a screen
_ZEROS = "zeros"


def scene(
    setup: Setup, *, hidden: bool | str = False, pin: list[int] | None = None
) -> dict[str, Any]:
    """Return what the stepper draws; the names are told in `lab.components.stepper`.

    Args:
        hidden: "size" to have the output's size predicted, "values" or True its values only.

    Raises:
        ConvcoreError: as for `compute`.
    """
    y, window = compute(setup), way(setup)
    met, channels = seen(setup, window), _channels(setup)
    frame = _frame(setup)
    numbers = _numbers(setup, frame)[:, met][channels]  # (O, Cg, P, K)
    parts = (
        _pool_parts(setup, numbers, y)
        if setup.operation == "pooling"
        else _conv_parts(setup, numbers, met)
    )
    return {
        "operation": setup.operation,
        "axes": setup.axes,
        "x": _packed(tensor(setup.x)),
        "kernel_size": list(setup.kernel_size),
        "bias": None
        if setup.bias is None or setup.operation == "pooling"
        else _packed(tensor(setup.bias)),
        "y": _packed(y),
        "channels": _base64(channels, torch.int32),
        "frame": frame | {"sources": _base64(frame["sources"], torch.int32)},
        "met": _base64(met, torch.int32),
        "coverage": _base64(_coverage(setup, met, frame), torch.int32),
        "influence": _base64(_influence(setup, met, frame), torch.int32),
        "matrix": _matrix(setup, window),
        "labels": labels_of(setup),
        "hidden": hidden,
        "pin": pin,
    } | parts


def _conv_parts(setup: Setup, numbers: Tensor, met: Tensor) -> dict[str, Any]:
    weight = _stacks(setup)  # (O, Cg, kernel …)
    terms = numbers * weight.flatten(2).unsqueeze(2)
    terms = terms.masked_fill(met < 0, 0).movedim(2, 1)  # (O, P, Cg, K)
    return {
        "weight": _packed(weight),
        "terms": _base64(terms),
        "sums": _base64(terms.sum(-1)),
        "pooling": None,
    }


def _pool_parts(setup: Setup, numbers: Tensor, y: Tensor) -> dict[str, Any]:
    terms = numbers.movedim(2, 1)
    chosen = terms[:, :, 0] == y.flatten(1).unsqueeze(-1)
    picks = setup.rule in ("max", "min", "median")
    winner = torch.where(chosen.any(-1) & picks, chosen.int().argmax(-1), -1)
    text = {"lp": f"L{setup.power:g} norm", "formula": setup.formula}.get(setup.rule, setup.rule)
    return {
        "weight": None,
        "terms": _base64(terms),
        "sums": None,
        "pooling": {
            "rule": setup.rule,
            "text": text,
            "winner": _base64(winner, torch.int32),
        },
    }


def _frame(setup: Setup) -> dict[str, Any]:
    """The padded input: its size, and which pixel's number stands in each of its cells."""
    around = pairs(setup)
    size = [b + n + a for n, (b, a) in zip(setup.size, around, strict=True)]
    one = (1,) * setup.axes
    before = tuple(b for b, _ in around)
    cells = Window(setup.size, one, one, one, before, tuple(size))
    conv = setup.operation in ("correlation", "convolution")
    left_out = setup.operation == "pooling" and setup.rule in ("max", "min")
    return {
        "shape": size,
        "before": list(before),
        "sources": functional.sources(cells, setup.padding_mode if conv else _ZEROS).flatten(),
        "value": None if left_out else 0.0,
    }


def _numbers(setup: Setup, frame: dict[str, Any]) -> Tensor:
    """The padded input's numbers, (C, frame cells, and one more: nothing)."""
    x = tensor(setup.x).flatten(1)
    nothing = torch.zeros(len(x), 1, dtype=x.dtype)
    if setup.operation == "pooling" and setup.rule in ("max", "min"):
        nothing = nothing + (math.inf if setup.rule == "min" else -math.inf)
    # Places −1 find what stands last: padding, and where a transposed kernel meets nothing.
    return torch.cat([torch.cat([x, nothing], 1)[:, frame["sources"]], nothing], 1)


def _channels(setup: Setup) -> Tensor:
    """The input channels that each output channel is made of, (C_out, C_in // groups)."""
    if setup.operation == "pooling":
        return torch.arange(setup.in_channels).unsqueeze(1)
    each = setup.in_channels // setup.groups
    group = torch.arange(setup.out_channels) // (setup.out_channels // setup.groups)
    return group.unsqueeze(1) * each + torch.arange(each)


def _stacks(setup: Setup) -> Tensor:
    """The weight as typed, one stack per output channel: (C_out, C_in // groups, kernel …)."""
    weight = tensor(setup.weight)
    if setup.operation != "transposed":
        return weight
    grouped = weight.unflatten(0, (setup.groups, -1))  # (groups, Cg, C_out // groups, …)
    return grouped.transpose(1, 2).flatten(0, 1)


def _coverage(setup: Setup, met: Tensor, frame: dict[str, Any]) -> Tensor:
    places = frame["sources"][met[met >= 0]]
    return torch.bincount(places[places >= 0], minlength=math.prod(setup.size))


def _influence(setup: Setup, met: Tensor, frame: dict[str, Any]) -> Tensor:
    inside = torch.zeros(frame["shape"], dtype=torch.bool)
    inside[tuple(slice(b, b + n) for b, n in zip(frame["before"], setup.size, strict=True))] = True
    return ((met >= 0) & ~inside.flatten()[met]).sum(1)


def _matrix(setup: Setup, window: Window) -> dict[str, Any] | None:
    """The operation as a sparse matrix, where it is one and small enough to be seen."""
    if setup.operation == "pooling":
        return None
    rows = setup.out_channels * math.prod(
        window.size if setup.operation == "transposed" else window.out_size
    )
    if rows * setup.in_channels * math.prod(setup.size) > _MATRIX_LIMIT:
        return None
    settings = (window.size, setup.stride, setup.padding, setup.dilation, setup.groups)
    mode = _ZEROS if setup.operation == "transposed" else setup.padding_mode
    matrix = functional.conv_matrix(met_weight(setup), *settings, mode)
    if setup.operation == "transposed":
        matrix = matrix.T.coalesce()
    along, across = matrix.indices()
    return {
        "shape": list(matrix.shape),
        "rows": _base64(along, torch.int32),
        "columns": _base64(across, torch.int32),
        "values": _base64(matrix.values()),
    }


def _packed(numbers: Tensor) -> dict[str, Any]:
    return {"shape": list(numbers.shape), "values": _base64(numbers)}


def _base64(numbers: Tensor, dtype: torch.dtype = torch.float64) -> str:
    """The numbers, little-endian, as JSON can carry them."""
    array = numbers.detach().to(dtype).contiguous().numpy()
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()
