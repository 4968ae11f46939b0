"""The runs page in a real browser: its link, its files, a note that is no HTML."""

import json
import re

import pytest
from playwright.sync_api import expect

from convcore.config import TrainConfig
from lab.store import Store
from tests.trained import HOSTILE, trained

CHART = "[class*='st-key-runs-compare'] .convlab-live-chart"


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def test_a_link_opens_the_same_comparison_with_its_scales_and_baseline(app, page, store):
    ids = [
        trained(store, f"width {channels}", config=TrainConfig(channels=channels), files=False)
        for channels in (4, 8)
    ]
    page.goto(f"{app.url}/runs?run={','.join(ids)}")
    page.locator(f"{CHART} .trace").first.wait_for()
    page.get_by_role("radio", name="Accuracy").click()
    page.get_by_role("radio", name="Time").click()
    page.get_by_text("Log scale", exact=True).click()
    for setting in ("runs.measure=", "runs.x=", "runs.log="):
        page.wait_for_function("text => location.search.includes(text)", arg=setting)
    page.get_by_role("combobox", name=re.compile("Baseline")).click()
    page.get_by_role("option", name="width 8").click()
    page.wait_for_url(re.compile(f"baseline={ids[1]}"))
    expect(page.get_by_role("radio", name="Accuracy")).to_be_checked()
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    for name in ("Accuracy", "Time"):
        expect(page.get_by_role("radio", name=name)).to_be_checked()
    expect(page.get_by_role("switch", name="Log scale")).to_be_checked()
    expect(page.get_by_role("combobox", name=re.compile("Baseline"))).to_have_value("width 8")
    page.wait_for_function(
        f"document.querySelector(`{CHART}`)?._fullLayout?.yaxis.title.text.includes('ccuracy')"
    )


def test_names_and_notes_of_others_are_text_and_nothing_else(app, page, store):
    run_id = trained(store, HOSTILE, note=HOSTILE, files=False)
    page.goto(f"{app.url}/runs?run={run_id}")
    expect(page.get_by_role("heading", level=3)).to_contain_text("img src=x")
    expect(page.get_by_text(HOSTILE, exact=True).first).to_be_visible()
    assert page.title() == "Runs · Convolution Lab"
    assert not page.locator("img[src='x']").count()


def test_a_run_is_taken_along_and_comes_back_into_the_same_store_once(app, page, store, tmp_path):
    run_id = trained(store, "traveller", files=False)
    page.goto(f"{app.url}/runs?run={run_id}")
    page.get_by_test_id("stPopoverButton").filter(has_text="Share").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Figures and curves (JSON)").click()
    waiting.value.save_as(tmp_path / "runs.json")
    (told,) = json.loads((tmp_path / "runs.json").read_text())
    history = store.history(run_id, ["test_loss"])["test_loss"]
    assert told["curves"]["test_loss"] == list(history.values())
    with page.expect_download() as waiting:
        page.get_by_role("button", name="The run itself (ZIP)").click()
    waiting.value.save_as(tmp_path / "run.zip")
    store.delete(run_id)
    page.goto(f"{app.url}/runs")
    page.get_by_test_id("stPopoverButton").filter(has_text="Bring a run").click()
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(tmp_path / "run.zip")
    page.wait_for_url(re.compile("run=[0-9a-f]{32}"))
    expect(page.get_by_role("heading", name="traveller")).to_be_visible()
    back = store.run(re.search("run=([0-9a-f]{32})", page.url)[1])
    assert back.tags["convlab.imported_from"] == run_id
    assert store.history(back.run_id, ["test_loss"])["test_loss"] == history
