import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from convcore.errors import ConvcoreError
from lab import images


@pytest.mark.parametrize("channels", [1, 3])
def test_a_grid_shows_every_picture_in_its_colours(channels):
    pictures = np.zeros((7, channels, 8, 8), dtype=np.uint8)
    pictures[:, 0] = 255
    sheet = Image.open(io.BytesIO(images.grid(pictures, ["a\nb"] * 7, columns=3)))
    assert sheet.width < sheet.height  # three columns, three rows
    expected = (255, 255, 255) if channels == 1 else (255, 0, 0)
    assert sheet.getpixel((20, 20)) == expected
    red = np.all(np.asarray(sheet.convert("RGB")) == (255, 0, 0), axis=2).sum()
    assert red == (7 * 96 * 96 if channels == 3 else 0)


def test_no_pictures_make_an_empty_sheet():
    assert images.grid(np.zeros((0, 3, 8, 8), dtype=np.uint8), [])


def as_file(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def quarters() -> Image.Image:
    """A red, green, blue and grey quarter, 6 wide and 4 high."""
    pixels = np.zeros((4, 6, 3), dtype=np.uint8)
    pixels[:2, :3, 0] = pixels[:2, 3:, 1] = pixels[2:, :3, 2] = 255
    pixels[2:, 3:] = 128
    return Image.fromarray(pixels)


def turned_by_its_camera() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    return as_file(quarters(), "PNG", exif=exif)


def sixteen_bits() -> bytes:
    return as_file(Image.fromarray(np.array([[0, 256], [32768, 65535]], dtype=np.uint16)), "PNG")


def half_clear() -> Image.Image:
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    return image


GOOD = [
    pytest.param(as_file(quarters(), "PNG"), "a.png", np.asarray(quarters()), "", id="png"),
    pytest.param(
        as_file(quarters(), "WEBP", lossless=True), "a.webp", np.asarray(quarters()), "", id="webp"
    ),
    pytest.param(
        turned_by_its_camera(),
        "a.png",
        np.rot90(np.asarray(quarters()), -1),
        "Turned upright",
        id="exif",
    ),
    pytest.param(
        as_file(quarters(), "PNG"), "a.jpg", np.asarray(quarters()), "it is a PNG", id="misnamed"
    ),
    pytest.param(sixteen_bits(), "a.png", np.array([[0, 1], [128, 255]]), "16 bits", id="16-bit"),
    pytest.param(
        as_file(half_clear(), "PNG"),
        "a.png",
        np.array([[[255, 0, 0], [255, 255, 255]]]),
        "laid on white",
        id="alpha",
    ),
    pytest.param(
        as_file(half_clear().quantize(4), "PNG"),
        "a.png",
        np.array([[[255, 0, 0], [255, 255, 255]]]),
        "laid on white",
        id="palette-alpha",
    ),
    pytest.param(
        as_file(quarters().convert("CMYK"), "JPEG"), "a.jpg", None, "print (CMYK)", id="cmyk"
    ),
    pytest.param(
        as_file(
            quarters(), "PNG", save_all=True, append_images=[Image.new("RGB", (6, 4), "white")]
        ),
        "a.png",
        np.asarray(quarters()),
        "the first of 2",
        id="animated",
    ),
    pytest.param(
        as_file(Image.new("L", (1, 1), 7), "PNG"), "a.png", np.array([[7]]), "", id="one-pixel"
    ),
]


@pytest.mark.parametrize(("data", "name", "pixels", "note"), GOOD)
def test_a_picture_is_read_and_what_was_changed_is_told(data, name, pixels, note):
    read, notes = images.read(data, name)
    assert read.dtype == np.uint8
    if pixels is not None:
        np.testing.assert_array_equal(read, pixels)
    assert note in " ".join(notes)
    assert bool(notes) == bool(note)


def header_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, content in ((b"IHDR", size), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")):
        parts += [struct.pack(">I", len(content)), kind, content]
        parts.append(struct.pack(">I", zlib.crc32(kind + content)))
    return b"".join(parts)


BAD = [
    pytest.param(b"", "is empty", id="0 bytes"),
    pytest.param(b"hello", "no PNG, JPEG or WebP", id="text"),
    pytest.param(as_file(quarters(), "GIF"), "no PNG, JPEG or WebP", id="gif"),
    pytest.param(as_file(quarters(), "PNG")[:60], "damaged or cut off", id="cut"),
    pytest.param(header_of(100_000, 100_000), "too many pixels", id="huge"),
    pytest.param(
        header_of(10_000, 10_000), "too many pixels|100.0 megapixels", id="100-megapixels"
    ),
    pytest.param(header_of(5_000, 4_001), "20.0 megapixels", id="just-too-large"),
]


@pytest.mark.parametrize(("data", "sentence"), BAD)
def test_what_is_no_picture_is_refused_in_a_sentence(data, sentence):
    with pytest.raises(ConvcoreError, match=sentence):
        images.read(data, "photo.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_damaged_bytes_give_a_picture_or_a_sentence(kind):
    chance = np.random.default_rng(0)
    whole = np.frombuffer(as_file(quarters().resize((60, 40)), kind), dtype=np.uint8)
    refused = 0
    for _ in range(170):
        damaged = whole.copy()
        places = chance.integers(0, len(damaged), chance.integers(1, 9))
        damaged[places] = chance.integers(0, 256, len(places))
        try:
            pixels, _ = images.read(damaged[: chance.integers(1, len(damaged) + 1)].tobytes())
        except ConvcoreError:
            refused += 1
        else:
            assert pixels.size <= 3 * images.MOST_PIXELS
    assert refused > 100


def test_a_signed_map_is_white_at_zero_blue_below_red_above():
    drawn = Image.open(io.BytesIO(images.signed(np.array([[-1.0, 0.0, 1.0]])))).convert("RGB")
    assert [drawn.getpixel((x, 0)) for x in range(3)] == [
        (33, 102, 172),
        (255, 255, 255),
        (178, 24, 43),
    ]
