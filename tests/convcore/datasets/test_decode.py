import io
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from convcore import datasets
from convcore.datasets.decode import decode
from convcore.datasets.folders import listed
from convcore.errors import ConvcoreError
from tests.convcore.datasets.pictures import (
    GREY,
    MAKERS,
    RED,
    encoded,
    make_folder,
    make_zip,
    parted,
)


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
