import html
import shutil
import time
from dataclasses import replace

import pytest

from convcore.config import TrainConfig
from lab.report import report
from lab.settings import current, embedded_uri
from lab.store import Store
from tests.trained import HOSTILE, trained


def soon(page, condition: str) -> None:
    """Waits; Playwright's own way is a script in the page, and those are forbidden there."""
    deadline = time.monotonic() + 30
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        time.sleep(0.05)


@pytest.fixture
def store(tmp_path, empty_store) -> Store:
    mlruns = tmp_path / "mlruns"
    mlruns.mkdir()
    shutil.copy(empty_store, mlruns / "mlflow.db")
    return Store(replace(current(), mlruns=mlruns, tracking_uri=embedded_uri(mlruns)))


@pytest.fixture
def opened(page, tmp_path):
    """Opens a report with the network off; what the browser asks for or complains of is kept."""
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.context.set_offline(True)

    def look(content: bytes):
        (tmp_path / "report.html").write_bytes(content)
        page.goto((tmp_path / "report.html").as_uri())
        soon(page, "[...document.querySelectorAll('.plot')].every((plot) => plot._fullLayout)")
        return page

    yield look
    assert not said
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == asked[:1]


def test_charts_are_drawn_with_no_network(opened, store):
    runs = [trained(store, HOSTILE), trained(store, "other", config=TrainConfig(channels=8))]
    page = opened(report(store, runs, title=HOSTILE))
    charts = page.locator(".plot")
    assert charts.count() == 8  # losses, accuracies, over time, 2 × efficiency, 3 × confusion
    for index in range(charts.count()):
        assert charts.nth(index).locator(".trace, .heatmaplayer image").count() >= 1
    assert charts.first.locator(".scatterlayer .trace path.js-line").count() == 4
    assert page.title() == HOSTILE
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("img:not([src^='data:image/png'])").count() == 0
    legend = charts.first.locator(".legendtext").all_text_contents()
    assert HOSTILE in map(html.unescape, legend)


def test_a_phone_a_dark_room_and_paper(opened, store):
    page = opened(report(store, [trained(store, note="mine"), trained(store, "b", seed=1)]))
    page.set_viewport_size({"width": 400, "height": 800})
    soon(page, "document.querySelector('.plot').layout.width < 400")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.emulate_media(color_scheme="dark")
    soon(page, "document.querySelector('.plot').layout.font.color === '#e8eaed'")
    page.emulate_media(media="print", color_scheme="dark")
    soon(page, "document.querySelector('.plot').layout.width === 660")
    assert page.locator("details:not([open])").count() == 0
    assert page.evaluate("document.querySelector('.plot').layout.font.color") == "#1b1e23"
    page.emulate_media(media="screen", color_scheme="light")
    soon(page, "document.querySelector('.plot').layout.width < 400")
    assert page.locator("details[open]").count() == 0
