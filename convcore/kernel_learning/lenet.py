"""What too large a learning rate does to a whole network: LeNet on ten random pictures.

Summed cross-entropy by plain gradient descent. Near a minimum a network too is a bowl, and steps
above 2 / (largest curvature) climb its wall instead of descending; but it is no bowl of one shape:
the curvature changes on the way, so the suggested rate keeps a factor of two in hand.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convcore.errors import ConvcoreError
from convcore.kernel_learning.config import MOST_STEPS
from convcore.models import LeNet

_PICTURES, _CLASSES = 10, 10
# Of the numbers behind the soft labels; wide enough that the labels differ.
_LABEL_SPREAD = 2.0
_LOOKS = 50  # power iterations; curvatures repeat to three digits from about 30 on


def lenet_task(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return ten random pictures and their soft labels, each a softmax of random numbers.

    Shape:
        (10, 1, 28, 28), (10, 10), float64
    """
    chance = torch.Generator().manual_seed(seed)
    images = torch.randn(_PICTURES, 1, 28, 28, generator=chance, dtype=torch.float64)
    scores = torch.randn(_PICTURES, _CLASSES, generator=chance, dtype=torch.float64)
    return images, (_LABEL_SPREAD * scores).softmax(1)


def learn_lenet(
    learning_rate: float, steps: int, seed: int = 0, backend: str = "custom"
) -> Iterator[float]:
    """Yield the loss at the start and after each step, in nats summed over the pictures.

    Raises:
        ConvcoreError: the rate is not above 0, there are no steps or too many, an unknown backend.
    """
    if not 0 < learning_rate < float("inf") or not 1 <= steps <= MOST_STEPS:
        raise ConvcoreError(
            f"learn_lenet: learning_rate={learning_rate}, steps={steps}: the rate must be finite "
            f"and above 0, the steps from 1 to {MOST_STEPS}. Use 0.01 and 60, say."
        )
    model, (images, targets) = _network(seed, backend), lenet_task(seed)
    return _descend(model, images, targets, learning_rate, steps)


def largest_curvature(seed: int = 0, backend: str = "custom") -> float:
    """Return the largest eigenvalue of the loss's Hessian at the start, by power iteration.

    Source: Hessian times vector by a second derivative, Pearlmutter 1994, "Fast exact
        multiplication by the Hessian", Neural Computation 6(1).
    """
    model, (images, targets) = _network(seed, backend), lenet_task(seed)
    weights = list(model.parameters())
    grads = torch.autograd.grad(_loss(model, images, targets), weights, create_graph=True)
    slope = torch.cat([grad.flatten() for grad in grads])
    chance = torch.Generator().manual_seed(seed)
    along = torch.randn(slope.shape, generator=chance, dtype=slope.dtype)
    for _ in range(_LOOKS):
        along = along / along.norm()
        bent = torch.autograd.grad(slope, weights, along, retain_graph=True)
        bent = torch.cat([part.flatten() for part in bent])
        along, curvature = bent, float(along @ bent)
    return curvature


def suggest_lenet_rate(seed: int = 0, backend: str = "custom") -> float:
    """Return a rate at which LeNet's loss falls steadily: half of what its start would bear."""
    return 1 / largest_curvature(seed, backend)


def _network(seed: int, backend: str) -> nn.Module:
    """Return LeNet in float64 with standard normal weights but in the last layer.

    They switch its sigmoids fully on and off, which makes the bowl steep enough for the lesson; the
    last layer is torch's own draw, so that the first guesses are near even, 10 · ln 10 ≈ 23.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LeNet(classes=_CLASSES, backend=backend).double()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if not name.startswith("fc3"):
                    parameter.normal_()
    return model


def _loss(model: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(model(images), targets, reduction="sum")


def _descend(
    model: nn.Module, images: Tensor, targets: Tensor, learning_rate: float, steps: int
) -> Iterator[float]:
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    for _ in range(steps + 1):
        optimizer.zero_grad()
        loss = _loss(model, images, targets)
        yield loss.item()
        loss.backward()
        optimizer.step()
