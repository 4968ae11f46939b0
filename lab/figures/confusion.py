"""Which class is taken for which, and how two runs differ in it."""

import html
import json
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from convcore.errors import ConvcoreError
from lab.figures.look import lay_out

_ENDS = [[0, "#2166AC"], [0.5, "#FFFFFF"], [1, "#B2182B"]]  # less often, as often, more often
_MOST_COUNTED = 12  # classes; beyond, counts no longer fit their cells


def confusion_counts(content: bytes | None) -> tuple[np.ndarray, list[str]] | None:
    """Return counts (true, predicted) and classes of a `confusion.json`.

    None where that is not what the file holds: it may come from another lab.
    """
    try:
        told = json.loads(content or b"null")
        counts, classes = np.array(told["counts"], dtype=np.int64), list(map(str, told["classes"]))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return (counts, classes) if classes and counts.shape == (len(classes),) * 2 else None


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
    names = [html.escape(str(name), quote=False) for name in classes]
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


def confusion_difference(
    a: np.ndarray,
    b: np.ndarray,
    classes: Sequence[str],
    *,
    names: tuple[str, str] = ("the first", "the second"),
    title: str = "",
) -> go.Figure:
    """Draw how much more often run `b` calls a class than run `a`, in points of the true class.

    Red is more often, blue less often, white no difference: on the diagonal red is better, off it
    blue is. Both are (true, predicted) counts.
    """
    a, b = np.asarray(a), np.asarray(b)
    if not a.shape == b.shape == (len(classes), len(classes)):
        raise ConvcoreError(
            f"confusion_difference: counts of shapes {a.shape} and {b.shape} for {len(classes)} "
            "classes. Choose runs of the same data set."
        )
    points = 100 * (_shares(b) - _shares(a))
    limit = max(float(np.abs(points).max(initial=0)), 1.0)  # alike runs still need a range
    shown = [html.escape(str(name), quote=False) for name in classes]
    few = len(shown) <= _MOST_COUNTED
    heatmap = go.Heatmap(
        z=points.tolist(),
        zmin=-limit,
        zmax=limit,
        colorscale=_ENDS,
        text=[[_signed(value) for value in row] for row in points],
        texttemplate="%{text}" if few else None,
        customdata=_sentences(a, b, shown, [html.escape(name, quote=False) for name in names]),
        hovertemplate="%{customdata} (%{z:+.1f} points)<extra></extra>",
        colorbar={"title": "points", "thickness": 12},
        showscale=not few,
        xgap=1,
        ygap=1,
    )
    figure = lay_out(go.Figure(heatmap), title, "Predicted class", "True class", height=440)
    ticks = {"tickvals": list(range(len(shown))), "ticktext": shown, "showgrid": False,
             "showline": True, "mirror": True}  # fmt: skip
    figure.update_xaxes(**ticks, constrain="domain")
    figure.update_yaxes(**ticks, autorange="reversed", scaleanchor="x", constrain="domain")
    return figure.update_layout(hovermode="closest")


def _signed(points: float) -> str:
    """Return whole points with their sign; nothing for none, so that the others stand out."""
    return f"{points:+.0f}".replace("-", "−") if abs(points) >= 0.5 else ""


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _sentences(
    a: np.ndarray, b: np.ndarray, classes: Sequence[str], names: Sequence[str]
) -> list[list[str]]:
    """Return what the hover says of each cell."""
    return [
        [
            f"“{true}” called “{said}”: {names[0]} {a[i, j]} of {a[i].sum()}, "
            f"{names[1]} {b[i, j]} of {b[i].sum()}"
            for j, said in enumerate(classes)
        ]
        for i, true in enumerate(classes)
    ]
