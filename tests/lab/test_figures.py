import json

import numpy as np
import pytest

from convcore.errors import ConvcoreError
from convcore.overfitting import judge
from lab import figures

FAIR = [2.0 * 0.8**epoch for epoch in range(20)]
TEST = [1 + 0.1 * max(0, 6 - epoch) + 0.05 * max(0, epoch - 6) for epoch in range(20)]
OVERFIT = {"train_loss": [loss + 0.2 for loss in FAIR], "fair_train_loss": FAIR, "test_loss": TEST}


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def texts(figure):
    return [annotation.text for annotation in figure.layout.annotations]


def test_an_overfit_run_shows_line_region_band_and_gap():
    figure = figures.learning_curves(OVERFIT, judge(OVERFIT))
    region, line = figure.layout.shapes
    assert (region.x0, region.x1) == (7, 20)
    assert (line.x0, line.x1) == (7, 7)
    assert texts(figure) == ["overfitting", "best epoch 7 (test 1)"]
    assert trace(figure, "gap").fill == "toself"
    assert trace(figure, "test").customdata[19] == f", gap {TEST[19] - FAIR[19]:+.4g}"
    assert figure.layout.hovermode == "x unified"


def test_one_colour_per_run_and_a_dash_per_curve():
    curves = {**OVERFIT, "validation_loss": TEST}
    figure = figures.learning_curves(curves, judge(curves), color="#123456")
    lines = {trace.name: trace.line for trace in figure.data if trace.name != "gap"}
    assert {line.color for line in lines.values()} == {"#123456"}
    assert [line.dash for line in lines.values()] == ["dash", "dash", "dot", "solid"]


def test_a_healthy_run_has_a_best_epoch_but_no_tint():
    curves = {"train_loss": FAIR, "test_loss": FAIR}
    figure = figures.learning_curves(curves, judge(curves))
    assert len(figure.layout.shapes) == 1
    assert texts(figure) == ["best epoch 20 (test 0.0288)"]
    assert figure.layout.annotations[0].xanchor == "right"  # must not leave the chart


def test_one_epoch_is_visible():
    curves = {"train_loss": [2.0], "test_loss": [2.1]}
    figure = figures.learning_curves(curves, judge(curves), epochs=5)
    assert trace(figure, "test").mode == "lines+markers"
    assert trace(figure, "test").marker.size == 8
    assert list(figure.layout.xaxis.range) == [0.5, 5.5]


def test_no_epoch_yet_is_an_empty_chart():
    assert len(figures.learning_curves({}, judge({})).data) == 0
    assert len(figures.accuracy_curves({}).data) == 0


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1.7976931348623157e308])
def test_a_loss_that_is_no_number_is_a_hole(bad):
    curves = {"train_loss": [1.0, bad], "test_loss": [1.0, 1.5]}
    figure = figures.learning_curves(curves, judge(curves))
    assert trace(figure, "train, running").y == (1.0, None)
    assert json.loads(figures.to_json(figure))


def test_log_scale_is_asked_for():
    assert figures.learning_curves(OVERFIT, judge(OVERFIT)).layout.yaxis.type is None
    assert figures.learning_curves(OVERFIT, judge(OVERFIT), log_y=True).layout.yaxis.type == "log"


@pytest.mark.parametrize(
    ("epochs", "tick"), [(1, 1), (10, 1), (11, 2), (20, 2), (30, 5), (50, 5), (100, 10), (150, 20)]
)
def test_epoch_ticks_are_whole_and_few(epochs, tick):
    figure = figures.accuracy_curves({"test_accuracy": [0.5] * epochs})
    assert figure.layout.xaxis.dtick == tick


def test_accuracy_is_drawn_in_percent():
    figure = figures.accuracy_curves({"test_accuracy": [0.5, 0.625]})
    assert trace(figure, "test").y == (50, 62.5)


def test_compared_runs_have_a_colour_each_and_their_best_epoch():
    runs = [("first", OVERFIT, judge(OVERFIT)), ("<b>second", {"test_loss": TEST}, None)]
    figure = figures.compare_curves(runs)
    assert trace(figure, "first").line.color != trace(figure, "&lt;b&gt;second").line.color
    assert trace(figure, "first train, fair").line.color == trace(figure, "first").line.color
    assert trace(figure, "first best epoch").x == (7,)


def test_compare_curves_survives_more_runs_than_colours():
    runs = [(str(i), OVERFIT, judge(OVERFIT)) for i in range(9)]
    assert len(figures.compare_curves(runs).data) == 9 * 3 + 3


def test_batch_losses_of_a_long_run_are_thinned_to_means():
    figure = figures.batch_losses(list(range(5000)), [1.0, 3.0] * 2500)
    assert len(trace(figure, "batch").x) == 500
    assert set(trace(figure, "moving average").y) == {2.0}


def test_batch_losses_may_be_empty_or_not_numbers():
    assert trace(figures.batch_losses([], []), "batch").x == ()
    nan = float("nan")
    assert json.loads(figures.to_json(figures.batch_losses([1, 2], [nan, nan])))
    with pytest.raises(ConvcoreError, match="2 steps but 1 losses"):
        figures.batch_losses([1, 2], [1.0])


def test_confusion_cells_say_what_was_called_what():
    counts = np.array([[88, 12], [0, 0]])
    heatmap = figures.confusion_matrix(counts, ["cat", "<i>dog"]).data[0]
    assert heatmap.customdata[0][1] == "12 of 100 “cat” were called “&lt;i&gt;dog”"
    assert list(heatmap.z[0]) == [0.88, 0.12]
    assert list(heatmap.z[1]) == [0, 0]  # a class without pictures
    assert heatmap.texttemplate == "%{text}"


def test_confusion_of_many_classes_has_a_scale_and_no_counts():
    heatmap = figures.confusion_matrix(np.eye(13, dtype=int), list("abcdefghijklm")).data[0]
    assert heatmap.texttemplate is None
    assert heatmap.showscale


def test_confusion_counts_must_fit_the_classes():
    with pytest.raises(ConvcoreError, match=r"counts of shape \(2, 3\) for 2 classes"):
        figures.confusion_matrix(np.zeros((2, 3)), ["a", "b"])


def test_duel_shows_zeros_and_true_values():
    figure = figures.duel([0.0, -1e-6], [1e-5, 1e-4], {"custom": [0.01], "torch": [0.02]})
    difference = figure.data[0]
    assert difference.y == pytest.approx((1e-7, 1e-6))
    assert difference.customdata == (0.0, 1e-6)
    assert trace(figure, "torch").y == (20,)
    assert figure.layout.yaxis.type == figure.layout.yaxis2.type == "log"


def test_figures_leave_colours_of_text_and_paper_to_the_page():
    figure = figures.learning_curves(OVERFIT, judge(OVERFIT), title="A title " * 10)
    layout = json.loads(figures.to_json(figure))["layout"]
    assert "color" not in layout.get("font", {})
    assert layout["paper_bgcolor"] == "rgba(0, 0, 0, 0)"
    assert max(map(len, layout["title"]["text"].split("<br>"))) <= 44
    assert len(figures.to_json(figure)) < 8_000  # it travels with every live update


def test_html_opens_alone_and_carries_the_library_once():
    figure = figures.accuracy_curves({"test_accuracy": [0.5]})
    one, two = figures.to_html(figure), figures.to_html(figure, figure)
    assert len(one) > 4_000_000
    assert len(two) - len(one) < 10_000
    assert 'src="http' not in one
    assert '"showSendToCloud": false' in one[-3000:]
