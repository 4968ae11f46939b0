import json
import math

import numpy as np
import pytest

from convcore.errors import ConvcoreError
from lab import figures
from lab.figures import Row, Scored

NAN = float("nan")
LOSS = {"fair_train_loss": [2.0, 1.0, 0.5], "test_loss": [2.0, 1.2, 1.3]}
SHARE = {"train_accuracy": [0.2, 0.5, 0.6], "test_accuracy": [0.3, 0.6, 0.5]}
RUN = Row(
    "one",
    "#111111",
    LOSS | SHARE,
    best_epoch=2,
    steps=[10, 20, 30],
    seconds=[100.0, 200.0, 360.0],
    bands={"test_loss": ([1.9, 1.1, NAN], [2.1, 1.3, NAN])},
)
OTHER = Row("<b>two", "#222222", {"validation_loss": [1.0, math.inf], "train_loss": [1.0, 0.9]})


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def names(figure):
    return [trace.name for trace in figure.data]


def test_a_run_is_one_colour_train_dashed_test_solid_best_a_diamond():
    figure = figures.compared([RUN, OTHER], bands=False)
    assert names(figure)[:5] == [
        "one train, fair", "one", "one best epoch", "&lt;b&gt;two train, running", "&lt;b&gt;two",
    ]  # fmt: skip
    train, test, best = figure.data[:3]
    assert {train.line.color, test.line.color, best.marker.color} == {"#111111"}
    assert (train.line.dash, test.line.dash, best.marker.symbol) == ("dash", "solid", "diamond")
    assert (best.x, best.y) == ((2,), (1.2,))
    assert trace(figure, "&lt;b&gt;two").line.dash == "dot"
    assert trace(figure, "&lt;b&gt;two").y == (1.0, None)
    assert figure.layout.yaxis.title.text == "Cross-entropy loss (nats per picture)"


def test_a_click_on_a_name_takes_the_whole_run_away():
    figure = figures.compared([RUN, OTHER])
    assert figure.layout.legend.groupclick == "togglegroup"
    assert {trace.legendgroup for trace in figure.data} == {"one", "&lt;b&gt;two", None}
    assert [trace.name for trace in figure.data if trace.showlegend] == ["one", "&lt;b&gt;two"]


AXES = [
    pytest.param("epoch", (1, 2, 3), "Epoch", id="epoch"),
    pytest.param("step", (10, 20, 30), "Step (batches)", id="step"),
    pytest.param("time", (100 / 60, 200 / 60, 6), "Training time (min)", id="time"),
]


@pytest.mark.parametrize(("x", "places", "label"), AXES)
def test_curves_over_epochs_steps_and_time(x, places, label):
    figure = figures.compared([RUN], x=x)
    assert trace(figure, "one").x == pytest.approx(places)
    assert trace(figure, "one").customdata == (1, 2, 3)
    assert trace(figure, "one best epoch").x == pytest.approx(places[1:2])
    assert figure.layout.xaxis.title.text == label


def test_a_run_that_does_not_know_its_steps_says_so():
    figure = figures.compared([RUN, OTHER], x="step")
    assert trace(figure, "&lt;b&gt;two (not known)").x == (None,)
    assert json.loads(figures.to_json(figure))


def test_accuracies_are_in_percent():
    figure = figures.compared([RUN], measure="accuracy")
    assert trace(figure, "one").y == pytest.approx((30, 60, 50))
    assert trace(figure, "one best epoch").y == pytest.approx((60,))
    assert figure.layout.yaxis.title.text == "Accuracy (percent)"


def test_a_band_is_drawn_where_it_is_known_and_asked_for():
    band = trace(figures.compared([RUN]), "one band")
    assert band.x == (1, 2, 2, 1)
    assert band.y == (2.1, 1.3, 1.1, 1.9)
    assert (band.fillcolor, band.fill, band.hoverinfo) == ("#111111", "toself", "skip")
    assert "one band" not in names(figures.compared([RUN], bands=False))


def test_a_band_that_reaches_zero_fits_a_log_scale():
    row = Row("a", "#111111", LOSS, bands={"test_loss": ([-0.1, 0.0, 0.5], [1.0, 1.0, 1.0])})
    figure = figures.compared([row], log_y=True)
    assert figure.layout.yaxis.type == "log"
    assert trace(figure, "a band").y == (1.0, 1.0, 1.0, 0.5, 0.01, 0.01)


@pytest.mark.parametrize("count", [0, 1, 12, 30])
def test_any_number_of_runs_makes_a_figure(count):
    rows = [Row(str(i), "#111111", LOSS, best_epoch=2) for i in range(count)]
    figure = figures.compared(rows)
    assert len(figure.data) == 3 * count + 3
    assert sum(bool(trace.showlegend) for trace in figure.data) == (count if count <= 12 else 0)


def test_a_best_epoch_beyond_the_curve_is_left_out():
    figure = figures.compared([Row("a", "#111111", LOSS, best_epoch=9)])
    assert "a best epoch" not in names(figure)


@pytest.mark.parametrize(
    ("asked", "message"),
    [({"x": "day"}, "x='day' is unknown"), ({"measure": "speed"}, "measure='speed' is unknown")],
    ids=["x", "measure"],
)
def test_an_unknown_wish_is_refused(asked, message):
    with pytest.raises(ConvcoreError, match=message):
        figures.compared([RUN], **asked)


# Parallel coordinates


def axes(settings, scores=None):
    count = len(next(iter((settings | (scores or {})).values())))
    figure = figures.parallel_coordinates(settings, scores or {}, ["#111111"] * count)
    return figure.data[0].dimensions


def test_words_and_few_numbers_stand_evenly_and_none_lies_below():
    rate, backend = axes({"rate": ["0.1", "0.001", None], "backend": ["torch", "custom", "torch"]})
    assert (rate.ticktext, rate["values"]) == (("none", "0.001", "0.1"), (2, 1, 0))
    assert (backend.ticktext, backend["values"]) == (("custom", "torch"), (1, 0, 1))


def test_many_numbers_stand_to_scale_with_round_ticks():
    (width,) = axes({"width": [str(n) for n in (8, 13, 21, 34, 55, 89, 100)]})
    assert width["values"] == (8, 13, 21, 34, 55, 89, 100)
    assert width.ticktext == ("20", "40", "60", "80", "100")
    assert tuple(width.range) == (8, 100)


def test_a_wide_range_is_logarithmic():
    (rate,) = axes({"rate": [str(10.0**-n) for n in range(8)]})
    assert rate["values"] == pytest.approx([-n for n in range(8)], abs=1e-9)
    assert rate.ticktext[-1] == "1"


def test_a_score_that_is_missing_or_no_number_lies_below_the_others():
    (loss,) = axes({}, {"Best loss": [0.5, 1.0, None, NAN]})
    low = 0.5 - 0.15 * 0.5
    assert loss["values"] == pytest.approx((0.5, 1.0, low, low))
    assert (loss.ticktext[0], loss.range[0]) == ("none", low)


@pytest.mark.parametrize("values", [[0.5], [None], [0.5, 0.5]], ids=["one", "none", "equal"])
def test_a_score_without_any_range_can_be_drawn(values):
    (loss,) = axes({}, {"Best loss": values})
    assert loss.range[0] < loss.range[1]


def test_each_run_has_its_colour_and_names_are_only_text():
    settings = {"<i>x": ["<b>", "a" * 30]}
    lines = figures.parallel_coordinates(settings, {}, ["#111111", "#222222"]).data[0]
    assert lines.line.color == (0, 1)
    assert lines.line.colorscale == (
        (0, "#111111"), (0.5, "#111111"), (0.5, "#222222"), (1, "#222222"),
    )  # fmt: skip
    assert lines.dimensions[0].label == "&lt;i&gt;x"
    assert lines.dimensions[0].ticktext == ("<b>", "a" * 17 + "…")  # drawn as they are
    assert json.loads(figures.to_json(figures.parallel_coordinates({}, {}, [])))


# What it cost


COSTS = [
    Scored("cheap", "#111111", 0.6, 60.0, 1000),
    Scored("worse", "#222222", 0.5, 120.0, 2000),
    Scored("<b>best", "#333333", 0.8, 600.0, 90_000),
    Scored("unknown", "#444444", None, 10.0, None),
]


def test_efficiency_joins_the_runs_that_none_beats():
    figure = figures.efficiency(COSTS)
    assert names(figure) == ["best for its cost", "cheap", "worse", "&lt;b&gt;best"]
    assert figure.data[0].x == (1, 10)
    assert figure.data[0].y == pytest.approx((60, 80))
    assert figure.layout.xaxis.title.text == "Training time (min)"
    assert figure.layout.xaxis.type is None


def test_efficiency_against_parameters_is_logarithmic_where_these_are_far_apart():
    figure = figures.efficiency(COSTS, against="parameters")
    assert trace(figure, "worse").x == (2000,)
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.xaxis.title.text == "Parameters (weights that learn)"


def test_efficiency_of_none_is_empty_and_of_something_else_refused():
    assert figures.efficiency([]).data == ()
    with pytest.raises(ConvcoreError, match="against='beauty'"):
        figures.efficiency(COSTS, against="beauty")


# Mistakes


def test_confusion_differences_are_points_of_the_true_class_around_zero():
    figure = figures.confusion_difference(
        np.array([[8, 2], [0, 0]]), np.array([[18, 2], [0, 0]]), ["<cat", "dog"], names=("A", "<B")
    )
    heatmap = figure.data[0]
    assert np.array(heatmap.z) == pytest.approx(np.array([[10, -10], [0, 0]]))
    assert (heatmap.zmin, heatmap.zmax) == pytest.approx((-10, 10))
    assert heatmap.text == (["+10", "−10"], ["", ""])
    assert heatmap.customdata[0][1] == "“&lt;cat” called “dog”: A 2 of 10, &lt;B 2 of 20"
    assert heatmap.colorscale[1] == (0.5, "#FFFFFF")


def test_confusions_that_are_alike_still_have_a_range():
    same = np.eye(13, dtype=int)
    heatmap = figures.confusion_difference(same, same, list("abcdefghijklm")).data[0]
    assert (heatmap.zmin, heatmap.zmax) == (-1, 1)
    assert heatmap.showscale


def test_confusions_of_other_classes_are_refused():
    with pytest.raises(ConvcoreError, match=r"shapes \(2, 2\) and \(3, 3\) for 2 classes"):
        figures.confusion_difference(np.eye(2), np.eye(3), ["a", "b"])
