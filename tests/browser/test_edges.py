"""The edge detection page in a real browser: its pictures, its link, bad uploads."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect


def photograph(side: int = 1000, kind: str = "JPEG") -> bytes:
    """A picture as a camera makes them: smooth, with edges and some noise."""
    rows, columns = np.mgrid[:side, :side] / side
    grey = 128 + 60 * np.sin(20 * rows * columns) + 40 * (np.hypot(rows, columns) < 0.7)
    noise = np.random.default_rng(0).normal(0, 4, (side, side, 3))
    stream = io.BytesIO()
    pixels = (grey[..., None] + noise).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(stream, kind, quality=95)
    return stream.getvalue()


def opened(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/edges{query}")
    expect(page.locator(".convlab-compare-pane")).to_have_count(2)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


def picture(page: Page, pane: int) -> str:
    return page.locator(".convlab-compare-pane").nth(pane).locator("img").first.get_attribute("src")


def upload(page: Page, name: str, data: bytes) -> None:
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )


def test_a_slider_move_shows_on_an_uploaded_picture_of_one_megapixel(app, page):
    page.goto(f"{app.url}/edges?picture=upload&view=threshold")
    expect(page.get_by_text("No picture yet")).to_be_visible()
    upload(page, "mine.jpg", photograph())
    expect(page.get_by_text("1,000 × 1,000 pixels")).to_be_visible()
    expect(page.locator(".convlab-compare-pane")).to_have_count(2)
    slider = page.get_by_role("slider", name=re.compile("Level"))
    before = picture(page, 1)
    slider.press("ArrowRight")
    page.wait_for_function(
        """before => document.querySelectorAll('.convlab-compare-pane')[1]
             .querySelector('img').src !== before""",
        arg=before,
    )


def test_the_link_restores_the_screen_and_back_leads_back(app, page):
    opened(page, app.url, "?picture=coins&kernel=Scharr&parameters=axis~y&view=strength")
    first = picture(page, 1)
    page.get_by_role("radio", name="Edges").click()
    page.wait_for_url(re.compile("view=edges"))
    expect(page.locator(".convlab-compare-label").nth(1)).to_have_text("edges")
    second, address = picture(page, 1), page.url
    assert first != second
    page.go_back()
    expect(page.locator(".convlab-compare-label").nth(1)).to_have_text("strength")
    assert picture(page, 1) == first
    page.goto(address)
    expect(page.locator(".convlab-compare-label").nth(1)).to_have_text("edges")
    assert picture(page, 1) == second


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        pytest.param("empty.png", b"", "is empty", id="empty"),
        pytest.param("text.png", b"no picture at all", "is no PNG, JPEG or WebP", id="text"),
        pytest.param("cut.png", photograph(64, "PNG")[:500], "is damaged or cut off", id="cut"),
    ],
)
def test_a_bad_upload_is_a_sentence_and_the_picture_stays(app, page, name, data, sentence):
    page.goto(f"{app.url}/edges?picture=upload")
    expect(page.get_by_text("No picture yet")).to_be_visible()
    upload(page, "good.png", photograph(64, "PNG"))
    expect(page.get_by_text("64 × 64 pixels")).to_be_visible()
    kept = picture(page, 0)
    upload(page, name, data)
    expect(page.get_by_text(sentence)).to_be_visible()
    assert picture(page, 0) == kept


def test_zoom_brings_every_pixel_and_a_click_leads_to_the_playground(app, page):
    opened(page, app.url, "?picture=retina")
    details = page.locator(".convlab-compare-sheet img:nth-child(2)")
    expect(details.first).to_be_hidden()
    bar = page.locator(".convlab-compare-bar")
    for _ in range(3):
        bar.get_by_role("button", name="Zoom in").click()
    expect(details.first).to_be_visible()
    one, other = page.locator(".convlab-compare-sheet").all()
    assert one.get_attribute("style") == other.get_attribute("style")  # both move together
    page.locator(".convlab-compare-pane").nth(1).click(position={"x": 500, "y": 200})
    page.get_by_role("tab", name="Pixel").click()
    page.get_by_role("link", name="Open these numbers in the playground").click()
    expect(page.locator(".convlab-stepper")).to_be_visible()
    assert "setup=" in page.url


def test_a_kernel_saved_under_a_name_is_there_after_a_reload(app, page):
    opened(page, app.url, "?picture=bar&kernel=Own+numbers&numbers=1_-2.5")
    page.get_by_test_id("stPopoverButton").filter(has_text="Saved kernels").click()
    page.get_by_label("Name", exact=True).fill("Half again")
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Save").click()
    kernel = page.get_by_role("combobox", name=re.compile("^(Selected Half again. )?Kernel"))
    expect(kernel).to_have_value("Half again")
    page.goto(f"{app.url}/edges?picture=bar&kernel=Own+numbers&numbers=1_-2.5")
    expect(kernel).to_have_value("Half again")
    page.get_by_test_id("stPopoverButton").filter(has_text="Saved kernels").click()
    page.get_by_role("button", name="Delete").click()
    expect(kernel).to_have_value("Own numbers")
