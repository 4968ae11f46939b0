import io
import os
import resource
import signal
import struct
import time
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convcore import datasets
from convcore.augment import statistics
from convcore.datasets.decode import decode
from convcore.datasets.folders import listed
from convcore.errors import ConvcoreError

RED, GREEN, GREY = (200, 0, 0), (0, 200, 0), 90


def encoded(value=RED, size=(8, 8), mode="RGB", file_format="PNG", **options) -> bytes:
    """Return a picture of one colour as a file's bytes."""
    file = io.BytesIO()
    Image.new(mode, size, value).save(file, file_format, **options)
    return file.getvalue()


def pets(cats=10, dogs=10, top="", **options) -> dict[str, bytes]:
    """Return one level of two classes: red cats and green dogs."""
    red, green = encoded(RED, **options), encoded(GREEN, **options)
    files = {f"{top}cat/{index:03}.png": red for index in range(cats)}
    return files | {f"{top}dog/{index:03}.png": green for index in range(dogs)}


def parted(train=6, test=2, **options) -> dict[str, bytes]:
    return pets(train, train, "train/", **options) | pets(test, test, "test/", **options)


def make_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


MAKERS = [
    pytest.param(lambda root, files: make_folder(root / "pets", files).name, id="folder"),
    pytest.param(lambda root, files: make_zip(root / "pets.zip", files).name, id="zip"),
]


@pytest.fixture
def load(tmp_path):
    """Return load_now with tmp_path as the data folder."""
    return lambda name: datasets.load_now(name, root=tmp_path, cache=tmp_path / ".cache")


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


def test_the_commonest_size_wins_and_the_rest_is_counted(tmp_path, load):
    odd = {"train/cat/big.png": encoded(size=(16, 16)), "test/dog/small.png": encoded(size=(4, 8))}
    make_folder(tmp_path / "pets", parted() | odd)
    loaded = load("pets")
    assert loaded.in_shape == (3, 8, 8)
    assert loaded.notes == ("2 pictures were resized to 8×8.",)
    assert loaded.train.images[6, :, 4, 4].tolist() == list(RED)


def test_large_photographs_are_shrunk_to_64_on_the_longer_side(tmp_path, load):
    make_folder(tmp_path / "photos", parted(size=(640, 480), file_format="JPEG"))
    loaded = load("photos")
    assert loaded.in_shape == (3, 48, 64)
    assert loaded.notes == ("16 pictures were resized to 64×48.",)
    assert loaded.train.images[0, 0].min() > 190


def test_exif_orientation_is_honoured(tmp_path, load):
    image = Image.new("RGB", (8, 4), (0, 0, 0))
    image.paste(RED, (0, 0, 4, 4))  # red on the left; turned clockwise by a quarter: on top
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif)
    make_folder(tmp_path / "turned", {name: file.getvalue() for name in parted()})
    loaded = load("turned")
    assert loaded.in_shape == (3, 8, 4)
    assert loaded.notes == ()
    assert loaded.train.images[0, 0, :, 1].tolist() == [200] * 4 + [0] * 4


def _sixteen_bit() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((8, 8), GREY * 256 + 7, np.uint16)).save(file, "PNG")
    return file.getvalue()


def _palette() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), RED).convert("P", palette=Image.Palette.ADAPTIVE).save(file, "PNG")
    return file.getvalue()


MODES = [
    pytest.param(encoded(GREY, mode="L"), [GREY], id="grey"),
    pytest.param(encoded((GREY, 255), mode="LA"), [GREY], id="grey with alpha"),
    pytest.param(encoded((GREY, 0), mode="LA"), [255], id="transparent grey lies on white"),
    pytest.param(encoded(1, mode="1"), [255], id="one bit"),
    pytest.param(_sixteen_bit(), [GREY], id="16 bits are scaled, not clipped"),
    pytest.param(_palette(), list(RED), id="palette"),
    pytest.param(encoded((*RED, 255), mode="RGBA"), list(RED), id="RGBA"),
    pytest.param(encoded((*RED, 0), mode="RGBA"), [255] * 3, id="transparent lies on white"),
    pytest.param(
        encoded((0, 255, 255, 0), mode="CMYK", file_format="JPEG"), [254, 0, 0], id="CMYK"
    ),
]


@pytest.mark.parametrize(("data", "want"), MODES)
def test_every_mode_becomes_grey_or_rgb(data, want, tmp_path, load):
    make_folder(tmp_path / "mode", dict.fromkeys(parted(), data))
    loaded = load("mode")
    assert loaded.in_shape == (len(want), 8, 8)
    assert loaded.train.images[0, :, 2, 2].tolist() == pytest.approx(want, abs=1)


def test_one_coloured_picture_makes_all_rgb(tmp_path, load):
    files = dict.fromkeys(parted(), encoded(GREY, mode="L"))
    make_folder(tmp_path / "mixed", files | {"train/dog/red.png": encoded()})
    loaded = load("mixed")
    assert loaded.train.images[0, :, 0, 0].tolist() == [GREY] * 3
    assert loaded.train.images[-1, :, 0, 0].tolist() == list(RED)


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _bomb() -> bytes:
    """Return a small PNG that claims to be 60,000 × 60,000."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


UNREADABLE = [
    pytest.param(b"", id="empty"),
    pytest.param(b"not a picture", id="text"),
    pytest.param(_cut(encoded(size=(64, 64), file_format="JPEG")), id="cut off"),
    pytest.param(_bomb(), id="decompression bomb"),
    pytest.param(encoded(file_format="GIF"), id="another format under this name"),
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("data", UNREADABLE)
def test_a_few_unreadable_pictures_are_skipped_and_named(data, make, tmp_path, load):
    loaded = load(make(tmp_path, parted(100, 10) | {"test/cat/bad.png": data}))
    assert len(loaded.test) == 20
    assert loaded.test.labels.tolist() == [0] * 10 + [1] * 10
    assert loaded.notes == (
        "1 of 221 pictures could not be read and were skipped (first: test/cat/bad.png).",
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # as in the app
def test_a_picture_over_pillows_limit_is_not_decoded(tmp_path, load):
    huge = encoded(0, size=(9500, 9500), mode="1")
    make_folder(tmp_path / "pets", parted(100, 10) | {"test/cat/huge.png": huge})
    assert "1 of 221 pictures could not be read" in load("pets").notes[0]


def test_over_one_percent_unreadable_is_refused(tmp_path, load):
    make_folder(tmp_path / "pets", parted() | {"train/cat/bad.png": b"x"})
    with pytest.raises(ConvcoreError, match=r"1 of 17 pictures .* train/cat/bad\.png.*1 in 100"):
        load("pets")


def test_a_class_whose_last_picture_is_unreadable_is_refused(tmp_path, load):
    files = parted(200, 10) | {"train/owl/1.png": b"x", "test/owl/1.png": encoded()}
    make_folder(tmp_path / "pets", files)
    with pytest.raises(ConvcoreError, match=r"too few pictures of class 'owl'.*train"):
        load("pets")


def test_a_link_to_nowhere_is_an_unreadable_picture(tmp_path, load):
    make_folder(tmp_path / "pets", parted(100, 10))
    (tmp_path / "pets/test/cat/gone.png").symlink_to(tmp_path / "nowhere")
    assert "gone.png" in load("pets").notes[0]


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


@pytest.mark.parametrize("name", ["nothing", "a/b", "x" * 5000, "a\0b", "notes.txt"])
def test_any_other_name_is_refused_with_the_names_that_exist(name, tmp_path, load):
    (tmp_path / "notes.txt").write_text("x")
    make_zip(tmp_path / "pets.zip", pets())
    with pytest.raises(ConvcoreError, match=r"Choose one of: digits, cifar10, pets\.zip"):
        load(name)


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


def test_progress_counts_pictures_up_to_the_total(tmp_path):
    make_zip(tmp_path / "pets.zip", parted(150, 10))
    events = list(datasets.load("pets.zip", root=tmp_path, cache=tmp_path / ".cache"))
    assert [event.done for event in events] == [128, 256, 320]
    assert {(event.total, event.unit) for event in events} == {(320, "pictures")}


def test_stopping_leaves_nothing_behind(tmp_path):
    make_zip(tmp_path / "pets.zip", parted(300, 10))
    events = datasets.load("pets.zip", root=tmp_path, cache=tmp_path / ".cache")
    next(events)
    events.close()
    assert not (tmp_path / ".cache").exists()


def test_stopping_stops_the_decoding(tmp_path):
    read = []
    with listed(make_zip(tmp_path / "pets.zip", parted(2000, 10))) as listing:
        counted = replace(listing, read=lambda entry: read.append(entry) or listing.read(entry))
        events = decode(counted)
        next(events)
        events.close()
        assert len(read) < 2000  # of 4020


def test_order_is_by_class_and_name_also_with_several_threads(tmp_path, load):
    names = [f"{part}/{kind}/{index:03}.png" for part in ("train", "test") for kind in "ab"
             for index in range(200)]  # fmt: skip
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    files = {}
    for value, name in enumerate(names):
        noise[0, :2] = divmod(value, 256)
        file = io.BytesIO()
        Image.fromarray(noise).convert("RGB").save(file, "PNG")  # over 4 KB: threads are used
        files[name] = file.getvalue()
    make_zip(tmp_path / "noise.zip", dict(reversed(files.items())))
    loaded = load("noise.zip")
    images = torch.cat([loaded.train.images, loaded.test.images]).long()
    assert (images[:, 0, 0, 0] * 256 + images[:, 0, 0, 1]).tolist() == list(range(800))


def test_sources_list_what_can_be_trained_on_with_counts(tmp_path):
    make_zip(tmp_path / "pets.zip", parted())
    make_folder(tmp_path / "grey", dict.fromkeys(pets(20, 11), encoded(GREY, mode="L")))
    make_folder(tmp_path / "digits", pets())  # called as the bundled ones are
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "broken.zip").write_text("x")
    found = {source.name: source for source in datasets.sources(tmp_path)}
    assert list(found) == ["digits", "cifar10", "./digits", "grey", "pets.zip"]
    for name in ("./digits", "grey", "pets.zip"):
        source, loaded = (
            found[name],
            datasets.load_now(name, root=tmp_path, cache=tmp_path / ".cache"),
        )
        assert source == datasets.describe(name, tmp_path)
        assert (source.train, source.test) == (len(loaded.train), len(loaded.test))
        assert (source.in_shape, source.classes) == (loaded.in_shape, len(loaded.classes))
        assert source.ready
    assert (
        found["grey"].about == "31 grey pictures (8×8) in 2 classes, a fifth held out for testing."
    )


def test_sources_of_a_folder_that_is_not_there_are_the_bundled_ones(tmp_path):
    found = datasets.sources(tmp_path / "nowhere")
    assert [(source.name, source.ready) for source in found] == [
        ("digits", True),
        ("cifar10", False),
    ]


def test_a_data_set_is_found_by_any_path(tmp_path):
    elsewhere = make_folder(tmp_path / "elsewhere/pets", pets())
    for name in (str(elsewhere), "../elsewhere/pets"):
        (tmp_path / "root").mkdir(exist_ok=True)
        loaded = datasets.load_now(name, root=tmp_path / "root", cache=tmp_path / ".cache")
        assert loaded.name == name == datasets.describe(name, tmp_path / "root").name


def test_a_replaced_zip_is_described_anew(tmp_path):
    make_zip(tmp_path / "pets.zip", parted(6))
    assert datasets.describe("pets.zip", tmp_path).train == 12
    make_zip(tmp_path / "pets.zip", parted(7))
    assert datasets.describe("pets.zip", tmp_path).train == 14


def test_digits_are_as_described_and_use_the_whole_range(tmp_path, load):
    loaded, source = load("digits"), datasets.describe("digits", tmp_path)
    assert (source.train, source.test) == (len(loaded.train), len(loaded.test)) == (1438, 359)
    assert source.in_shape == loaded.in_shape == (1, 8, 8)
    assert loaded.classes == tuple("0123456789")
    assert (loaded.train.images.min(), loaded.train.images.max()) == (0, 255)
    assert set(loaded.test.labels.bincount().tolist()) <= {35, 36, 37}
    assert load("digits").fingerprint == loaded.fingerprint


def labelled(*stock: int) -> datasets.Pictures:
    """Return stock[k] pictures of class k, each with a value of its own."""
    labels = torch.cat([torch.full((count,), label) for label, count in enumerate(stock)])
    values = torch.arange(len(labels), dtype=torch.uint8)
    return datasets.Pictures(values[:, None, None, None].expand(-1, 1, 2, 2), labels)


@pytest.mark.parametrize(
    ("stock", "size", "want"),
    [
        pytest.param((20, 20, 20), 30, [10, 10, 10], id="even"),
        pytest.param((20, 20, 20), 2, None, id="fewer than classes"),
        pytest.param((20, 20, 20), 31, None, id="one over"),
        pytest.param((2, 20, 20), 30, [2, 14, 14], id="one class runs out"),
        pytest.param((2, 3, 20), 25, [2, 3, 20], id="all"),
    ],
)
def test_a_subset_is_balanced_as_far_as_the_stock_allows(stock, size, want):
    pictures = labelled(*stock)
    part = datasets.subset(pictures, size, seed=1)
    counts = part.labels.bincount(minlength=3).tolist()
    assert sum(counts) == len(part) == size
    if want is None:
        assert max(counts) - min(counts) == 1
    else:
        assert counts == want
    values = part.images[:, 0, 0, 0]
    assert torch.equal(values, values.unique())  # no picture twice, and in order
    assert torch.equal(part.labels, pictures.labels[values.long()])  # labels stay with pictures


def test_subsets_repeat_by_seed_differ_between_seeds_and_nest():
    def values(size, seed):
        return set(datasets.subset(labelled(30, 30), size, seed).images[:, 0, 0, 0].tolist())

    assert values(20, 1) == values(20, 1)
    assert values(20, 1) != values(20, 2)
    assert values(10, 1) < values(20, 1)
    assert {next(iter(values(1, seed))) < 30 for seed in range(10)} == {True, False}


def test_split_is_stratified_and_loses_nothing():
    pictures = labelled(50, 20, 2, 1)
    train, validation = datasets.split(pictures, 0.1, seed=3)
    assert validation.labels.bincount(minlength=4).tolist() == [5, 2, 1, 0]
    both = torch.cat([train.images, validation.images])[:, 0, 0, 0]
    assert sorted(both.tolist()) == list(range(73))
    again = datasets.split(pictures, 0.1, seed=3)[1]
    other = datasets.split(pictures, 0.1, seed=4)[1]
    assert torch.equal(again.images, validation.images)
    assert not torch.equal(other.images, validation.images)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        pytest.param(lambda: datasets.subset(labelled(3, 3), 7, 0), "size=7.*1 to 6", id="more"),
        pytest.param(lambda: datasets.subset(labelled(3, 3), 0, 0), "size=0", id="none"),
        pytest.param(lambda: datasets.split(labelled(3, 3), 1.0, 0), "fraction=1.0", id="all"),
        pytest.param(lambda: datasets.split(labelled(1, 1), 0.5, 0), "no two", id="singles"),
        pytest.param(
            lambda: datasets.Pictures(torch.zeros(2, 1, 4, 4), torch.zeros(2).long()),
            "must be uint8",
            id="float pictures",
        ),
        pytest.param(
            lambda: datasets.Pictures(
                torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3).long()
            ),
            "one int64 label per picture",
            id="a label too many",
        ),
    ],
)
def test_impossible_parts_are_refused(call, says):
    with pytest.raises(ConvcoreError, match=says):
        call()


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
