"""Figures that operations (A1–A6, A10, A11; loops and fast) and layers (B1) must reproduce.

Each can be computed by hand, or says what must equal what.
"""

import pytest
import torch
from torch import nn

from convcore import functional, layers, reference, shapes
from tests.convcore.oracle import assert_same

X = [[1, 2, 3], [4, 5, 6], [5, 6, 7]]
K = [[1, 2], [2, 3]]
PADDED = [[3, 8, 13, 6], [14, 28, 36, 15], [23, 42, 50, 20], [10, 17, 20, 7]]
VOLUME = [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [1, 2, 3]]]
VOLUME_KERNEL = [[[1, 2], [1, 1]], [[1, -1], [-1, 2]]]


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


@pytest.fixture(params=[reference, functional], ids=["loops", "fast"])
def operations(request):
    return request.param


def alone(values):
    """A single picture of a single channel: (1, 1, spatial …)."""
    return torch.tensor(values, dtype=torch.float64)[None, None]


def numbers(*shape):
    return torch.randn(*shape, dtype=torch.float64)


@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [
        pytest.param({}, [[28, 36], [42, 50]], id="A1"),
        pytest.param({"padding": 1}, PADDED, id="A2-padding"),
        pytest.param({"padding": 1, "stride": 2}, [[3, 13], [23, 50]], id="A2-stride"),
    ],
)
def test_a1_a2_figures(operations, kwargs, expected):
    assert torch.equal(operations.conv2d(alone(X), alone(K), **kwargs), alone(expected))


@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding", "expected"),
    [
        pytest.param((3, 3), (2, 2), (1, 1), (4, 4), id="halved"),
        pytest.param((3, 5), (3, 4), (0, 1), (2, 2), id="per-axis"),
    ],
)
def test_a2_a3_sizes(operations, kernel_size, stride, padding, expected):
    y = operations.conv2d(
        torch.ones(1, 1, 8, 8), torch.ones(1, 1, *kernel_size), stride=stride, padding=padding
    )
    assert y.shape == (1, 1, *expected)
    assert expected == tuple(map(shapes.output_size, (8, 8), kernel_size, stride, padding))


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [7, 8])
@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d"])
def test_a3_the_formula_holds_on_every_axis(name, size, stride, padding, dilation):
    axes = int(name[-2])
    x, weight = torch.ones(1, 1, *(size,) * axes), torch.ones(1, 1, *(3,) * axes)
    y = getattr(functional, name)(x, weight, None, stride, padding, dilation)
    expected = (size + 2 * padding - dilation * (3 - 1) - 1) // stride + 1
    assert shapes.output_size(size, 3, stride, padding, dilation) == expected
    assert y.shape[2:] == (expected,) * axes


def test_a4_figure(operations):
    y = operations.conv3d(alone(VOLUME), alone(VOLUME_KERNEL))
    assert torch.equal(y, alone([[[16, 22]]]))


def test_a4_with_padding_and_stride():
    x, weight = numbers(1, 1, 5, 6, 7), numbers(1, 1, 2, 3, 3)
    way = {"stride": (1, 2, 3), "padding": (1, 0, 2)}
    torch.testing.assert_close(
        functional.conv3d(x, weight, **way), reference.conv3d(x, weight, **way)
    )
    torch.testing.assert_close(
        functional.conv3d(x, weight, **way), nn.functional.conv3d(x, weight, **way)
    )


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv3d"])
def test_a5_a6_channels_are_summed_and_stacked(operations, name):
    axes = int(name[-2])
    conv = getattr(operations, name)
    x, weight = numbers(2, 3, *(5, 4, 3)[:axes]), numbers(4, 3, *(2, 3, 2)[:axes])
    bias = numbers(4)
    y = conv(x, weight, bias)
    assert y.shape == (2, 4, *(4, 2, 2)[:axes])
    for o in range(4):
        apart = [conv(x[:, [c]], weight[[o]][:, [c]]) for c in range(3)]
        torch.testing.assert_close(y[:, [o]], sum(apart) + bias[o])
    torch.testing.assert_close(y, getattr(nn.functional, name)(x, weight, bias))


def test_a10_a_1x1_convolution_is_a_fully_connected_layer_over_channels(operations):
    x, weight, bias = numbers(2, 15, 4, 3), numbers(10, 15), numbers(10)
    y = operations.conv2d(x, weight[..., None, None], bias)
    connected = nn.functional.linear(x.movedim(1, -1), weight, bias).movedim(-1, 1)
    torch.testing.assert_close(y, connected, atol=1e-6, rtol=0)


def test_a10_a_fully_connected_net_is_a_net_of_1x1_convolutions():
    connected = nn.Sequential(nn.Linear(15, 10), nn.Sigmoid(), nn.Linear(10, 5))
    convolved = nn.Sequential(layers.Conv2d(15, 10, 1), nn.Sigmoid(), layers.Conv2d(10, 5, 1))
    state = {
        name: values.view(convolved.state_dict()[name].shape)
        for name, values in connected.state_dict().items()
    }
    convolved.load_state_dict(state)
    x = torch.randn(2, 15)
    torch.testing.assert_close(
        convolved(x[..., None, None]).flatten(1), connected(x), atol=1e-6, rtol=0
    )


def test_a11_sound(operations):
    """39 features × frames; the kernel moves along the frames and peaks where its pattern is."""
    sound = numbers(1, 39, 50)
    pattern = sound[..., 20:27]
    y = operations.conv1d(sound, pattern)
    assert y.shape == (1, 1, 44)
    assert y.argmax() == 20
    torch.testing.assert_close(y, nn.functional.conv1d(sound, pattern))


def test_a11_text(operations):
    """Words as one-hot columns: the kernel of a phrase counts how many of its words are met."""
    words = ["the", "cat", "saw", "the", "dog", "and", "the", "cat", "ran"]
    vocabulary = sorted(set(words))
    text = torch.stack(
        [torch.tensor([float(word == known) for known in vocabulary]) for word in words], 1
    )
    phrase = text[:, 0:2]  # "the cat"
    met = operations.conv1d(text[None], phrase[None])
    assert met.tolist() == [[[2, 0, 0, 1, 0, 0, 2, 0]]]


def test_b1_forward_is_the_operation_plus_bias():
    layer = layers.Conv2d(3, 4, 3, padding=1)
    assert {name for name, _ in layer.named_parameters()} == {"weight", "bias"}
    assert layer.weight.shape == (4, 3, 3, 3)
    assert layer.weight.std() > 0
    x = torch.randn(2, 3, 6, 5)
    apart = functional.conv2d(x, layer.weight, padding=1) + layer.bias.view(4, 1, 1)
    torch.testing.assert_close(layer(x), apart)
    torch.testing.assert_close(layer(x[0]), layer(x)[0], rtol=1e-4, atol=1e-5)


def test_b1_the_state_loads_into_torchs_layer_and_back():
    ours, theirs = layers.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 3, 6, 5).requires_grad_()
    assert_same(ours(x), theirs(x), (x,), rtol=1e-4, atol=1e-5)
    back = layers.Conv2d(3, 4, 3)
    back.load_state_dict(theirs.state_dict())
    assert torch.equal(back(x), ours(x))


def test_b1_it_trains():
    layer = layers.Conv2d(1, 1, (1, 2), bias=False)
    x = alone([[1, 1, 0, 0, 0, 0, 1, 1]] * 6).float()
    wanted = alone([[0, 1, 0, 0, 0, -1, 0]] * 6).float()  # x ⋆ [1, −1]
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.03)
    for _ in range(30):
        optimizer.zero_grad()
        (layer(x) - wanted).square().sum().backward()
        optimizer.step()
    torch.testing.assert_close(layer.weight.detach(), alone([[1, -1]]).float(), atol=1e-3, rtol=0)
