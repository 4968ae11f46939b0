"""Pictures in and out of bytes."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_CELL = 96  # pixels a picture is enlarged to, about
_CAPTION = 15  # pixels a line of caption
_GAP = 8  # pixels


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


def _image(picture: np.ndarray) -> Image.Image:
    """Return (C, H, W) uint8 as an RGB picture."""
    return Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)).squeeze()).convert(
        "RGB"
    )


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
