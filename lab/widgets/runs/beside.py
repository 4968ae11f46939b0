"""What else is told of compared runs: settings, costs, confusions, kernels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from lab.components.live_chart import live_chart
from lab.records import Run
from lab.widgets.errors import plain
from lab.widgets.reading import artifact, epochs_of, summed_up
from lab.widgets.runs.learned import kernels

if TYPE_CHECKING:
    import numpy as np


def verdicts(runs: Sequence[Run], colors: Sequence[str]) -> None:
    """Draw what the curves of each run say."""
    for run, color in zip(runs, colors, strict=True):
        row = summed_up(run)
        mark = f'<span style="color: {color}">●</span>'  # one of the palette's
        said = row.sentence or "No train loss was logged, so nothing can be said."
        st.markdown(f"{mark} **{plain(row.name)}**: {plain(said)}", unsafe_allow_html=True)


def settings(runs: Sequence[Run], colors: Sequence[str]) -> None:
    """Draw the parameters in which the runs differ, or all of them."""
    import pandas as pd

    from lab.comparison import differing, side_by_side

    del colors
    everything = st.toggle(
        "Equal ones too", key="runs.all_params", bind="query-params",
        help="Else only the settings in which the runs differ.",
    )  # fmt: skip
    params = [run.params for run in runs]
    rows = side_by_side(params) if everything else differing(params)
    if not rows:
        st.caption("These runs have the same settings, to the last one.")
        return
    names = [run.name for run in runs]
    if len(set(names)) < len(names):  # a table needs a name a column
        names = [f"{run.name} · {run.run_id[:6]}" for run in runs]
    table = pd.DataFrame(rows, index=names).T
    st.dataframe(table, placeholder="–", alt="Settings of the compared runs")


def parallel(runs: Sequence[Run], colors: Sequence[str]) -> None:
    """Draw each run as a line through its settings to its scores."""
    from lab import figures
    from lab.comparison import differing

    rows = [summed_up(run).best for run in runs]
    scores = {
        "best test loss": [row.loss for row in rows],
        "accuracy": [row.accuracy for row in rows],
    }
    figure = figures.parallel_coordinates(differing([run.params for run in runs]), scores, colors)
    label = "Settings and scores, a line a run"
    live_chart(figure, key="runs.parallel", label=label, height=figure.layout.height)
    st.caption("Drag along an axis to keep only the runs that pass there. *See:* what leads down.")


def cost(runs: Sequence[Run], colors: Sequence[str]) -> None:
    """Draw accuracy against time and against weights."""
    from lab import figures

    rows = [summed_up(run) for run in runs]
    scored = [
        figures.Scored(row.name, color, row.best.accuracy, row.seconds, row.parameters)
        for row, color in zip(rows, colors, strict=True)
    ]
    for against, column in zip(("seconds", "parameters"), st.columns(2), strict=True):
        with column:
            figure = figures.efficiency(scored, against=against)
            label = f"Accuracy against {against}"
            height = figure.layout.height
            live_chart(figure, key=f"runs.cost.{against}", label=label, height=height)
    st.caption("*See:* nothing beats the runs on the dotted line in both at once.")


def confusions(runs: Sequence[Run], colors: Sequence[str]) -> None:
    """Draw two confusion matrices, and what one does more often than the other."""
    from lab import figures

    del colors
    found = {run.run_id: matrix for run in runs if (matrix := confusion_of(run))}
    if len(found) < 2:
        st.caption("Two of the runs must have ended: each leaves its confusion matrix then.")
        return
    names = {run.run_id: run.name for run in runs}
    left, right = st.columns(2)
    first = left.selectbox("One", list(found), format_func=names.get, key="runs.one")
    rest = [run_id for run_id in found if run_id != first]
    second = right.selectbox("Other", rest, format_func=names.get, key="runs.other")
    for run_id, column in ((first, left), (second, right)):
        with column:
            drawn = figures.confusion_matrix(*found[run_id])
            label = f"Confusion matrix of {names[run_id]}"
            live_chart(drawn, key=f"runs.confusion.{column is left}", label=label, height=420)
    (a, classes), (b, others) = found[first], found[second]
    if classes != others:
        st.caption("They know different classes, so there is no difference to draw.")
        return
    figure = figures.confusion_difference(a, b, classes, names=(names[first], names[second]))
    live_chart(figure, key="runs.confusion.difference", label="Their difference", height=460)
    st.caption(
        "The other less the one, in points of the true class. *See:* red on the diagonal is "
        "better, red off it is a mistake made more often."
    )


def confusion_of(run: Run) -> "tuple[np.ndarray, list[str]] | None":
    """Return the counts (true, predicted) and the classes that an ended run left."""
    from lab import figures

    content = None if run.active else artifact(
        run.run_id, "confusion.json", epochs_of(run), run.status
    )  # fmt: skip
    return figures.confusion_counts(content)


PANELS = {
    "Verdicts": verdicts,
    "Settings": settings,
    "Settings to scores": parallel,
    "Cost": cost,
    "Confusions": confusions,
    "Kernels": kernels,
}
