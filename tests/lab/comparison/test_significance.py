"""Is it more than the seed?"""

import math

import numpy as np
import pytest
from scipy import stats

from convcore.errors import ConvcoreError
from lab.comparison import Sample, difference
from tests.lab.comparison.runs import NAN


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
