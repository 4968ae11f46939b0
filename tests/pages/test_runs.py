"""The runs page as Streamlit runs it: search, changes, comparison, forks, what leads elsewhere."""

import json

import pytest
import streamlit as st

from convcore.config import TrainConfig
from lab import run_list
from lab.records import Point
from lab.store import Store
from tests.pages.test_pages import opened, words
from tests.trained import trained

PAGE = "pages/runs.py"


@pytest.fixture(autouse=True)
def nothing_remembered():
    st.cache_data.clear()
    run_list.run_list.cache_clear()


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def names(app) -> list[str]:
    return app.dataframe[0].value["Run"].tolist() if app.dataframe else []


def test_the_search_finds_words_in_names_notes_and_settings(store):
    trained(store, "first", note="the good one", files=False)
    trained(store, "second", config=TrainConfig(channels=8, backend="torch"), files=False)
    store.create(
        "Playground: x", experiment="playground", params={}, tags={"convlab.kind": "playground"}
    )
    app = opened(PAGE)
    assert sorted(names(app)) == ["first", "second"]
    app.text_input(key="runs.q").set_value("GOOD").run()
    assert names(app) == ["first"]
    app.text_input(key="runs.q").set_value("torch seco").run()
    assert names(app) == ["second"]
    app.text_input(key="runs.q").set_value("nothing like it").run()
    assert "No run fits" in words(app)
    app.text_input(key="runs.q").set_value("").run()
    app.segmented_control(key="runs.show").set_value("everything").run()
    assert "Playground: x" in names(app)


def test_mlflows_filter_filters_and_a_wrong_one_is_told(store):
    trained(store, "first", files=False)
    trained(store, "second", config=TrainConfig(channels=8), files=False)
    app = opened(PAGE)
    app.text_input(key="runs.filter").set_value("params.channels = '8'").run()
    assert names(app) == ["second"]
    app.text_input(key="runs.filter").set_value("params.channels ==== 8").run()
    assert not app.exception
    assert "MLflow refused" in app.error[0].value


def test_a_run_ranks_by_its_best_epoch_not_by_its_last(store):
    trained(store, "bad end", epochs=14, files=False)
    app = opened(PAGE)
    row = app.dataframe[0].value.iloc[0]
    losses = store.history(store.runs()[0].run_id, ["test_loss"])["test_loss"]
    assert min(losses.values()) < losses[14]
    assert row["Test loss"] == min(losses.values())
    assert row["Best epoch"] == min(losses, key=losses.get)


def test_runs_are_starred_named_noted_and_tagged(store):
    run_id = trained(store, "first", files=False)
    app = opened(PAGE, run=run_id)
    app.button(key="runs.act.Star").click().run()
    app.text_input(key=f"runs.name.{run_id}").set_value("<b>mine</b>")
    app.button(key=f"runs.name.{run_id}.save").click().run()
    app.text_area(key=f"runs.note.{run_id}").set_value("# why")
    app.button(key=f"runs.note.{run_id}.save").click().run()
    app.text_input(key="runs.tag").set_value("owner = ada")
    app.button(key="runs.tag.add").click().run()
    assert not app.exception
    run = store.run(run_id)
    assert (run.name, run.tags["mlflow.note.content"]) == ("<b>mine</b>", "# why")
    assert (run.tags["convlab.starred"], run.tags["owner"]) == ("yes", "ada")
    row = app.dataframe[0].value.iloc[0]
    assert (row["★"], row["Run"], row["Note"], row["Tags"]) == (
        "★",
        "<b>mine</b>",
        "# why",
        "owner=ada",
    )
    app.text_input(key="runs.tag").set_value("convlab.kind=x")
    app.button(key="runs.tag.add").click().run()
    assert "one of the system's own names" in words(app)
    app.button(key="runs.tag.owner").click().run()
    app.button(key="runs.act.Unstar").click().run()
    assert "owner" not in store.run(run_id).tags
    assert not store.run(run_id).tags["convlab.starred"]


def test_a_deletion_is_undone_and_the_trash_gives_back(store):
    first, second = (trained(store, name, files=False) for name in ("first", "second"))
    app = opened(PAGE, run=first)
    app.button(key="runs.act.Delete").click().run()
    assert names(app) == ["second"]
    assert "Deleted: first" in words(app)
    app.button(key="runs.undo_delete").click().run()
    assert sorted(names(app)) == ["first", "second"]
    assert app.query_params["run"] == first
    store.delete(second)
    app = opened(PAGE, run=second, **{"runs.show": "trash"})
    app.segmented_control(key="runs.show").set_value("trash").run()
    assert names(app) == ["second"]
    app.button(key="runs.act.Restore").click().run()
    assert [run.name for run in store.runs()] == ["second", "first"]


def test_a_comparison_shows_what_differs_and_counts_seeds_as_one(store):
    ids = [trained(store, f"a{seed}", seed=seed, files=False) for seed in range(3)]
    ids += [
        trained(store, f"b{seed}", config=TrainConfig(channels=64), seed=seed) for seed in range(3)
    ]
    app = opened(PAGE, run=",".join(ids))
    assert not app.exception
    figures = app.dataframe[1].value
    assert figures["Run"].tolist() == ["▸ a0 · 3 seeds", "b0 · 3 seeds"]
    assert "more than seeds explain" in words(app)
    app.session_state["runs.tab"] = "Settings"
    app.run()
    assert app.dataframe[2].value.index.tolist() == ["channels", "seed", "parameters"]
    app.toggle(key="runs.grouped").set_value(False).run()
    assert len(app.dataframe[1].value) == 6
    for tab in ("Settings to scores", "Cost", "Confusions", "Kernels"):
        app.session_state["runs.tab"] = tab
        app.run()
        assert not app.exception


def test_one_run_of_each_config_asks_for_more_seeds(store):
    ids = [
        trained(store, "a", files=False),
        trained(store, "b", config=TrainConfig(channels=8), files=False),
    ]
    assert "lucky seed" in words(opened(PAGE, run=",".join(ids)))


def test_a_foreign_run_is_judged_by_its_own_names(store):
    run_id = store.create("elsewhere", experiment="theirs", params={"lr": "0.1"}, tags={})
    losses = [2.0, 1.0, 0.9, 1.2, 1.5, 1.9, 2.2, 2.5, 2.7]
    points = [Point("val_loss", loss, step, step) for step, loss in enumerate(losses, 1)]
    points += [Point("loss", 2 / step, step, step) for step in range(1, 10)]
    store.log(run_id, metrics=points)
    store.set_status(run_id, "FINISHED")
    app = opened(PAGE, run=run_id)
    assert not app.exception
    assert app.dataframe[0].value.iloc[0]["Test loss"] == 0.9
    assert "Since epoch 3 the validation loss has risen" in words(app)


def test_a_run_that_is_gone_is_said_and_the_others_stay(store):
    run_id = trained(store, "first", files=False)
    app = opened(PAGE, run=f"{run_id},{'0' * 32}")
    assert not app.exception
    assert "is not here" in words(app)
    assert "first" in [header.value for header in app.subheader]


def test_a_fork_fills_the_training_page(store):
    config = TrainConfig(channels=24, learning_rate=0.02, backend="torch", seed=7)
    app = opened(PAGE, run=trained(store, "first", config=config, seed=7, files=False))
    app.button(key="runs.fork").click().run()
    assert not app.exception
    assert app.number_input(key="cifar10.channels").value == 24
    assert app.number_input(key="cifar10.seed").value == 7
    assert app.segmented_control(key="cifar10.backend").value == "torch"
    app.switch_page("pages/cifar10.py").run()  # AppTest does not follow by itself
    app.button(key="cifar10.start").click().run()
    assert not app.exception
    assert not app.error
    assert store.runs()[0].config == store.runs()[1].config  # what lab.reproduce starts, too


def test_the_tables_that_are_taken_along_hold_mlflows_figures(store):
    from lab.widgets.runs import sharing

    run_id = trained(store, "first", files=False)
    run = store.run(run_id)
    (told,) = json.loads(sharing._json([run]))
    assert told["curves"]["test_loss"] == list(
        store.history(run_id, ["test_loss"])["test_loss"].values()
    )
    assert told["params"] == dict(run.params)
    csv = sharing._csv([run]).decode().splitlines()
    assert "param.channels" in csv[0]
    assert run_id in csv[1]
