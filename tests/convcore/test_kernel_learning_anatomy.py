"""A gradient taken apart, the loss over two weights, and LeNet's too large steps (C4)."""

from itertools import pairwise

import pytest
import torch
from torch.nn import functional as F

from convcore.errors import ConvcoreError
from convcore.kernel_learning import (
    LearnConfig,
    edge_task,
    filter_task,
    gradient_anatomy,
    largest_curvature,
    learn,
    learn_lenet,
    lenet_task,
    loss_surface,
    suggest_lenet_rate,
)
from convcore.models import LeNet

PLACES = [
    pytest.param((0, 0, 0, 0), id="corner"),
    pytest.param((2, 1, 1, 2), id="last"),
    pytest.param((1,), id="bias"),
]


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def example(loss):
    x, y, _ = filter_task(torch.randn(2, 2, 5, 6), torch.randn(3, 2, 2, 3), padding=1)
    config = LearnConfig(kernel_size=(2, 3), padding=1, bias=True, loss=loss)
    weight = torch.randn(3, 2, 2, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(3, dtype=torch.float64, requires_grad=True)
    return x, y, config, weight, bias


@pytest.mark.parametrize("loss", ["sum", "mean"])
@pytest.mark.parametrize("position", PLACES)
def test_a_gradient_is_the_sum_of_its_shares(loss, position):
    x, y, config, weight, bias = example(loss)
    error = F.mse_loss(F.conv2d(x, weight, bias, padding=1), y, reduction=loss)
    grads = torch.autograd.grad(error, (weight, bias))
    expected = grads[len(position) == 1][position]
    made = gradient_anatomy(x, y, weight, bias, config, position)
    torch.testing.assert_close(made.gradient, expected, rtol=1e-10, atol=1e-12)
    assert made.residual.shape == made.pixel.shape == made.product.shape == (2, 6, 6)
    torch.testing.assert_close(made.product, made.factor * made.residual * made.pixel)


@pytest.mark.parametrize("loss", ["sum", "mean"])
@pytest.mark.parametrize("position", PLACES)
def test_a_gradient_is_the_slope_by_central_differences(loss, position):
    x, y, config, weight, bias = example(loss)
    made = gradient_anatomy(x, y, weight, bias, config, position)
    losses = []
    for step in (1e-4, -1e-4):
        parts = [weight.detach().clone(), bias.detach().clone()]
        parts[len(position) == 1][position] += step
        losses.append(F.mse_loss(F.conv2d(x, *parts, padding=1), y, reduction=loss).item())
    assert made.gradient.item() == pytest.approx((losses[0] - losses[1]) / 2e-4, rel=1e-6)


def test_the_anatomy_is_of_the_step_that_was_taken():
    x, y, _ = edge_task()
    config = LearnConfig(kernel_size=(1, 2), noise=0.5)
    event = next(iter(learn(x, y, config)))
    made = gradient_anatomy(x, y, event.weight, None, config, (0, 0, 0, 1))
    torch.testing.assert_close(made.gradient, event.grad_weight[0, 0, 0, 1])


@pytest.mark.parametrize("loss", ["sum", "mean"])
@pytest.mark.parametrize(
    "positions",
    [
        pytest.param(((0, 0, 0, 0), (0, 1, 1, 2)), id="same-output"),
        pytest.param(((0, 0, 0, 1), (2, 1, 1, 0)), id="two-outputs"),
        pytest.param(((1, 0, 0, 1), (1,)), id="weight-and-bias"),
    ],
)
def test_the_loss_surface_is_the_loss(loss, positions):
    x, y, config, weight, bias = example(loss)
    surface = loss_surface(x, y, config, positions, weight, bias, span=2.0, points=5)
    assert surface.losses.shape == (5, 5)
    for i, first in enumerate(surface.first):
        for j, second in enumerate(surface.second):
            parts = [weight.detach().clone(), bias.detach().clone()]
            for position, value in zip(positions, (first, second), strict=True):
                parts[len(position) == 1][position] = value
            expected = F.mse_loss(F.conv2d(x, *parts, padding=1), y, reduction=loss)
            torch.testing.assert_close(surface.losses[i, j], expected)
    middle = weight.detach()[positions[0]]
    torch.testing.assert_close(surface.first, middle + torch.linspace(-2, 2, 5).double())


C1 = LearnConfig(kernel_size=(1, 2))
KERNEL = torch.zeros(1, 2)


@pytest.mark.parametrize(
    ("weight", "bias", "position", "says"),
    [
        pytest.param(KERNEL, None, (0, 0, 1, 0), "no place in a kernel", id="outside"),
        pytest.param(KERNEL, None, (0, 0, 0, -1), "no place in a kernel", id="negative"),
        pytest.param(KERNEL, None, (0,), "no place in a kernel", id="no-bias"),
        pytest.param(torch.zeros(3, 3), None, (0, 0, 0, 0), "weight has shape", id="other-kernel"),
        pytest.param(KERNEL, torch.zeros(1), (0, 0, 0, 0), "config.bias=False", id="unasked-bias"),
    ],
)
def test_the_anatomy_says_what_does_not_fit(weight, bias, position, says):
    with pytest.raises(ConvcoreError, match=says):
        gradient_anatomy(*edge_task()[:2], weight, bias, C1, position)


@pytest.mark.parametrize(
    ("positions", "kwargs", "says"),
    [
        pytest.param([(0, 0, 0, 0)] * 2, {}, "Choose two", id="twice-the-same"),
        pytest.param([(0, 0, 0, 0), (0, 0, 0, 1)], {"points": 1}, "points=1", id="one-point"),
        pytest.param([(0, 0, 0, 0), (0, 0, 0, 1)], {"span": 0.0}, "span=0.0", id="no-span"),
    ],
)
def test_the_loss_surface_says_what_does_not_fit(positions, kwargs, says):
    with pytest.raises(ConvcoreError, match=says):
        loss_surface(*edge_task()[:2], C1, positions, KERNEL, **kwargs)


def test_c4_pictures_and_labels():
    images, targets = lenet_task(seed=3)
    assert images.shape == (10, 1, 28, 28)
    torch.testing.assert_close(targets.sum(1), torch.ones(10, dtype=torch.float64))
    assert torch.equal(lenet_task(seed=3)[0], images)


def rises(losses):
    return sum(after > before for before, after in pairwise(losses))


def test_c4_oscillates_at_a_large_rate_and_falls_steadily_at_the_suggested_one():
    large = list(learn_lenet(0.03, 40))
    steady = list(learn_lenet(suggest_lenet_rate(), 40))
    assert len(large) == 41
    assert 20 < large[0] < 25
    assert large[0] == steady[0]
    assert rises(large) >= 10
    assert rises(steady) == 0
    assert steady[-1] < steady[0] - 4


def test_c4_suggested_rate_falls_steadily_from_another_start():
    losses = list(learn_lenet(suggest_lenet_rate(2, "torch"), 30, 2, "torch"))
    assert rises(losses) == 0


def test_c4_backends_agree():
    ours, theirs = (list(learn_lenet(0.01, 5, backend=b)) for b in ("custom", "torch"))
    assert ours == pytest.approx(theirs, abs=1e-10)


def test_largest_curvature_is_that_of_the_hessian():
    """Of the last layer alone it is known in closed form; that of all layers is not below it."""
    images, _ = lenet_task()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LeNet(backend="torch").double()
        for name, parameter in model.named_parameters():
            if not name.startswith("fc3"):
                torch.nn.init.normal_(parameter)
    seen = []
    model.fc3.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        guesses = model(images).softmax(1)
    hidden = F.pad(seen[0], (0, 1), value=1.0)  # and the bias
    block = sum(
        torch.kron(p.diag() - p.outer(p), h.outer(h)) for p, h in zip(guesses, hidden, strict=True)
    )
    last_layer, whole = torch.linalg.eigvalsh(block)[-1].item(), largest_curvature()
    assert last_layer <= whole * 1.001
    assert whole == pytest.approx(last_layer, rel=0.2)


@pytest.mark.parametrize(
    ("rate", "steps", "backend", "says"),
    [
        pytest.param(0, 5, "torch", "learning_rate=0", id="no-rate"),
        pytest.param(0.01, 10_001, "torch", "steps=10001", id="many-steps"),
        pytest.param(0.01, 5, "jax", "backend='jax'", id="backend"),
    ],
)
def test_c4_says_what_is_wrong(rate, steps, backend, says):
    with pytest.raises(ConvcoreError, match=says):
        learn_lenet(rate, steps, backend=backend)
