"""Handwritten digits that come with scikit-learn: small, and there without any download."""

from collections.abc import Generator

import numpy as np
import torch

from convcore.datasets.pictures import Dataset, Pictures, Progress, Source, fingerprint, split

KEY = "digits"
SOURCE = Source(
    name="digits",
    title="Digits",
    about="1,797 handwritten digits, grey, 8×8, bundled with scikit-learn; trains in seconds.",
    in_shape=(1, 8, 8),
    classes=10,
    train=1438,
    test=359,
)


def decode() -> Generator[Progress, None, Dataset]:
    """Return the digits as 0..255, one fifth of each class held out for testing by a fixed seed.

    Source: Alpaydin & Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI repository,
    as bundled with scikit-learn (greys 0..16).
    """
    from sklearn.datasets import load_digits

    yield Progress("Reading digits", 0, 1797, "pictures")
    bundled = load_digits()
    images = torch.from_numpy(np.rint(bundled.images * (255 / 16)).astype(np.uint8))[:, None]
    labels = torch.from_numpy(bundled.target.astype(np.int64))
    train, test = split(Pictures(images, labels), fraction=0.2, seed=0)
    classes = tuple(str(name) for name in bundled.target_names)
    yield Progress("Reading digits", 1797, 1797, "pictures")
    return Dataset("digits", classes, train, test, fingerprint(classes, train, test))
