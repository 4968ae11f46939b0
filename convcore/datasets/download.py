"""Download CIFAR-10: streamed, checked, unpacked; failing or cancelled, nothing is half done."""

import errno
import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from convcore.datasets.cifar import CIFAR10, CifarArchive, unpack
from convcore.datasets.pictures import Progress
from convcore.errors import ConvcoreError

_REPORT_EVERY = 0.2  # seconds
_PATIENCE = 30  # seconds without a byte
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def download_cifar10(root: Path, *, archive: CifarArchive = CIFAR10) -> Iterator[Progress]:
    """Download and unpack CIFAR-10 into `root`, yielding progress. To cancel, close the iterator.

    An archive that is already there is replaced once the new one is complete and checked.

    Raises:
        ConvcoreError: no network, an answer that is not the archive, a connection cut off, a wrong
            checksum, a full disk, a folder that cannot be written.
    """
    path = root / archive.filename
    part = path.with_name(f"{path.name}.{uuid4().hex}.part")  # its own: two may download at once
    try:
        with _opened(archive.url) as response, _created(part) as file:
            found = yield from _copy(response, file, archive)
        if found != archive.md5:
            raise ConvcoreError(
                f"download: {archive.url} gave a file with the checksum {found}, but {archive.md5} "
                "is expected. Try again later, or put the right archive in the data folder by hand."
            )
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    yield from unpack(root, root, archive)


def _opened(url: str) -> http.client.HTTPResponse:
    try:
        return urllib.request.urlopen(url, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        error.close()
        raise ConvcoreError(
            f"download: {url} answered {error.code} ({error.reason}). Try again later."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise ConvcoreError(
            f"download: {url} cannot be reached ({getattr(error, 'reason', None) or error}). "
            "Check the network connection, or put the archive in the data folder by hand."
        ) from error


def _created(part: Path) -> BinaryIO:
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        return part.open("wb", buffering=0)
    except OSError as error:
        raise ConvcoreError(
            f"download: {part.parent} cannot be written ({error.strerror}). "
            "Choose a data folder that can be."
        ) from error


def _copy(
    response: http.client.HTTPResponse, file: BinaryIO, archive: CifarArchive
) -> Generator[Progress, None, str]:
    """Copy the answer into `file` and return its md5."""
    length = response.headers.get("Content-Length")
    total = int(length) if length else None
    digest, done = hashlib.md5(usedforsecurity=False), 0
    started = reported = time.monotonic()
    yield _progress(archive, 0, total, 0.0)
    while block := _received(response, archive.url):
        _write(file, block)
        digest.update(block)
        done += len(block)
        if time.monotonic() - reported >= _REPORT_EVERY:
            reported = time.monotonic()
            yield _progress(archive, done, total, reported - started)
    if total is not None and done < total:
        raise _cut_off(archive.url, f"after {done:,} of {total:,} bytes")
    yield _progress(archive, done, total, time.monotonic() - started)
    return digest.hexdigest()


def _progress(archive: CifarArchive, done: int, total: int | None, seconds: float) -> Progress:
    speed = done / seconds if done and seconds > 0 else None
    eta = (total - done) / speed if speed and total is not None else None
    return Progress(f"Downloading {archive.filename}", done, total, "bytes", speed, eta)


def _received(response: http.client.HTTPResponse, url: str) -> bytes:
    try:
        return response.read1(1 << 16)
    except (OSError, http.client.HTTPException) as error:
        raise _cut_off(url, str(error) or type(error).__name__) from error


def _cut_off(url: str, detail: str) -> ConvcoreError:
    return ConvcoreError(
        f"download: the connection to {url} was cut ({detail}). "
        "Nothing was kept. Try the download again."
    )


def _write(file: BinaryIO, block: bytes) -> None:
    try:
        view = memoryview(block)
        while view:  # an unbuffered write may take only a part
            view = view[file.write(view) :]
    except OSError as error:
        way_out = "Make room on it" if error.errno in _DISK_FULL else "Choose another data folder"
        raise ConvcoreError(
            f"download: the disk refused the file ({error.strerror}). "
            f"{way_out} and try again; about 400 MB are needed."
        ) from error
