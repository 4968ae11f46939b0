import io
import json
import math
import re
from collections import defaultdict
from html.parser import HTMLParser

import pytest
import torch

from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from lab import comparison, figures
from lab.records import CURVES, Point
from lab.report import charts, report
from lab.store import Store
from tests.trained import HOSTILE, trained

MOST = 6_000_000  # bytes
LARGE = TrainConfig(channels=16)


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, and text by section."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.text = defaultdict(str)
        self.charts: list[dict] = []
        self._section, self._kind = "", ""
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.elements.append((tag, given))
        self._kind = given.get("type", "code") if tag in ("script", "style") else ""
        if tag == "section":
            self._section = given["id"]

    def handle_endtag(self, tag):
        self._kind = ""

    def handle_data(self, data):
        if self._kind == "application/json":
            self.charts.append(json.loads(data))
        elif not self._kind:
            self.text[self._section] += data + " "

    def numbers(self) -> list[float]:
        """The full values behind the figures shown."""
        return [float(given["value"]) for tag, given in self.elements if tag == "data"]


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def test_the_figures_are_the_stores(store):
    run_id = trained(store, note="mine")
    page = Page(report(store, [run_id]))
    curves = store.curves(run_id, CURVES)
    loss, epoch = min(zip(curves["test_loss"], range(1, 15), strict=True))
    best = [
        epoch,
        loss,
        curves["test_accuracy"][epoch - 1],
        loss - curves["fair_train_loss"][epoch - 1],
    ]
    run = store.run(run_id)
    costs = [run.metrics["seconds"], run.metrics["images_per_second"]]
    assert page.numbers() == [*best, *costs]
    assert f"{loss:.4g}" in page.text["best"]
    drawn = {trace.get("name"): trace["y"] for trace in page.charts[0]["data"]}
    assert drawn["test"] == curves["test_loss"]
    assert drawn["train, fair"] == curves["fair_train_loss"]


def test_a_run_is_told_whole(store):
    run_id = trained(store, note="a <b>note</b>")
    page = Page(report(store, [run_id]))
    shown = [name for name in page.text if name]
    assert shown == [
        "note", "verdict", "best", "curves", "parameters", "kernels", "confusion", "environment",
        "reproduce",
    ]  # fmt: skip
    assert "a <b>note</b>" in page.text["note"]
    assert "overfitting" in page.text["verdict"]
    assert f"python -m lab reproduce {run_id}" in page.text["reproduce"]
    assert "python -m lab train --channels 4 --epochs 14" in page.text["reproduce"]
    assert "2.13.0" in page.text["environment"]
    assert [given["class"] for tag, given in page.elements if tag == "img"] == ["kernels", "sheet"]


def test_a_comparison_tells_what_differs_from_the_baseline(store):
    runs = [trained(store, f"small {seed}", seed=seed, files=False) for seed in (0, 1)]
    runs += [trained(store, "large", config=LARGE, seed=seed, files=False) for seed in (0, 1)]
    page = Page(report(store, runs, baseline=runs[1]))
    by_id = {each: store.run(each) for each in runs}
    rows = {each: comparison.summary(by_id[each], store.curves(each, CURVES)) for each in runs}
    delta = rows[runs[2]].best.loss - rows[runs[1]].best.loss
    assert delta in page.numbers()
    assert "Compared with small 1" in page.text["baseline"]
    assert page.text["baseline"].count("better") > 0
    assert f"large ({runs[2][:8]})" in page.text["best"]  # of two of one name, which
    head, _, same = page.text["parameters"].partition("that are the same")
    assert "channels" in head
    assert "batch_norm" not in head
    assert "batch_norm" in same
    samples = [
        comparison.Sample(name, [rows[each].best.loss for each in pair])
        for name, pair in [("small 0 · 2 seeds", runs[:2]), ("large · 2 seeds", runs[2:])]
    ]
    assert comparison.difference(*samples).sentence in page.text["seeds"]
    assert "Accuracy against training time" in page.text["spent"]


def test_what_users_write_stays_text(store):
    run_id = trained(store, HOSTILE, note=HOSTILE, files=False)
    other = trained(store, HOSTILE, note=HOSTILE)
    store.log(run_id, params={"hostile": HOSTILE}, tags={"convlab.reason": HOSTILE})
    content = report(store, [run_id, other], title=HOSTILE)
    page = Page(content)
    tags = [tag for tag, _ in page.elements]
    assert not {"a", "link", "iframe", "object", "b", "i", "base"} & set(tags)
    assert not [key for _, given in page.elements for key in given if key.startswith("on")]
    sources = [given["src"] for _, given in page.elements if "src" in given]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    code = [given.get("type") for tag, given in page.elements if tag == "script"]
    assert set(code) == {"application/json", "text/plain", None}
    assert code.count(None) == 1
    for section in ("note", "verdict", "best", "environment", "parameters"):
        assert HOSTILE in page.text[section], section
    addresses = re.findall(rb"https?:|url\(|@import", content.split(b'id="plotly"')[0])
    assert not addresses


def test_the_page_may_run_nothing_but_its_own_scripts(store):
    page = Page(report(store, [trained(store, files=False)]))
    policy = next(given["content"] for _, given in page.elements if "http-equiv" in given)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert re.fullmatch(r"('sha256-[\w+/=]+' ?){2}", rules["script-src"])
    assert rules["img-src"] == "data: blob:"


def test_ten_long_runs_with_pictures_stay_small(store):
    runs = [trained(store, f"run {seed}", seed=seed, epochs=20) for seed in range(10)]
    points = [Point("test_loss", 1 / step, step, step) for step in range(21, 3000)]
    store.log(runs[0], metrics=points)
    page = report(store, runs)
    assert len(page) < MOST
    told = Page(page)
    assert len([each for tag, each in told.elements if tag == "img"]) == 20
    assert "Run seed" in " ".join(told.text["parameters"].split())  # a row a run


def test_a_foreign_run_is_told_by_its_mapped_names(store):
    run_id = store.create("theirs", experiment="other", params={"lr": "0.1"}, tags={})
    values = [(2.0, 2.1, 40.0), (1.0, 1.5, 60.0), (0.5, math.nan, 55.0), (0.4, 1.7, 50.0)]
    store.log(
        run_id,
        metrics=[
            Point(name, value, step, step)
            for step, row in enumerate(values)
            for name, value in zip(("loss", "val_loss", "val_acc"), row, strict=True)
        ],
    )
    store.set_status(run_id, "FINISHED")
    page = Page(report(store, [run_id]))
    assert page.numbers()[:4] == [2, 1.5, 0.6, 0.5]
    assert "Validation loss" in page.text["best"]
    assert "reproduce" not in page.text
    assert "lr" in page.text["parameters"]


def test_a_duel_is_drawn_once(store):
    runs = []
    for backend in ("custom", "torch"):
        tags = {"convlab.kind": "duel", "convlab.config": TrainConfig().to_json()}
        params = {"backend": backend}
        runs.append(store.create(f"duel {backend}", experiment="t", params=params, tags=tags))
        names = ("batch_loss", "loss_difference", "gradient_difference", "step_seconds")
        store.log(runs[-1], metrics=[Point(name, 0.5, 1, 1) for name in names])
    for one, other in (runs, runs[::-1]):
        store.log(one, tags={"convlab.rival": other})
    for chosen in (runs, runs[:1]):
        page = Page(report(store, chosen))
        assert len(page.charts) == 1
        assert "Two backends" in page.text["duel"]
        assert {"custom", "torch"} <= {trace.get("name") for trace in page.charts[0]["data"]}
    store.log(runs[0], tags={"convlab.rival": "0" * 32})
    assert len(Page(report(store, runs[:1])).charts) == 1


def test_a_foreign_run_whose_metrics_nobody_knows(store):
    run_id = store.create("theirs", experiment="other", params={}, tags={})
    store.log(run_id, metrics=[Point("perplexity", 3.0, 1, 1)])
    page = Page(report(store, [run_id]))
    assert "no metric has a name that we know" in page.text["verdict"]


def test_long_curves_are_thinned_and_keep_their_ends():
    losses = [1 / epoch for epoch in range(1, 30_001)]
    curves = {"train_loss": losses, "test_loss": losses}
    drawn = charts.place(
        figures.compared([figures.Row("a", "#000000", curves, best_epoch=29_999)]), ""
    )
    assert len(drawn) < 1_000_000
    chart = json.loads(drawn.split('json">')[1].split("</script>")[0])
    test = next(trace for trace in chart["data"] if trace["name"] == "a")
    assert (test["x"][0], test["x"][-1], test["y"][-1]) == (1, 30_000, losses[-1])
    assert test["customdata"] == test["x"]
    best = next(trace for trace in chart["data"] if trace["name"] == "a best epoch")
    assert best["y"] == [losses[29_998]]


@pytest.mark.parametrize("together", [False, True], ids=["alone", "compared"])
def test_what_a_run_does_not_have_is_left_out(store, together):
    tags = {"convlab.kind": "training", "convlab.config": "no longer read"}
    run_id = store.create("empty", experiment="training", params={}, tags=tags)
    others = [trained(store, files=False)] if together else []
    page = Page(report(store, [run_id, *others]))
    assert "no epoch has ended yet" in page.text["verdict"]
    assert "kernels" not in page.text
    assert ("curves" in page.text) == together


DAMAGED = [
    pytest.param(b"", id="empty"),
    pytest.param(b"no file of that kind", id="foreign"),
    pytest.param(b'{"classes": ["a"], "counts": [[1, 2]]}', id="other shape"),
    pytest.param(b'{"classes": ["a"], "counts": [["x"]]}', id="no numbers"),
    pytest.param(b"[" * 100_000, id="deep"),
]


@pytest.mark.parametrize("content", DAMAGED)
def test_files_that_can_not_be_read_are_left_out(store, content):
    run_id = trained(store, files=False)
    for name in ("weights.pt", "confusion.json", "mistakes.png"):
        store.put(run_id, name, content)
    page = Page(report(store, [run_id]))
    assert not {"kernels", "confusion"} & set(page.text)


def test_weights_run_no_code(store, tmp_path):
    class Wicked:
        def __reduce__(self):
            return (tmp_path.joinpath("done").write_text, ("x",))

    stream = io.BytesIO()
    torch.save({"a": Wicked()}, stream)
    run_id = trained(store, files=False)
    store.put(run_id, "weights.pt", stream.getvalue())
    assert "kernels" not in Page(report(store, [run_id])).text
    assert not (tmp_path / "done").exists()


REFUSED = [
    pytest.param([], None, "run_ids is empty", id="none"),
    pytest.param(["0" * 32], "1" * 32, "is none of the 1 runs", id="baseline"),
    pytest.param(["0" * 32], None, "not found", id="unknown"),
]


@pytest.mark.parametrize(("run_ids", "baseline", "says"), REFUSED)
def test_what_can_not_be_told_is_refused(store, run_ids, baseline, says):
    with pytest.raises(ConvcoreError, match=says):
        report(store, run_ids, baseline=baseline)
