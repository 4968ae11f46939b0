import math
import os
import secrets
import sqlite3
from contextlib import closing

import pytest

from convcore.config import TrainConfig
from lab import settings
from lab.records import Point, StoreError
from lab.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, bare_house, monkeypatch) -> Store:
    """The embedded store, then an MLflow server with accounts on PostgreSQL."""
    if request.param == "sqlite":
        return Store(request.getfixturevalue("house"))
    team = request.getfixturevalue("team")
    if not team.database:
        reason = "no PostgreSQL: apt-get install postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    for variable, value in team.environment("ada").items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("CONVLAB_AUTHOR")
    return Store(settings.current())


def made(store: Store, **tags: str) -> str:
    return store.create("first", experiment="training", params={"blocks": 1}, tags=tags)


def test_a_run_comes_back_as_it_was_written(store):
    config = TrainConfig(blocks=3)
    tags = {"convlab.config": config.to_json()}
    run_id = store.create("deep", experiment="training", params={"blocks": 3}, tags=tags)
    run = store.run(run_id)
    assert (run.name, run.status, run.active, run.ended) == ("deep", "SCHEDULED", True, None)
    assert run.params == {"blocks": "3"}
    assert run.config == config
    assert run.tags["mlflow.user"] == "ada"


def test_many_points_arrive_each_once_even_when_sent_twice(store):
    run_id = made(store)
    points = [Point("batch_loss", 1 / step, step, 1000 + step) for step in range(1, 2001)]
    store.log(run_id, metrics=points)
    store.log(run_id, metrics=points[500:])
    assert store.history(run_id, ["batch_loss"])["batch_loss"] == {p.step: p.value for p in points}


def test_of_a_step_logged_again_the_latest_counts(store):
    run_id = made(store)
    store.log(run_id, metrics=[Point("loss", 9.0, 1, 2000)])
    store.log(run_id, metrics=[Point("loss", 5.0, 1, 3000), Point("loss", 7.0, 1, 1000)])
    assert store.history(run_id, ["loss"]) == {"loss": {1: 5.0}}


def test_curves_are_as_long_as_the_shortest_and_leave_out_what_is_not_there(store):
    run_id = made(store)
    rows = [Point("train_loss", 3.0 - e, e, e) for e in (1, 2, 3)] + [Point("test_loss", 2, 1, 1)]
    store.log(run_id, metrics=rows)
    curves = store.curves(run_id, ["train_loss", "test_loss", "validation_loss"])
    assert curves == {"train_loss": [2.0], "test_loss": [2.0]}


def test_not_a_number_stays_one(store):
    run_id = made(store)
    store.log(run_id, metrics=[Point("train_loss", math.nan, 1, 1)])
    assert math.isnan(store.curves(run_id, ["train_loss"])["train_loss"][0])


def test_artifacts_come_back_and_a_missing_one_is_none(store):
    run_id = made(store)
    store.put(run_id, "plots/curves.json", b"{}")
    store.put(run_id, "plots/curves.json", b"{1}")
    assert store.get(run_id, "plots/curves.json") == b"{1}"
    assert store.get(run_id, "plots/none.json") is None


def test_status_goes_round_and_a_resumed_run_has_no_end(store):
    run_id = made(store)
    for status, active in [("RUNNING", True), ("KILLED", False), ("SCHEDULED", True)]:
        store.set_status(run_id, status)
        run = store.run(run_id)
        assert (run.status, run.active) == (status, active)
        assert (run.ended is None) == active


def test_active_runs_are_listed_oldest_first(store):
    ours = secrets.token_hex(4)  # others may write to the same server
    first, second, third = (made(store, ours=ours) for _ in range(3))
    store.set_status(second, "RUNNING")
    store.set_status(third, "FINISHED")
    active = [run.run_id for run in store.active() if run.tags.get("ours") == ours]
    assert active == [first, second]
    latest = store.runs(filter_string=f"tags.ours = '{ours}'", limit=2)
    assert [run.run_id for run in latest] == [third, second]


def test_a_damaged_tag_is_an_empty_object(store):
    assert store.run(made(store, **{"convlab.progress": "{half"})).said("progress") == {}


def test_an_unknown_run_is_refused_for_good(store):
    with pytest.raises(StoreError, match="not found") as refused:
        store.run("0" * 32)
    assert refused.value.permanent


def test_a_server_that_does_not_answer_is_told_with_the_way_out(house, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    away = Store(settings.Settings(**(vars(house) | {"tracking_uri": "http://127.0.0.1:9"})))
    with pytest.raises(StoreError, match=r"does not answer.*MLFLOW_TRACKING_URI") as outage:
        away.runs()
    assert not outage.value.permanent


def test_write_ahead_logging_is_on(house):
    Store(house)
    with closing(sqlite3.connect(house.mlruns / "mlflow.db")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
