"""How a model does on a set of pictures, picture by picture."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # losses only: the convolutions are the model's

from convcore import augment
from convcore.datasets import Pictures
from convcore.training.splits import Splits

# Scoring takes no gradients; small batches stay in the processor's cache.
_EVALUATION_BATCH = 250  # pictures


@dataclass(frozen=True)
class Evaluation:
    """How a model does on a set of pictures, picture by picture.

    Shape:
        losses, confidences (N,) float32; predictions, labels (N,) int64, all on the CPU
    """

    losses: Tensor  # nats
    predictions: Tensor
    confidences: Tensor  # probability that the model gives to its prediction
    labels: Tensor
    classes: int

    @cached_property
    def loss(self) -> float:
        """Return the mean cross-entropy in nats per picture."""
        return self.losses.double().mean().item()

    @cached_property
    def accuracy(self) -> float:
        """Return the share of pictures that are called right, 0 to 1."""
        return (self.predictions == self.labels).double().mean().item()

    @cached_property
    def confusion(self) -> Tensor:
        """Return counts (classes, classes) int64: row the true class, column the prediction."""
        cells = self.labels * self.classes + self.predictions
        return torch.bincount(cells, minlength=self.classes**2).view(self.classes, self.classes)

    def worst(self, count: int) -> list[int]:
        """Return the indices of the wrong pictures with the highest loss, worst first."""
        wrong = self.losses.where(self.predictions != self.labels, -math.inf)
        order = wrong.argsort(descending=True, stable=True)[:count]
        return [int(i) for i in order if self.predictions[i] != self.labels[i]]


def evaluate(model: nn.Module, pictures: Pictures, splits: Splits) -> Evaluation:
    """Return how `model` does on `pictures`, scaled as `splits` says."""
    return joined(list(scored_batches(model, pictures, splits)), pictures.labels)


def scored_batches(
    model: nn.Module, pictures: Pictures, splits: Splits
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield (losses (n,), probabilities (n, classes)) of each batch, in eval mode, on the CPU."""
    was_training = model.training
    model.eval()
    parts = (t.split(_EVALUATION_BATCH) for t in (pictures.images, pictures.labels))
    for images, labels in zip(*parts, strict=True):
        with torch.no_grad():
            logits = model(augment.normalize(images, splits.mean, splits.std)).float()
            losses = F.cross_entropy(logits, labels, reduction="none")
        yield losses.cpu(), logits.softmax(dim=1).cpu()
    model.train(was_training)


def joined(parts: list[tuple[Tensor, Tensor]], labels: Tensor) -> Evaluation:
    """Return the scored batches of pictures with `labels` as one Evaluation."""
    losses, probabilities = (torch.cat(part) for part in zip(*parts, strict=True))
    confidences, predictions = probabilities.max(dim=1)
    return Evaluation(losses, predictions, confidences, labels.cpu(), probabilities.shape[1])
