"""CIFAR-10 from its own archive, read by torchvision; nothing is unpickled before its checksum.

The archive holds pickles, which run code when they are read. So the archive is checked before it is
unpacked, and every member before it is unpickled.
"""

import hashlib
import shutil
import sys
import tarfile
import tempfile
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from convcore.datasets.pictures import Dataset, Pictures, Progress, Source, fingerprint
from convcore.errors import ConvcoreError

SOURCE = Source(
    name="cifar10",
    title="CIFAR-10",
    about="60,000 small colour photographs (32×32) of ten things, from airplane to truck.",
    in_shape=(3, 32, 32),
    classes=10,
    train=50_000,
    test=10_000,
    ready=False,
)


@dataclass(frozen=True)
class CifarArchive:
    """Where an archive in CIFAR-10's format comes from, what is in it, and every md5 checksum."""

    url: str
    filename: str
    md5: str
    folder: str
    train: tuple[tuple[str, str], ...]  # (member, md5)
    test: tuple[tuple[str, str], ...]
    meta: tuple[str, str]

    @property
    def members(self) -> tuple[tuple[str, str], ...]:
        """Every member that is unpickled, with its md5."""
        return (*self.train, *self.test, self.meta)


# Source: https://www.cs.toronto.edu/~kriz/cifar.html; checksums as in torchvision.datasets.CIFAR10.
CIFAR10 = CifarArchive(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    filename="cifar-10-python.tar.gz",
    md5="c58f30108f718f92721af3b95e74349a",
    folder="cifar-10-batches-py",
    train=(
        ("data_batch_1", "c99cafc152244af753f735de768cd75f"),
        ("data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"),
        ("data_batch_3", "54ebc095f3ab1f0389bbae665268c751"),
        ("data_batch_4", "634d18415352ddfa80567beed471001a"),
        ("data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"),
    ),
    test=(("test_batch", "40351d587109b95175f43aff81a1287e"),),
    meta=("batches.meta", "5ff9c542aee3614f3951f8cda6e48888"),
)

_DOWNLOAD = "Download it again."


def is_ready(root: Path, archive: CifarArchive = CIFAR10) -> bool:
    """Return whether the archive or its folder lies in `root` (a peek: nothing is checked)."""
    members = (root / archive.folder / name for name, _ in archive.members)
    return (root / archive.filename).is_file() or all(member.is_file() for member in members)


def key(archive: CifarArchive = CIFAR10) -> str:
    """Return what identifies the decoded pictures in the cache."""
    members = "".join(f"{name}{md5}" for name, md5 in archive.members)
    return f"cifar10-{hashlib.sha256(members.encode()).hexdigest()[:16]}"


def decode(
    root: Path, cache: Path, archive: CifarArchive = CIFAR10
) -> Generator[Progress, None, Dataset]:
    """Return CIFAR-10 from `root`: from its folder if that is sound, else from its archive.

    Raises:
        ConvcoreError: there is neither, or what there is has a wrong checksum.
    """
    complaint = (
        f"cifar10: there is neither {archive.filename} nor {archive.folder} in the data folder. "
    )
    complaint += f"Download CIFAR-10 first, or put {archive.filename} there."
    for place in (root, cache):
        if (place / archive.folder).is_dir():
            fault = yield from _fault(place / archive.folder, archive)
            if fault is None:
                return _read(place, archive)
            complaint = f"cifar10: {fault} {_DOWNLOAD}"
    if not (root / archive.filename).is_file():
        raise ConvcoreError(complaint)
    place = yield from unpack(root, cache, archive)
    fault = yield from _fault(place / archive.folder, archive)
    if fault is not None:
        raise ConvcoreError(f"cifar10: {fault} {_DOWNLOAD}")
    return _read(place, archive)


def unpack(
    root: Path, cache: Path, archive: CifarArchive = CIFAR10
) -> Generator[Progress, None, Path]:
    """Check and unpack the archive in `root`; return where its folder now is, `root` or `cache`.

    The folder appears whole or not at all; a damaged one of that name is replaced.

    Raises:
        ConvcoreError: the checksum is wrong, or the disk is full.
    """
    path = root / archive.filename
    found = yield from _md5(path)
    if found != archive.md5:
        raise ConvcoreError(
            f"cifar10: {path.name} has the checksum {found}, but {archive.md5} is expected: "
            f"it is cut off or changed. {_DOWNLOAD}"
        )
    try:
        work = _work_folder(root, cache)
        try:
            yield from _extract(path, work)
            folder = work.parent / archive.folder
            if folder.exists():
                folder.replace(work / "replaced")
            (work / archive.folder).replace(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except (OSError, tarfile.TarError) as error:
        raise ConvcoreError(
            f"cifar10: {path.name} could not be unpacked "
            f"({getattr(error, 'strerror', None) or error}). "
            "Make room on the disk (it needs about 200 MB), or download it again."
        ) from error
    return folder.parent


def _work_folder(root: Path, cache: Path) -> Path:
    """Return a new hidden folder in `root`, or in `cache` if `root` is read-only."""
    try:
        return Path(tempfile.mkdtemp(dir=root, prefix=".unpack-"))
    except OSError:
        cache.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=cache, prefix=".unpack-"))


def _extract(path: Path, work: Path) -> Iterator[Progress]:
    """Unpack member by member; the "data" filter refuses links and paths that lead outside."""
    total = path.stat().st_size
    with path.open("rb") as packed, tarfile.open(fileobj=packed, mode="r:gz") as tar:
        for member in tar:
            tar.extract(member, work, filter="data")
            yield Progress("Unpacking", packed.tell(), total, "bytes")


def _fault(folder: Path, archive: CifarArchive) -> Generator[Progress, None, str | None]:
    """Return a sentence about the first member that is missing or changed, or None."""
    for name, md5 in archive.members:
        if not (folder / name).is_file():
            return f"{name} is missing in {folder.name}."
        found = yield from _md5(folder / name)
        if found != md5:
            return f"{folder.name}/{name} has the checksum {found}, but {md5} is expected."
    return None


def _md5(path: Path) -> Generator[Progress, None, str]:
    digest, done, total = hashlib.md5(usedforsecurity=False), 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(1 << 24):
            digest.update(block)
            done += len(block)
            yield Progress(f"Checking {path.name}", done, total, "bytes")
    return digest.hexdigest()


def _read(place: Path, archive: CifarArchive) -> Dataset:
    """Unpickle the checked members with torchvision, which checks them once more."""
    reader = type(
        "Archive",
        (_torchvision().datasets.CIFAR10,),
        {
            "base_folder": archive.folder,
            "train_list": [list(member) for member in archive.train],
            "test_list": [list(member) for member in archive.test],
            "meta": {"filename": archive.meta[0], "key": "label_names", "md5": archive.meta[1]},
        },
    )
    halves = [reader(place, train=train) for train in (True, False)]
    train, test = (
        Pictures(
            torch.from_numpy(np.ascontiguousarray(half.data.transpose(0, 3, 1, 2))),
            torch.tensor(half.targets, dtype=torch.int64),
        )
        for half in halves
    )
    classes = tuple(halves[0].classes)
    return Dataset("cifar10", classes, train, test, fingerprint(classes, train, test))


_import_lock = threading.Lock()
_schemas: list[torch.library.Library] = []  # torch forgets a schema when its Library is collected


def _torchvision() -> ModuleType:
    """Import torchvision, also beside a torch that its compiled part was not built for.

    There (a CPU-only torch with the wheel from PyPI) the compiled part does not load, and the
    import dies because two of its operators are unknown. Naming them is enough for the data sets,
    which use none. With a matching pair the first import works, and nothing is named.
    """
    with _import_lock:
        try:
            import torchvision
        except RuntimeError as error:
            if "torchvision::nms does not exist" not in str(error):
                raise
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
                del sys.modules[name]  # the half-imported ones
            library = torch.library.Library("torchvision", "DEF")
            for operator in ("nms", "qnms"):
                library.define(f"{operator}(Tensor dets, Tensor scores, float iou) -> Tensor")
            _schemas.append(library)
            import torchvision
        return torchvision
