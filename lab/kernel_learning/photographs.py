"""The two photographs that come with scikit-learn, and pictures that a person gave."""

import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np

from lab import images

_MOST_SIDE = 64  # pixels of a given picture that are kept: they travel in the link


@lru_cache(maxsize=2)
def photograph(name: str) -> np.ndarray:
    """Return a photograph (H, W, 3) in [0, 1]."""
    # The file itself: importing scikit-learn for it would take over a second.
    package = Path(importlib.util.find_spec("sklearn").origin).parent
    file = package / "datasets" / "images" / f"{name}.jpg"
    pixels, _ = images.read(file.read_bytes(), file.name)
    return pixels / 255


def middle(picture: np.ndarray, size: int) -> np.ndarray:
    """Return the middle `size` × `size` pixels, or all there are along a shorter side."""
    top, left = (max(0, (n - size) // 2) for n in picture.shape[:2])
    return picture[top : top + size, left : left + size]


def given(name: str, data: bytes) -> np.ndarray:
    """Return the middle of an uploaded picture in grey, at most 64×64, from 0 to 1.

    Raises:
        ConvcoreError: no picture that can be read, or one too large.
    """
    pixels, _ = images.read(data, name)
    grey = pixels.mean(-1) if pixels.ndim == 3 else pixels
    return middle(grey / 255, _MOST_SIDE)
