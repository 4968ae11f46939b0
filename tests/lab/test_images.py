import io

import numpy as np
import pytest
from PIL import Image

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
