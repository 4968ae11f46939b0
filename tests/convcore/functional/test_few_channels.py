"""Which convolutions go this way; that it computes them right is for `test_conv` to see."""

import pytest
import torch

from convcore import shapes
from convcore.functional import few_channels
from tests.convcore.oracle import numbers


def suits(x_shape, weight_shape, stride=1, groups=1, dtype=torch.float64):
    x, weight = numbers(*x_shape, dtype=dtype), numbers(*weight_shape, dtype=dtype)
    axes = x.dim() - 2
    window = shapes.conv_window("conv", x, weight, None, stride, 0, 1, groups, axes=axes)
    return few_channels.suits(x, len(weight), window, groups)


@pytest.mark.parametrize(
    ("x_shape", "weight_shape", "settings", "wanted"),
    [
        pytest.param((1, 4, 6, 6), (4, 4, 3, 3), {}, True, id="few"),
        pytest.param((1, 1, 6, 6), (1, 1, 3, 3), {"dtype": torch.float32}, True, id="single"),
        pytest.param((1, 1, 6, 6), (1, 1, 3, 3), {"stride": (1, 2)}, True, id="stride-along"),
        pytest.param((1, 1, 6, 6, 6), (1, 1, 3, 3, 3), {}, True, id="3d"),
        pytest.param((1, 5, 6, 6), (1, 5, 3, 3), {}, False, id="many-in"),
        pytest.param((1, 1, 6, 6), (5, 1, 3, 3), {}, False, id="many-out"),
        pytest.param((1, 4, 6, 6), (4, 2, 3, 3), {"groups": 2}, False, id="groups"),
        pytest.param((1, 1, 6, 6), (1, 1, 3, 3), {"stride": (2, 1)}, False, id="stride-down"),
        pytest.param((1, 1, 6), (1, 1, 3), {}, False, id="1d"),
        pytest.param((1, 1, 6, 6), (1, 1, 3, 3), {"dtype": torch.bfloat16}, False, id="halves"),
    ],
)
def test_few_channels_suit(x_shape, weight_shape, settings, wanted):
    assert suits(x_shape, weight_shape, **settings) is wanted
