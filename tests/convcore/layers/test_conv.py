import pytest
import torch
from torch import nn

from convcore import layers
from convcore.errors import ConvcoreError
from tests.convcore.oracle import pair

CONV_ARGUMENTS = [
    pytest.param((3, 8, 3), {}, id="plain"),
    pytest.param((4, 8, (3, 2)), {"stride": (2, 1), "padding": (1, 0), "dilation": 2}, id="uneven"),
    pytest.param((4, 8, 3), {"groups": 2, "bias": False}, id="groups-no-bias"),
    pytest.param((4, 4, 3), {"groups": 4, "padding": "same"}, id="depthwise-same"),
    pytest.param((2, 4, 3), {"padding": 2, "padding_mode": "reflect"}, id="reflect"),
    pytest.param((2, 4, 3), {"padding": (1, 2), "padding_mode": "replicate"}, id="replicate"),
    pytest.param((2, 4, 5), {"padding": "same", "padding_mode": "circular"}, id="circular"),
    pytest.param((2, 4, 4), {"padding": "same", "padding_mode": "reflect"}, id="reflect-even"),
    pytest.param((2, 4, 3), {"dtype": torch.float64}, id="float64"),
]


@pytest.mark.parametrize(("arguments", "kwargs"), CONV_ARGUMENTS)
def test_conv2d_equals_torchs_from_the_same_seed(arguments, kwargs):
    ours, theirs = pair("Conv2d", *arguments, **kwargs)
    after = torch.rand(1)  # drawn after torch's; ours must have left the generator there, too
    pair_state = ours.state_dict(), theirs.state_dict()
    assert list(pair_state[0]) == list(pair_state[1])
    assert all(torch.equal(a, b) for a, b in zip(*(s.values() for s in pair_state), strict=True))
    torch.manual_seed(3)
    layers.Conv2d(*arguments, **kwargs)
    assert torch.equal(torch.rand(1), after)


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize("batch", [(2,), ()], ids=["batch", "single"])
@pytest.mark.parametrize(("arguments", "kwargs"), CONV_ARGUMENTS)
def test_conv2d_computes_what_torchs_does(arguments, kwargs, batch):
    ours, theirs = pair("Conv2d", *arguments, **kwargs)
    x = torch.randn(*batch, arguments[0], 9, 8, dtype=kwargs.get("dtype")).requires_grad_()
    y, wanted = ours(x), theirs(x)
    torch.testing.assert_close(y, wanted)
    upstream = torch.randn_like(wanted)
    got = torch.autograd.grad(y, (x, *ours.parameters()), upstream)
    expected = torch.autograd.grad(wanted, (x, *theirs.parameters()), upstream)
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_conv2d_state_dicts_move_both_ways():
    ours, theirs = layers.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
    x = torch.randn(2, 3, 6, 6)
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(x), theirs(x))
    fresh = nn.Conv2d(3, 4, 3)
    ours.load_state_dict(fresh.state_dict())
    torch.testing.assert_close(ours(x), fresh(x))


def test_conv2d_trains():
    torch.manual_seed(0)
    layer, goal = layers.Conv2d(1, 1, 2), layers.Conv2d(1, 1, 2)
    x = torch.randn(8, 1, 6, 6)
    wanted = goal(x).detach()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        (layer(x) - wanted).square().mean().backward()
        optimizer.step()
    torch.testing.assert_close(layer.weight, goal.weight, atol=1e-3, rtol=0)


def test_sigmoid_and_mean_pooling_follow():
    net = nn.Sequential(layers.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), layers.AvgPool2d(2))
    assert net(torch.randn(10, 1, 28, 28)).shape == (10, 6, 14, 14)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: layers.Conv2d(3, 4, 3, groups=2), "in_channels=3 is not a multiple of groups=2"),
        (lambda: layers.Conv2d(4, 3, 3, groups=2), "out_channels=3 is not a multiple of groups=2"),
        (lambda: layers.Conv2d(0, 3, 3), "in_channels=0"),
        (lambda: layers.Conv2d(1, 1, 0), "kernel_size=0"),
        (lambda: layers.Conv2d(1, 1, 3, groups=0), "groups=0"),
        (lambda: layers.Conv2d(1, 1, 3, padding="same", stride=2), r"stride=\(2, 2\)"),
        (lambda: layers.Conv2d(1, 1, 3, padding_mode="mirror"), "padding_mode='mirror'"),
        (lambda: layers.MaxPool2d(2, padding=2), "half"),
        (lambda: layers.MaxPool2d(0), "kernel_size=0"),
        (lambda: layers.AvgPool2d(2, stride=0), "stride=0"),
        (lambda: layers.AvgPool2d(2, divisor_override=0), "divisor_override=0"),
    ],
)
def test_mistakes_are_told_when_built(build, told):
    with pytest.raises(ConvcoreError, match=told):
        build()


@pytest.mark.parametrize(("mode", "padding"), [("reflect", 3), ("circular", 4)])
def test_border_modes_need_enough_pixels(mode, padding):
    with pytest.raises(ConvcoreError, match=f"padding_mode='{mode}'"):
        layers.Conv2d(1, 1, 3, padding=padding, padding_mode=mode)(torch.ones(1, 1, 3, 3))


def test_layers_describe_themselves():
    assert repr(layers.Conv2d(3, 8, 3, padding=1, bias=False)) == repr(
        nn.Conv2d(3, 8, 3, padding=1, bias=False)
    )
    assert repr(layers.MaxPool2d(2)) == repr(nn.MaxPool2d(2))
    assert repr(layers.AvgPool2d(2)) == repr(nn.AvgPool2d(2))
