"""What a data set is: labelled pictures in memory, and how to take a part of them."""

import hashlib
import json
from dataclasses import dataclass

import torch
from torch import Tensor

from convcore.errors import ConvcoreError


@dataclass(frozen=True, eq=False)  # eq=False: tensors have no single truth value to compare by
class Pictures:
    """Labelled pictures.

    Shape:
        images (N, C, H, W) uint8, labels (N,) int64
    """

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.ndim != 4:
            raise ConvcoreError(
                f"Pictures: images are {self.images.dtype} of shape {tuple(self.images.shape)}, "
                "but must be uint8 of shape (N, C, H, W). Keep the values as 0..255."
            )
        if self.labels.dtype != torch.int64 or self.labels.shape != self.images.shape[:1]:
            raise ConvcoreError(
                f"Pictures: labels are {self.labels.dtype} of shape {tuple(self.labels.shape)} for "
                f"{len(self.images)} pictures. Give one int64 label per picture."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: Tensor) -> "Pictures":
        """Return a copy of the pictures at `index` (int64 positions or a bool mask), in order."""
        return Pictures(self.images[index], self.labels[index])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A whole data set: what is trained on, what is tested on, and what the user should know."""

    name: str
    classes: tuple[str, ...]
    train: Pictures
    test: Pictures
    fingerprint: str  # see `fingerprint`
    notes: tuple[str, ...] = ()  # plain sentences: what was skipped, resized, split

    @property
    def in_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of every picture."""
        channels, height, width = self.train.images.shape[1:]
        return channels, height, width


@dataclass(frozen=True)
class Progress:
    """How far a download or a reading has come."""

    what: str
    done: int
    total: int | None
    unit: str  # "pictures" or "bytes"
    bytes_per_second: float | None = None
    eta: float | None = None  # seconds still to go


@dataclass(frozen=True)
class Source:
    """What can be trained on, from a peek; the loaded `Dataset` is the truth.

    For image folders `in_shape` is that of one picture, and the counts are of files, so a
    mixed or damaged folder may load with another shape or a few pictures fewer.
    """

    name: str  # what a training configuration holds
    title: str
    about: str  # one plain line
    in_shape: tuple[int, int, int]
    classes: int
    train: int | None  # pictures; None if unknown
    test: int | None
    ready: bool = True  # False: download it first


def fingerprint(classes: tuple[str, ...], train: Pictures, test: Pictures) -> str:
    """Return 16 hex digits that change with any pixel, label, order or class name."""
    digest = hashlib.sha256(json.dumps(classes).encode())
    for tensor in (train.images, train.labels, test.images, test.labels):
        digest.update(str(tuple(tensor.shape)).encode())
        digest.update(tensor.contiguous().numpy().data)
    return digest.hexdigest()[:16]


def subset(pictures: Pictures, size: int, seed: int) -> Pictures:
    """Return `size` of the pictures, drawn by `seed`, every class as often as its stock allows.

    The pictures keep their order. With one seed a smaller subset lies within each larger one.

    Raises:
        ConvcoreError: `size` is below 1 or above the number of pictures.
    """
    if not 1 <= size <= len(pictures):
        raise ConvcoreError(
            f"subset: size={size}, but must be from 1 to {len(pictures)}, the number of pictures. "
            "Choose a smaller subset."
        )
    generator = torch.Generator().manual_seed(seed)
    stocks = _stocks(pictures)
    turns = torch.randperm(len(stocks), generator=generator).tolist()  # who gets one card more
    ranks = torch.empty(len(pictures), dtype=torch.int64)
    for stock, turn in zip(stocks, turns, strict=True):
        # Dealt like cards: every class's first picture, every class's second …; short ones run out.
        ranks[stock] = torch.randperm(len(stock), generator=generator) * len(stocks) + turn
    return pictures.take(torch.argsort(ranks)[:size].sort().values)


def split(pictures: Pictures, fraction: float, seed: int) -> tuple[Pictures, Pictures]:
    """Return (train, validation): `fraction` of every class, drawn by `seed`, is for validation.

    Every class of two or more pictures is in both parts; both keep the order of the pictures.

    Raises:
        ConvcoreError: `fraction` is not between 0 and 1, or no class has two pictures.
    """
    if not 0 < fraction < 1:
        raise ConvcoreError(f"split: fraction={fraction}, but must be between 0 and 1, say 0.1.")
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.zeros(len(pictures), dtype=torch.bool)
    for stock in _stocks(pictures):
        order = torch.randperm(len(stock), generator=generator)
        held_out[stock[order[: share(len(stock), fraction)]]] = True
    if not held_out.any():
        raise ConvcoreError(
            f"split: {len(pictures)} pictures with no two of one class cannot be split. "
            "Use more pictures."
        )
    return pictures.take(~held_out), pictures.take(held_out)


def share(count: int, fraction: float) -> int:
    """Return how many of a class's `count` pictures `split` holds out: at least one, never all."""
    return min(max(round(count * fraction), 1), max(count - 1, 0))


def _stocks(pictures: Pictures) -> list[Tensor]:
    """Return the positions of each class that occurs, in label order."""
    return [(pictures.labels == label).nonzero().flatten() for label in pictures.labels.unique()]
