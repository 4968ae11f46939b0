"""CIFAR-10's archive: found, checked, unpacked, downloaded from a server on this machine."""

import errno
import hashlib
import http.server
import io
import os
import pickle
import re
import resource
import signal
import socket
import sys
import tarfile
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from convcore import datasets
from convcore.datasets import CIFAR10, CifarArchive, cifar, download_cifar10
from convcore.errors import ConvcoreError

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


@contextmanager
def serving(answer):
    """Serve on 127.0.0.1; `answer(handler)` writes each reply. Yields the archive's url."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{CIFAR10.filename}"
        finally:
            server.shutdown()
            thread.join()


def sends(data: bytes, *, promised: int | None = None, pause: float = 0.0):
    """Return an answer of `data` in pieces; `promised` is the length that the header claims."""

    def answer(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(promised or len(data)))
        handler.end_headers()
        try:
            for start in range(0, len(data), 1 << 14):
                handler.wfile.write(data[start : start + (1 << 14)])
                time.sleep(pause)
        except OSError:
            pass  # the client went away

    return answer


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


@pytest.mark.parametrize("put", [put_archive, put_folder])
def test_archive_or_folder_become_tensors(put, tmp_path):
    put(tmp_path)
    loaded = load(tmp_path)
    assert (len(loaded.train), len(loaded.test)) == (5 * EACH, EACH)
    assert loaded.in_shape == (3, 32, 32)
    assert loaded.classes == tuple(f"class{label}" for label in range(10))
    assert loaded.train.labels[:12].tolist() == [*range(10), 0, 1]
    assert loaded.train.images[EACH, :, 5, 6].tolist() == [250, 3, 3]  # red is channel 0
    data = pickle.loads(MEMBERS["test_batch"].replace(b"numpy.core", b"numpy._core"))["data"]
    assert torch.equal(
        loaded.test.images, torch.from_numpy(data.copy()).view(EACH, 3, 32, 32)
    )  # rows stay rows


def test_the_archive_is_unpacked_beside_itself_and_read_once(tmp_path):
    put_archive(tmp_path)
    first = load(tmp_path)
    assert names_in(tmp_path) == ["cache", SMALL.folder, SMALL.filename]
    events = list(datasets.load("cifar10", root=tmp_path, cache=tmp_path / "cache", archive=SMALL))
    assert events == []
    assert load(tmp_path).fingerprint == first.fingerprint


def test_torchvision_is_imported_as_it_is_where_that_works(monkeypatch):
    matching, before = ModuleType("torchvision"), list(cifar._schemas)
    monkeypatch.setitem(sys.modules, "torchvision", matching)
    assert cifar._torchvision() is matching
    assert cifar._schemas == before  # nothing was named


def test_checking_and_unpacking_are_told(tmp_path):
    put_archive(tmp_path)
    events = list(datasets.load("cifar10", root=tmp_path, cache=tmp_path / "cache", archive=SMALL))
    told = {event.what for event in events}
    assert {f"Checking {SMALL.filename}", "Unpacking", "Checking test_batch"} <= told
    assert all(0 <= event.done <= event.total for event in events)
    assert {event.unit for event in events} == {"bytes"}


def test_a_root_that_cannot_be_written_is_unpacked_in_the_cache(tmp_path, monkeypatch):
    put_archive(tmp_path)
    make = tempfile.mkdtemp

    def refuse(*args, **kwargs):  # permissions would not stop a test that runs as root
        if kwargs["dir"] == tmp_path:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return make(*args, **kwargs)

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    assert len(load(tmp_path).train) == 5 * EACH
    assert names_in(tmp_path) == ["cache", SMALL.filename]
    assert SMALL.folder in names_in(tmp_path / "cache")


def test_without_any_of_it_the_way_out_is_said(tmp_path):
    with pytest.raises(ConvcoreError, match=r"neither .* nor .*Download CIFAR-10 first"):
        load(tmp_path)
    assert not datasets.describe("cifar10", tmp_path).ready


@pytest.mark.parametrize("put", [put_archive, put_folder])
def test_what_is_there_is_ready(put, tmp_path):
    put(tmp_path)
    assert datasets.describe("cifar10", tmp_path).ready
    assert [source.ready for source in datasets.sources(tmp_path)] == [True, True]


def test_a_truncated_archive_is_not_unpacked(tmp_path):
    put_archive(tmp_path, PACKED[:-1000])
    with pytest.raises(ConvcoreError, match=r"cut off or changed\. Download it again"):
        load(tmp_path)
    assert names_in(tmp_path) == [SMALL.filename]


class Trap:
    """Unpickled, it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("member", ["data_batch_1", "data_batch_5", "test_batch", "batches.meta"])
@pytest.mark.parametrize("way", ["folder", "archive"])
def test_a_tampered_member_is_never_unpickled(member, way, tmp_path):
    sprung = tmp_path / "sprung"
    members = MEMBERS | {member: pickle.dumps(Trap(sprung), protocol=2)}
    if way == "folder":
        put_folder(tmp_path, members)
        archive = SMALL
    else:  # even if the archive's own checksum was made to fit
        put_archive(tmp_path, tampered := packed(members))
        archive = replace(SMALL, md5=hashlib.md5(tampered).hexdigest())
    with pytest.raises(ConvcoreError, match=rf"{member} has the checksum.*Download it again"):
        load(tmp_path, archive)
    assert not sprung.exists()
    pickle.loads(members[member])
    assert sprung.exists()  # the trap works


def test_a_missing_member_is_named(tmp_path):
    put_folder(tmp_path, {n: d for n, d in MEMBERS.items() if n != "data_batch_3"})
    with pytest.raises(ConvcoreError, match="data_batch_3 is missing"):
        load(tmp_path)


def test_a_damaged_folder_is_replaced_from_a_sound_archive(tmp_path):
    put_folder(tmp_path, MEMBERS | {"data_batch_2": b"damaged"})
    put_archive(tmp_path)
    assert len(load(tmp_path).train) == 5 * EACH
    assert (tmp_path / SMALL.folder / "data_batch_2").read_bytes() == MEMBERS["data_batch_2"]
    assert names_in(tmp_path) == ["cache", SMALL.folder, SMALL.filename]


def test_an_archive_that_reaches_outside_is_refused(tmp_path):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        info = tarfile.TarInfo("../outside")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    (tmp_path / "root").mkdir()
    put_archive(tmp_path / "root", file.getvalue())
    archive = replace(SMALL, md5=hashlib.md5(file.getvalue()).hexdigest())
    with pytest.raises(ConvcoreError, match="could not be unpacked"):
        load(tmp_path / "root", archive)
    assert names_in(tmp_path) == ["root"]
    assert names_in(tmp_path / "root") == [SMALL.filename]


def test_a_download_arrives_and_can_be_loaded(tmp_path):
    with serving(sends(PACKED)) as url:
        events = list(download_cifar10(tmp_path / "new", archive=replace(SMALL, url=url)))
    first = events[0]
    arrived = [event for event in events if event.what == first.what][-1]
    assert (first.done, first.total, first.unit) == (0, len(PACKED), "bytes")
    assert arrived.done == arrived.total
    assert arrived.bytes_per_second > 0
    assert arrived.eta == 0
    assert names_in(tmp_path / "new") == [SMALL.folder, SMALL.filename]
    assert len(load(tmp_path / "new").test) == EACH


def test_progress_comes_about_five_times_a_second_with_speed_and_eta(tmp_path):
    pause = 1.0 / (len(PACKED) / (1 << 14))  # a second in all
    with serving(sends(PACKED, pause=pause)) as url:
        events = list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))
    arriving = [event for event in events if event.what == events[0].what]
    between = [event for event in arriving if 0 < event.done < event.total]
    assert 3 <= len(between) <= 6
    assert all(event.eta > 0 and event.bytes_per_second > 0 for event in between)


def test_cancelling_removes_the_part(tmp_path):
    with serving(sends(PACKED, pause=0.02)) as url:
        events = download_cifar10(tmp_path, archive=replace(SMALL, url=url))
        while next(events).done == 0:
            assert [name.endswith(".part") for name in names_in(tmp_path)] == [True]
        events.close()
    assert names_in(tmp_path) == []


def test_a_damaged_archive_is_replaced_by_a_download(tmp_path):
    put_archive(tmp_path, b"damaged")
    with serving(sends(PACKED)) as url:
        list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))
    assert (tmp_path / SMALL.filename).read_bytes() == PACKED


def not_found(handler) -> None:
    handler.send_error(404, "Not Found")


def no_http(handler) -> None:
    handler.wfile.write(b"what?\r\n\r\n")


def resets(handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 10)
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


FAILURES = [
    pytest.param(sends(PACKED[:-5000], promised=len(PACKED)), "was cut", id="cut connection"),
    pytest.param(resets, "was cut", id="reset connection"),
    pytest.param(sends(PACKED[::-1]), "checksum.*is expected", id="wrong checksum"),
    pytest.param(sends(b"<html>Log in first</html>"), "checksum", id="another page"),
    pytest.param(not_found, "answered 404", id="not found"),
    pytest.param(no_http, "cannot be reached", id="no HTTP"),
]


@pytest.mark.parametrize(("answer", "says"), FAILURES)
def test_a_failed_download_is_said_and_leaves_nothing(answer, says, tmp_path):
    with serving(answer) as url, pytest.raises(ConvcoreError, match=says):
        list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))
    assert names_in(tmp_path) == []


def test_no_network_is_said(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/x"
        with pytest.raises(ConvcoreError, match=r"cannot be reached .*network connection"):
            list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with serving(sends(PACKED)) as url, pytest.raises(ConvcoreError, match="cannot be written"):
        list(download_cifar10(tmp_path / "file", archive=replace(SMALL, url=url)))


@pytest.mark.parametrize("size", [100_000, len(PACKED) // 2 + 1])
def test_a_full_disk_is_said_and_leaves_nothing(size, tmp_path):
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with serving(sends(PACKED)) as url:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            with pytest.raises(ConvcoreError, match=r"disk refused.*Make room"):
                list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, handler)
    assert names_in(tmp_path) == []
