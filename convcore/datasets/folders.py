"""What lies in an image folder or a .zip, which is read in memory and never unpacked."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from convcore.errors import ConvcoreError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
MOST_FOLDERS = 25_000  # ImageNet has 22,000 classes; a whole disk is no data set
LARGEST = 100_000_000  # bytes of one picture file; a larger one counts as unreadable


class Entry(NamedTuple):
    """One picture file."""

    path: str  # with / and relative to the top, also for a .zip made on Windows
    name: str  # as the .zip or the folder itself calls it
    size: int  # bytes
    stamp: int  # CRC of a .zip's entry, mtime_ns of a file


@dataclass(frozen=True)
class Listing:
    """The pictures and folders of an image folder or .zip, by name; nothing is decoded."""

    name: str  # what whoever asked called it: messages show no other path of this machine
    entries: list[Entry]
    folders: set[str]  # named as the entries' paths are
    read: Callable[[Entry], bytes]  # threads may share it
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What identifies the contents in the cache: every name, size and stamp."""
        digest = hashlib.sha256(repr((sorted(self.folders), self.notes)).encode())
        lines = sorted(f"{path}\0{size}\0{stamp}\n" for path, _, size, stamp in self.entries)
        digest.update("".join(lines).encode(errors="surrogateescape"))
        return digest.hexdigest()[:32]


def is_folder_or_zip(path: Path) -> bool:
    """Return whether `path` could be a data set: a folder or a .zip by its name."""
    try:
        return path.is_dir() or (path.is_file() and path.suffix.lower() == ".zip")
    except OSError:  # no permission, a name too long for the file system
        return False


@contextmanager
def listed(path: Path, name: str = "") -> Iterator[Listing]:
    """Hand out what lies in the folder or .zip at `path`, readable while the context is open.

    Args:
        path: where it is.
        name: what messages call it; by default its path.

    Raises:
        ConvcoreError: it is neither, or the .zip is broken or encrypted, or cannot be opened.
    """
    name = name or str(path)
    with ExitStack() as open_files:
        try:
            if path.is_dir():
                listing = _list_folder(path, name)
            else:
                listing = _list_zip(open_files.enter_context(_opened_zip(path, name)), name)
        except OSError as error:
            raise ConvcoreError(
                f"data: {name} cannot be read ({error.strerror or error}). "
                "Check that it is there and that you may read it."
            ) from error
        yield listing


def _list_folder(top: Path, called: str) -> Listing:
    entries, folders = [], set()
    for place, below, files in os.walk(top):
        below[:] = [name for name in below if _is_seen(name)]
        at = Path(place).relative_to(top)
        folders.update((at / name).as_posix() for name in below)
        if len(folders) > MOST_FOLDERS:
            raise ConvcoreError(
                f"data: {called} holds more than {MOST_FOLDERS:,} folders, so it is no data set. "
                "Give the folder that holds the class folders."
            )
        for name in files:
            if _is_seen(name) and name.lower().endswith(SUFFIXES):
                file, path = Path(place) / name, (at / name).as_posix()
                status = file.stat() if file.exists() else file.lstat()  # a link to nowhere
                entries.append(Entry(path, path, status.st_size, status.st_mtime_ns))
    return Listing(called, entries, folders, lambda entry: (top / entry.name).read_bytes())


def _opened_zip(path: Path, called: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:  # as damage strikes it
        raise ConvcoreError(
            f"data: {called} is no complete .zip ({error}); a copy or download was probably "
            "cut off. Copy it again."
        ) from error


def _list_zip(archive: zipfile.ZipFile, called: str) -> Listing:
    entries, folders, outside = [], set(), []
    for info in archive.infolist():
        name = info.filename.replace("\\", "/")
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or ":" in parts[0]:
            outside.append(name)
        elif not all(map(_is_seen, filter(None, parts))):
            continue
        elif name.endswith("/"):
            folders.add(name.rstrip("/"))
        elif name.lower().endswith(SUFFIXES):
            if info.flag_bits & 1:
                raise ConvcoreError(
                    f"data: {called} is encrypted ({name}). Pack it again without a password."
                )
            entries.append(Entry(name, info.filename, info.file_size, info.CRC))
    folders |= _parents(entries)
    return Listing(
        called, entries, folders, lambda entry: archive.read(entry.name), _outside_note(outside)
    )


def _parents(entries: list[Entry]) -> set[str]:
    """Return the folders that the entries' names imply: a .zip need not list them."""
    direct = {entry.path.rpartition("/")[0] for entry in entries} - {""}
    return {
        str(above)
        for folder in direct
        for above in (PurePosixPath(folder), *PurePosixPath(folder).parents)
        if str(above) != "."
    }


def _outside_note(outside: list[str]) -> tuple[str, ...]:
    if not outside:
        return ()
    return (
        f"{len(outside):,} entries with a path that leads outside the .zip were left out "
        f"(first: {outside[0]}).",
    )


def _is_seen(name: str) -> bool:
    """Return whether a file or folder of that name counts: hidden ones and macOS's do not."""
    return not name.startswith(".") and name != "__MACOSX"
