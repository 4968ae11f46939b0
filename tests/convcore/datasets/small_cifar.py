"""CIFAR-10 in small: its archive and its folder, with checksums that fit."""

import hashlib
import io
import pickle
import re
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from convcore import datasets
from convcore.datasets import CIFAR10, CifarArchive

EACH = 20  # pictures per batch
PER_BATCH = 3 * 32 * 32


def as_numpy_of_2009(pickled: bytes) -> bytes:
    """Return the pickle as the real batches have it: the old module, 0 and 1 for False and True."""
    old = pickled.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    return re.sub(rb"(?<=u1q.)\x89\x88", lambda _: b"K\0K\1", old, flags=re.DOTALL)


def batches() -> dict[str, bytes]:
    """Return the eight members of a small archive; picture i of a batch is of class i % 10."""
    random = np.random.default_rng(0)
    members = {}
    for name, _ in (*CIFAR10.train, *CIFAR10.test):
        data = random.integers(0, 256, (EACH, PER_BATCH), np.uint8)
        data[0, :1024], data[0, 1024:] = 250, 3  # the first picture of each batch is red
        entry = {"batch_label": name, "labels": [i % 10 for i in range(EACH)], "data": data}
        members[name] = as_numpy_of_2009(pickle.dumps(entry, protocol=2))
    names = [f"class{label}" for label in range(10)]
    members["batches.meta"] = pickle.dumps({"label_names": names}, protocol=2)
    return members


def packed(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(f"{CIFAR10.folder}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


def described(members: dict[str, bytes], archive: bytes, url: str = "") -> CifarArchive:
    def md5(data: bytes) -> str:
        return hashlib.md5(data).hexdigest()

    return replace(
        CIFAR10,
        url=url,
        md5=md5(archive),
        train=tuple((name, md5(members[name])) for name, _ in CIFAR10.train),
        test=tuple((name, md5(members[name])) for name, _ in CIFAR10.test),
        meta=("batches.meta", md5(members["batches.meta"])),
    )


MEMBERS = batches()
PACKED = packed(MEMBERS)
SMALL = described(MEMBERS, PACKED)


def load(root: Path, archive: CifarArchive = SMALL) -> datasets.Dataset:
    return datasets.load_now("cifar10", root=root, cache=root / "cache", archive=archive)


def put_folder(root: Path, members: dict[str, bytes] = MEMBERS) -> None:
    (root / SMALL.folder).mkdir(parents=True)
    for name, data in members.items():
        (root / SMALL.folder / name).write_bytes(data)


def put_archive(root: Path, data: bytes = PACKED) -> None:
    (root / SMALL.filename).write_bytes(data)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
