import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convcore import datasets
from convcore.errors import ConvcoreError
from tests.convcore.datasets.pictures import (
    GREEN,
    MAKERS,
    RED,
    encoded,
    make_folder,
    make_zip,
    parted,
    pets,
)


@pytest.mark.parametrize("make", MAKERS)
def test_train_and_test_folders_become_tensors_with_labels(make, tmp_path, load):
    loaded = load(make(tmp_path, parted()))
    assert loaded.classes == ("cat", "dog")
    assert loaded.in_shape == (3, 8, 8)
    assert loaded.train.labels.tolist() == [0] * 6 + [1] * 6
    assert loaded.test.labels.tolist() == [0] * 2 + [1] * 2
    assert loaded.notes == ()
    assert loaded.train.images.dtype == torch.uint8


def test_red_stays_red_in_channel_0(tmp_path, load):
    make_zip(tmp_path / "pets.zip", parted())
    train = load("pets.zip").train
    assert train.images[0, :, 3, 4].tolist() == list(RED)
    assert train.images[-1, :, 3, 4].tolist() == list(GREEN)


def test_rows_stay_rows(tmp_path, load):
    """A wide picture with a bright top row and a brighter first column keeps both."""
    pixels = np.zeros((4, 6), np.uint8)
    pixels[0], pixels[:, 0] = 100, 200
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    make_folder(tmp_path / "wide", {name: file.getvalue() for name in parted()})
    loaded = load("wide")
    assert loaded.in_shape == (1, 4, 6)
    assert torch.equal(loaded.train.images[0, 0], torch.from_numpy(pixels))


@pytest.mark.parametrize("make", MAKERS)
def test_one_level_is_split_by_a_fixed_seed_and_says_so(make, tmp_path, load):
    loaded = load(make(tmp_path, pets(20, 10)))
    assert loaded.train.labels.bincount().tolist() == [16, 8]
    assert loaded.test.labels.bincount().tolist() == [4, 2]
    assert "a fifth of each class is held out" in loaded.notes[0]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("files", [parted(), pets()], ids=["parted", "one level"])
def test_a_wrapping_folder_and_strangers_are_seen_through(make, files, tmp_path, load):
    wrapped = {f"My Pets/{name}": data for name, data in files.items()}
    strangers = {
        "__MACOSX/My Pets/train/cat/._000.png": b"x",
        "My Pets/.DS_Store": b"x",
        "My Pets/.hidden/cat/1.png": b"x",
        "My Pets/cat.txt": b"x",
        "README.md": b"x",
    }
    loaded = load(make(tmp_path, wrapped | strangers))
    plain = datasets.load_now(
        str(make_folder(tmp_path / "plain", files)), root=tmp_path, cache=tmp_path / ".cache"
    )
    assert loaded.fingerprint == plain.fingerprint
    assert loaded.notes == plain.notes


def test_extensions_count_whatever_their_case_and_class_names_are_sorted(tmp_path, load):
    files = {
        f"{part}/{name}/{index}.{suffix}": encoded(file_format=kind)
        for part in ("Train", "TEST")
        for name in ("b", "a", "C")
        for index, (suffix, kind) in enumerate(
            [("PNG", "PNG"), ("Jpg", "JPEG"), ("JPEG", "JPEG"), ("webp", "WEBP")]
        )
    }
    make_zip(tmp_path / "mixed.zip", files)
    loaded = load("mixed.zip")
    assert loaded.classes == ("C", "a", "b")
    assert len(loaded.train) == 12
    assert loaded.train.images[:, 0].min() > 190  # every format decodes to the same red


def test_a_windows_zip_with_backslashes_is_read(tmp_path, load):
    files = {name.replace("/", "\\"): data for name, data in parted().items()}
    make_zip(tmp_path / "pets.zip", files)
    assert len(load("pets.zip").train) == 12


def test_a_class_may_be_called_train(tmp_path, load):
    files = {name.replace("dog/", "train/"): data for name, data in pets().items()}
    make_folder(tmp_path / "vehicles", files)
    assert load("vehicles").classes == ("cat", "train")


def test_zip_entries_that_lead_outside_are_left_out(tmp_path, load):
    outside = {"../train/cat/evil.png": encoded(), "/test/dog/evil.png": encoded()}
    make_zip(tmp_path / "pets.zip", parted() | outside)
    loaded = load("pets.zip")
    assert len(loaded.train) + len(loaded.test) == 16
    assert "2 entries" in loaded.notes[0]
    assert "../train/cat/evil.png" in loaded.notes[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cache", "pets.zip"]


def test_pictures_outside_the_class_folders_are_left_out_with_a_note(tmp_path, load):
    make_folder(tmp_path / "pets", parted() | {"train/logo.png": encoded(), "logo.png": encoded()})
    assert load("pets").notes == ("2 pictures outside the class folders were left out.",)


def _broken_zip(root: Path) -> None:
    whole = make_zip(root / "x.zip", parted()).read_bytes()
    (root / "x.zip").write_bytes(whole[: len(whole) // 2])


def _encrypted_zip(root: Path) -> None:
    data = bytearray(make_zip(root / "x.zip", parted()).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the first entry's "encrypted" flag
    (root / "x.zip").write_bytes(data)


def _without(files: dict[str, bytes], start: str) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if not name.startswith(start)}


def _folder(files: dict[str, bytes], *empty: str):
    def make(root: Path) -> None:
        make_folder(root / "x.zip", files)  # the name does not decide what it is
        for name in empty:
            (root / "x.zip" / name).mkdir(parents=True)

    return make


REFUSED = [
    pytest.param(lambda root: None, "no data set 'x.zip'.*digits, cifar10", id="not there"),
    pytest.param(_broken_zip, "no complete .zip.*Copy it again", id="truncated zip"),
    pytest.param(lambda root: (root / "x.zip").write_bytes(b""), "no complete", id="empty file"),
    pytest.param(_encrypted_zip, "encrypted.*without a password", id="encrypted"),
    pytest.param(lambda root: make_zip(root / "x.zip", {}), "no picture", id="empty zip"),
    pytest.param(lambda root: (root / "x.zip").mkdir(), "no picture", id="empty folder"),
    pytest.param(_folder({"cat/1.txt": b"", "dog/1.gif": b""}), "no picture", id="no pictures"),
    pytest.param(_folder({"1.png": encoded()}), "has 0 classes", id="no class folders"),
    pytest.param(_folder(pets(9, 0)), "has 1 class .cat.*at least 2", id="one class"),
    pytest.param(_folder(_without(pets(), "dog") | {"a/1.png": encoded()}), "'a'.*single",
                 id="a class of one picture"),
    pytest.param(_folder(pets(), "owl"), "class 'owl' has no pictures", id="empty class"),
    pytest.param(_folder(parted(), "test/owl"), "'owl' has no pictures", id="empty test class"),
    pytest.param(_folder(_without(parted(), "test/dog") | {"test/cow/1.png": encoded()}),
                 "only in one of them: cow, dog", id="other classes"),
    pytest.param(_folder(_without(parted(), "test")), "a folder train, but not both",
                 id="no test folder"),
    pytest.param(_folder({n.replace("test", "val"): d for n, d in parted().items()}),
                 "train and val, but not both", id="val for test"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "says"), REFUSED)
def test_what_is_no_data_set_is_refused_with_a_way_out(make, says, tmp_path, load):
    make(tmp_path)
    with pytest.raises(ConvcoreError, match=says):
        load("x.zip")
    with pytest.raises(ConvcoreError, match=says):
        datasets.describe("x.zip", tmp_path)
    assert [source.name for source in datasets.sources(tmp_path)] == ["digits", "cifar10"]


def test_a_whole_disk_is_no_data_set(tmp_path, load, monkeypatch):
    make_folder(tmp_path / "pets", pets())
    monkeypatch.setattr("convcore.datasets.folders.MOST_FOLDERS", 1)
    with pytest.raises(ConvcoreError, match="more than 1 folders, so it is no data set"):
        load("pets")


def test_a_name_may_begin_at_home(tmp_path, load, monkeypatch):
    make_folder(tmp_path / "home" / "pets", pets())
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert load("~/pets").classes == ("cat", "dog")


@pytest.mark.parametrize(
    "name", ["nothing", "a/b", "x" * 5000, "a\0b", "notes.txt", "~nobody-at-all/x"]
)
def test_any_other_name_is_refused_with_the_names_that_exist(name, tmp_path, load):
    (tmp_path / "notes.txt").write_text("x")
    make_zip(tmp_path / "pets.zip", pets())
    with pytest.raises(ConvcoreError, match=r"Choose one of: digits, cifar10, pets\.zip") as told:
        load(name)
    assert len(str(told.value)) < 500
