"""Decoded data sets on disk, so that the second load is a matter of milliseconds."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import torch

from convcore.datasets.pictures import Dataset, Pictures

FORMAT = 1  # raise it when what decoding gives changes: older files are then no longer found


def read(folder: Path, key: str) -> Dataset | None:
    """Return the data set kept under `key`, or None if there is none or it is damaged.

    The tensors are mapped from the file, so pages are read when used and shared by processes.
    """
    path = _path(folder, key)
    if not path.exists():
        return None
    try:
        kept = torch.load(path, weights_only=True, mmap=True)
        return Dataset(
            name=kept["name"],
            classes=tuple(kept["classes"]),
            train=Pictures(kept["train_images"], kept["train_labels"]),
            test=Pictures(kept["test_images"], kept["test_labels"]),
            fingerprint=kept["fingerprint"],
            notes=tuple(kept["notes"]),
        )
    except Exception:  # torch raises nearly anything on damaged bytes; decoding again replaces it
        return None


def keep(folder: Path, key: str, dataset: Dataset) -> Dataset:
    """Write `dataset` under `key`, whole or not at all, and return it.

    If it cannot be written (disk full, no permission) a note on the returned data set says so.
    """
    kept = {
        "name": dataset.name,
        "classes": list(dataset.classes),
        "train_images": dataset.train.images,
        "train_labels": dataset.train.labels,
        "test_images": dataset.test.images,
        "test_labels": dataset.test.labels,
        "fingerprint": dataset.fingerprint,
        "notes": list(dataset.notes),
    }
    path = _path(folder, key)
    part = path.with_name(f"{path.name}.{uuid4().hex}.part")  # two processes may write at once
    try:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(kept, part)
        part.replace(path)
    except (OSError, RuntimeError) as error:  # RuntimeError: torch's word for a failed write
        with suppress(OSError):
            part.unlink()
        reason = error.strerror if isinstance(error, OSError) else "the disk may be full"
        note = f"The decoded pictures could not be kept in {folder} ({reason}), "
        return replace(dataset, notes=(*dataset.notes, note + "so each load decodes them again."))
    return dataset


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key}-{FORMAT}.pt"
