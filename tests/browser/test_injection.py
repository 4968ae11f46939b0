"""What people write is shown as they wrote it, on every page, and never runs, links or decorates.

Names, notes, tags, comments, authors, classes, files, formulas, addresses and archives all come
from somebody: the same texts go through every one of those doors.
"""

import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from convcore.config import TrainConfig
from lab import archive, comments
from lab.edges import saved
from lab.playground import Setup
from lab.records import Point
from lab.report import report
from lab.store import Store
from tests.browser.watched import Watched
from tests.hostile import LINE, ROWS, TEXTS, file_name, seen
from tests.lab.archive.archives import bent
from tests.trained import trained

KINDS = ("markdown", "strong", "markup", "caption", "heading", "error", "progress", "button")
ALERT = "[data-testid=stAlert]"


@pytest.fixture(scope="module")
def watched(chromium) -> Iterator[Watched]:
    """One page for all: what it has fetched once need not come again."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(30_000)
    yield Watched(context.new_page())
    context.close()


@pytest.fixture(scope="module")
def runs(house) -> dict[str, str]:
    """Ids of runs that hold every text in every place: of trainings, of a stranger, of an archive.

    In the end they are put away: the other tests of the shared app look at theirs.
    """
    store = Store(replace(house, author=LINE))
    found = {
        "one": trained(store, LINE, note=ROWS),
        "other": trained(store, f"{LINE} 2", config=TrainConfig(channels=8), seed=1),
    }
    classes = json.dumps({"classes": list(TEXTS), "counts": np.eye(len(TEXTS), dtype=int).tolist()})
    for run_id in found.values():
        store.put(run_id, "confusion.json", classes.encode())
        store.log(run_id, tags={"convlab.reason": ROWS, "convlab.notes": ROWS, "javascript:": ROWS})
        store.log(run_id, params={"dataset": LINE[:6000], "hostile": LINE[:6000]})
    for text in TEXTS:
        store.settings = replace(house, author=text)
        comments.say(store, found["one"], text)
    found["foreign"] = _foreign(store)
    told = {"name": LINE[:200].replace("\x00", ""), "params": {"dataset": TEXTS[0]}}
    text = ROWS.replace("\x00", "")
    tags = {"mlflow.note.content": text, "convlab.reason": text, "mlflow.user": TEXTS[1]}
    data = bent(lambda record: record.update(told, tags=tags))
    found["brought"] = archive.take_in(store, data)
    return found


def _foreign(store: Store) -> str:
    """A run of a program that is not ours, with names of metrics that MLflow lets through."""
    run_id = store.create(f"{LINE} 3", experiment="javascript: evil", params={}, tags={})
    names = ("train_loss", "val_loss", ":material/delete:", "javascript: evil", ":streamlit: evil")
    points = [Point(name, 1 / step, step, step) for name in names for step in (1, 2, 3)]
    store.log(run_id, metrics=points, params={":skull: evil": LINE[:6000]})
    store.set_status(run_id, "FINISHED")
    return run_id


def shown(place: Locator) -> str:
    return seen(place.inner_text())


def test_every_text_is_itself_in_every_kind_of_element(served, watched):
    page = watched.open(served("hostile_texts.py"))
    page.get_by_text("All are drawn.").wait_for()
    watched.settle()
    around = {"strong": "evil {} evil: evil", "caption": "evil {}"}
    for kind in KINDS:
        found = page.locator(f"[class*=st-key-{kind}-]").all_inner_texts()
        wanted = [seen(around.get(kind, "{}").replace("{}", text)) for text in TEXTS]
        assert list(map(seen, found)) == wanted, kind
    strange = ":is(img, pre, code, em, del, hr, table, blockquote, li, h1, h2)"
    assert not page.locator(f"[class*=st-key-] {strange}").count()


def test_a_run_is_told_in_the_words_of_its_people(app, watched, runs):
    page = watched.open(f"{app.url}/runs?run={runs['one']}", ".convlab-live-chart .main-svg")
    behind = page.get_by_text("The pictures behind a cell")
    expect(behind).to_be_visible()
    assert shown(page.get_by_role("heading", level=3)) == seen(LINE)
    assert seen(ROWS) in shown(page.locator(ALERT).first)  # why it failed
    told = [seen(each) for each in page.get_by_test_id("stText").all_inner_texts()]
    assert set(map(seen, (*TEXTS, ROWS))) <= set(told)  # comments, and the note
    captions = [seen(each) for each in page.get_by_test_id("stCaptionContainer").all_inner_texts()]
    for author in (LINE, *TEXTS):
        assert any(each.startswith(seen(f"{author}, 20")) for each in captions), author
    behind.click()
    page.get_by_role("combobox", name="Pictures of").click()
    watched.settle()
    options = page.get_by_role("option").all_inner_texts()
    assert {seen(each) for each in options} <= set(map(seen, TEXTS))
    assert len(options) > 3
    ticks = page.locator("[class*=st-key-run-confusion] .xtick text").all_text_contents()
    assert seen(TEXTS[0]) in map(seen, ticks)


def test_what_an_archive_brings_is_text(app, watched, runs):
    page = watched.open(f"{app.url}/runs?run={runs['brought']}", "h3")
    assert shown(page.get_by_role("heading", level=3)) == seen(LINE[:200].replace("\x00", ""))
    assert seen(ROWS.replace("\x00", "")) in shown(page.locator(ALERT).first)


def test_runs_beside_each_other_are_called_as_they_are(app, watched, runs):
    ids = ",".join(runs[each] for each in ("one", "other", "foreign"))
    page = watched.open(f"{app.url}/runs?run={ids}", ".convlab-live-chart .main-svg")
    for tab in ("Verdicts", "Settings", "Settings to scores", "Cost", "Confusions", "Kernels"):
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.get_by_role("tab", name=tab, exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        panel = page.get_by_role("tabpanel").filter(visible=True)
        expect(panel).to_have_text(re.compile(r"\w"))
        watched.settle()
        if tab == "Verdicts":
            assert shown(panel).count(seen(LINE)) == 3
        if tab == "Kernels":
            assert seen(LINE) in shown(panel)
    page.get_by_test_id("stPopoverButton").filter(has_text="Tag").click()
    expect(page.get_by_role("button", name="javascript:")).to_be_visible()
    watched.settle()


def test_the_lists_of_runs_are_drawn_as_text(app, watched, runs):
    for place in ("/", f"/runs?runs.q={quote('evil')}&runs.show=everything"):
        page = watched.open(app.url + place, "[data-testid=stDataFrame] td")
        cells = page.locator("[data-testid=stDataFrame] td").all_text_contents()
        assert seen(LINE) in map(seen, cells), place
    page.goto(f"{app.url}/runs?run={runs['foreign']}")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("It lies in the trash.")).to_be_visible()
    watched.settle()
    told = shown(page.get_by_test_id("stCaptionContainer").filter(has_text="trash"))
    assert told == f"Deleted: {seen(LINE)} 3. It lies in the trash."
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It lies in the trash.")).to_have_count(0)


def test_an_address_asks_for_what_is_not_there(app, watched):
    text = quote(LINE.replace("\x00", ""))
    for address in (
        "/runs?run={}&baseline={}&runs.q={}",
        "/runs?runs.filter={}",
        "/playground?setup={}",
        "/edges?picture={}&kernel={}&view={}",
        "/kernel_learning?experiment={}&task={}",
        "/cifar10?cifar10.data={}&run={}&cifar10.epochs={}",
    ):
        watched.open(app.url + address.replace("{}", text), "h1")


def test_folders_and_files_of_pictures_have_names(app, watched, house):
    pixels = io.BytesIO()
    Image.new("L", (8, 8)).save(pixels, "PNG")
    names = dict.fromkeys(filter(None, map(file_name, TEXTS)))
    sound, broken = (house.data_root / f"{which} {file_name(LINE)}" for which in ("1", "2"))
    for index, name in enumerate(names):
        for folder, content in ((sound, pixels.getvalue()), (broken, b"nothing")):
            (folder / name).mkdir(parents=True)
            for number in (1, 2):
                (folder / name / f"{number} {name}.png").write_bytes(content)
        assert index < len(TEXTS)
    try:
        page = watched.open(f"{app.url}/cifar10?cifar10.data={quote(sound.name)}", "h1")
        expect(page.get_by_text("parameters ·").first).to_be_visible()
        page.get_by_role("combobox", name=re.compile("Data set")).click()
        watched.settle()
        assert seen(sound.name) in map(seen, page.get_by_role("option").all_inner_texts())
        watched.open(f"{app.url}/cifar10?cifar10.data={quote(broken.name)}", ALERT)
        told = shown(page.locator(ALERT).first)
        files = [f"{name}/{number} {name}.png" for name in names for number in (1, 2)]
        assert any(f"such as {seen(file)}:" in told for file in files), told
        assert str(house.data_root) not in told
    finally:
        for folder in (sound, broken):
            shutil.rmtree(folder)


def test_a_formula_that_is_none_is_quoted(app, watched):
    setup = Setup.plain(
        [[[1, 2], [3, 4]]],
        [[[[1, 1], [1, 1]]]],
        operation="pooling",
        rule="formula",
        formula="max(w)",
    )
    page = watched.open(f"{app.url}/playground?setup={setup.to_link()}", ".convlab-stepper")
    field = page.get_by_role("textbox", name=re.compile("[Ff]ormula"))
    for text in (f"max(w) ** 2 ** {TEXTS[0]}", ":red[w]", "$w$ + **max(w)**"):
        field.fill(text)
        field.press("Enter")
        expect(field).to_have_value(text)
        page.locator(ALERT).first.wait_for()
        watched.settle()


def test_uploads_and_kept_screens_have_names(app, watched, house):
    saved.save(house.mlruns, TEXTS[0][:40], ((1.0, 2.0), (3.0, 4.0)))
    page = watched.open(f"{app.url}/edges?picture=upload&view=threshold", "h1")
    name = f"{file_name(TEXTS[1])} **evil** :red[evil].png"
    chosen = {"name": name, "mimeType": "image/png", "buffer": b"nothing"}
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(chosen)
    refused = page.locator(ALERT).filter(has_text="no PNG")
    refused.wait_for()
    watched.settle()
    assert seen(name[-60:]) in shown(refused)
    page = watched.open(f"{app.url}/playground", ".convlab-stepper")
    page.get_by_role("tab", name="Keep and share").click()
    kept_name = "**evil** :red[evil] $evil$ :material/delete: [evil](javascript:1)"
    page.get_by_role("textbox", name="Name of the run").fill(kept_name)
    page.get_by_role("textbox", name="Name of the run").press("Enter")
    page.get_by_role("button", name="Log to MLflow").click()
    kept = page.locator("[class*=st-key-playground-kept]").first
    kept.wait_for()
    watched.settle()
    assert kept_name in shown(kept)


def test_a_file_that_is_too_large_is_refused_in_a_sentence(app, watched, tmp_path):
    with (tmp_path / "large.zip").open("wb") as file:
        file.truncate(201 << 20)  # takes no room on the disk
    page = watched.open(f"{app.url}/runs", "h1")
    page.get_by_test_id("stPopoverButton").filter(has_text="Bring a run").click()
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(tmp_path / "large.zip")
    expect(page.get_by_text("File must be 200.0MB or smaller.")).to_be_visible()


def test_a_report_says_it_all_and_does_nothing(watched, runs, house, tmp_path):
    page = watched.page
    ids = [runs[each] for each in ("one", "other", "foreign", "brought")]
    (tmp_path / "report.html").write_bytes(report(Store(house), ids, title=LINE))
    page.goto((tmp_path / "report.html").as_uri())
    page.locator(".plot .main-svg").first.wait_for()
    watched.sweep('"code", "iframe"')
    assert shown(page.locator("h1")) == seen(LINE)
    assert page.locator("#note").inner_text().count("evil") >= ROWS.count("evil")
    assert page.locator("a, b, em, iframe, img:not([src^='data:image/png'])").count() == 0


@pytest.fixture(scope="module", autouse=True)
def tidied(house) -> Iterator[None]:
    """Nothing of this is left for the tests that share the app."""
    yield
    store = Store(house)
    for run in store.runs():
        if "evil" in run.name:
            store.delete(run.run_id)
    (house.mlruns / "kernels.json").unlink(missing_ok=True)
