import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from lab.comparison import (
    NAMES,
    NOTE,
    STARRED,
    Best,
    Sample,
    band,
    by_epoch,
    deltas,
    difference,
    differing,
    groups,
    mapped,
    names_with,
    seconds_by_epoch,
    side_by_side,
    sources,
    steps_by_epoch,
    summary,
)
from lab.records import CURVES, Point, Run

NAN = float("nan")
HUGE = 1.7976931348623157e308  # what MLflow makes of an infinite loss


def a_run(run_id="a", *, config=None, status="FINISHED", params=(), metrics=(), tags=()):
    own = {"convlab.kind": "training", "convlab.config": config.to_json()} if config else {}
    return Run(
        run_id=run_id,
        experiment_id="1",
        name=f"run {run_id}",
        status=status,
        started=1000.0,
        ended=1060.0,
        params=dict(params),
        metrics=dict(metrics),
        tags=own | dict(tags),
    )


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


# Parameters


def test_only_what_differs_is_left():
    params = [{"seed": "1", "data": "digits", "z": "1e-3"}, {"seed": "1", "data": "cifar10"}]
    params += [{"seed": "1.0", "data": "digits", "z": "0.001"}]
    assert differing(params[::2]) == {}
    assert differing(params) == {
        "data": ["digits", "cifar10", "digits"],
        "z": ["1e-3", None, "0.001"],
    }
    assert list(side_by_side(params)) == ["data", "seed", "z"]


def test_parameters_stand_in_the_order_of_the_form_then_by_name():
    params = [{"host": "x", "seed": "1", "backend": "torch", "a": "1"}, {}]
    assert list(differing(params)) == ["backend", "seed", "a", "host"]


@pytest.mark.parametrize("params", [[], [{"a": "nan"}], [{"a": "nan"}, {"a": "nan"}]])
def test_one_run_or_none_differs_in_nothing(params):
    assert differing(params) == {}


# Seeds


def of_seed(seed, run_id=None, **changes):
    return a_run(run_id or f"s{seed}", config=replace(TrainConfig(), seed=seed, **changes))


def ids(found):
    return [[run.run_id for run in group.runs] for group in found]


def test_runs_that_differ_only_in_seed_are_one_group():
    runs = [of_seed(1), of_seed(1, "wide", channels=64), of_seed(2), of_seed(3)]
    found = groups(runs)
    assert ids(found) == [["s1", "s2", "s3"], ["wide"]]
    assert [group.name for group in found] == ["run s1 · 3 seeds", "run wide"]


def test_other_pictures_under_the_same_name_are_another_group():
    one, two = of_seed(1), of_seed(2)
    changed = replace(two, params={"data_fingerprint": "other"})
    assert len(groups([replace(one, params={"data_fingerprint": "first"}), changed])) == 2


def test_foreign_runs_are_grouped_by_their_parameters():
    runs = [
        a_run("a", params={"lr": "1", "seed": "1"}),
        a_run("b", params={"lr": "1", "seed": "2"}),
        a_run("c", params={"lr": "2", "seed": "1"}),
        a_run("d"),
        a_run("e"),
    ]
    assert ids(groups(runs)) == [["a", "b"], ["c"], ["d"], ["e"]]


def test_a_config_of_another_version_still_groups():
    old = {"convlab.config": json.dumps({"gone": 1})}
    assert ids(groups([a_run("a", params={"x": "1"}, tags=old)])) == [["a"]]


def test_the_same_seed_counts_once_and_only_when_it_has_finished():
    runs = [
        replace(of_seed(1, "stopped"), status="KILLED"),
        of_seed(1, "first"),
        of_seed(1, "again"),
        of_seed(2, "other"),
    ]
    (group,) = groups(runs)
    assert [run.run_id for run in group.counted] == ["first", "other"]


def test_a_band_of_unequal_curves_with_holes():
    found = band([[1.0, 2.0, NAN], [3.0, HUGE, NAN, 5.0]])
    assert found.mean == pytest.approx([2.0, 2.0, NAN, 5.0], nan_ok=True)
    assert found.deviation == pytest.approx([math.sqrt(2), NAN, NAN, NAN], nan_ok=True)
    assert found.lowest == pytest.approx([1.0, 2.0, NAN, 5.0], nan_ok=True)
    assert found.highest == pytest.approx([3.0, 2.0, NAN, 5.0], nan_ok=True)
    assert found.count == [2, 1, 0, 1]
    assert band([]).mean == band([[]]).mean == []


# Is it more than the seed?


def drawn(generator, count, shift=0.0, scale=0.01):
    return (0.5 + scale * (generator.standard_normal(count) + shift)).tolist()


@pytest.mark.parametrize("size", [2, 3, 5])
def test_alike_configs_are_called_different_no_more_often_than_stated(size):
    generator = np.random.default_rng(size)
    pairs = 2000
    found = [
        difference(Sample("a", drawn(generator, size)), Sample("b", drawn(generator, size))).kind
        for _ in range(pairs)
    ]
    sampling = 3 * math.sqrt(0.05 * 0.95 / pairs)
    assert 0.005 < found.count("different") / pairs <= 0.05 + sampling


UNEVEN = [
    pytest.param(2, 5, 0, id="two against five"),
    pytest.param(1, 3, 0, id="one against three"),
    pytest.param(1, 1, 2, id="one against one, beside two groups"),
]


@pytest.mark.parametrize(("first", "second", "others"), UNEVEN)
def test_the_rate_holds_for_uneven_groups(first, second, others):
    generator = np.random.default_rng(0)
    pairs = 600
    found = []
    for _ in range(pairs):
        rest = [Sample("c", drawn(generator, 3)) for _ in range(others)]
        a, b = (Sample("ab", drawn(generator, size)) for size in (first, second))
        found.append(difference(a, b, rest).kind)
    assert found.count("different") / pairs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / pairs)


@pytest.mark.parametrize(("size", "power"), [(2, 0.3), (3, 0.9), (5, 0.999)])
def test_five_standard_deviations_are_found(size, power):
    generator = np.random.default_rng(10 + size)
    found = [
        difference(
            Sample("a", drawn(generator, size)), Sample("b", drawn(generator, size, shift=5))
        ).kind
        for _ in range(300)
    ]
    assert found.count("different") / 300 >= power


@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (2, 5), (30, 4)])
def test_p_and_interval_are_those_of_the_more_careful_test(sizes):
    generator = np.random.default_rng(sum(sizes))
    a, b = (drawn(generator, size, shift) for size, shift in zip(sizes, (0, 2), strict=True))
    tests = [stats.ttest_ind(b, a, equal_var=equal) for equal in (True, False)]
    careful = max(tests, key=lambda test: test.pvalue)
    found = difference(Sample("a", a), Sample("b", b))
    assert found.p == pytest.approx(careful.pvalue, abs=2e-5)
    low, high = careful.confidence_interval()
    assert found.interval == pytest.approx((low, high), abs=1e-3 * (high - low))
    assert (found.kind == "different") == (careful.pvalue < 0.05)


def test_one_run_borrows_the_spread_of_the_others():
    a, b, c = Sample("a", [0.4]), Sample("b", [0.5]), Sample("c", [0.7, 0.72, 0.71])
    assert difference(a, b).kind == "unknown"
    found = difference(a, b, [c])
    t = 0.1 / (0.01 * math.sqrt(2))
    assert found.p == pytest.approx(2 * stats.t.sf(t, 2), abs=2e-5)
    assert "that of 3 runs of this comparison" in found.sentence


SENTENCES = [
    pytest.param(
        [0.51, 0.52, 0.5], [0.46, 0.47, 0.45], "loss",
        "The best loss of B is 0.05 lower than that of A (0.46 ± 0.01, 3 seeds against "
        "0.51 ± 0.01, 3 seeds): more than seeds explain (p = 0.0036; with 95 % the true difference "
        "lies between −0.073 and −0.027).",
        id="different",
    ),
    pytest.param(
        [0.7, 0.73], [0.71, 0.75], "accuracy",
        "The best accuracy of B is 1.50 points higher than that of A (73.00 % ± 2.8, 2 seeds "
        "against 71.50 % ± 2.1, 2 seeds): within seed noise (p = 0.61; with 95 % the true "
        "difference lies between −10.11 points and 13.11 points).",
        id="within noise",
    ),
    pytest.param(
        [0.5], [0.5, NAN], "loss",
        "The best loss of B equals that of A (0.5, 1 run against 0.5, 1 run), but no config here "
        "has two runs, so nothing tells how far a seed moves it. Train each with 3 seeds.",
        id="one each",
    ),
    pytest.param(
        [0.5, 0.5], [0.4, 0.4], "loss",
        "The best loss of B is 0.1 lower than that of A (0.4 ± 0, 2 seeds against 0.5 ± 0, "
        "2 seeds), but the runs are equal to the last digit, so nothing tells how far a seed "
        "moves it. Train each with 3 seeds.",
        id="no spread",
    ),
    pytest.param([], [0.5], "loss", "Nothing to compare yet: A has no finished run.", id="none"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "measure", "sentence"), SENTENCES)
def test_a_difference_is_said_with_its_figures(a, b, measure, sentence):
    assert difference(Sample("A", a), Sample("B", b), measure=measure).sentence == sentence


def test_an_unknown_measure_is_refused():
    with pytest.raises(ConvcoreError, match="measure='speed'"):
        difference(Sample("a", [1.0]), Sample("b", [1.0]), measure="speed")


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
