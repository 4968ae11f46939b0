"""What a person changes in a setup: each a function from one setup to the next.

Numbers stay where they are when something grows or shrinks around them; new cells get small whole
numbers. Whether the result fits together, `compute` says.
"""

import random
from math import prod

import torch
from torch import Tensor

from convcore.errors import ConvcoreError
from lab.playground.compute import pairs, tensor
from lab.playground.numbers import parse_matrix, parse_number
from lab.playground.setup import Ints, Numbers, Setup, shape_of

_INPUT, _KERNEL = range(10), range(-2, 3)  # numbers that are easy to follow
_MEANING = {
    "x": "channels, then rows",
    "weight": "output channels, input channels, then rows",
    "bias": "one number per output channel",
}


def with_operation(setup: Setup, operation: str) -> Setup:
    """Another operation on the same numbers; a transposed one has its kernel the other way round.

    A pooling keeps the kernel, unused, for the way back.
    """
    swap = (setup.operation == "transposed") != (operation == "transposed")
    weight = _swapped(setup) if swap else setup.weight
    padding = setup.padding
    if isinstance(padding, str) and operation in ("transposed", "pooling"):
        padding = tuple(before for before, _ in pairs(setup))
    changes = {"operation": operation, "weight": weight, "padding": padding}
    if operation == "pooling":
        changes |= {"bias": None, "padding_mode": "zeros"}
    return setup.changed(**changes)


def with_axes(setup: Setup, axes: int) -> Setup:
    """A fresh start in 1, 2 or 3 dimensions, of the same operation."""
    if axes == setup.axes:
        return setup
    size, cells = {1: (10,), 2: (6, 6), 3: (4, 4, 4)}[axes], (3 if axes < 3 else 2,) * axes
    x, weight = _filled((1, *size), _INPUT, 1), _filled((1, 1, *cells), _KERNEL, 2)
    plain = Setup.plain(x, weight)
    kept = {"rule": setup.rule, "power": setup.power, "formula": setup.formula}
    return with_operation(plain.changed(**kept), setup.operation)


def with_size(setup: Setup, size: Ints) -> Setup:
    """An input of another size."""
    return setup.changed(x=_resized(setup.x, (setup.in_channels, *size), _INPUT))


def with_kernel_size(setup: Setup, kernel_size: Ints) -> Setup:
    """A kernel of another size."""
    channels = shape_of("weight", setup.weight)[:2]
    return setup.changed(weight=_resized(setup.weight, (*channels, *kernel_size), _KERNEL))


def with_channels(
    setup: Setup,
    *,
    inputs: int | None = None,
    outputs: int | None = None,
    groups: int | None = None,
) -> Setup:
    """Another number of input or output channels, or of groups that share them out.

    Raises:
        ConvcoreError: `groups` does not divide both.
    """
    inputs, groups = inputs or setup.in_channels, groups or setup.groups
    outputs = outputs or _outputs(setup)
    if setup.operation == "pooling":  # where groups can't be seen, they must not be in the way
        groups = 1 if inputs % groups else groups
    for name, count in (("input", inputs), ("output", outputs)):
        if count % groups:
            raise ConvcoreError(
                f"playground: {count} {name} channels can't be shared out among {groups} groups. "
                f"Choose a number of groups that divides {inputs} and {outputs}."
            )
    by_input = setup.operation == "transposed"
    leading = (inputs, outputs // groups) if by_input else (outputs, inputs // groups)
    bias = setup.bias and _resized(setup.bias, (outputs,), range(1))
    return setup.changed(
        x=_resized(setup.x, (inputs, *setup.size), _INPUT),
        weight=_resized(setup.weight, (*leading, *setup.kernel_size), _KERNEL),
        bias=bias,
        groups=groups,
    )


def with_bias(setup: Setup, wanted: bool) -> Setup:
    """A bias of 1 for every output channel, or none."""
    return setup.changed(bias=(1.0,) * setup.out_channels if wanted else None)


def with_number(setup: Setup, grid: str, index: list[int], text: str) -> Setup:
    """One number of x, weight or bias replaced; the weight's as the stepper counts it.

    Args:
        index: of the weight (output, input of its group, cell …), also in a transposed convolution.

    Raises:
        ConvcoreError: `text` is no number, or there is no such place.
    """
    if setup.operation == "transposed" and grid == "weight":
        forwards = with_operation(setup, "correlation")
        return with_operation(with_number(forwards, grid, index, text), "transposed")
    value = parse_number(text)
    numbers = _grid(setup, grid)
    shape = tuple(numbers.shape)
    if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
        raise ConvcoreError(
            f"playground: {grid} has no number at {tuple(index)}; its shape is {shape}."
        )
    numbers[tuple(index)] = value
    return setup.changed(**{grid: _tuples(numbers)})


def with_matrix(setup: Setup, grid: str, channel: list[int], text: str) -> Setup:
    """A pasted matrix in place of one channel's, or of everything where it is as deep as that.

    Args:
        channel: the leading places of the grid that it was pasted on, as in `with_number`.

    Raises:
        ConvcoreError: `text` is no matrix, or its size is not that of the other channels.
    """
    if setup.operation == "transposed" and grid == "weight":
        forwards = with_operation(setup, "correlation")
        return with_operation(with_matrix(forwards, grid, channel, text), "transposed")
    numbers = _grid(setup, grid)
    pasted = _deepened(tensor(parse_matrix(text)), numbers)
    if pasted.dim() > numbers.dim():
        raise ConvcoreError(
            f"playground: the text is {pasted.dim()} levels deep, {grid} only {numbers.dim()}: "
            f"{_MEANING[grid]}. Paste one matrix for the channel, or all of them."
        )
    whole = _tuples(_into(numbers, pasted, channel))
    if grid == "x" and len(whole) != setup.in_channels:
        return with_channels(setup, inputs=len(whole), groups=1).changed(x=whole)
    if grid == "weight" and setup.bias is not None and len(whole) != len(setup.weight):
        return setup.changed(weight=whole, bias=_resized(setup.bias, (len(whole),), range(1)))
    return setup.changed(**{grid: whole})


def randomised(setup: Setup, seed: int) -> Setup:
    """New small whole numbers everywhere, of the same sizes."""
    x, weight = shape_of("x", setup.x), shape_of("weight", setup.weight)
    changes = {"x": _filled(x, _INPUT, seed), "weight": _filled(weight, _KERNEL, seed + 1)}
    if setup.bias is not None:
        changes["bias"] = _filled((len(setup.bias),), _KERNEL, seed + 2)
    return setup.changed(**changes)


def _outputs(setup: Setup) -> int:
    return len(setup.weight) if setup.operation == "pooling" else setup.out_channels


def _swapped(setup: Setup) -> Numbers:
    """The kernel with its input and output channels exchanged, group by group."""
    groups = setup.groups if len(setup.weight) % setup.groups == 0 else 1
    grouped = tensor(setup.weight).unflatten(0, (groups, -1))
    return _tuples(grouped.transpose(1, 2).flatten(0, 1))


def _grid(setup: Setup, grid: str) -> Tensor:
    if grid not in ("x", "weight", "bias") or getattr(setup, grid) is None:
        raise ConvcoreError(f"playground: there is no {grid!r} here that could be changed.")
    return tensor(getattr(setup, grid))


def _deepened(pasted: Tensor, numbers: Tensor) -> Tensor:
    """`pasted` as deep as `numbers` if it is all of them; blank lines part every leading axis."""
    if numbers.dim() == 1 and pasted.dim() == 2 and 1 in pasted.shape:
        return pasted.flatten()
    leading = numbers.shape[:-2]
    if pasted.dim() == 3 < numbers.dim() and len(pasted) == prod(leading):
        return pasted.view(*leading, *pasted.shape[1:])
    return pasted


def _into(numbers: Tensor, pasted: Tensor, channel: list[int]) -> Tensor:
    """`numbers` with `pasted` at `channel`; where it is alone, it may have a size of its own."""
    missing = numbers.dim() - pasted.dim()
    if missing > len(channel):  # a row pasted into a picture is a picture of one row
        pasted = pasted.view(*(1,) * (missing - len(channel)), *pasted.shape)
        missing = len(channel)
    if prod(numbers.shape[:missing]) == 1:
        return pasted.view(*(1,) * missing, *pasted.shape)
    place = tuple(channel[:missing])
    if pasted.shape != numbers[place].shape:
        raise ConvcoreError(
            f"playground: the matrix is {_by(pasted.shape)}, its neighbours are "
            f"{_by(numbers[place].shape)}. Paste one of that size, or all channels at once, parted "
            "by a blank line."
        )
    numbers[place] = pasted
    return numbers


def _by(shape: torch.Size) -> str:
    return "×".join(map(str, shape))


def _resized(numbers: Numbers, shape: Ints, fill: range) -> Numbers:
    old = tensor(numbers)
    new = tensor(_filled(shape, fill, 7))
    common = tuple(slice(0, min(a, b)) for a, b in zip(old.shape, shape, strict=True))
    new[common] = old[common]
    return _tuples(new)


def _filled(shape: Ints, choices: range, seed: int) -> Numbers:
    """Numbers drawn from `choices`; the same ones for the same seed."""
    draw = random.Random(seed)
    numbers = [float(draw.choice(choices)) for _ in range(prod(shape))]
    return _tuples(torch.tensor(numbers, dtype=torch.float64).view(shape))


def _tuples(numbers: Tensor) -> Numbers:
    def frozen(value):
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    return frozen(numbers.tolist())
