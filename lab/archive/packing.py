"""The .zip itself: packed, and read with every member checked against `run.json`."""

import hashlib
import io
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from convcore.errors import ConvcoreError
from lab.archive.record import MOST_BYTES, File, Record, from_json, refused, to_json

MOST_PACKED = 1 << 30  # bytes of an archive
_MOST_UNPACKED = 2 << 30  # bytes of all its files
# Weights hardly shrink and curves shrink tenfold; what grows far more is made to fill a disk.
_MOST_GROWTH, _FREE_GROWTH = 100, 100 << 20  # times; bytes for which growth is not asked
_MOST_DIRECTORY = 4 << 20  # bytes of the list of members
_RECORD, _FOLDER = "run.json", "artifacts/"
_CHUNK = 1 << 20  # bytes read at a time
_MONDAY = (2024, 1, 1, 0, 0, 0)  # one date for all, so that the same run gives the same bytes
_SMALLER = "Leave out what is large, or move it by another way."


@dataclass(frozen=True)
class Archive:
    """An archive that was checked whole."""

    data: bytes
    record: Record
    checksum: str  # of run.json and so, through it, of everything

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the content of each artifact."""
        with zipfile.ZipFile(io.BytesIO(self.data)) as packed:
            for name in self.record.files:
                yield name, packed.read(_FOLDER + name)


def pack(record: Record, names: Sequence[str], content: Callable[[str], bytes]) -> bytes:
    """Return the archive of a run.

    Args:
        record: the run, still without its files.
        names: the names of its artifacts.
        content: gives each.

    Raises:
        ConvcoreError: a field or a size is more than an archive can have.
    """
    stream, files = io.BytesIO(), {}
    with zipfile.ZipFile(stream, "w") as packed:
        for name in sorted(names):
            data = content(name)
            files[name] = File(len(data), hashlib.sha256(data).hexdigest())
            _add(packed, _FOLDER + name, data)
        text = to_json(replace(record, files=files))
        _add(packed, _RECORD, text)
    _check_text_size(len(text))
    _check_sizes(from_json(text), stream.tell())
    return stream.getvalue()


def read(data: bytes) -> Archive:
    """Return the archive that `data` is, every byte of it checked, nothing written.

    Raises:
        ConvcoreError: damaged, incomplete, larger than can be taken, or not what `export` writes.
    """
    if len(data) > MOST_PACKED:
        raise refused(f"it has {len(data):,} bytes, and {MOST_PACKED:,} is the most", _SMALLER)
    _check_directory(data)
    with _unzipping():
        packed = zipfile.ZipFile(io.BytesIO(data))
        text = _record_of(packed)
    record = from_json(text)
    _check_members(packed, record)
    _check_sizes(record, len(data))
    with _unzipping():
        for name, file in record.files.items():
            _check_content(packed, _FOLDER + name, file)
    return Archive(data, record, hashlib.sha256(text).hexdigest())


@contextmanager
def _unzipping() -> Iterator[None]:
    try:
        yield
    except ConvcoreError:
        raise
    except Exception:  # zipfile raises nearly anything on damaged bytes
        raise refused("it is damaged, or packed in a way that is not ours") from None


def _add(packed: zipfile.ZipFile, name: str, data: bytes) -> None:
    member = zipfile.ZipInfo(name, _MONDAY)
    member.create_system, member.external_attr = 3, (stat.S_IFREG | 0o644) << 16  # as on Unix
    # Level 1: weights take long and gain nothing from more.
    packed.writestr(member, data, zipfile.ZIP_DEFLATED, compresslevel=1)


def _check_directory(data: bytes) -> None:
    """Check the end of the file, before anything makes an object of each of its members."""
    end = data[-22:]
    if len(end) < 22 or end[:4] != b"PK\x05\x06" or end[-2:] != b"\x00\x00":
        raise refused("it is no .zip, is cut off, or has something after its end")
    (size,) = struct.unpack_from("<L", end, 12)
    if size > _MOST_DIRECTORY or data[-42:-38] == b"PK\x06\x07":  # a second, 64-bit end
        raise refused(
            f"its list of files is longer than {_MOST_DIRECTORY:,} bytes", "Export fewer files."
        )


def _record_of(packed: zipfile.ZipFile) -> bytes:
    members = packed.infolist()
    if len({member.filename for member in members}) < len(members):
        raise refused("it holds two files of one name")
    for member in members:
        _check_plain(member)
    found = next((member for member in members if member.filename == _RECORD), None)
    if not found:
        raise refused(f"it holds no {_RECORD}, so it is no exported run")
    _check_text_size(found.file_size)
    return packed.read(found)


def _check_text_size(size: int) -> None:
    if size > MOST_BYTES:
        raise refused(
            f"{_RECORD} has {size:,} bytes, and {MOST_BYTES:,} is the most", "Log less in a run."
        )


def _check_plain(member: zipfile.ZipInfo) -> None:
    """Check that the member is a file that is only packed: no link, device, folder or secret."""
    name, kind = member.orig_filename, stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or member.is_dir() or name != member.filename:
        raise refused(f"{name!r:.80} is no plain file, but a link, a folder or a device")
    if member.flag_bits & 0x1:
        raise refused(f"{name!r:.80} is encrypted")
    # The others can't be unpacked a little at a time.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refused(f"{name!r:.80} is packed by method {member.compress_type}; 0 and 8 are known")


def _check_members(packed: zipfile.ZipFile, record: Record) -> None:
    """Check that the files are those that the record names, each of the size it says."""
    sizes = {member.filename: member.file_size for member in packed.infolist()}
    del sizes[_RECORD]
    told = {_FOLDER + name: file.size for name, file in record.files.items()}
    for name in sorted(sizes.keys() ^ told.keys()):
        raise refused(
            f"the file {name!r:.80} is missing"
            if name in told
            else f"it holds {name!r:.80}, which {_RECORD} doesn't name"
        )
    for name, size in told.items():
        if sizes[name] != size:
            raise refused(
                f"the file {name!r:.80} has {sizes[name]:,} bytes where {size:,} are told"
            )


def _check_sizes(record: Record, packed: int) -> None:
    total = sum(file.size for file in record.files.values())
    if total > _MOST_UNPACKED or packed > MOST_PACKED:
        raise refused(
            f"its files have {total:,} bytes, {packed:,} packed; {_MOST_UNPACKED:,} and "
            f"{MOST_PACKED:,} are the most",
            _SMALLER,
        )
    if total > max(_FREE_GROWTH, _MOST_GROWTH * packed):
        raise refused(
            f"its {packed:,} bytes would unpack to {total:,}, over {_MOST_GROWTH} times as many",
            _SMALLER,
        )


def _check_content(packed: zipfile.ZipFile, name: str, file: File) -> None:
    """Check the checksum, reading a little at a time and never more than was told."""
    checksum = hashlib.sha256()
    with packed.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            checksum.update(chunk)
    if checksum.hexdigest() != file.checksum:
        raise refused(f"the file {name!r:.80} is not the one that was exported")
