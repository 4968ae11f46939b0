"""The first minute in a real browser: an empty store, a click, three runs to compare."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import App

CHART = "[class*='st-key-runs-compare'] .convlab-live-chart"


@pytest.fixture
def first_app(tmp_path, empty_store):
    """An app whose store is empty, of its own."""
    (tmp_path / "mlruns").mkdir()
    shutil.copy(empty_store, tmp_path / "mlruns" / "mlflow.db")
    places = {"CONVLAB_DATA": "data", "CONVLAB_CACHE": "cache", "CONVLAB_MLRUNS": "mlruns"}
    environment = {name: str(tmp_path / folder) for name, folder in places.items()}
    running = App(tmp_path, environment=environment | {"OMP_NUM_THREADS": "1"})
    running.start()
    yield running
    running.kill()
    assert not running.faults()


def test_three_examples_are_made_by_a_double_click_and_compared(first_app, page):
    page.goto(first_app.url)
    page.get_by_role("button", name="Make three example runs").dblclick()
    expect(page.get_by_text("0 of 3 done").first).to_be_visible()
    page.reload()  # impatient
    expect(page.get_by_text(re.compile("training, [0-9]+%")).first).to_be_visible()
    expect(page.get_by_text("3 of 3 done").first).to_be_visible(timeout=90_000)
    expect(page.get_by_text("turns up after epoch").first).to_be_visible()
    page.get_by_role("link", name="Compare the three").first.click()
    page.locator(f"{CHART} .trace").first.wait_for()
    for name in ("healthy example", "overfitted example", "remedy · overfitted example"):
        expect(page.locator(f"{CHART} .legendtext", has_text=name).first).to_be_visible()
