"""Pairs and pictures of one's own on the kernel learning page."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.pages.kernel_learning.screen import PAGE, shown
from tests.pages.test_pages import opened


def png(pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels.round().astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_ones_own_pair_is_taken_with_the_kernel_size_that_it_tells(house):
    app = opened(PAGE)
    app.selectbox(key="kernel_learning.task").select("matrices").run()
    x, y = (area for area in app.text_area if area.label in "XY")
    x.set_value("0 1 4\n9 16 25\n1 0 2")
    y.set_value("[[1, 3], [7, 9], [-1, 2]]")
    app.button[[b.label for b in app.button].index("Use X and Y")].click().run()
    assert not app.exception
    assert shown(app).setup.config.kernel_size == (1, 2)
    assert shown(app).setup.x[1] == (9, 16, 25)


@pytest.mark.parametrize("text", ["", "1 2\n3", "nan 1", "a b", "1e999"])
def test_what_is_no_pair_is_told(house, text):
    app = opened(PAGE)
    app.selectbox(key="kernel_learning.task").select("matrices").run()
    before = shown(app).setup
    next(area for area in app.text_area if area.label == "X").set_value(text)
    app.button[[b.label for b in app.button].index("Use X and Y")].click().run()
    assert not app.exception
    assert app.error
    assert shown(app).setup == before


GREY = np.random.default_rng(0).integers(0, 256, (48, 40))
BLURRED = sum(GREY[i : i + 46, j : j + 38] for i in range(3) for j in range(3)) / 9


def with_pictures(x: bytes, y: bytes):
    app = opened(PAGE)
    app.selectbox(key="kernel_learning.task").select("pictures").run()
    before = shown(app).setup
    app.file_uploader(key="kernel_learning.upload_x").upload("x.png", x, "image/png").run()
    assert shown(app).setup == before  # one of the two does nothing
    app.file_uploader(key="kernel_learning.upload_y").upload("y.png", y, "image/png").run()
    assert not app.exception
    return app, before


def test_two_uploaded_pictures_are_learned_from(house):
    app, _ = with_pictures(png(GREY), png(BLURRED))
    assert not app.error
    experiment = shown(app).setup
    assert (len(experiment.x), len(experiment.x[0])) == GREY.shape
    assert experiment.config.kernel_size == (3, 3)
    weight = shown(app).learned.film.last.weight
    assert weight.flatten().tolist() == pytest.approx([1 / 9] * 9, abs=2e-3)  # Y was rounded


@pytest.mark.parametrize(
    ("y", "said"),
    [
        pytest.param(png(BLURRED)[:200], "y.png", id="damaged"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"%PDF-1.7 no picture", "y.png", id="no-picture"),
        pytest.param(png(GREY[:10, :10]), "but Y is 10×10", id="no-kernel-fits"),
        pytest.param(png(np.zeros((60, 60))), "but Y is 60×60", id="larger-than-x"),
    ],
)
def test_pictures_that_will_not_do_are_told_and_change_nothing(house, y, said):
    app, before = with_pictures(png(GREY), y)
    assert said in app.error[0].value.replace("\\", "")
    assert shown(app).setup == before
