"""Both backends side by side, and what a few measured steps say of an epoch."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from convcore import models
from convcore.config import BACKENDS, TrainConfig
from convcore.datasets import Dataset
from convcore.training.loop import (
    device_of,
    learning_rate_at,
    optimizer_for,
    set_rate,
    take_step,
)
from convcore.training.splits import Splits, batches, mixed_seed, prepare

_STEP_SECONDS = 0.5  # that a measured step should take at most


@dataclass(frozen=True)
class DuelStep:
    """One step of both backends on the same batch; values by backend."""

    step: int
    steps: int
    losses: dict[str, float]  # nats per picture
    seconds: dict[str, float]  # forward, backward and the optimiser's step
    loss_difference: float  # |custom − torch|
    gradient_difference: float  # largest |custom − torch| over all weights


def duel(dataset: Dataset, config: TrainConfig, steps: int) -> Iterator[DuelStep]:
    """Train the model of `config` on both backends, from the same weights on the same batches."""
    device = device_of(config)
    splits = prepare(dataset, config).to(device)
    rivals, optimizers = {}, {}
    for backend in BACKENDS:
        own = config.changed({"backend": backend})
        rivals[backend] = models.build(own, dataset.in_shape, len(dataset.classes)).to(device)
        optimizers[backend] = optimizer_for(rivals[backend], own)
    planned = config.epochs * math.ceil(len(splits.train) / config.batch_size)
    for step, (images, labels) in enumerate(_endless(splits, config, steps), start=1):
        losses, seconds = {}, {}
        rate = learning_rate_at(config, min(step - 1, planned - 1), planned)
        # Whoever goes second finds a warm cache, so they take turns.
        for backend in BACKENDS if step % 2 else reversed(BACKENDS):
            torch.manual_seed(mixed_seed(config.seed, step))  # the same features drop out
            set_rate(optimizers[backend], rate)
            started = time.perf_counter()
            losses[backend], _ = take_step(rivals[backend], optimizers[backend], images, labels)
            seconds[backend] = time.perf_counter() - started
        apart = [
            (a.grad - b.grad).abs().max().item()
            for a, b in zip(*(rivals[b].parameters() for b in BACKENDS), strict=True)
        ]
        difference = abs(losses["custom"] - losses["torch"])
        yield DuelStep(step, steps, losses, seconds, difference, max(apart))


@dataclass(frozen=True)
class Estimate:
    """What a few measured batches say of an epoch on this machine."""

    epoch_seconds: float
    images_per_second: float


def estimate(
    config: TrainConfig, in_shape: tuple[int, int, int], classes: int, train: int, test: int
) -> Estimate:
    """Return how long an epoch of `train` pictures takes, from a few steps on random ones.

    A step on two comes first; it tells how many the others may have, so as to take a second or two.
    """
    device = device_of(config)
    model = models.build(config, in_shape, classes).to(device)
    optimizer = optimizer_for(model, config)

    def per_image(batch: int) -> float:
        images = torch.randn(batch, *in_shape, device=device)
        labels = torch.randint(classes, (batch,), device=device)
        started = time.perf_counter()
        take_step(model, optimizer, images, labels)
        return (time.perf_counter() - started) / batch

    most, deadline = min(config.batch_size, 256), time.perf_counter() + 4 * _STEP_SECONDS
    found = [per_image(min(most, 2))]
    batch = max(min(most, 2), min(most, int(_STEP_SECONDS / found[0])))
    while len(found) < 4 and time.perf_counter() < deadline:
        found.append(per_image(batch))
    seconds = min(found)
    # Scoring is a forward pass, about a third of a step, over the test and as many train pictures.
    scored = test + min(train, test)
    return Estimate(seconds * (train + scored / 3), 1 / seconds)


def _endless(splits: Splits, config: TrainConfig, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield `steps` batches, epoch after epoch."""
    epoch = 1
    while steps > 0:
        for batch in batches(splits, config, epoch):
            if steps == 0:
                return
            steps -= 1
            yield batch
        epoch += 1
