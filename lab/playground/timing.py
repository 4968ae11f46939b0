"""How long a setup takes: as plain loops, by our fast operations, and by torch's."""

import math
import time
from collections.abc import Callable
from statistics import median

import torch
import torch.nn.functional as F

from convcore import functional, reference
from lab.playground.compute import compute, met_weight, pairs, tensor
from lab.playground.setup import Setup

_REPEATS = 15


def measure(setup: Setup, most_products: int) -> list[tuple[str, float]]:
    """Return (who, seconds) of the convolution of `setup`, the loops left out if that takes long.

    Taking turns, medians; the padding is laid around the input beforehand.
    """
    x, weight = _framed(setup), met_weight(setup)
    bias = None if setup.bias is None else tensor(setup.bias)
    rivals = {"ours": functional, "torch": F}
    if compute(setup).numel() * weight[0].numel() <= most_products:
        rivals = {"loops": reference} | rivals
    steps = {name: _call(setup, module, x, weight, bias) for name, module in rivals.items()}
    times = {name: [] for name in steps}
    with torch.no_grad():
        for turn in range(_REPEATS):
            for name, step in steps.items():
                if name == "loops" and turn > 2:
                    continue
                start = time.perf_counter()
                step()
                times[name].append(time.perf_counter() - start)
    return [(name, median(seconds)) for name, seconds in times.items()]


def _framed(setup: Setup) -> torch.Tensor:
    x = tensor(setup.x)
    edges = [pixels for pair in reversed(pairs(setup)) for pixels in pair]
    mode = "constant" if setup.padding_mode == "zeros" else setup.padding_mode
    return F.pad(x.unsqueeze(0), edges, mode) if math.prod(x.shape) else x


def _call(setup: Setup, module, x, weight, bias) -> Callable[[], object]:
    if setup.operation == "transposed":
        operation = getattr(module, f"conv_transpose{setup.axes}d")
        settings = (setup.stride, setup.padding, setup.output_padding, setup.groups, setup.dilation)
    else:
        operation = getattr(module, f"conv{setup.axes}d")
        settings = (setup.stride, 0, setup.dilation, setup.groups)
    return lambda: operation(x, weight, bias, *settings)
