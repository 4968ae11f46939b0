"""Setups drawn at random, and torch's own answer to each: the playground's oracle."""

import random
import warnings

import torch
import torch.nn.functional as F
from torch import Tensor

from convcore.errors import ConvcoreError
from lab.playground import Setup
from lab.playground.compute import compute
from lab.playground.edits import randomised, with_bias

F64 = {"dtype": torch.float64}
FORMULAS = {
    "sqrt(mean(w**2))": lambda w: (w**2).mean(-1).sqrt(),
    "max(w) - min(w)": lambda w: w.amax(-1) - w.amin(-1),
    "mean(abs(w))": lambda w: w.abs().mean(-1),
}


def random_setup(seed: int) -> Setup:
    """A setup that fits together; all operations, axes, paddings … come up."""
    draw = random.Random(seed)
    while True:
        try:
            setup = _drawn(draw)
            compute(setup)
        except ConvcoreError:
            continue
        return setup


def _drawn(draw: random.Random) -> Setup:
    operation = draw.choice(["correlation", "convolution", "transposed", "pooling"])
    axes = draw.choice([1, 2, 2, 3])
    groups = draw.choice([1, 1, 2, 3])
    inputs, outputs = (groups * draw.choice([1, 2]) for _ in range(2))
    size = [draw.randint(2, 9 - 2 * (axes == 3)) for _ in range(axes)]
    kernel = [draw.randint(1, 4 - (axes == 3)) for _ in range(axes)]
    leading = (
        [inputs, outputs // groups] if operation == "transposed" else [outputs, inputs // groups]
    )
    settings = {
        "operation": operation,
        "groups": groups,
        "stride": tuple(draw.randint(1, 3) for _ in range(axes)),
        "dilation": tuple(draw.choice([1, 1, 2]) for _ in range(axes)),
        "padding": tuple(draw.randint(0, 2) for _ in range(axes)),
        "padding_mode": draw.choice(["zeros", "zeros", "reflect", "replicate", "circular"]),
        "rule": draw.choice(["max", "mean", "lp", "median", "min", "formula"]),
        "formula": draw.choice(list(FORMULAS)),
    }
    if operation in ("correlation", "convolution") and draw.random() < 0.2:
        settings |= {"padding": draw.choice(["same", "valid"])}
    if settings["padding"] == "same":
        settings |= {"stride": (1,) * axes}
    if operation == "transposed":
        settings |= {"padding_mode": "zeros"}
        settings |= {"output_padding": tuple(draw.randint(0, s - 1) for s in settings["stride"])}
    if operation == "pooling":
        settings |= {"padding_mode": "zeros"}
        limits = zip(settings["padding"], kernel, strict=True)
        settings |= {"padding": tuple(min(p, k // 2) for p, k in limits)}
        if settings["rule"] in ("mean", "lp"):
            settings |= {"dilation": (1,) * axes}
    setup = Setup.plain(_zeros([inputs, *size]), _zeros([*leading, *kernel]), **settings)
    if operation != "pooling" and draw.random() < 0.5:
        setup = with_bias(setup, True)
    return randomised(setup, draw.randint(0, 10**6))


def torch_answer(setup: Setup) -> Tensor:
    """What torch itself makes of `setup`, without a line of ours."""
    x, weight = torch.tensor(setup.x, **F64), torch.tensor(setup.weight, **F64)
    bias = None if setup.bias is None else torch.tensor(setup.bias, **F64)
    n = setup.axes
    if setup.operation == "pooling":
        return _pooled(setup, x)
    if setup.operation == "transposed":
        return getattr(F, f"conv_transpose{n}d")(
            x, weight, bias, setup.stride, setup.padding, setup.output_padding, setup.groups,
            setup.dilation,
        )  # fmt: skip
    if setup.operation == "convolution":
        weight = weight.flip(tuple(range(2, n + 2)))
    layer = getattr(torch.nn, f"Conv{n}d")(
        setup.in_channels, len(weight), setup.kernel_size, setup.stride, setup.padding,
        setup.dilation, setup.groups, bias is not None, setup.padding_mode, **F64,
    )  # fmt: skip
    with torch.no_grad(), warnings.catch_warnings(action="ignore"):  # torch's, of even kernels
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
        return layer(x)


def rule_of(setup: Setup):
    """The pooling rule, (…, cells) to (…)."""
    return {
        "max": lambda w: w.amax(-1),
        "min": lambda w: w.amin(-1),
        "mean": lambda w: w.mean(-1),
        "lp": lambda w: w.pow(setup.power).sum(-1).pow(1 / setup.power),
        "median": lambda w: w.quantile(0.5, -1),
        "formula": FORMULAS.get(setup.formula),
    }[setup.rule]


def _pooled(setup: Setup, x: Tensor) -> Tensor:
    fill = {"max": -torch.inf, "min": torch.inf}.get(setup.rule, 0.0)
    x = F.pad(x, [p for p in reversed(setup.padding) for _ in range(2)], value=fill)
    for axis, (k, s, d) in enumerate(
        zip(setup.kernel_size, setup.stride, setup.dilation, strict=True), start=1
    ):
        x = x.unfold(axis, d * (k - 1) + 1, s)[..., ::d]
    return rule_of(setup)(x.flatten(-setup.axes))


def _zeros(shape: list[int]):
    return torch.zeros(shape).tolist()
