"""A kernel being learned: races, the path over the loss, and where a gradient comes from."""

import html
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from lab.figures.look import NEUTRAL, PALETTE, drawable, lay_out

_ENDS = [[0, "#2166AC"], [0.5, "#FFFFFF"], [1, "#B2182B"]]  # below zero, zero, above
_MOST_CELLS = 48  # along an axis; beyond, neighbours are drawn as their mean
_MOST_NUMBERS = 10  # columns, if each cell is to hold its number
_MOST_POINTS = 400  # of a curve or a path
_DEEPEST, _HIGHEST = 1e-12, 1e4  # times the start's loss; beyond, a curve tells nothing more
_DASHES = ("solid", "dash", "dot")  # once the colours are used up


def race(curves: Mapping[str, tuple[Sequence[int], Sequence[float]]], *, log: bool) -> go.Figure:
    """Draw the loss of several runs by step; one that runs away ends its curve.

    On a log scale what is below a trillionth of the start is drawn there.
    """
    figure = go.Figure()
    start = max((losses[0] for _, losses in curves.values()), default=1.0) or 1.0
    for index, (name, (steps, losses)) in enumerate(curves.items()):
        every = -(-len(steps) // _MOST_POINTS)
        figure.add_scatter(
            x=list(steps[::every]),
            y=_within(losses[::every], start * _DEEPEST if log else 0.0, start * _HIGHEST),
            name=html.escape(name, quote=False),
            mode="lines+markers" if len(steps) < 4 else "lines",
            line={
                "color": PALETTE[index % len(PALETTE)],
                "dash": _DASHES[index // len(PALETTE) % len(_DASHES)],
                "width": 2,
            },
            hovertemplate="%{y:.4g}",
        )
    lay_out(figure, "", "Step", "Loss, log scale" if log else "Loss", height=400)
    if log:
        figure.update_yaxes(type="log", tickformat="~e", nticks=8)
    return figure.update_layout(showlegend=True)


def _within(losses: Sequence[float], low: float, high: float) -> list[float | None]:
    return drawable([max(loss, low) if loss <= high else float("nan") for loss in losses])


def path(
    first: np.ndarray,
    second: np.ndarray,
    losses: np.ndarray,
    walked: np.ndarray,
    *,
    names: tuple[str, str],
) -> go.Figure:
    """Draw the loss over two weights as contours, and the way that descent took over it.

    Shape:
        first (N,), second (M,), losses (N, M), walked (steps, 2)
    """
    floor = float(losses.max()) * 1e-6 or 1e-12
    figure = go.Figure()
    figure.add_contour(
        x=first, y=second, z=np.log10(np.maximum(losses, floor)).T, customdata=losses.T,
        colorscale="Blues", reversescale=True, ncontours=18, showscale=False, opacity=0.85,
        hovertemplate="%{x:.3g}, %{y:.3g}: loss %{customdata:.4g}<extra></extra>",
    )  # fmt: skip
    every = -(-len(walked) // _MOST_POINTS)
    kept = np.concatenate([walked[:-1:every], walked[-1:]])
    figure.add_scatter(
        x=kept[:, 0], y=kept[:, 1], mode="lines+markers", name="path",
        line={"color": PALETTE[1], "width": 2}, marker={"size": 5},
        hovertemplate="%{x:.4g}, %{y:.4g}<extra></extra>",
    )  # fmt: skip
    for name, point, symbol in (("start", walked[0], "circle-open"), ("end", walked[-1], "x")):
        marker = {"color": PALETTE[5], "size": 11, "symbol": symbol, "line": {"width": 2}}
        figure.add_scatter(x=point[:1], y=point[1:], mode="markers", name=name, marker=marker)
    lay_out(figure, "", *names, height=420).update_layout(hovermode="closest")
    figure.update_xaxes(range=[float(first[0]), float(first[-1])], constrain="domain")
    # One scale for both, or descent would not be seen to leave a contour at a right angle.
    return figure.update_yaxes(
        range=[float(second[0]), float(second[-1])], scaleanchor="x", constrain="domain"
    )


def signed_map(values: np.ndarray, *, title: str) -> go.Figure:
    """Draw (H, W) values, zero white, row 0 at the top; a large map as means of square blocks."""
    block = -(-max(values.shape) // _MOST_CELLS)
    drawn = _blocks(values, block)
    limit = float(np.abs(drawn).max()) or 1.0
    numbers = {"texttemplate": "%{z:.2~g}"} if drawn.shape[1] <= _MOST_NUMBERS else {}
    figure = go.Figure(
        go.Heatmap(
            z=drawn, zmin=-limit, zmax=limit, colorscale=_ENDS, showscale=False, xgap=1, ygap=1,
            hovertemplate="row %{y}, column %{x}: %{z:.4g}<extra></extra>", **numbers,
        )
    )  # fmt: skip
    means = f", means of {block}×{block}" if block > 1 else ""
    lay_out(figure, f"{title}{means}", "", "", height=260).update_layout(hovermode="closest")
    figure.update_xaxes(showticklabels=False, ticks="", constrain="domain")
    figure.update_yaxes(
        showticklabels=False, ticks="", autorange="reversed", scaleanchor="x", constrain="domain",
        gridcolor=NEUTRAL, showgrid=False,
    )  # fmt: skip
    return figure


def _blocks(values: np.ndarray, size: int) -> np.ndarray:
    """Return the means of blocks of `size` × `size`; those at the far ends may be smaller."""
    rows, columns = (np.arange(0, n, size) for n in values.shape)
    sums = np.add.reduceat(np.add.reduceat(values, rows, 0), columns, 1)
    counts = np.outer(np.diff([*rows, values.shape[0]]), np.diff([*columns, values.shape[1]]))
    return sums / counts
