"""The two photographs that come with scikit-learn, and pictures that a person gave."""

import importlib.util
import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from convcore.errors import ConvcoreError

_FORMATS = ("PNG", "JPEG", "WEBP")
_MOST_PIXELS = 40_000_000
_MOST_SIDE = 64  # pixels of a given picture that are kept: they travel in the link


@lru_cache(maxsize=2)
def photograph(name: str) -> np.ndarray:
    """Return a photograph (H, W, 3) in [0, 1]."""
    # The file itself: importing scikit-learn for it would take over a second.
    package = Path(importlib.util.find_spec("sklearn").origin).parent
    with Image.open(package / "datasets" / "images" / f"{name}.jpg") as opened:
        return np.asarray(opened.convert("RGB")) / 255


def middle(picture: np.ndarray, size: int) -> np.ndarray:
    """Return the middle `size` × `size` pixels, or all there are along a shorter side."""
    top, left = (max(0, (n - size) // 2) for n in picture.shape[:2])
    return picture[top : top + size, left : left + size]


def given(name: str, data: bytes) -> np.ndarray:
    """Return the middle of an uploaded picture in grey, at most 64×64, from 0 to 1.

    Raises:
        ConvcoreError: no picture that can be read, or one too large.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise ConvcoreError(
                    f"kernel learning: {name} has {opened.width:,}×{opened.height:,} pixels, "
                    f"above {_MOST_PIXELS:,}. Give a smaller one."
                )
            pixels = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise ConvcoreError(
            f"kernel learning: {name} is no picture that can be read. Give a PNG, JPEG or WebP."
        ) from None
    return middle(pixels.mean(-1) / 255, _MOST_SIDE)
