"""A setup's result, by convcore's own operations."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from convcore import functional, layers, shapes
from convcore.errors import ConvcoreError
from convcore.formula import Formula
from convcore.functional.windows import windows
from convcore.shapes import Window
from lab.playground.setup import Ints, Numbers, Setup

MOST_OUTPUTS, MOST_PRODUCTS = 8192, 300_000
_CONVS = {1: layers.Conv1d, 2: layers.Conv2d, 3: layers.Conv3d}
_TRANSPOSED = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}
_MAX_POOLS = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
_MEAN_POOLS = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}
_LP_POOLS = {1: functional.lp_pool1d, 2: functional.lp_pool2d, 3: functional.lp_pool3d}
_OWN_POOLS = {1: functional.pool1d, 2: functional.pool2d, 3: functional.pool3d}


def tensor(numbers: Numbers) -> Tensor:
    """Nested tuples as a float64 tensor."""
    return torch.tensor(numbers, dtype=torch.float64)


def compute(setup: Setup) -> Tensor:
    """The result of `setup`, (C_out, output size …), float64.

    Raises:
        ConvcoreError: its settings do not fit together, or there would be too much to look at.
    """
    window = way(setup)  # first: it is cheap, and tells how much there would be to do
    _check_amount(setup, window)
    x = tensor(setup.x)
    if setup.operation == "pooling":
        return _pooled(setup, x)
    weight, bias = tensor(setup.weight), None if setup.bias is None else tensor(setup.bias)
    if setup.operation == "transposed":
        settings = (setup.stride, setup.padding, setup.output_padding, setup.groups, setup.dilation)
        return _TRANSPOSED[setup.axes](x, weight, bias, *settings)
    layer = _CONVS[setup.axes](
        setup.in_channels,
        setup.out_channels,
        setup.kernel_size,
        setup.stride,
        setup.padding,
        setup.dilation,
        setup.groups,
        bias=bias is not None,
        padding_mode=setup.padding_mode,
        dtype=x.dtype,
    )
    layer.load_state_dict({"weight": met_weight(setup)} | ({} if bias is None else {"bias": bias}))
    with torch.no_grad():
        return layer(x)


def met_weight(setup: Setup) -> Tensor:
    """The weight as it is laid on the input: a true convolution turns it round."""
    weight = tensor(setup.weight)
    if setup.operation == "convolution":
        return weight.flip(tuple(range(2, weight.dim())))
    return weight


def way(setup: Setup) -> Window:
    """The kernel's way over the input; of a transposed convolution, over the output.

    Raises:
        ConvcoreError: sizes, padding, groups … do not fit together.
    """
    name, axes = f"{setup.operation} {setup.axes}d", setup.axes
    x, weight = (torch.empty(()).expand(shape) for shape in _shapes(setup))
    if setup.operation == "pooling":
        return _pool_way(setup, x)
    if setup.operation == "transposed":
        if isinstance(setup.padding, str):
            raise ConvcoreError(
                f"{name}: padding={setup.padding!r} is not known to a transposed convolution. Give "
                "numbers: they say how many pixels are cut off the output's rim."
            )
        settings = (setup.stride, setup.padding, setup.output_padding, setup.groups, setup.dilation)
        return shapes.transposed_window(name, x, weight, None, *settings, axes=axes)
    settings = (setup.stride, setup.padding, setup.dilation, setup.groups)
    window = shapes.conv_window(name, x, weight, None, *settings, axes=axes)
    shapes.check_layer(name, setup.in_channels, setup.out_channels, setup.groups, "zeros")
    if setup.padding_mode != "zeros":
        shapes.check_border(name, x, pairs(setup), setup.padding_mode)
    return window


def pairs(setup: Setup) -> tuple[tuple[int, int], ...]:
    """Padding pixels (before, after) the input, per axis; a transposed convolution has none."""
    if setup.operation == "transposed":
        return ((0, 0),) * setup.axes
    return shapes.padding_pairs(
        setup.operation, setup.padding, setup.kernel_size, setup.stride, setup.dilation
    )


def seen(setup: Setup, window: Window) -> Tensor:
    """The cell of the padded input that each kernel cell meets, per output pixel.

    Shape:
        -> (output pixels, kernel cells), int64: places in the flattened padded input; −1: nothing,
        which only a transposed convolution knows. Cells are counted as the kernel is typed.
    """
    if setup.operation == "transposed":
        return _seen_backwards(setup, window)
    frame = [b + n + a for n, (b, a) in zip(setup.size, pairs(setup), strict=True)]
    places = torch.arange(math.prod(frame)).view(1, *frame, 1)
    table = windows(places, window)[0, ..., 0]
    if setup.operation == "convolution":
        table = table.flip(tuple(range(setup.axes, 2 * setup.axes)))
    return table.reshape(math.prod(window.out_size), -1)


def reduction(setup: Setup) -> Callable[[Tensor], Tensor]:
    """A pooling rule that convcore has no pooling of its own for, (…, cells) to (…).

    Raises:
        ConvcoreError: the formula is none.
    """
    if setup.rule == "median":
        return Formula("median(w)")
    return Formula(setup.formula)


def _seen_backwards(setup: Setup, window: Window) -> Tensor:
    """From "input pixel q makes, through cell k, output p" to the q of each p and k."""
    outputs = functional.sources(window).reshape(math.prod(setup.size), -1)
    table = torch.full((math.prod(window.size), outputs.shape[1]), -1)
    q, k = (outputs >= 0).nonzero(as_tuple=True)
    table[outputs[q, k], k] = q
    return table


def _shapes(setup: Setup) -> tuple[Ints, Ints]:
    weight = (len(setup.weight), len(setup.weight[0]), *setup.kernel_size)
    return (setup.in_channels, *setup.size), weight


def _pool_way(setup: Setup, x: Tensor) -> Window:
    if isinstance(setup.padding, str):
        raise ConvcoreError(
            f"pooling: padding={setup.padding!r} is not known to a pooling. Give numbers."
        )
    if setup.rule in ("mean", "lp") and max(setup.dilation) > 1:
        formula = (
            "mean(w)" if setup.rule == "mean" else f"sum(w**{setup.power:g})**(1/{setup.power:g})"
        )
        raise ConvcoreError(
            f"pooling: {setup.rule} pooling has no dilation, dilation={setup.dilation}. Set it to "
            f"1, or choose a formula of your own: {formula}."
        )
    settings = (setup.kernel_size, setup.stride, setup.padding, setup.dilation, False)
    return shapes.pool_window("pooling", x, *settings, axes=setup.axes)


def _pooled(setup: Setup, x: Tensor) -> Tensor:
    size, stride, padding = setup.kernel_size, setup.stride, setup.padding
    if setup.rule == "max":
        return _MAX_POOLS[setup.axes](x, size, stride, padding, setup.dilation)
    if setup.rule == "min":
        return -_MAX_POOLS[setup.axes](-x, size, stride, padding, setup.dilation)
    if setup.rule == "mean":
        return _MEAN_POOLS[setup.axes](x, size, stride, padding)
    if setup.rule == "lp":
        framed = F.pad(x, [p for p in reversed(padding) for _ in range(2)])
        return _LP_POOLS[setup.axes](framed, setup.power, size, stride)
    return _OWN_POOLS[setup.axes](x, size, reduction(setup), stride, padding, setup.dilation)


def _check_amount(setup: Setup, window: Window) -> None:
    pixels = math.prod(window.size if setup.operation == "transposed" else window.out_size)
    outputs = setup.out_channels * pixels
    per_output = math.prod(setup.kernel_size)
    if setup.operation != "pooling":
        per_output *= setup.in_channels // setup.groups
    if outputs > MOST_OUTPUTS or outputs * per_output > MOST_PRODUCTS:
        raise ConvcoreError(
            f"playground: {outputs:,} outputs of {per_output:,} products each are too many to look "
            f"at: at most {MOST_OUTPUTS:,} outputs and {MOST_PRODUCTS:,} products. Use a smaller "
            "input or kernel, fewer channels or a larger stride."
        )
