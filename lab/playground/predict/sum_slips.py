"""Wrong ways to a number that is a sum of products: the kernel, the sum, one product."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from convcore import functional
from lab.playground.compute import met_weight, seen, tensor, way
from lab.playground.predict.value_slips import Slip, place_text, value_of
from lab.playground.setup import Ints, Setup

_TURNED = {
    "correlation": "turning the kernel round, which only a true convolution does",
    "convolution": "laying the kernel on as it is typed: a true convolution turns it round first",
    "transposed": "turning the kernel round: every input pixel lays it down as it is typed",
}


@dataclass(frozen=True, eq=False)
class Products:
    """What one output number of a convolution is the sum of, but for the bias."""

    first_channel: int
    inputs: Tensor  # (C_in // groups, kernel cells)
    weights: Tensor  # the same shape

    @property
    def sums(self) -> list[float]:
        """One per input channel."""
        return (self.inputs * self.weights).sum(1).tolist()


def sum_slips(setup: Setup, position: Ints, truth: float, products: Products) -> Iterator[Slip]:
    """A convolution's kernel is laid on wrongly, or its sums are not added as they should be."""
    weight = tensor(setup.weight)
    turned = weight.flip(tuple(range(2, weight.dim())))
    yield value_of(setup, {"weight": turned.tolist()}, position), _TURNED[setup.operation]
    bias = setup.bias[position[0]] if setup.bias else 0.0
    yield truth - bias, f"forgetting the bias, {bias:g}".replace("-", "−")
    yield from _channel_slips(products, truth, bias)
    if setup.axes > 1 and weight.shape[-1] == weight.shape[-2]:
        mirrored = {"weight": weight.mT.tolist()}
        yield value_of(setup, mirrored, position), "swapping the kernel's rows and columns"


def product_slips(setup: Setup, truth: float, products: Products) -> Iterator[Slip]:
    """One product is missing or has the wrong sign, or the whole sum has."""
    yield -truth, "the wrong sign: all else is right"
    cells = torch.cartesian_prod(*(torch.arange(k) for k in setup.kernel_size))
    cells = cells.view(-1, setup.axes).tolist()
    for inputs, weights in zip(products.inputs.tolist(), products.weights.tolist(), strict=True):
        for number, weight, cell in zip(inputs, weights, cells, strict=True):
            what = f"{number:g} · {weight:g} (kernel cell {place_text(cell)})".replace("-", "−")
            yield truth - number * weight, f"leaving out a product, {what}"
            yield truth - 2 * number * weight, f"the wrong sign of a product, {what}"


def products_of(setup: Setup, position: Ints) -> Products:
    """All products of the output number at `position`."""
    output, *pixel = position
    each = setup.in_channels // setup.groups
    group = output // (setup.out_channels // setup.groups)
    if setup.operation == "transposed":
        return _laid_down(setup, output, tuple(pixel), slice(group * each, (group + 1) * each))
    settings = (setup.stride, setup.padding, setup.dilation, setup.groups, setup.padding_mode)
    parts = functional.contributions(
        tensor(setup.x), met_weight(setup), None, *settings, position=position
    )
    inputs, weights = parts.inputs.flatten(1), parts.weights.flatten(1)
    if setup.operation == "convolution":  # its cells are counted as they are typed
        inputs, weights = inputs.flip(1), weights.flip(1)
    return Products(group * each, inputs, weights)


def _channel_slips(products: Products, truth: float, bias: float) -> Iterator[Slip]:
    sums = products.sums
    if len(sums) == 1:
        return
    together = f"the sums of all {len(sums)} channels are added"
    for channel, alone in enumerate(sums, products.first_channel):
        yield alone + bias, f"taking channel {channel} alone: {together}"
    for channel, alone in enumerate(sums if len(sums) > 2 else [], products.first_channel):
        yield truth - alone, f"leaving out channel {channel}: {together}"
    yield (
        truth + (len(sums) - 1) * bias,
        "adding the bias for every input channel: it is added once",
    )


def _laid_down(setup: Setup, output: int, pixel: Ints, channels: slice) -> Products:
    """Products of a transposed convolution, whose cells often meet nothing: that counts as 0."""
    window = way(setup)
    places = seen(setup, window).view(*window.size, -1)[pixel]
    x = tensor(setup.x)[channels].flatten(1)
    weight = tensor(setup.weight)[channels, output % (setup.out_channels // setup.groups)]
    inputs = torch.where(places < 0, 0.0, x[:, places])
    return Products(channels.start, inputs, weight.flatten(1))
