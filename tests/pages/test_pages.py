"""Every page as Streamlit runs it, without a browser."""

import json
import math

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lab.records import Point, StoreError
from lab.settings import PROJECT
from lab.store import Store


@pytest.fixture(autouse=True)
def nothing_remembered():
    """A process sees one store in its life; the tests see one each."""
    st.cache_data.clear()


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def opened(page: str = "pages/home.py", **query: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app if page == "pages/home.py" else app.switch_page(page).run()


def recorded(store: Store, name: str, test_loss: list[float], **tags: str) -> str:
    """Write a finished run with these test losses, as a training would."""
    params = {"in_shape": "1×8×8", "classes": 10}
    run_id = store.create(name, experiment="training", params=params, tags=tags)
    points = []
    for epoch, loss in enumerate(test_loss, start=1):
        values = {"epoch": epoch, "train_loss": 2 / epoch, "fair_train_loss": 2 / epoch}
        values |= {"test_loss": loss, "test_accuracy": math.exp(-loss), "best_loss": min(test_loss)}
        points += [Point(metric, value, epoch, epoch) for metric, value in values.items()]
    store.log(run_id, metrics=points)
    store.set_status(run_id, "FINISHED")
    return run_id


FIRST = {  # a page, and what it tells a first visitor to try
    "pages/home.py": "First steps",
    "pages/playground.py": "point at a cell",
    "pages/kernel_learning.py": "play",
    "pages/edges.py": "slider",
    "pages/cifar10.py": "First steps",
    "pages/runs.py": "First steps",
}
OVERFIT = [2.0, 1.2, 1.0, 1.1, 1.25, 1.4, 1.6, 1.8, 2.0, 2.2]


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.info, *app.warning, *app.error, *app.caption, *app.success]
    return "\n".join(part.value for part in parts).replace("\\", "")  # plain() escapes Markdown


@pytest.mark.parametrize("page", FIRST)
def test_every_page_opens_on_an_empty_store_and_says_what_to_do_first(store, page):
    app = opened(page)
    assert not app.exception
    assert not app.error
    assert "*Try" in words(app)
    assert FIRST[page] in words(app)


def test_home_shows_the_latest_runs_and_the_machine(store):
    recorded(store, "mine", OVERFIT)
    app = opened()
    assert "mine" in app.dataframe[0].value["Run"].tolist()
    assert "ada" in str(app.table[0].value)


def test_runs_opens_the_run_of_the_address_with_its_verdict(store):
    run_id = recorded(store, "mine", OVERFIT)
    app = opened("pages/runs.py", run=run_id)
    assert not app.exception
    assert "mine" in [header.value for header in app.subheader]
    assert "Since epoch 3 the test loss has risen 120 %" in words(app)


def test_several_runs_are_compared(store):
    both = [recorded(store, name, OVERFIT[:length]) for name, length in [("a", 10), ("b", 3)]]
    app = opened("pages/runs.py", run=",".join(both))
    assert not app.exception
    assert "**a**: Since epoch 3" in words(app)
    assert "**b**:" in words(app)


def test_a_failed_run_says_why(store):
    run_id = recorded(store, "r", [1.0], **{"convlab.reason": "The disk is full."})
    store.set_status(run_id, "FAILED")
    assert "The disk is full." in words(opened("pages/runs.py", run=run_id))


def test_a_stop_that_does_not_arrive_is_told_until_it_does(store, monkeypatch):
    host = {"convlab.process": json.dumps({"host": "elsewhere", "pid": 1})}  # nobody here ends it
    run_id = recorded(store, "r", [1.0], **host)
    store.set_status(run_id, "RUNNING")
    app = opened("pages/cifar10.py", run=run_id)
    with monkeypatch.context() as away:
        away.setattr(Store, "log", _refuse)
        app.button(key="run.stop").click().run()
    app.run()  # a tick
    assert "The server is away" in words(app)
    app.button(key="run.stop").click().run()
    assert "The server is away" not in words(app)
    assert app.button(key="run.stop").label == "Stopping …"
    assert store.run(run_id).tags["convlab.stop"] == "ada"


def _refuse(*_args, **_named) -> None:
    raise StoreError("The server is away.", permanent=False)


def test_a_preset_fills_the_form_and_leaves_the_data(store):
    app = opened("pages/cifar10.py")
    app.selectbox(key="cifar10.preset").set_value("torch").run()
    assert not app.exception
    assert app.number_input(key="cifar10.blocks").value == 3
    assert app.segmented_control(key="cifar10.backend").value == "torch"
    assert app.selectbox(key="cifar10.data").value == "digits"


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        pytest.param("kernel_size", 4, "Use 3 or 5", id="even kernel"),
        pytest.param("patience", 3, "validation_fraction", id="patience"),
    ],
)
def test_a_wrong_setting_is_said_and_nothing_can_start(store, key, value, says):
    app = opened("pages/cifar10.py")
    app.number_input(key=f"cifar10.{key}").set_value(value).run()
    assert not app.exception
    assert says in words(app)
    assert app.button(key="cifar10.start").disabled


def test_a_model_too_deep_names_the_layer(store):
    app = opened("pages/cifar10.py")
    app.segmented_control(key="cifar10.model").set_value("lenet").run()
    assert "layer conv2 shrinks the picture to nothing" in words(app)
    assert app.button(key="cifar10.start").disabled


def test_cifar10_is_offered_for_download(store):
    app = opened("pages/cifar10.py")
    app.selectbox(key="cifar10.data").set_value("cifar10").run()
    assert app.button(key="cifar10.download")
    assert app.button(key="cifar10.start").disabled


def test_an_unknown_run_in_the_address_is_said(store):
    app = opened("pages/cifar10.py", run="0" * 32)
    assert not app.exception
    assert "not found" in words(app)


def test_without_a_server_the_page_stays(house, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    app = opened("pages/cifar10.py")
    assert not app.exception
    assert "does not answer" in words(app)
    assert app.selectbox(key="cifar10.preset").value == "first-steps"
