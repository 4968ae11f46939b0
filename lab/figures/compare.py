"""The curves of several runs laid over each other."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

from convcore.errors import ConvcoreError
from convcore.overfitting import Verdict, is_number
from lab.figures.curves import MOST_MARKERS, STYLES
from lab.figures.look import (
    ACCURACY_AXIS,
    LOSS_AXIS,
    NEUTRAL,
    PALETTE,
    drawable,
    epoch_axis,
    lay_out,
)
from lab.figures.spent import MOST_NAMED, time_unit

_MEASURES = {"loss": (1.0, LOSS_AXIS, "%{y:.4g}"), "accuracy": (100.0, ACCURACY_AXIS, "%{y:.2f} %")}


@dataclass(frozen=True)
class Row:
    """A run in a comparison, or a group of runs as their mean.

    `bands` holds by the name of a curve what its lowest and highest edge is; `steps` and `seconds`
    how many of them had gone by at the end of each epoch.
    """

    name: str
    color: str
    curves: Mapping[str, Sequence[float]]
    best_epoch: int | None = None
    judged: str = "test"  # the loss that chose the best epoch
    steps: Sequence[float] = ()
    seconds: Sequence[float] = ()
    bands: Mapping[str, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)


def compare_curves(
    runs: Sequence[tuple[str, Mapping[str, Sequence[float]], Verdict | None]], *, title: str = ""
) -> go.Figure:
    """Lay the losses of runs (name, curves, verdict) over each other, in the palette's colours."""
    rows = [
        Row(
            name,
            PALETTE[index % len(PALETTE)],
            curves,
            best_epoch=verdict.best_epoch if verdict else None,
            judged=verdict.judged if verdict else "test",
        )
        for index, (name, curves, verdict) in enumerate(runs)
    ]
    return compared(rows, title=title)


def compared(
    rows: Sequence[Row],
    *,
    measure: str = "loss",
    x: str = "epoch",
    log_y: bool = False,
    bands: bool = True,
    title: str = "",
) -> go.Figure:
    """Lay runs over each other: a colour each, train dashed, test solid, the best epoch a diamond.

    Of each run the fair train curve (else the running one) and the test curve (else validation) are
    drawn; a click on its name hides or shows all of it. A run that does not know its steps or its
    times is named, and not drawn.

    Args:
        measure: "loss" or "accuracy".
        x: "epoch", "step" or "time".
        bands: whether to draw the bands of groups.
    """
    if measure not in _MEASURES:
        raise ConvcoreError(f"compared: measure={measure!r} is unknown. Choose loss or accuracy.")
    unit, label = _x_axis(rows, x)
    figure = go.Figure()
    named = len(rows) <= MOST_NAMED
    for row in rows:
        places = [place / unit for place in _places(row, x)]
        if bands:
            _add_bands(figure, row, places, measure, named=named, log_y=log_y)
        _add_row(figure, row, places, measure, named=named)
    _add_style_key(figure)
    _, axis, _ = _MEASURES[measure]
    lay_out(figure, title, label, axis, height=400 + 10 * min(len(rows), MOST_NAMED))
    if x == "epoch":
        epoch_axis(figure, max((_longest(row) for row in rows), default=0))
    if log_y:
        figure.update_yaxes(type="log", tickformat="~g", **_log_ticks(figure))
    # One hover box for all the runs would cover the chart.
    figure.update_layout(hovermode="closest", legend_groupclick="togglegroup", showlegend=True)
    return figure


def _log_ticks(figure: go.Figure) -> dict:
    """Return ticks at 1, 2 and 5 where these have room; Plotly would write all nine."""
    drawn = [y for trace in figure.data for y in trace.y if y is not None and y > 0]
    return {"dtick": "D2"} if drawn and max(drawn) < 1000 * min(drawn) else {"nticks": 8}


def _x_axis(rows: Sequence[Row], x: str) -> tuple[float, str]:
    """Return what one unit of the axis is, and its name."""
    if x == "epoch":
        return 1.0, "Epoch"
    if x == "step":
        return 1.0, "Step (batches)"
    if x == "time":
        unit, name = time_unit([each for row in rows for each in row.seconds])
        return unit, f"Training time ({name})"
    raise ConvcoreError(f"compared: x={x!r} is unknown. Choose epoch, step or time.")


def _places(row: Row, x: str) -> Sequence[float]:
    """Return where each epoch lies on the axis; nothing where the run does not know."""
    if x == "epoch":
        return range(1, _longest(row) + 1)
    return row.steps if x == "step" else row.seconds


def _longest(row: Row) -> int:
    return max(map(len, row.curves.values()), default=0)


def _drawn(row: Row, measure: str) -> tuple[str | None, str | None]:
    """Return the kinds of the two curves that are drawn: of training, and of scoring."""
    given = [kind for kind in STYLES if len(row.curves.get(f"{kind}_{measure}", ()))]
    train = next((kind for kind in ("fair_train", "train") if kind in given), None)
    return train, next((kind for kind in ("test", "validation") if kind in given), None)


def _add_row(
    figure: go.Figure, row: Row, places: Sequence[float], measure: str, *, named: bool
) -> None:
    """Add both curves of a run, and its best epoch."""
    train, scored = _drawn(row, measure)
    factor, _, shape = _MEASURES[measure]
    name = html.escape(row.name, quote=False)
    hover = f"%{{fullData.name}}<br>{shape}, epoch %{{customdata}}"
    for kind in filter(None, (train, scored)):
        values = [factor * value for value in row.curves[f"{kind}_{measure}"]][: len(places)]
        style, dash, opacity = STYLES[kind]
        leads = kind == (scored or train)
        figure.add_scatter(
            x=list(places[: len(values)]) or [None],
            y=drawable(values) or [None],
            customdata=list(range(1, len(values) + 1)),
            name=name + ("" if values else " (not known)") if leads else f"{name} {style}",
            legendgroup=name if named else None,
            showlegend=leads and named,
            mode="lines+markers" if len(values) <= MOST_MARKERS else "lines",
            line={"color": row.color, "dash": dash, "width": 2},
            marker={"size": 8 if len(values) == 1 else 4},
            opacity=opacity,
            hovertemplate=f"{hover}<extra></extra>",
        )
    best = row.best_epoch
    values = row.curves[f"{scored}_{measure}"] if scored else ()
    if best is not None and best <= min(len(places), len(values)):
        figure.add_scatter(
            x=[places[best - 1]],
            y=drawable([factor * values[best - 1]]),
            customdata=[best],
            mode="markers",
            legendgroup=name if named else None,
            showlegend=False,
            name=f"{name} best epoch",
            marker={"symbol": "diamond", "size": 11, "color": row.color},
            hovertemplate=f"{hover}, chosen on {row.judged}<extra></extra>",
        )


def _add_bands(
    figure: go.Figure, row: Row, places: Sequence[float], measure: str, *, named: bool, log_y: bool
) -> None:
    """Shade between the edges: one outline, out along the upper and back along the lower."""
    factor = _MEASURES[measure][0]
    for kind in filter(None, _drawn(row, measure)):
        low, high = row.bands.get(f"{kind}_{measure}", ((), ()))
        edges = [
            (place, factor * bottom, factor * top)
            for place, bottom, top in zip(places, low, high, strict=False)
            if is_number(bottom) and is_number(top)
        ]
        if len(edges) < 2:
            continue
        across, lows, highs = map(list, zip(*edges, strict=True))
        if log_y:  # which has no place for what is not above zero
            lows = [max(bottom, top / 100) for bottom, top in zip(lows, highs, strict=True)]
        figure.add_scatter(
            x=across + across[::-1],
            y=highs + lows[::-1],
            fill="toself",
            fillcolor=row.color,
            opacity=0.18,
            mode="none",
            legendgroup=html.escape(row.name, quote=False) if named else None,
            showlegend=False,
            name=f"{html.escape(row.name, quote=False)} band",
            hoverinfo="skip",
        )


def _add_style_key(figure: go.Figure) -> None:
    """Say in the legend which line is which, in a colour that is no run's."""
    for name, dash in (("train", "dash"), ("test", "solid")):
        line = {"color": NEUTRAL, "dash": dash, "width": 2}
        figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line=line)
    marker = {"symbol": "diamond", "size": 9, "color": NEUTRAL}
    figure.add_scatter(x=[None], y=[None], mode="markers", name="best epoch", marker=marker)
