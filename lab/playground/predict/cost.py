"""What an operation costs: its multiplications, additions and parameters."""

from dataclasses import astuple, dataclass
from math import prod

from convcore import functional
from convcore.shapes import Window
from lab.playground.compute import way
from lab.playground.setup import Setup


@dataclass(frozen=True)
class Cost:
    """Exact counts for one input; None where a formula of one's own is no plain sum."""

    multiplications: int | None
    additions: int | None
    parameters: int
    outputs: int  # numbers, of all channels


def cost(setup: Setup) -> Cost:
    """What `setup` costs when every output is added up by itself.

    Products with padding count as done. Of a transposed convolution those count that land in the
    output, not those that its padding cuts off. Of a mean the division counts as a multiplication;
    comparisons, powers and roots are neither.

    Raises:
        ConvcoreError: the settings do not fit together.
    """
    if setup.operation == "pooling":
        return _of_pooling(setup)
    window = way(setup)
    per_cell = setup.in_channels // setup.groups  # products, where a cell meets a pixel
    if setup.operation == "transposed":
        meetings, reached = _meetings(window)
        pixels = prod(window.size)
    else:
        pixels = reached = prod(window.out_size)
        meetings = pixels * prod(setup.kernel_size)
    products = setup.out_channels * meetings * per_cell
    first = 0 if setup.bias else setup.out_channels * reached  # a sum's first number is not added
    return Cost(products, products - first, _parameters(setup), setup.out_channels * pixels)


def _meetings(window: Window) -> tuple[int, int]:
    """How often a cell of a transposed convolution meets an output pixel, and how many it does."""
    meetings = reached = 1
    for way_along in zip(*astuple(window), strict=True):  # each axis goes its own way
        places = functional.sources(Window(*((number,) for number in way_along)))
        places = places[places >= 0]
        meetings *= len(places)
        reached *= len(places.unique())
    return meetings, reached


def _of_pooling(setup: Setup) -> Cost:
    outputs = setup.in_channels * prod(way(setup).out_size)
    sums = outputs * (prod(setup.kernel_size) - 1)
    multiplications, additions = {
        "mean": (outputs, sums),
        "lp": (0, sums),
        "formula": (None, None),
    }.get(setup.rule, (0, 0))
    return Cost(multiplications, additions, parameters=0, outputs=outputs)


def _parameters(setup: Setup) -> int:
    stacks = len(setup.weight) * len(setup.weight[0])
    return stacks * prod(setup.kernel_size) + len(setup.bias or ())
