import os
import resource
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from convcore import datasets
from convcore.augment import statistics
from tests.convcore.datasets.pictures import MAKERS, encoded, make_zip, parted


@pytest.mark.parametrize("make", MAKERS)
def test_the_second_load_comes_from_the_cache_and_is_the_same(make, tmp_path, load):
    files = parted(100, 10) | {"test/cat/bad.png": b"x"}
    first = load(name := make(tmp_path, files))
    events = list(datasets.load(name, root=tmp_path, cache=tmp_path / ".cache"))
    again = load(name)
    assert events == []  # nothing was decoded
    assert torch.equal(first.train.images, again.train.images)
    assert torch.equal(first.test.labels, again.test.labels)
    assert (first.notes, first.fingerprint, first.classes, first.name) == (
        again.notes,
        again.fingerprint,
        again.classes,
        again.name,
    )


@pytest.mark.parametrize("make", MAKERS)
def test_a_changed_picture_is_seen(make, tmp_path, load):
    first = load(make(tmp_path, parted()))
    again = load(make(tmp_path, parted() | {"train/cat/000.png": encoded((1, 2, 3))}))
    assert again.train.images[0, :, 0, 0].tolist() == [1, 2, 3]
    assert first.fingerprint != again.fingerprint


@pytest.mark.parametrize("damage", [lambda data: b"x", lambda data: data[:-1000]])
def test_a_damaged_cache_file_is_rebuilt(damage, tmp_path, load):
    make_zip(tmp_path / "pets.zip", parted())
    first = load("pets.zip")
    (kept,) = (tmp_path / ".cache").iterdir()
    sound = kept.read_bytes()
    kept.write_bytes(damage(sound))
    again = load("pets.zip")
    assert again.fingerprint == first.fingerprint
    assert len(again.train) == 12
    assert [path.name for path in (tmp_path / ".cache").iterdir()] == [kept.name]
    assert kept.stat().st_size == len(sound)


@contextmanager
def disk_of(size: int):
    """Let no file grow beyond `size` bytes: a write beyond it fails as on a full disk."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_costs_the_cache_only(tmp_path, load):
    make_zip(tmp_path / "pets.zip", parted(50, 10, size=(64, 64)))
    with disk_of(300_000):
        loaded = load("pets.zip")
    assert len(loaded.train) == 100
    assert "could not be kept" in loaded.notes[-1]
    assert list((tmp_path / ".cache").iterdir()) == []
    assert load("pets.zip").notes == ()


def test_a_cache_that_cannot_be_made_costs_the_cache_only(tmp_path, load):
    make_zip(tmp_path / "pets.zip", parted())
    (tmp_path / ".cache").write_text("a file in the way")
    assert "could not be kept" in load("pets.zip").notes[-1]


@pytest.mark.slow
def test_sixty_thousand_real_pictures_load_once_and_then_at_once(tmp_path):
    root = Path(os.environ.get("CONVLAB_DATA", "nowhere"))
    if not (root / "cifar10-jpeg.zip").is_file():
        pytest.skip("CONVLAB_DATA does not point to a folder with cifar10-jpeg.zip")
    first = datasets.load_now("cifar10-jpeg.zip", root=root, cache=tmp_path)
    started = time.perf_counter()
    again = datasets.load_now("cifar10-jpeg.zip", root=root, cache=tmp_path)
    seconds = time.perf_counter() - started
    assert seconds < 2  # 0.5 s measured; a busy machine gets some slack
    assert (len(again.train), len(again.test)) == (50_000, 10_000)
    assert again.train.labels.bincount().tolist() == [5_000] * 10
    assert first.fingerprint == again.fingerprint
    mean, std = statistics(again.train.images)
    torch.testing.assert_close(mean, torch.tensor([0.4913, 0.4821, 0.4465]), atol=1e-4, rtol=0)
    torch.testing.assert_close(std, torch.tensor([0.245, 0.243, 0.261]), atol=1e-3, rtol=0)
