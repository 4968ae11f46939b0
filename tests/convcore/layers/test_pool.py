import copy
import inspect
import math

import pytest
import torch
from torch import nn

from convcore import functional, layers
from convcore.errors import ConvcoreError
from tests.convcore.oracle import assert_same, pair

AXES = [1, 2, 3]
# (layer, arguments), for every number of axes
ARGUMENTS = {
    "max": ("MaxPool", {"kernel_size": 2}),
    "max-padded": ("MaxPool", {"kernel_size": 3, "stride": 2, "padding": 1}),
    "max-ceil": ("MaxPool", {"kernel_size": 2, "dilation": 2, "ceil_mode": True}),
    "mean": ("AvgPool", {"kernel_size": 2}),
    "mean-stride": ("AvgPool", {"kernel_size": 3, "stride": 1, "ceil_mode": True}),
    "mean-edge": ("AvgPool", {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    "norm": ("LPPool", {"norm_type": 2, "kernel_size": 2}),
    "norm-ceil": ("LPPool", {"norm_type": 1, "kernel_size": 3, "stride": 2, "ceil_mode": True}),
    "largest-magnitude": ("LPPool", {"norm_type": math.inf, "kernel_size": 3}),
}
LAYERS = [
    *(
        pytest.param(f"{name}{axes}d", kwargs, axes, id=f"{label}-{axes}d")
        for label, (name, kwargs) in ARGUMENTS.items()
        for axes in AXES
    ),
    pytest.param("MaxPool3d", {"kernel_size": (1, 2, 3), "padding": (0, 1, 1)}, 3, id="max-uneven"),
    pytest.param("AvgPool2d", {"kernel_size": (2, 3)}, 2, id="mean-uneven"),
    pytest.param("AvgPool2d", {"kernel_size": 2, "divisor_override": 3}, 2, id="mean-divisor-2d"),
    pytest.param("AvgPool3d", {"kernel_size": 2, "divisor_override": -3}, 3, id="mean-divisor-3d"),
    pytest.param("AdaptiveAvgPool2d", {"output_size": 1}, 2, id="adaptive-one"),
    pytest.param("AdaptiveAvgPool2d", {"output_size": (None, 3)}, 2, id="adaptive-rows-stay"),
]


@pytest.mark.parametrize(("name", "kwargs", "axes"), LAYERS)
def test_the_layer_is_torchs(name, kwargs, axes):
    ours, theirs = pair(name, **kwargs)
    for lead in ((2, 3), (3,), (0, 3)):
        x = torch.randn(*lead, *(5, 7, 6)[-axes:], dtype=torch.float64).requires_grad_()
        assert_same(ours(x), theirs(x), (x,))
    assert repr(ours) == repr(theirs)
    assert ours.state_dict() == theirs.state_dict() == {}
    x = torch.randn(2, 3, *(5, 7, 6)[-axes:])
    assert torch.equal(copy.deepcopy(ours)(x), ours(x))


@pytest.mark.parametrize("name", [n for n in layers.__all__ if n.startswith("Max")])
def test_max_pool_returns_indices(name):
    ours, theirs = pair(name, 2, return_indices=True)
    x = torch.randn(2, 3, *(6,) * int(name[-2]))
    assert all(torch.equal(a, b) for a, b in zip(ours(x), theirs(x), strict=True))


@pytest.mark.parametrize("name", [n for n in layers.__all__ if "Pool" in n and n[:4] != "Pool"])
def test_arguments_have_torchs_order_and_defaults(name):
    ours, theirs = (
        [(p.name, p.default) for p in inspect.signature(getattr(m, name)).parameters.values()]
        for m in (layers, nn)
    )
    assert ours == theirs


def middle(windows):
    return windows.median(-1).values


@pytest.mark.parametrize("axes", AXES)
def test_pool_takes_a_rule_of_ones_own(axes):
    layer = getattr(layers, f"Pool{axes}d")(3, middle, 2, 1, ceil_mode=True, padding_value=-1)
    x = torch.randn(2, 3, *(6,) * axes)
    expected = getattr(functional, f"pool{axes}d")(
        x, 3, middle, 2, 1, ceil_mode=True, padding_value=-1
    )
    assert torch.equal(layer(x), expected)
    assert repr(layer) == (
        f"Pool{axes}d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=True, "
        "padding_value=-1, reduce=middle)"
    )


def test_pool_learns_a_rule_that_can():
    torch.manual_seed(0)
    rule = nn.Sequential(nn.Linear(4, 1), nn.Flatten(-2))
    layer = layers.Pool2d(2, rule)
    assert list(layer.state_dict()) == ["reduce.0.weight", "reduce.0.bias"]
    x = torch.randn(16, 1, 4, 4)
    wanted = functional.avg_pool2d(x, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.3)
    for _ in range(150):
        optimizer.zero_grad()
        (layer(x) - wanted).square().mean().backward()
        optimizer.step()
    torch.testing.assert_close(rule[0].weight, torch.full((1, 4), 0.25), atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: layers.MaxPool1d(2, padding=2), r"MaxPool1d: padding=\(2,\).*half"),
        (lambda: layers.MaxPool3d((2, 2)), r"MaxPool3d: kernel_size=\(2, 2\).*3 ints"),
        (lambda: layers.MaxPool2d(2, dilation=0), "MaxPool2d: dilation=0"),
        (lambda: layers.AvgPool1d(0), "AvgPool1d: kernel_size=0"),
        (lambda: layers.AvgPool3d(2, stride=0), "AvgPool3d: stride=0"),
        (lambda: layers.AvgPool3d(2, divisor_override=0), "AvgPool3d: divisor_override=0"),
        (lambda: layers.LPPool2d(0, 2), "LPPool2d: norm_type=0"),
        (lambda: layers.LPPool1d(2, -1), "LPPool1d: kernel_size=-1"),
        (lambda: layers.Pool2d(2, "max"), "Pool2d: reduce='max'"),
        (lambda: layers.Pool3d(2, middle, padding=2), "Pool3d: padding=.*half"),
        (lambda: layers.AdaptiveAvgPool2d((1, 2, 3)), "AdaptiveAvgPool2d: output_size="),
        (lambda: layers.AdaptiveAvgPool2d(-1), "AdaptiveAvgPool2d: output_size=-1"),
    ],
)
def test_mistakes_are_told_when_built(build, told):
    with pytest.raises(ConvcoreError, match=told):
        build()
