from dataclasses import replace

import pytest

from convcore.config import TrainConfig
from lab.comparison import NOTE, STARRED, Best, deltas, summary
from tests.lab.comparison.runs import HUGE, NAN, a_run

RECORDED = {
    "epoch": 9.0,
    "best_epoch": 4.0,
    "best_loss": 0.5,
    "test_loss": 0.8,
    "test_accuracy": 0.7,
    "gap_at_best": 0.1,
    "gap_final": 0.4,
    "seconds": 12.0,
}


# What a row says


def test_a_row_says_the_best_and_never_the_last():
    row = summary(a_run(config=TrainConfig(), metrics=RECORDED))
    assert row.best == Best("test", 4, 0.5, "test", 0.5, None, 0.1, 0.4)


def test_a_bad_last_epoch_does_not_change_the_rank():
    good = {"fair_train_loss": [1.0, 0.5, 0.4], "test_loss": [1.0, 0.4, 5.0]}
    steady = {"fair_train_loss": [1.0, 0.8, 0.7], "test_loss": [1.0, 0.6, 0.6]}
    rows = [summary(a_run("good"), good), summary(a_run("steady"), steady)]
    assert min(rows, key=lambda row: row.best.loss).run_id == "good"


ACCURACIES = [
    pytest.param({"best_epoch": 9.0}, 0.7, id="the best epoch is the last"),
    pytest.param({"best_test_accuracy": 0.75}, 0.75, id="kept"),
    pytest.param({}, None, id="not known"),
]


@pytest.mark.parametrize(("more", "accuracy"), ACCURACIES)
def test_the_accuracy_is_that_of_the_best_epoch(more, accuracy):
    row = summary(a_run(config=TrainConfig(), metrics=RECORDED | more))
    assert row.best.accuracy == accuracy


def test_a_validation_loss_is_not_passed_off_as_a_test_loss():
    row = summary(a_run(config=TrainConfig(), metrics=RECORDED | {"validation_loss": 0.6}))
    assert (row.best.judged, row.best.judged_loss, row.best.loss) == ("validation", 0.5, None)


def test_curves_tell_the_test_scores_at_the_epoch_that_validation_chose():
    curves = {
        "train_loss": [1.0, 0.9, 0.8],
        "validation_loss": [1.0, 0.5, 0.6],
        "test_loss": [1.0, 0.7, 0.4],
        "test_accuracy": [0.1, 0.6, 0.8],
    }
    best = summary(a_run(), curves).best
    assert (best.judged, best.epoch, best.judged_loss) == ("validation", 2, 0.5)
    assert (best.scored, best.loss, best.accuracy) == ("test", 0.7, 0.6)
    assert best.gap == pytest.approx(-0.4)


def test_a_run_with_one_loss_has_a_best_and_no_verdict():
    row = summary(
        a_run(), {"validation_loss": [NAN, 0.5, HUGE], "validation_accuracy": [0, 0.6, 0]}
    )
    assert (row.best.epoch, row.best.loss, row.best.accuracy) == (2, 0.5, 0.6)
    assert (row.best.scored, row.verdict, row.sentence) == ("validation", "", "")


def test_a_diverged_run_has_no_best():
    row = summary(a_run(), {"train_loss": [NAN], "test_loss": [HUGE]})
    assert row.best == Best()
    assert row.verdict == "diverged"
    assert summary(a_run(metrics={"best_epoch": 1.0, "best_loss": HUGE})).best.loss is None


def test_a_row_says_whose_and_what():
    tags = {"mlflow.user": "ada", NOTE: "worth a look", STARRED: "1", "paper": "yes"}
    params = {"data": "digits", "backend": "torch", "parameters": "1234", "classes": "10"}
    row = summary(a_run(config=TrainConfig(), params=params, metrics=RECORDED, tags=tags))
    assert (row.author, row.note, row.starred, row.tags) == (
        "ada", "worth a look", True, {"paper": "yes"},
    )  # fmt: skip
    assert (row.dataset, row.backend, row.parameters) == ("digits", "torch", 1234)
    assert (row.seconds, row.epochs) == (12.0, 9)


def test_a_foreign_run_without_anything_has_a_row():
    row = summary(a_run(params={"parameters": "many"}))
    assert (row.best, row.seconds, row.parameters, row.starred) == (Best(), 60.0, None, False)


# Against a baseline


def a_row(*, loss=0.5, accuracy=0.8, gap=0.1, seconds=10.0, data="digits", scored="test"):
    row = summary(a_run(params={"data": data}))
    best = Best("test", 3, loss, scored, loss, accuracy, gap, gap)
    return replace(row, best=best, seconds=seconds)


def test_deltas_say_what_is_better():
    other = a_row(loss=0.4, accuracy=0.7, gap=-0.05, seconds=20.0)
    (found,) = deltas(a_row(), [other])
    told = [(each.value, each.better) for each in (found.loss, found.accuracy, found.gap)]
    assert [value for value, _ in told] == pytest.approx([-0.1, -0.1, -0.15])
    assert [better for _, better in told] == [True, False, True]
    assert (found.seconds.value, found.seconds.better) == (10.0, False)


def test_equal_is_neither_better_nor_worse_and_missing_is_missing():
    (found,) = deltas(a_row(), [a_row(accuracy=None)])
    assert (found.loss.value, found.loss.better, found.accuracy) == (0.0, None, None)


@pytest.mark.parametrize(
    ("other", "note"),
    [
        (a_row(data="cifar10"), "Other data (cifar10, not digits): only times are compared."),
        (a_row(scored="validation"), "Scored on validation, not on test pictures: only times"),
    ],
    ids=["data", "pictures"],
)
def test_scores_on_other_pictures_are_not_compared(other, note):
    (found,) = deltas(a_row(), [other])
    assert found.note.startswith(note)
    assert (found.loss, found.accuracy, found.gap) == (None, None, None)
    assert found.seconds.value == 0
