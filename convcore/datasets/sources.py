"""What can be trained on, by name, and how each is loaded: the door to all data sets."""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from convcore.datasets import cache as kept
from convcore.datasets import cifar, digits
from convcore.datasets.decode import decode, peek
from convcore.datasets.folders import is_folder_or_zip, listed
from convcore.datasets.layout import arrange
from convcore.datasets.pictures import Dataset, Progress, Source
from convcore.errors import ConvcoreError


def sources(root: Path, archive: cifar.CifarArchive = cifar.CIFAR10) -> list[Source]:
    """Return what can be trained on: the digits, CIFAR-10, and each image folder or .zip in `root`.

    A peek: of each folder or .zip one picture is decoded. What has not the shape of a data set is
    left out; `describe` says why.
    """
    found = [digits.SOURCE, replace(cifar.SOURCE, ready=cifar.is_ready(root, archive))]
    for path in _below(root):
        if path.name.startswith(".") or not is_folder_or_zip(path):
            continue
        # A folder may be called like a data set of the house: "./digits" tells it apart.
        taken = path.name in (digits.SOURCE.name, cifar.SOURCE.name)
        try:
            found.append(_peeked(f"./{path.name}" if taken else path.name, path))
        except ConvcoreError:
            continue
    return found


def describe(name: str, root: Path, archive: cifar.CifarArchive = cifar.CIFAR10) -> Source:
    """Return the source called `name`, or the one at that path (absolute, or relative to `root`).

    Raises:
        ConvcoreError: there is none, or it is no data set; the message says what there is, or why.
    """
    if name == digits.SOURCE.name:
        return digits.SOURCE
    if name == cifar.SOURCE.name:
        return replace(cifar.SOURCE, ready=cifar.is_ready(root, archive))
    return _peeked(name, _path(name, root))


def load(
    name: str, *, root: Path, cache: Path, archive: cifar.CifarArchive = cifar.CIFAR10
) -> Generator[Progress, None, Dataset]:
    """Return the data set called `name`, yielding progress on the way.

    Use it as `dataset = yield from load(…)`; to cancel, stop iterating. What was decoded once comes
    from `cache` without any progress.

    Args:
        name: One of `sources(root)`, or a path, absolute or relative to `root`.
        root: The data folder.
        cache: Where decoded data sets are kept; made if it is missing.
        archive: What "cifar10" is; another one only in tests.

    Raises:
        ConvcoreError: there is no such data set, or it cannot be read.
    """
    if name == digits.SOURCE.name:
        dataset = yield from _cached(cache, digits.KEY, digits.decode())
    elif name == cifar.SOURCE.name:
        decoding = cifar.decode(root, cache, archive)
        dataset = yield from _cached(cache, cifar.key(archive), decoding)
    else:
        with listed(_path(name, root), name) as listing:
            dataset = yield from _cached(cache, listing.key, decode(listing))
    return replace(dataset, name=name)


def load_now(
    name: str, *, root: Path, cache: Path, archive: cifar.CifarArchive = cifar.CIFAR10
) -> Dataset:
    """Return the data set called `name`; as `load`, but without progress."""
    events = load(name, root=root, cache=cache, archive=archive)
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


def _cached(
    cache: Path, key: str, decoding: Generator[Progress, None, Dataset]
) -> Generator[Progress, None, Dataset]:
    """Return what is kept under `key`, or else decode it and keep it."""
    dataset = kept.read(cache, key)
    if dataset is None:
        dataset = kept.keep(cache, key, (yield from decoding))
    return dataset


def _below(root: Path) -> list[Path]:
    try:
        return sorted(root.iterdir())
    except OSError:  # not there yet, or not readable: the bundled data sets still are
        return []


def _path(name: str, root: Path) -> Path:
    """Return where the folder or .zip called `name` is.

    Raises:
        ConvcoreError: there is none; the message names the data sets that exist.
    """
    with suppress(RuntimeError):  # a ~ of nobody
        path = root / Path(name).expanduser()  # an absolute one stays as it is
        if is_folder_or_zip(path):
            return path
    exist = ", ".join(source.name for source in sources(root))
    raise ConvcoreError(
        f"data: there is no data set {name[:200]!r}: no folder or .zip there that can be read. "
        f"Choose one of: {exist}; or give the path of an image folder or .zip."
    )


def _peeked(name: str, path: Path) -> Source:
    if path.is_dir():
        return _peek(path, name)
    status = path.stat()
    return _peek_zip(path, name, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _peek_zip(path: Path, name: str, size: int, mtime_ns: int) -> Source:
    """As `_peek`, once per version of the file: reading 60,000 names takes 0.4 s."""
    return _peek(path, name)


def _peek(path: Path, name: str) -> Source:
    with listed(path, name) as listing:
        layout = arrange(listing)
        shape, (train, test) = peek(listing, layout), layout.counts
    kind = "grey" if shape[0] == 1 else "colour"
    whose = "with its own test pictures" if layout.test else "a fifth held out for testing"
    return Source(
        name=name,
        title=path.stem if path.is_file() else path.name,
        about=f"{train + test:,} {kind} pictures ({shape[2]}×{shape[1]}) in "
        f"{len(layout.classes)} classes, {whose}.",
        in_shape=shape,
        classes=len(layout.classes),
        train=train,
        test=test,
    )
