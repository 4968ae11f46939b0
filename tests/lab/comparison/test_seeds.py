import json
import math
from dataclasses import replace

import pytest

from convcore.config import TrainConfig
from lab.comparison import band, differing, groups, side_by_side
from tests.lab.comparison.runs import HUGE, NAN, a_run

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
