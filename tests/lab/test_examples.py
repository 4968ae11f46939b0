"""The example runs: what their settings lead to, and that they are started once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from convcore import datasets, models, overfitting, training
from convcore.config import remedied
from lab import examples, jobs
from lab.examples import HEALTHY, OVERFITTED, REMEDY
from lab.records import StoreError
from lab.store import Store


@pytest.fixture
def store(house, monkeypatch):
    """A store whose runs wait for ever: no process is started."""
    monkeypatch.setattr(jobs, "_spawn", lambda *_: None)
    return Store(house)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    dataset = datasets.load_now("digits", root=folder, cache=folder)
    return {kind: verdict_on(dataset, config) for kind, config in examples.CONFIGS.items()}


def verdict_on(dataset, config):
    model = models.build(config, dataset.in_shape, len(dataset.classes))
    curves = {}
    for event in training.train(model, training.prepare(dataset, config), config):
        if isinstance(event, training.EpochDone):
            for name, value in event.metrics.items():
                curves.setdefault(name, []).append(value)
    return overfitting.judge(curves, classes=len(dataset.classes))


def test_the_settings_lead_to_what_the_names_promise(verdicts):
    assert verdicts[HEALTHY].kind == "healthy"
    assert verdicts[OVERFITTED].kind == "overfitting"
    assert verdicts[REMEDY].kind != "overfitting"
    assert verdicts[REMEDY].best_loss < 0.9 * verdicts[OVERFITTED].best_loss


def test_three_wait_in_turn_and_the_remedy_is_a_child_as_its_button_makes_it(store):
    ids = examples.begin(store)
    runs = examples.found(store)
    assert [run.run_id for run in runs.values()] == ids
    assert list(runs) == [HEALTHY, OVERFITTED, REMEDY]
    assert all(run.status == "SCHEDULED" for run in runs.values())
    overfitted, remedy = runs[OVERFITTED], runs[REMEDY]
    assert remedy.tags["mlflow.parentRunId"] == overfitted.run_id
    assert remedy.name == f"remedy · {overfitted.name}"
    assert remedy.config == remedied(overfitted.config, (1, 8, 8))


def test_clicks_at_once_start_three(store):
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(examples.begin, [store] * 4))
    assert all(ids == begun[0] for ids in begun)
    assert len(store.runs()) == 3


def test_only_what_is_missing_is_started_again(store, monkeypatch):
    start, asked = jobs.start, []

    def failing(*args, **kwargs):
        asked.append(kwargs["name"])
        if len(asked) == 2:
            raise StoreError("The disk is full.", permanent=False)
        return start(*args, **kwargs)

    monkeypatch.setattr(jobs, "start", failing)
    with pytest.raises(StoreError):
        examples.begin(store)
    assert list(examples.found(store)) == [HEALTHY]
    examples.begin(store)
    assert asked == [examples.NAMES[kind] for kind in (HEALTHY, OVERFITTED, OVERFITTED, REMEDY)]
    store.delete(examples.found(store)[HEALTHY].run_id)
    examples.begin(store)
    assert len(store.runs()) == 3
