"""CIFAR-10's archive: found, checked, unpacked."""

import errno
import hashlib
import io
import os
import pickle
import sys
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch

from convcore import datasets
from convcore.datasets import cifar
from convcore.errors import ConvcoreError
from tests.convcore.datasets.small_cifar import (
    EACH,
    MEMBERS,
    PACKED,
    SMALL,
    load,
    names_in,
    packed,
    put_archive,
    put_folder,
)


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
