"""The main job in a real browser: train, watch, stop, reload, come back."""

import json
import os
import re
import time

import pytest
from playwright.sync_api import Page, expect

from lab.store import Store

CHART = "[class*='st-key-run-losses'] .convlab-live-chart"
# Long enough to be looked at; the form takes its settings from the address.
LONG = "/cifar10?cifar10.epochs=2000&cifar10.channels=16&cifar10.blocks=2"


def start(page: Page, url: str) -> str:
    """Open the page, press Start and return the run's id."""
    page.goto(url)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile("run="))
    return re.search("run=([0-9a-f]{32})", page.url)[1]


def wait_for_epochs(page: Page, epochs: int) -> None:
    page.wait_for_function(
        f"document.querySelector(`{CHART}`)?.data?.at(-1)?.y?.length >= {epochs}", timeout=60_000
    )


def status(page: Page):
    """The badge that tells the state of the run."""
    return page.locator(".st-key-run-status").first  # a redraw may show two for a moment


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def test_a_first_visitor_trains_on_digits_to_the_end(app, page, store):
    run_id = start(page, app.url + "/cifar10")
    expect(status(page)).to_have_text(re.compile("finished"), timeout=90_000)
    expect(page.get_by_text("judged on the test loss").first).to_be_visible()
    expect(page.get_by_alt_text("Test pictures with the predicted class").first).to_be_visible()
    run = store.run(run_id)
    assert run.status == "FINISHED"
    assert run.metrics["test_accuracy"] > 0.95
    assert len(store.curves(run_id, ["test_loss"])["test_loss"]) == 15
    assert json.loads(store.get(run_id, "config.json"))["backend"] == "custom"
    for artifact in ("weights.pt", "confusion.json", "plots/curves.html", "plots/curves.json"):
        assert store.get(run_id, artifact), artifact


def test_the_chart_lives_on_one_node_and_keeps_its_zoom(app, page):
    start(page, app.url + LONG)
    wait_for_epochs(page, 2)
    page.evaluate(f"document.querySelector(`{CHART}`).mine = 'still here'")
    box = page.locator(f"{CHART} .nsewdrag").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.1, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle + 2, steps=5)
    page.mouse.up()
    shown = f"document.querySelector(`{CHART}`)._fullLayout.xaxis.range"
    page.wait_for_function(f"{shown}[1] < 1500")
    zoomed = page.evaluate(shown)
    epochs = page.evaluate(f"document.querySelector(`{CHART}`).data.at(-1).y.length")
    for update in range(1, 6):
        wait_for_epochs(page, epochs + update)
    assert page.evaluate(f"document.querySelector(`{CHART}`).mine") == "still here"
    assert page.evaluate(shown) == zoomed


def test_a_reload_finds_the_same_run_and_stop_ends_it_at_once(app, page, store):
    run_id = start(page, app.url + LONG)
    wait_for_epochs(page, 1)
    page.reload()
    wait_for_epochs(page, 1)
    assert run_id in page.url
    assert [run.run_id for run in store.active()] == [run_id]
    page.get_by_role("button", name="Stop", exact=True).click()
    asked = time.monotonic()
    while store.run(run_id).active:
        assert time.monotonic() - asked < 10
        time.sleep(0.02)
    expect(status(page)).to_have_text(re.compile("stopped"))
    assert store.run(run_id).status == "KILLED"
    assert store.get(run_id, "weights.pt")
    page.get_by_role("button", name="Resume").click()
    expect(status(page)).to_have_text(re.compile("training"))
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(status(page)).to_have_text(re.compile("stopped"))


def test_a_second_training_waits_and_can_be_cancelled(app, page, store):
    first = start(page, app.url + LONG)
    wait_for_epochs(page, 1)
    second = start(page, app.url + "/cifar10")
    assert second != first
    expect(page.get_by_text("Waits for its turn: next.").first).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(status(page)).to_have_text(re.compile("stopped"))
    assert store.run(second).status == "KILLED"
    assert store.run(first).status == "RUNNING"


def test_a_worker_that_was_killed_is_told_with_a_way_on(app, page, store):
    run_id = start(page, app.url + LONG)
    wait_for_epochs(page, 1)
    os.kill(store.run(run_id).said("process")["pid"], 9)
    expect(page.get_by_text("ended without a word").first).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Resume").first).to_be_visible()
    assert store.run(run_id).status == "FAILED"


def test_a_link_restores_the_settings_also_as_the_first_after_a_start(app, page):
    page.goto(app.url + "/cifar10?cifar10.backend=torch.nn.Conv2d&cifar10.epochs=7")
    expect(page.get_by_role("radio", name="torch.nn.Conv2d")).to_be_checked()
    page.get_by_text("Training", exact=True).click()
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("7")
    expect(page.get_by_role("link", name="Runs")).to_be_visible()


def test_a_wrong_path_is_said_and_the_form_stays(app, page):
    page.goto(app.url + "/cifar10?cifar10.data=/no/such/folder")
    expect(page.get_by_text("there is no data set '/no/such/folder'")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    expect(page.get_by_role("combobox", name="Preset")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/cifar10", "/runs"])
def test_nothing_overflows_a_phone(app, chromium, path):
    page = chromium.new_page(viewport={"width": 400, "height": 800})
    page.goto(app.url + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.close()
