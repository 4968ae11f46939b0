"""One contract for every convolution layer: torch's layer of that name, made from the same seed."""

import inspect

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from convcore import layers
from convcore.errors import ConvcoreError
from tests.convcore.oracle import assert_same, pair

SIZES = {"1d": (9,), "2d": (9, 8), "3d": (5, 6, 7)}

LAYERS = [
    pytest.param(f"{kind}{axes}", arguments, kwargs, id=f"{kind}{axes}-{name}")
    for kind, axes, name, arguments, kwargs in [
        ("Conv", "1d", "plain", (3, 4, 3), {}),
        ("Conv", "1d", "all", (4, 6, 3, (2,), 1, 2, 2, False), {}),
        ("Conv", "1d", "same", (2, 3, 4), {"padding": "same"}),
        ("Conv", "1d", "reflect", (2, 3, 3), {"padding": 2, "padding_mode": "reflect"}),
        ("Conv", "1d", "replicate", (2, 3, 3), {"padding": 9, "padding_mode": "replicate"}),
        ("Conv", "1d", "circular", (2, 3, 3), {"padding": 9, "padding_mode": "circular"}),
        ("Conv", "2d", "plain", (3, 8, 3), {}),
        ("Conv", "2d", "uneven", (4, 8, (3, 2), (2, 1)), {"padding": (1, 0), "dilation": 2}),
        ("Conv", "2d", "groups-no-bias", (4, 8, 3), {"groups": 2, "bias": False}),
        ("Conv", "2d", "depthwise-same", (4, 4, 3), {"groups": 4, "padding": "same"}),
        ("Conv", "2d", "valid", (2, 2, 3), {"padding": "valid", "stride": 2}),
        ("Conv", "2d", "reflect", (2, 4, 3), {"padding": 2, "padding_mode": "reflect"}),
        ("Conv", "2d", "replicate", (2, 4, 3), {"padding": (1, 2), "padding_mode": "replicate"}),
        ("Conv", "2d", "circular", (2, 4, 5), {"padding": "same", "padding_mode": "circular"}),
        ("Conv", "2d", "reflect-even", (2, 4, 4), {"padding": "same", "padding_mode": "reflect"}),
        ("Conv", "2d", "border-unpadded", (2, 4, 3), {"padding_mode": "circular"}),
        ("Conv", "2d", "float64", (3, 8, 3), {"dtype": torch.float64}),
        ("Conv", "3d", "plain", (2, 3, 3), {}),
        ("Conv", "3d", "all", (4, 2, (1, 2, 3), (2, 1, 3), (1, 0, 2), (2, 3, 1), 2, False), {}),
        ("Conv", "3d", "same-even", (2, 2, (2, 3, 4)), {"padding": "same"}),
        ("Conv", "3d", "reflect", (1, 2, 3), {"padding": (0, 1, 2), "padding_mode": "reflect"}),
        ("Conv", "3d", "replicate", (1, 2, 2), {"padding": 3, "padding_mode": "replicate"}),
        ("Conv", "3d", "circular", (1, 2, 2), {"padding": (1, 2, 3), "padding_mode": "circular"}),
        ("ConvTranspose", "1d", "plain", (3, 4, 3), {}),
        ("ConvTranspose", "1d", "all", (4, 6, 3, (3,), 1, 2, 2, False, 2), {}),
        ("ConvTranspose", "2d", "plain", (3, 4, 3), {}),
        ("ConvTranspose", "2d", "doubles", (3, 4, 4), {"stride": 2, "padding": 1}),
        ("ConvTranspose", "2d", "all", (4, 6, (3, 2), (2, 1), 1, (1, 2), 2, False, (2, 3)), {}),
        ("ConvTranspose", "2d", "depthwise", (4, 4, 3), {"groups": 4, "stride": 2}),
        ("ConvTranspose", "2d", "float64", (3, 4, 3), {"dtype": torch.float64}),
        ("ConvTranspose", "3d", "plain", (2, 3, 2), {}),
        ("ConvTranspose", "3d", "all", (4, 2, (1, 2, 3), 2, (0, 1, 2), 1, 2, False, (1, 2, 3)), {}),
    ]
]
every_layer = pytest.mark.parametrize(("name", "arguments", "kwargs"), LAYERS)
NAMES = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")


def images(name, arguments, kwargs, *batch):
    return torch.randn(*batch, arguments[0], *SIZES[name[-2:]], dtype=kwargs.get("dtype"))


def test_the_table_covers_every_convolution_layer():
    ours = [name for name in layers.__all__ if name.startswith("Conv")]
    assert {case.values[0] for case in LAYERS} == set(ours) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_takes_torchs_arguments(name):
    def arguments(module):
        parameters = inspect.signature(getattr(module, name)).parameters.values()
        return [(p.name, p.default) for p in parameters]

    assert arguments(layers) == arguments(nn)


@every_layer
def test_starts_with_torchs_values_from_the_same_seed(name, arguments, kwargs):
    ours, theirs = pair(name, *arguments, **kwargs)
    after = torch.rand(1)  # drawn after torch's; ours must have left the generator there, too
    states = ours.state_dict(), theirs.state_dict()
    assert list(states[0]) == list(states[1])
    assert all(torch.equal(a, b) for a, b in zip(*(s.values() for s in states), strict=True))
    torch.manual_seed(3)
    getattr(layers, name)(*arguments, **kwargs)
    assert torch.equal(torch.rand(1), after)


@every_layer
@pytest.mark.parametrize("batch", [(2,), ()], ids=["batch", "single"])
def test_computes_what_torchs_does(name, arguments, kwargs, batch):
    ours, theirs = pair(name, *arguments, **kwargs)
    ours.load_state_dict(theirs.state_dict())
    x = images(name, arguments, kwargs, *batch).requires_grad_()
    y, wanted = ours(x), theirs(x)
    torch.testing.assert_close(y, wanted)
    upstream = torch.randn_like(wanted)
    got = torch.autograd.grad(y, (x, *ours.parameters()), upstream)
    expected = torch.autograd.grad(wanted, (x, *theirs.parameters()), upstream)
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@every_layer
def test_state_dicts_move_both_ways(name, arguments, kwargs):
    ours, theirs = (getattr(module, name)(*arguments, **kwargs) for module in (layers, nn))
    x = images(name, arguments, kwargs, 1)
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(x), theirs(x))
    fresh = getattr(nn, name)(*arguments, **kwargs)
    ours.load_state_dict(fresh.state_dict())
    torch.testing.assert_close(ours(x), fresh(x))


@every_layer
def test_describes_itself_as_torchs(name, arguments, kwargs):
    ours, theirs = pair(name, *arguments, **kwargs)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", NAMES)
def test_trains(name):
    torch.manual_seed(0)
    layer, goal = (getattr(layers, name)(1, 1, 2) for _ in range(2))
    x = images(name, (1,), {}, 8)
    wanted = goal(x).detach()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(120):
        optimizer.zero_grad()
        (layer(x) - wanted).square().mean().backward()
        optimizer.step()
    torch.testing.assert_close(layer.weight, goal.weight, atol=1e-2, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_draws_afresh_as_torchs_however_the_weight_lies(name):
    made = pair(name, 3, 4, 3)
    for layer in made:
        layer.weight.data = layer.weight.data.movedim(1, -1).contiguous().movedim(-1, 1)
        torch.manual_seed(4)
        layer.reset_parameters()
    assert torch.equal(made[0].weight, made[1].weight)
    assert torch.equal(made[0].bias, made[1].bias)


def test_sigmoid_and_mean_pooling_follow():
    net = nn.Sequential(layers.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), layers.AvgPool2d(2))
    assert net(torch.randn(10, 1, 28, 28)).shape == (10, 6, 14, 14)


OUTPUT_SIZES = [
    pytest.param("1d", (13,), id="1d"),
    pytest.param("1d", torch.Size([2, 1, 15]), id="1d-with-channels"),
    pytest.param("2d", [13, 15], id="2d"),
    pytest.param("2d", (2, 1, 14, 13), id="2d-with-channels"),
    pytest.param("3d", (13, 14, 15), id="3d"),
]


@pytest.mark.parametrize(("axes", "output_size"), OUTPUT_SIZES)
def test_transposed_layers_take_an_output_size(axes, output_size):
    ours, theirs = pair(f"ConvTranspose{axes}", 2, 1, 3, stride=3, padding=1, output_padding=2)
    x = torch.randn(2, 2, *(5,) * int(axes[0])).requires_grad_()
    assert_same(
        ours(x, output_size), theirs(x, output_size=output_size), (x,), rtol=1e-4, atol=1e-4
    )


def test_transposed_layers_take_an_output_size_for_one_picture():
    ours, theirs = pair("ConvTranspose2d", 2, 1, 3, stride=3, padding=1)
    for output_size in ((15, 13), (1, 15, 13)):
        x = torch.randn(2, 5, 5)
        torch.testing.assert_close(ours(x, output_size), theirs(x, output_size))


@pytest.mark.parametrize(
    "output_size", [(16, 13), (12, 13), (13,), (2, 13, 13), (1, 2, 3, 4, 5), 13], ids=str
)
def test_transposed_layers_tell_which_output_sizes_there_are(output_size):
    ours, theirs = pair("ConvTranspose2d", 2, 1, 3, stride=3, padding=1)
    x = torch.randn(2, 2, 5, 5)
    with pytest.raises((ValueError, TypeError)):
        theirs(x, output_size)
    with pytest.raises(ConvcoreError, match="13×13 to 15×15") as error:
        ours(x, output_size)
    assert f"ConvTranspose2d: output_size={output_size}" in str(error.value)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: layers.Conv2d(3, 4, 3, groups=2), "in_channels=3 is not a multiple of groups=2"),
        (lambda: layers.Conv1d(4, 3, 3, groups=2), "out_channels=3 is not a multiple of groups=2"),
        (lambda: layers.Conv3d(0, 3, 3), "Conv3d: in_channels=0"),
        (lambda: layers.Conv2d(1.5, 3, 3), "in_channels=1.5"),
        (lambda: layers.Conv2d(1, 1, 0), "kernel_size=0"),
        (lambda: layers.Conv1d(1, 1, (3, 3)), "Conv1d: kernel_size="),
        (lambda: layers.Conv2d(1, 1, 3, groups=0), "groups=0"),
        (lambda: layers.Conv2d(1, 1, 3, padding="same", stride=2), r"stride=\(2, 2\)"),
        (lambda: layers.Conv3d(1, 1, 3, padding="SAME"), "padding='SAME'"),
        (lambda: layers.Conv2d(1, 1, 3, padding_mode="mirror"), "padding_mode='mirror'"),
        (lambda: layers.ConvTranspose2d(3, 4, 3, groups=2), "in_channels=3"),
        (lambda: layers.ConvTranspose1d(1, 1, 3, padding="same"), "padding='same'"),
        (lambda: layers.ConvTranspose3d(1, 1, 3, output_padding=-1), "output_padding=-1"),
        (
            lambda: layers.ConvTranspose2d(1, 1, 3, padding_mode="reflect"),
            "ConvTranspose2d: padding_mode='reflect'",
        ),
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
@pytest.mark.parametrize("name", ["Conv1d", "Conv2d", "Conv3d"])
def test_border_modes_need_enough_pixels(name, mode, padding):
    x = torch.ones(1, 1, *(3,) * int(name[-2]))
    ours, theirs = pair(name, 1, 1, 3, padding=padding, padding_mode=mode)
    with pytest.raises(RuntimeError):
        theirs(x)
    with pytest.raises(ConvcoreError, match=f"{name}: .*padding_mode='{mode}'"):
        ours(x)
    ours, theirs = pair(name, 1, 1, 3, padding=padding - 1, padding_mode=mode)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("shape", [(3, 3), (1, 1, 1, 3, 3), (1, 1, 0, 3), (1, 2, 3, 3)], ids=str)
def test_border_modes_check_the_input(mode, shape):
    ours, theirs = pair("Conv2d", 1, 1, 3, padding=1, padding_mode=mode)
    with pytest.raises((RuntimeError, NotImplementedError)):
        theirs(torch.ones(shape))
    with pytest.raises(ConvcoreError):
        ours(torch.ones(shape))


@settings(deadline=None, max_examples=100)
@given(
    mode=st.sampled_from(["reflect", "replicate", "circular"]),
    size=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    padding=st.integers(0, 6),
    batch=st.sampled_from([(), (0,), (2,)]),
)
def test_border_modes_give_torchs_values_or_raise_where_torch_does(mode, size, padding, batch):
    x = torch.randn(*batch, 1, *size)
    ours, theirs = pair(f"Conv{len(size)}d", 1, 1, 2, padding=padding, padding_mode=mode)
    try:
        wanted = theirs(x)
    except RuntimeError:
        with pytest.raises(ConvcoreError):
            ours(x)
        return
    torch.testing.assert_close(ours(x), wanted)
