"""A screen's state as PyTorch code that anyone can run: it needs nothing of this project."""

import re
from collections.abc import Mapping, Sequence

from lab.playground.compute import pairs, reduction, tensor, way
from lab.playground.setup import Ints, Numbers, Setup, flat, floats, shape_of

_WIDTH = 94  # characters; brackets and a comma may follow
_AXES = {1: "positions", 2: "rows, columns", 3: "slices, rows, columns"}
_USUAL = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1}
_Settings = Mapping[str, Ints | int | str]


def snippet(setup: Setup) -> str:
    """Return a program that computes `setup` by torch alone, as `y`, and prints it.

    Raises:
        ConvcoreError: its settings do not fit together.
    """
    way(setup)
    parts = {"pooling": _pooling, "transposed": _transposed}.get(setup.operation, _convolution)
    lines = [
        "import torch",
        "import torch.nn.functional as F",
        "",
        *_operands(setup),
        "",
        *parts(setup),
        "print(y)",
    ]
    return "\n".join(lines) + "\n"


def _operands(setup: Setup) -> list[str]:
    """The numbers that go in."""
    names = _AXES[setup.axes]
    lines = [f"# (channels, {names})", _tensor("x", setup.x, setup.axes)]
    if setup.operation == "pooling":
        return lines
    channels = "inputs, outputs" if setup.operation == "transposed" else "outputs, inputs"
    of_a_group = " of a group" if setup.groups > 1 else ""
    lines += [f"# ({channels}{of_a_group}, {names})", _tensor("weight", setup.weight, setup.axes)]
    if setup.bias is not None:
        lines.append(_tensor("bias", setup.bias))
    return lines


def _convolution(setup: Setup) -> list[str]:
    lines, x, weight, padding = [], "x", "weight", setup.padding
    around = pairs(setup)
    # torch pads one side more only with a warning, and otherwise than with zeros by F.pad alone.
    uneven = any(before != after for before, after in around)
    if uneven or (setup.padding_mode != "zeros" and any(map(any, around))):
        lines, x, padding = [_framed(around, setup.padding_mode)], "framed", 0
    if setup.operation == "convolution":
        weight = f"weight.flip({', '.join(str(2 + axis) for axis in range(setup.axes))})"
        lines.append("# torch's conv does not turn the kernel round, a true convolution does")
    settings = {
        "stride": setup.stride,
        "padding": 0 if padding == "valid" else padding,
        "dilation": setup.dilation,
        "groups": setup.groups,
    }
    bias = [] if setup.bias is None else ["bias"]
    return [*lines, _call(f"y = F.conv{setup.axes}d", [x, weight, *bias], settings)]


def _transposed(setup: Setup) -> list[str]:
    settings = {name: getattr(setup, name) for name in _USUAL}
    bias = [] if setup.bias is None else ["bias"]
    return [_call(f"y = F.conv_transpose{setup.axes}d", ["x", "weight", *bias], settings)]


def _pooling(setup: Setup) -> list[str]:
    if setup.rule in ("median", "formula"):
        return _own_rule(setup)
    name, size = f"_pool{setup.axes}d", _literal(setup.kernel_size)
    usual = _USUAL | {"stride": _one(setup.kernel_size)}
    settings = {"stride": setup.stride, "padding": setup.padding, "dilation": setup.dilation}
    match setup.rule:
        case "max":
            return [_call(f"y = F.max{name}", ["x", size], settings, usual)]
        case "min":
            return [_call(f"y = -F.max{name}", ["-x", size], settings, usual)]
        case "mean":
            return [_call(f"y = F.avg{name}", ["x", size], settings, usual)]
    lines, x = _maybe_framed(setup)  # lp_pool has no padding of its own
    operands = [x, _number(setup.power), size]
    return [*lines, _call(f"y = F.lp{name}", operands, {"stride": setup.stride}, usual)]


def _own_rule(setup: Setup) -> list[str]:
    """Windows gathered axis by axis, then the rule on the cells of each."""
    lines, x = _maybe_framed(setup)
    lines.append("# every window, its cells on the last axis")
    steps = zip(setup.kernel_size, setup.stride, setup.dilation, strict=True)
    for axis, (size, stride, dilation) in enumerate(steps, 1):
        every = f"[..., ::{dilation}]" if dilation > 1 else ""
        span = dilation * (size - 1) + 1
        lines.append(f"windows = {x}.unfold({axis}, {span}, {stride}){every}")
        x = "windows"
    if setup.axes > 1:
        lines.append(f"windows = windows.flatten({-setup.axes})")
    return [*lines, _lambda("rule", reduction(setup).snippet()), "y = rule(windows)"]


def _maybe_framed(setup: Setup) -> tuple[list[str], str]:
    """A line that pads with zeros where there is padding, and the name of what it makes."""
    around = pairs(setup)
    return ([_framed(around, "zeros")], "framed") if any(map(any, around)) else ([], "x")


def _framed(around: Sequence[tuple[int, int]], mode: str) -> str:
    # F.pad counts from the last axis.
    numbers = ", ".join(f"{before}, {after}" for before, after in reversed(around))
    how = "" if mode == "zeros" else f', mode="{mode}"'
    return f"framed = F.pad(x, ({numbers}){how})"


def _call(
    start: str, operands: Sequence[str], settings: _Settings, usual: _Settings = _USUAL
) -> str:
    """A call with those settings that are not `usual`; one argument a line if it is long."""
    arguments = list(operands)
    for name, value in settings.items():
        if _one(value) != usual[name]:
            arguments.append(f"{name}={_literal(value)}")
    line = f"{start}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{start}(", *(f"    {argument}," for argument in arguments), ")"])


def _one(value: Ints | int | str) -> Ints | int | str:
    """The number that all axes share, if they do."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _literal(value: Ints | int | str) -> str:
    one = _one(value)
    return f'"{one}"' if isinstance(one, str) else str(one)


def _lambda(name: str, source: str) -> str:
    """A lambda under a name; a long one is broken where brackets allow it."""
    line = f"{name} = {source}"
    if len(line) <= _WIDTH:
        return line
    head, body = source.split(": ", 1)
    lines = [""]
    for piece in re.findall(r"[^ (]*[ (]|[^ (]+$", body):
        if len(lines[-1]) + len(piece) > _WIDTH:
            lines.append("")
        lines[-1] += piece
    return "\n".join([f"{name} = {head}: (", *(f"    {line.rstrip()}" for line in lines), ")"])


def _tensor(name: str, numbers: Numbers, axes: int = 0) -> str:
    """The assignment that makes the tensor, on one line or several; `axes` of it are spatial."""
    shape, reshaped = shape_of(name, numbers), ""
    if axes and set(shape[-axes:]) == {1}:  # one pixel: its brackets would hide the numbers
        numbers = floats(tensor(numbers).reshape(shape[:-axes]).tolist())
        reshaped = f".reshape{shape}"
    row = f"{name} = torch.tensor({_nested(numbers)}, dtype=torch.float64){reshaped}"
    if "\n" not in row and len(row) <= _WIDTH:
        return row
    rows = _nested(numbers, indent=4)
    return f"{name} = torch.tensor(\n    {rows},\n    dtype=torch.float64,\n){reshaped}"


def _nested(numbers: Numbers, indent: int = 0) -> str:
    """Nested lists with a line per row, the numbers of all rows below each other."""
    cells = [_number(value) for value in flat(numbers)]
    one_row = len(cells) == shape_of("numbers", numbers)[-1]
    return _rows(numbers, indent, 0 if one_row else max(map(len, cells)))


def _rows(numbers: Numbers, indent: int, width: int) -> str:
    if isinstance(numbers[0], tuple):
        lines = [_rows(row, indent + 1, width) for row in numbers]
    else:
        cells = [_number(value).rjust(width) for value in numbers]
        fit = max(1, (_WIDTH - indent) // (max(map(len, cells)) + 2))
        lines = [", ".join(cells[at : at + fit]) for at in range(0, len(cells), fit)]
    between = ",\n" + " " * (indent + 1)
    return f"[{between.join(lines)}]"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)
