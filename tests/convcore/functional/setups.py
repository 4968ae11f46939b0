"""Convolutions, chosen and drawn at random, and what torch's own layer makes of each."""

import pytest
import torch
from hypothesis import strategies as st
from torch import nn

from convcore.shapes import PADDING_MODES
from tests.convcore.oracle import numbers

CONVS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}

CASES = [
    pytest.param((2, 7), (4, 2, 3), {"stride": 2, "padding": 1}, id="1d"),
    pytest.param((2, 5), (2, 2, 4), {"padding": "same"}, id="1d-same-uneven"),
    pytest.param((3, 5, 4), (2, 3, 3, 2), {}, id="2d"),
    pytest.param((2, 4, 5), (3, 2, 2, 3), {"stride": (2, 1), "padding": (1, 2)}, id="2d-per-axis"),
    pytest.param((4, 5, 5), (6, 2, 3, 3), {"groups": 2, "padding": 1}, id="2d-groups"),
    pytest.param((3, 6, 6), (6, 1, 2, 3), {"groups": 3, "dilation": (2, 1)}, id="2d-depthwise"),
    pytest.param((2, 4, 4), (2, 2, 3, 2), {"padding": "same", "dilation": 2}, id="2d-same"),
    pytest.param((2, 3, 4, 3), (2, 2, 2, 3, 2), {"padding": 1, "stride": 2}, id="3d"),
]


def torchs(x, weight, bias=None, **kwargs):
    """What torch's own layer makes of `x` with this weight and bias."""
    conv = CONVS[weight.dim() - 2]
    layer = conv(
        x.shape[-weight.dim() + 1], len(weight), weight.shape[2:], bias=bias is not None, **kwargs
    )
    parameters = {"weight": weight} | ({} if bias is None else {"bias": bias})
    return torch.func.functional_call(layer, parameters, x)


@st.composite
def setups(draw):
    """(x, weight, bias, kwargs) that need not fit each other."""
    axes = draw(st.integers(1, 3))
    most = {1: 12, 2: 6, 3: 4}[axes]

    def each(least, most):
        return tuple(draw(st.integers(least, most)) for _ in range(axes))

    groups, channels, outputs = (draw(st.integers(1, 2)) for _ in range(3))
    x = numbers(groups * channels, *each(1, most)).requires_grad_()
    weight = numbers(groups * outputs, channels, *each(1, 3)).requires_grad_()
    same = draw(st.integers(0, 3)) == 0
    kwargs = {
        "stride": 1 if same else each(1, 3),
        "padding": "same" if same else each(0, 2),
        "dilation": each(1, 2),
        "groups": groups,
        "padding_mode": draw(st.sampled_from(PADDING_MODES)),
    }
    return x, weight, draw(st.sampled_from([None, numbers(len(weight))])), kwargs
