"""Picture files → one tensor: any mode and size in, one shape out; unreadable ones are told."""

import io
import os
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from convcore.datasets.folders import LARGEST, Entry, Listing
from convcore.datasets.layout import TEST_FRACTION, Layout, arrange
from convcore.datasets.pictures import Dataset, Pictures, Progress, fingerprint, split
from convcore.errors import ConvcoreError

CAP = 64  # pixels: larger pictures are shrunk until their longer side is this
UNREADABLE = 0.01  # the share of the pictures that may be skipped
_CHUNK = 128  # pictures per task and progress event
_WORTH_THREADS = 4096  # bytes; below, Pillow is mostly Python and threads make it slower (measured)


class Decoded(NamedTuple):
    """One picture, or why there is none."""

    pixels: np.ndarray | None  # uint8 (H, W) grey or (H, W, 3), within CAP
    size: tuple[int, int]  # (width, height) as it is meant to be looked at, before shrinking
    fault: str = ""


def decode(listing: Listing) -> Generator[Progress, None, Dataset]:
    """Return the data set of an image folder or .zip.

    All pictures get the commonest size among them (after shrinking to `CAP`), and one channel if
    all are grey, else RGB. Transparent ones are laid on white.

    Raises:
        ConvcoreError: the layout is not one (see `arrange`), or over 1 % cannot be read.
    """
    layout = arrange(listing)
    found = yield from _decode_all(listing, [entry for entry, _ in layout.train + layout.test])
    skipped = _skipped_notes(listing, layout, found)
    readable = [one for one in found if one.fault == ""]
    size, channels = _common_shape(readable)
    changed = sum(one.size != size for one in readable)
    images = torch.empty((len(readable), channels, size[1], size[0]), dtype=torch.uint8)
    for start in range(0, len(readable), _CHUNK):
        chunk = [_fit(one.pixels, size, channels) for one in readable[start : start + _CHUNK]]
        images[start : start + _CHUNK] = torch.from_numpy(np.stack(chunk)).permute(0, 3, 1, 2)
    resized = (
        (f"{changed:,} {_pictures(changed)} resized to {size[0]}×{size[1]}.",) if changed else ()
    )
    train, test = _parts(layout, found, images)
    return Dataset(
        name=listing.name,
        classes=layout.classes,
        train=train,
        test=test,
        fingerprint=fingerprint(layout.classes, train, test),
        notes=listing.notes + layout.notes + skipped + resized,
    )


def peek(listing: Listing, layout: Layout) -> tuple[int, int, int]:
    """Return the (C, H, W) that the first readable picture would have.

    Raises:
        ConvcoreError: none of the first few can be read.
    """
    for entry, _ in layout.train[:10]:
        one = _decode_entry(listing, entry)
        if one.pixels is not None:
            channels = 1 if one.pixels.ndim == 2 else 3
            return channels, *one.pixels.shape[:2]
    raise ConvcoreError(
        f"data: the first pictures of {listing.name} cannot be read "
        f"(such as {entry.path}: {one.fault}). Replace or remove them."
    )


def picture(data: bytes) -> tuple[np.ndarray, tuple[int, int]]:
    """Return a file's pixels within `CAP`, and the (width, height) of the whole picture.

    Whatever Pillow cannot make of the bytes comes as the exception Pillow raises.
    """
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened_picture:
        width, height = opened_picture.size
        if width * height > (Image.MAX_IMAGE_PIXELS or float("inf")):
            raise Image.DecompressionBombError(f"{width}×{height} is too large")
        opened_picture.draft(None, (2 * CAP, 2 * CAP))  # lets a JPEG be decoded smaller, faster
        upright = ImageOps.exif_transpose(opened_picture)
        if upright.size != opened_picture.size:
            width, height = height, width
        plain = _plain(upright)
    shrink = min(1.0, CAP / max(width, height))
    within = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    return _resized(np.asarray(plain), within), (width, height)


def _plain(image):
    """Return the Pillow image as 8-bit grey ("L") or "RGB"."""
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits; Pillow's own conversion would clip, not scale
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    mode = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image if image.mode == mode else image.convert(mode)


def _resized(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return `pixels` at `size` (width, height), smoothed where it shrinks."""
    from PIL import Image

    if pixels.shape[1::-1] == size:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def _fit(pixels: np.ndarray, size: tuple[int, int], channels: int) -> np.ndarray:
    """Return (H, W, C) pixels of the common size; grey becomes three equal channels for RGB."""
    pixels = _resized(pixels, size)
    if pixels.ndim == 2:
        pixels = np.broadcast_to(pixels[:, :, None], (*pixels.shape, channels))
    return pixels


def _decode_all(listing: Listing, entries: list[Entry]) -> Generator[Progress, None, list[Decoded]]:
    """Decode in order; big pictures on several cores, since Pillow frees the GIL for its part."""
    mean_size = sum(entry.size for entry in entries) / len(entries)
    workers = min(os.cpu_count() or 1, 4) if mean_size > _WORTH_THREADS else 1
    chunks = [entries[start : start + _CHUNK] for start in range(0, len(entries), _CHUNK)]
    found: list[Decoded] = []
    with ThreadPoolExecutor(workers) as pool:
        tasks = [
            pool.submit(lambda some: [_decode_entry(listing, entry) for entry in some], chunk)
            for chunk in chunks
        ]
        try:
            for task in tasks:
                found += task.result()
                yield Progress("Reading pictures", len(found), len(entries), "pictures")
        finally:  # also when the consumer stops
            for task in tasks:
                task.cancel()
    return found


def _decode_entry(listing: Listing, entry: Entry) -> Decoded:
    from PIL import UnidentifiedImageError

    if entry.size > LARGEST:
        return Decoded(None, (0, 0), f"larger than {LARGEST:,} bytes")
    try:
        return Decoded(*picture(listing.read(entry)))
    except UnidentifiedImageError:
        return Decoded(None, (0, 0), "no PNG, JPEG or WebP picture")
    except Exception as error:  # on damaged bytes Pillow and zipfile raise nearly anything
        return Decoded(None, (0, 0), str(error) or type(error).__name__)


def _skipped_notes(listing: Listing, layout: Layout, found: list[Decoded]) -> tuple[str, ...]:
    """Return the note on what could not be read.

    Raises:
        ConvcoreError: that is over 1 %, or leaves a class without pictures.
    """
    items = layout.train + layout.test
    faults = [
        (entry.path, one.fault) for (entry, _), one in zip(items, found, strict=True) if one.fault
    ]
    if not faults:
        return ()
    told = f"{len(faults):,} of {len(found):,} pictures"
    if len(faults) > UNREADABLE * len(found):
        path, fault = faults[0]
        raise ConvcoreError(
            f"data: {told} in {listing.name} cannot be read (first: {path}: {fault}); "
            "at most 1 in 100 may be skipped. Replace or remove them."
        )
    _check_stocks(listing, layout, found)
    first = ", ".join(path for path, _ in faults[:3])
    return (f"{told} could not be read and were skipped (first: {first}).",)


def _check_stocks(listing: Listing, layout: Layout, found: list[Decoded]) -> None:
    """Raise if skipping took a class its last pictures."""
    least = 1 if layout.test else 2
    for part, items, results in (
        ("train", layout.train, found[: len(layout.train)]),
        ("test", layout.test, found[len(layout.train) :]),
    ):
        stock = Counter(
            label for (_, label), one in zip(items, results, strict=True) if not one.fault
        )
        for label, name in enumerate(layout.classes):
            if items and stock[label] < least:
                raise ConvcoreError(
                    f"data: too few pictures of class {name!r} in {listing.name} ({part}) can be "
                    f"read: {stock[label]}, but at least {least} needed. Replace the damaged ones."
                )


def _common_shape(readable: list[Decoded]) -> tuple[tuple[int, int], int]:
    """Return the commonest (width, height) — of equally common ones the smallest — and channels."""
    sizes = Counter(one.pixels.shape[1::-1] for one in readable)
    size = min(sizes, key=lambda size: (-sizes[size], size))
    return size, 1 if all(one.pixels.ndim == 2 for one in readable) else 3


def _parts(layout: Layout, found: list[Decoded], images: Tensor) -> tuple[Pictures, Pictures]:
    """Return (train, test) from the tensor of the readable pictures, in the order of `found`."""
    items = layout.train + layout.test
    kept = [label for (_, label), one in zip(items, found, strict=True) if not one.fault]
    labels = torch.tensor(kept, dtype=torch.int64)
    if not layout.test:
        return split(Pictures(images, labels), TEST_FRACTION, seed=0)
    cut = sum(not one.fault for one in found[: len(layout.train)])
    return Pictures(images[:cut], labels[:cut]), Pictures(images[cut:], labels[cut:])


def _pictures(count: int) -> str:
    return "picture was" if count == 1 else "pictures were"
