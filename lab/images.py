"""Pictures in and out of bytes."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from convcore.errors import ConvcoreError

MOST_PIXELS = 20_000_000  # of a picture that somebody brings
_KINDS = {"PNG": (".png",), "JPEG": (".jpg", ".jpeg", ".jfif"), "WEBP": (".webp",)}
_BLUE, _RED = (33, 102, 172), (178, 24, 43)
_ORIENTATION = 0x0112  # the Exif tag
_SMALL = 300  # pixels along a side, up to which colours are kept exactly
_CELL = 96  # pixels a picture is enlarged to, about
_CAPTION = 15  # pixels a line of caption
_GAP = 8  # pixels


def read(data: bytes, name: str = "") -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the pixels of a PNG, JPEG or WebP, upright, and a sentence for each change made.

    Size and kind are read from the header; what is too large is never decoded.

    Shape:
        -> (H, W) uint8 where all is grey, else (H, W, 3)

    Args:
        data: the file.
        name: what it is called, for the messages.

    Raises:
        ConvcoreError: not such a picture, damaged, or over 20 megapixels.
    """
    name = name[-60:] or "the file"
    if not data:
        raise ConvcoreError(f"picture: {name} is empty (0 bytes). Choose another file.")
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_KINDS)) as opened:
            _check_size(name, opened.size)
            notes = _notes(opened, name)
            upright = ImageOps.exif_transpose(opened)
            upright.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(name, "far too many pixels") from None
    except ConvcoreError:
        raise
    except Exception as error:  # Pillow raises nearly anything on damaged bytes
        raise _unreadable(name, error) from None
    return np.array(_eight_bits(upright)), notes


def signed(values: np.ndarray) -> bytes:
    """Return (H, W) in [−1, 1] as a PNG of the same size: blue below 0, white, red above."""
    levels = (np.nan_to_num(values).clip(-1, 1) * 127 + 127.5).astype(np.uint8)
    image = Image.fromarray(levels)
    image.putpalette(_SIGNED)
    return _png(image, compress_level=1)


def photograph(pixels: np.ndarray) -> bytes:
    """Return (H, W) or (H, W, 3) uint8 as a file that a browser shows.

    Large ones in colour become a JPEG: a PNG of them would take a tenth of a second.
    """
    image = Image.fromarray(pixels)
    if pixels.ndim == 2 or max(pixels.shape[:2]) <= _SMALL:
        return _png(image, compress_level=1)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=92, subsampling=0)
    return stream.getvalue()


def as_png(picture: bytes) -> bytes:
    """Return a picture that is already a file of some kind as a PNG."""
    return _png(Image.open(io.BytesIO(picture)))


def shrunk(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Return (H, W) or (H, W, 3) uint8 with `factor` × `factor` pixels averaged into one."""
    return pixels if factor == 1 else np.asarray(Image.fromarray(pixels).reduce(factor))


def grid(pictures: np.ndarray, captions: Sequence[str], columns: int = 6) -> bytes:
    """Return a PNG of `pictures`, enlarged without blur, each over its caption.

    Shape:
        pictures (N, C, H, W) uint8, C 1 or 3; captions N texts, lines parted by a line feed
    """
    scale = max(1, round(_CELL / pictures.shape[2]))
    height, width = pictures.shape[2] * scale, pictures.shape[3] * scale
    lines = max((caption.count("\n") + 1 for caption in captions), default=1)
    step = (width + _GAP, height + _GAP + lines * _CAPTION)
    columns = min(columns, max(1, len(pictures)))
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * step[0] + _GAP, max(1, rows) * step[1] + _GAP), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for index, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        x = _GAP + index % columns * step[0]
        y = _GAP + index // columns * step[1]
        sheet.paste(_image(picture).resize((width, height), Image.Resampling.NEAREST), (x, y))
        pen.multiline_text((x, y + height + 1), caption, fill="#222222", font=font, spacing=2)
    return _png(sheet)


def signed_maps(maps: Sequence[np.ndarray], captions: Sequence[str]) -> bytes:
    """Return a PNG of `maps` side by side, each (H, W) in [−1, 1]: blue below 0, white, red above.

    Each is enlarged without blur, over its caption of one or two lines.
    """
    tiles = [_coloured(values) for values in maps]
    width = sum(max(tile.width, _CELL) + _GAP for tile in tiles) + _GAP
    height = max(tile.height for tile in tiles) + 2 * _GAP + 2 * _CAPTION
    sheet = Image.new("RGB", (width, height), "white")
    pen, font, x = ImageDraw.Draw(sheet), ImageFont.load_default(12), _GAP
    for tile, caption in zip(tiles, captions, strict=True):
        sheet.paste(tile, (x, _GAP))
        pen.rectangle((x - 1, _GAP - 1, x + tile.width, _GAP + tile.height), outline="#999999")
        below = _GAP + tile.height + 3
        pen.multiline_text((x, below), caption, fill="#222222", font=font, spacing=2)
        x += max(tile.width, _CELL) + _GAP
    return _png(sheet)


def _check_size(name: str, size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise _too_large(name, f"{width:,}×{height:,} = {width * height / 1e6:,.1f} megapixels")


def _too_large(name: str, what: str) -> ConvcoreError:
    return ConvcoreError(
        f"picture: {name} has {what}; up to {MOST_PIXELS / 1e6:.0f} megapixels can be taken. "
        "Shrink it first."
    )


def _unreadable(name: str, error: Exception) -> ConvcoreError:
    if isinstance(error, Image.UnidentifiedImageError):
        return ConvcoreError(
            f"picture: {name} is no PNG, JPEG or WebP, whatever its name says. Save it as one of "
            "them."
        )
    return ConvcoreError(
        f"picture: {name} is damaged or cut off, so it can't be shown whole. Copy it again from "
        "where it came from."
    )


def _notes(image: Image.Image, name: str) -> tuple[str, ...]:
    """What will be done to it that its owner may not expect."""
    notes, ending = [], "." + name.rsplit(".", 1)[-1].lower()
    kind = "JPEG" if image.format == "MPO" else image.format  # what some telephones write
    endings = [end for ends in _KINDS.values() for end in ends]
    if ending in endings and ending not in _KINDS[kind]:
        notes.append(f"Called {ending}, but it is a {kind}; taken as that.")
    if kind != "JPEG" and getattr(image, "is_animated", False):
        notes.append(f"Animated; the first of {image.n_frames} pictures is used.")
    if image.getexif().get(_ORIENTATION, 1) != 1:
        notes.append("Turned upright, as its camera noted.")
    if image.mode == "CMYK":
        notes.append("Made for print (CMYK); its colours are converted to RGB.")
    if image.mode.startswith("I"):
        notes.append("16 bits a channel; the upper 8 are used.")
    if image.has_transparency_data:
        notes.append("Transparent parts are laid on white.")
    return tuple(notes)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return it as 8-bit grey or RGB."""
    if image.mode.startswith("I"):  # Pillow's own conversion would clip, not scale
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("L" if grey else "RGB")


def _coloured(values: np.ndarray) -> Image.Image:
    """Return (H, W) in [−1, 1] as a picture about `_CELL` pixels high or wide."""
    strength = np.abs(np.nan_to_num(values, posinf=1, neginf=-1)).clip(0, 1)[..., None]
    ends = np.where((values < 0)[..., None], _BLUE, _RED)
    pixels = (255 + strength * (ends - 255)).round().astype(np.uint8)
    scale = max(1, round(1.5 * _CELL / max(values.shape)))
    size = (values.shape[1] * scale, values.shape[0] * scale)
    return Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST)


def _image(picture: np.ndarray) -> Image.Image:
    """Return (C, H, W) uint8 as an RGB picture."""
    return Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)).squeeze()).convert(
        "RGB"
    )


def _png(image: Image.Image, compress_level: int = 6) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=compress_level)
    return stream.getvalue()


def _shades() -> bytes:
    """A palette of 255 colours: blue, white in the middle (127), red."""
    strength = np.abs(np.arange(255) - 127)[:, None] / 127
    ends = np.where(np.arange(255)[:, None] < 127, _BLUE, _RED)
    return (255 + strength * (ends - 255)).round().astype(np.uint8).tobytes()


_SIGNED = _shades()
