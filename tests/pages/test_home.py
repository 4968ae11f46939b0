"""Home on an empty store: three example runs, offered, followed and compared."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lab import examples, jobs
from lab.examples import HEALTHY, OVERFITTED, REMEDY
from lab.records import Point
from lab.settings import PROJECT
from lab.store import Store

BUTTON = "home.examples"
LOSSES = {HEALTHY: 0.05, OVERFITTED: 0.5, REMEDY: 0.3}
VERDICTS = {HEALTHY: "healthy", OVERFITTED: "overfitting", REMEDY: "still learning"}


@pytest.fixture(autouse=True)
def nothing_remembered():
    st.cache_data.clear()


@pytest.fixture
def store(house, monkeypatch) -> Store:
    """A store whose runs wait for ever: no process is started."""
    monkeypatch.setattr(jobs, "_spawn", lambda *_: None)
    return Store(house)


def home() -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60).run()
    assert not app.exception
    return app


def offers(app: AppTest) -> bool:
    return BUTTON in [button.key for button in app.button]


def bars(app: AppTest) -> list[str]:
    return [bar.proto.text for bar in app.get("progress")]


def links(app: AppTest) -> dict[str, str]:
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def said(app: AppTest) -> str:
    return "\n".join(part.value for part in [*app.markdown, *app.error, *app.caption, *app.info])


def end(store: Store, kind: str) -> None:
    """End an example as its training would."""
    run_id = examples.found(store)[kind].run_id
    figures = {"epoch": 12, "best_epoch": 7, "best_loss": LOSSES[kind], "test_loss": LOSSES[kind]}
    points = [Point(name, value, 12, 12) for name, value in figures.items()]
    store.log(run_id, metrics=points, tags={"convlab.verdict": VERDICTS[kind]})
    store.set_status(run_id, "FINISHED")


def test_a_click_starts_three_and_another_visitor_finds_them_at_work(store):
    app = home()
    app.button(key=BUTTON).click().run()
    assert not app.exception
    for each in (app, home()):
        assert not offers(each)
        assert "0 of 3 done" in said(each)
        assert [text.endswith("waits for its turn") for text in bars(each)] == [True] * 3
    assert len(store.runs()) == 3


def test_the_end_leads_to_the_comparison_and_says_what_to_see(store):
    ids = examples.begin(store)
    for kind in examples.CONFIGS:
        end(store, kind)
    app = home()
    assert "3 of 3 done" in said(app)
    assert links(app)["Compare the three"] == "run=" + "%2C".join(ids)
    assert "*See:* the overfitted run's test loss turns up after epoch 7" in said(app)
    assert "0.30 instead of 0.50" in said(app)


def test_a_failure_is_told_and_the_others_stay(store):
    run_id = examples.begin(store)[1]
    end(store, HEALTHY)
    store.log(run_id, tags={"convlab.reason": "The disk is *full*."})
    store.set_status(run_id, "FAILED")
    app = home()
    healthy, overfitted, remedy = bars(app)
    assert "healthy, best loss 0.050" in healthy
    assert r"failed. The disk is \*full\*\." in overfitted
    assert "waits" in remedy
    end(store, REMEDY)
    app = home()
    assert "3 of 3 done" in said(app)
    assert "*See:* the" not in said(app)  # what there is to see needs all three


def test_what_is_missing_can_be_made_anew(store):
    ids = examples.begin(store)
    for kind in examples.CONFIGS:
        end(store, kind)
    store.delete(ids[0])
    app = home()
    assert app.button(key=BUTTON).label == "Make the missing example runs"
    app.button(key=BUTTON).click().run()
    assert len(bars(app)) == 3
    assert len(store.runs()) == 3


def test_nothing_is_offered_where_there_are_runs(store):
    store.create("mine", experiment="training", params={}, tags={})
    app = home()
    assert not offers(app)
    assert not bars(app)


def test_finished_examples_make_room_for_runs_of_ones_own(store):
    examples.begin(store)
    store.create("mine", experiment="training", params={}, tags={})
    assert len(bars(home())) == 3
    for kind in examples.CONFIGS:
        end(store, kind)
    assert not bars(home())


def test_a_store_that_is_away_is_told_once(store, monkeypatch):
    app = home()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    app.button(key=BUTTON).click().run()
    assert not app.exception
    assert said(app).replace("\\", "").count("does not answer") == 1
