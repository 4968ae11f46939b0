"""The pictures of a run, each with its part to play, in batches."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from convcore import augment
from convcore.config import TrainConfig
from convcore.datasets import Dataset, Pictures, split, subset
from convcore.errors import ConvcoreError


@dataclass(frozen=True)
class Splits:
    """The pictures of a run, each with its part to play, and how to scale them."""

    train: Pictures
    fair: Pictures  # training pictures, as many as the test set has, that the gap is measured with
    validation: Pictures | None
    test: Pictures
    mean: Tensor  # (C,) of the training pictures, on a scale of 0 to 1
    std: Tensor  # (C,)

    def to(self, device: torch.device) -> "Splits":
        """Return the same splits with every tensor on `device`."""

        def moved(part: Pictures | Tensor | None) -> Pictures | Tensor | None:
            if isinstance(part, Pictures):
                return Pictures(part.images.to(device), part.labels.to(device))
            return None if part is None else part.to(device)

        return Splits(*(moved(getattr(self, spec.name)) for spec in fields(self)))


def prepare(dataset: Dataset, config: TrainConfig) -> Splits:
    """Return the splits that `config` asks of `dataset`: the same for the same seed.

    Raises:
        ConvcoreError: more pictures are asked for than there are, or a batch exceeds them.
    """
    train = dataset.train
    if config.subset:
        train = subset(train, config.subset, config.seed)
    validation = None
    if config.validation_fraction:
        train, validation = split(train, config.validation_fraction, config.seed)
    if config.batch_size > len(train):
        raise ConvcoreError(
            f"batch_size={config.batch_size} exceeds the {len(train)} training pictures of "
            f"{dataset.name!r} (subset={config.subset}, validation_fraction="
            f"{config.validation_fraction}). Use a batch of at most {len(train)}."
        )
    fair = subset(train, min(len(train), len(dataset.test)), config.seed)
    mean, std = augment.statistics(train.images)
    return Splits(train, fair, validation, dataset.test, mean, std)


def batches(splits: Splits, config: TrainConfig, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the shuffled, augmented, normalised batches of an epoch."""
    generator = torch.Generator().manual_seed(mixed_seed(config.seed, epoch))
    torch.manual_seed(mixed_seed(config.seed, epoch))  # dropout draws from torch's own generator
    order = torch.randperm(len(splits.train), generator=generator)
    for chosen in order.to(splits.train.labels.device).split(config.batch_size):
        images = splits.train.images[chosen]
        if config.crop_padding:
            images = augment.random_crop(images, config.crop_padding, generator)
        if config.flip:
            images = augment.random_flip(images, generator)
        yield augment.normalize(images, splits.mean, splits.std), splits.train.labels[chosen]


def mixed_seed(seed: int, epoch: int) -> int:
    """Return a seed of its own for each (seed, epoch)."""
    return (seed * 1_000_003 + epoch) % 2**63
