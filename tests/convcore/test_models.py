import math

import pytest
import torch

from convcore import models
from convcore.config import TrainConfig
from convcore.errors import ConvcoreError

CASES = [
    pytest.param(TrainConfig(blocks=1, channels=4), id="one block"),
    pytest.param(TrainConfig(blocks=3, channels=5, kernel_size=5), id="three blocks"),
    pytest.param(TrainConfig(blocks=2, channels=4, batch_norm=False, pooling="mean"), id="plain"),
    pytest.param(TrainConfig(model="lenet"), id="LeNet"),
]


@pytest.mark.parametrize("config", CASES)
def test_backends_start_alike_and_a_state_dict_moves_between_them(config):
    ours = models.build(config.changed({"backend": "custom"}), (3, 16, 16), 7).double()
    theirs = models.build(config.changed({"backend": "torch"}), (3, 16, 16), 7).double()
    images = torch.randn(4, 3, 16, 16, dtype=torch.float64)
    torch.testing.assert_close(ours(images), theirs(images))
    other = models.build(config.changed({"backend": "torch", "seed": 9}), (3, 16, 16), 7).double()
    ours.load_state_dict(other.state_dict())
    torch.testing.assert_close(ours.eval()(images), other.eval()(images))
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(theirs.eval()(images), other.eval()(images))


def test_building_leaves_the_callers_random_numbers_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    models.build(TrainConfig(), (1, 8, 8), 10)
    torch.testing.assert_close(torch.rand(2), expected)


@pytest.mark.parametrize("backend", ["custom", "torch"])
def test_lenet_has_the_shapes_of_system_c4(backend):
    rows = models.summary(models.LeNet(backend=backend), (1, 28, 28))
    shapes = [row.out_shape for row in rows]
    assert shapes == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,),
    ]  # fmt: skip
    assert sum(row.parameters for row in rows) == 61_706  # LeNet-5, counted by hand


def test_lenet_on_soft_labels_starts_where_system_c4_says():
    torch.manual_seed(0)
    images, labels = torch.randn(10, 1, 28, 28), torch.randn(10, 10).softmax(dim=1)
    loss = torch.nn.functional.cross_entropy(models.LeNet()(images), labels, reduction="sum")
    assert 20 < loss.item() < 25
    assert loss.item() == pytest.approx(10 * math.log(10), rel=0.1)


def test_convnet_keeps_the_size_and_halves_it_once():
    rows = models.summary(models.ConvNet(blocks=2, channels=8, kernel_size=7), (3, 32, 32))
    assert [row.out_shape for row in rows if row.name.endswith("conv")] == [(8, 32, 32)] * 2
    assert rows[-1].name == "fc"
    assert rows[-1].parameters == 8 * 16 * 16 * 10 + 10


@pytest.mark.parametrize(
    ("config", "in_shape", "layer"),
    [
        pytest.param(TrainConfig(model="lenet"), (1, 8, 8), "conv2", id="LeNet on digits"),
        pytest.param(TrainConfig(), (1, 1, 1), "pool", id="one pixel"),
    ],
)
@pytest.mark.parametrize("backend", ["custom", "torch"])
def test_a_picture_too_small_names_the_layer(config, in_shape, layer, backend):
    with pytest.raises(ConvcoreError, match=f"layer {layer} shrinks the picture to nothing"):
        models.build(config.changed({"backend": backend}), in_shape, 10)


def test_unknown_parts_are_refused():
    with pytest.raises(ConvcoreError, match="backend='jax'"):
        models.ConvNet(backend="jax")
    with pytest.raises(ConvcoreError, match="pooling='min'"):
        models.ConvNet(pooling="min")
