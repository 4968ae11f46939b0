"""Which class is taken for which."""

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from convcore.errors import ConvcoreError
from lab.figures.look import lay_out

_MOST_COUNTED = 12  # classes; beyond, counts no longer fit their cells


def confusion_matrix(counts: np.ndarray, classes: Sequence[str], *, title: str = "") -> go.Figure:
    """Draw (true, predicted) counts, coloured by the share of the true class.

    Up to 12 classes the counts stand in their cells; the hover says every one as a sentence.
    """
    counts = np.asarray(counts)
    if counts.shape != (len(classes), len(classes)):
        raise ConvcoreError(
            f"confusion_matrix: counts of shape {counts.shape} for {len(classes)} classes. "
            "Give one row and one column per class."
        )
    names = [html.escape(str(name)) for name in classes]
    totals = counts.sum(axis=1, keepdims=True)
    few = len(names) <= _MOST_COUNTED
    heatmap = go.Heatmap(
        z=(counts / np.maximum(totals, 1)).tolist(),
        zmin=0,
        zmax=1,
        colorscale="Blues",
        text=counts.tolist(),
        texttemplate="%{text}" if few else None,
        customdata=[
            [f"{n} of {sum(row)} “{true}” were called “{said}”"
             for n, said in zip(row, names, strict=True)]
            for row, true in zip(counts.tolist(), names, strict=True)
        ],
        hovertemplate="%{customdata} (%{z:.1%})<extra></extra>",
        showscale=not few,
        colorbar={"title": "share", "thickness": 12, "tickformat": ".0%"},
        xgap=1,
        ygap=1,
    )  # fmt: skip
    figure = lay_out(go.Figure(heatmap), title, "Predicted class", "True class", height=440)
    ticks = {"tickvals": list(range(len(names))), "ticktext": names, "showgrid": False}
    figure.update_xaxes(**ticks, constrain="domain")
    figure.update_yaxes(**ticks, autorange="reversed", scaleanchor="x", constrain="domain")
    return figure.update_layout(hovermode="closest")
