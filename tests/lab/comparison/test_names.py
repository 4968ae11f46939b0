import pytest

from convcore.errors import ConvcoreError
from lab.comparison import (
    NAMES,
    by_epoch,
    mapped,
    names_with,
    seconds_by_epoch,
    sources,
    steps_by_epoch,
    summary,
)
from lab.records import CURVES, Point
from tests.lab.comparison.runs import NAN, a_run

# Names of others

FOREIGN = [
    pytest.param(["loss", "val_loss", "accuracy", "val_accuracy"], "keras", id="keras"),
    pytest.param(["train_loss_epoch", "val_loss", "train_acc", "val_acc"], "", id="lightning"),
    pytest.param(["train/loss", "val/loss", "train/accuracy", "val/accuracy"], "", id="slashes"),
    pytest.param(["Train Loss", "Valid-Loss", "train.acc", "Valid Acc"], "", id="capitals"),
    pytest.param(["loss", "eval_loss", "acc", "eval_accuracy"], "", id="transformers"),
    pytest.param(["train-logloss", "eval-logloss", "train_acc", "eval_acc"], "", id="xgboost"),
]


@pytest.mark.parametrize(("given", "_of"), FOREIGN)
def test_names_of_others_are_known(given, _of):
    ours = ["train_loss", "validation_loss", "train_accuracy", "validation_accuracy"]
    assert sources(given) == dict(zip(ours, given, strict=True))


def test_every_name_leads_to_one_of_ours_and_ours_come_first():
    assert set(NAMES.values()) <= set(CURVES)
    assert mapped({"loss": 1, "train_loss": 2, "batch_loss": 3}) == {"train_loss": 2}


def test_a_persons_own_names_come_before_all_others():
    names = names_with({"My Loss": "test_loss", "val_loss": "test_loss"})
    assert mapped({"my_loss": 1, "test_loss": 2}, names) == {"test_loss": 1}
    assert mapped({"val_loss": 3, "eval_loss": 4}, names) == {"test_loss": 3, "validation_loss": 4}


def test_a_name_that_is_not_ours_is_refused():
    with pytest.raises(ConvcoreError, match=r"my_loss='loss' is not one of ours\. Choose train"):
        names_with({"my_loss": "loss"})


HISTORIES = [
    pytest.param(
        {"train_loss": {0: 3.0, 1: 2.0}, "validation_loss": {0: 4.0, 1: 3.0}},
        {"train_loss": [3.0, 2.0], "validation_loss": [4.0, 3.0]},
        [0, 1],
        id="epochs from 0",
    ),
    pytest.param(
        {
            "train_loss": {50: 4.0, 100: 2.0, 150: 1.0, 230: 9.0},
            "validation_loss": {100: 5, 200: 4},
        },
        {"train_loss": [3.0, 1.0], "validation_loss": [5, 4]},
        [100, 200],
        id="a train loss by step is averaged",
    ),
    pytest.param(
        {"train_loss": {200: 2.0}, "validation_loss": {100: 5.0, 200: 4.0, 300: 3.0}},
        {"train_loss": [2.0, 2.0, 2.0], "validation_loss": [5.0, 4.0, 3.0]},
        [100, 200, 300],
        id="a rare train loss holds",
    ),
    pytest.param(
        {"validation_loss": {1: 5.0, 2: 4.0}, "test_loss": {2: 4.5}, "test_accuracy": {2: 71.5}},
        {"validation_loss": [5.0, 4.0], "test_loss": [NAN, 4.5], "test_accuracy": [NAN, 0.715]},
        [1, 2],
        id="one test at the end, in percent",
    ),
    pytest.param({"train_loss": {}}, {}, [], id="nothing yet"),
    pytest.param({}, {}, [], id="nothing"),
]


@pytest.mark.parametrize(("history", "curves", "steps"), HISTORIES)
def test_what_was_logged_anyhow_becomes_curves_by_epoch(history, curves, steps):
    found, at = by_epoch(history)
    assert at == steps
    assert list(found) == list(curves)
    for name, values in curves.items():
        assert found[name] == pytest.approx(values, nan_ok=True)


def test_a_foreign_run_gets_a_verdict():
    losses = [1 + 0.1 * max(0, 6 - e) + 0.05 * max(0, e - 6) for e in range(20)]
    history = {"loss": {e: 2 * 0.8**e for e in range(20)}, "val_loss": dict(enumerate(losses))}
    curves, _ = by_epoch(mapped(history))
    row = summary(a_run(), curves)
    assert (row.verdict, row.best.epoch, row.best.scored) == ("overfitting", 7, "validation")


# Other axes


def test_seconds_add_up_or_are_not_known():
    assert seconds_by_epoch({"epoch_seconds": [1.0, 2.5]}) == [1.0, 3.5]
    assert seconds_by_epoch({"epoch_seconds": [1.0, NAN]}) == seconds_by_epoch({}) == []


def test_steps_of_a_run_that_went_on_and_is_still_at_work():
    batches = [(40, 1), (80, 2), (120, 4), (90, 7), (160, 8), (200, 10)]  # step, when
    epochs = [(1, 3), (2, 9)]
    points = [[Point("x", 0.0, step, at) for step, at in each] for each in (epochs, batches)]
    assert steps_by_epoch(*points) == [80.0, 160.0]
    assert steps_by_epoch(points[0], []) == []
