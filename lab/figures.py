"""Arrays and histories → Plotly figures; the only file that imports plotly.

One colour per run everywhere; train dashed, validation dotted, test solid. Backgrounds are clear
and no text colour is set, so the theme of the page around a figure (light or dark) decides both.
"""

import html
import math
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from convcore.errors import ConvcoreError
from convcore.overfitting import Verdict, is_number

# Okabe & Ito's colours for the colour-blind, without the two that vanish on white or on black; the
# blue a little lighter, for dark pages.
PALETTE = ("#1F84CC", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
ALARM = "213, 94, 0"  # vermillion, for what has gone wrong
NEUTRAL = "#8A8F98"  # a grey that reads on white and on black

LOSS_AXIS = "Cross-entropy loss (nats per picture)"
ACCURACY_AXIS = "Accuracy (percent)"
# metric prefix → (name in the legend, dash, opacity)
_STYLES = {
    "train": ("train, running", "dash", 0.6),
    "fair_train": ("train, fair", "dash", 1.0),
    "validation": ("validation", "dot", 1.0),
    "test": ("test", "solid", 1.0),
}
_MOST_MARKERS = 30  # epochs; beyond, dots on a line only thicken it
_MOST_POINTS = 500  # drawn per batch curve: about the width of a chart in pixels
_MOST_COUNTED = 12  # classes; beyond, counts no longer fit their cells


def learning_curves(
    curves: Mapping[str, Sequence[float]],
    verdict: Verdict,
    *,
    title: str = "",
    color: str = PALETTE[0],
    epochs: int | None = None,
    log_y: bool = False,
) -> go.Figure:
    """Draw a run's losses so that overfitting shows: best epoch, the time after it, and the gap.

    `curves` are those from which `convcore.overfitting.judge` made `verdict`; `epochs` is how many
    the run will have, so that a growing chart keeps its scale.
    """
    figure = go.Figure()
    losses = {name: list(curves.get(f"{name}_loss", ())) for name in _STYLES}
    train = losses["fair_train"] or losses["train"]
    _add_gap_band(figure, train, losses[verdict.judged], color)
    for name, values in losses.items():
        gaps = _gaps(train, values) if name == verdict.judged else None
        _add_line(figure, name, values, color, gaps=gaps)
    longest = max(map(len, losses.values()))
    _mark_best(figure, verdict, max(longest, epochs or 0))
    _lay_out(figure, title, "Epoch", LOSS_AXIS)
    _epoch_axis(figure, max(longest, epochs or 0))
    return figure.update_yaxes(type="log", tickformat="~g") if log_y else figure


def accuracy_curves(
    curves: Mapping[str, Sequence[float]],
    *,
    title: str = "",
    color: str = PALETTE[0],
    epochs: int | None = None,
) -> go.Figure:
    """Draw a run's accuracies, given as shares from 0 to 1, in percent."""
    figure = go.Figure()
    shares = {name: list(curves.get(f"{name}_accuracy", ())) for name in _STYLES}
    for name, values in shares.items():
        percent = [100 * value for value in values]
        _add_line(figure, name, percent, color, value="%{y:.2f} %")
    _lay_out(figure, title, "Epoch", ACCURACY_AXIS)
    _epoch_axis(figure, max(*map(len, shares.values()), epochs or 0))
    return figure


def compare_curves(
    runs: Sequence[tuple[str, Mapping[str, Sequence[float]], Verdict | None]], *, title: str = ""
) -> go.Figure:
    """Lay runs (name, curves, verdict) over each other: a colour each, the best epoch a diamond.

    Of each run the fair train loss (else the running one) and the test loss (else validation) are
    drawn; a click on its name hides or shows all of it.
    """
    figure = go.Figure()
    longest = 0
    for index, (name, curves, verdict) in enumerate(runs):
        color = PALETTE[index % len(PALETTE)]
        given = [kind for kind in _STYLES if len(curves.get(f"{kind}_loss", ()))]
        train = next((kind for kind in ("fair_train", "train") if kind in given), None)
        shown = next((kind for kind in ("test", "validation") if kind in given), None)
        for kind in filter(None, (train, shown)):
            values = list(curves[f"{kind}_loss"])
            longest = max(longest, len(values))
            _add_line(figure, kind, values, color, run=name, legend=kind == (shown or train))
        if shown and verdict is not None and verdict.best_epoch is not None:
            _add_best_marker(figure, name, curves[f"{shown}_loss"], verdict, color)
    _add_style_key(figure)
    _lay_out(figure, title, "Epoch", LOSS_AXIS)
    _epoch_axis(figure, longest)
    return figure.update_layout(legend_groupclick="togglegroup")


def batch_losses(steps: Sequence[int], losses: Sequence[float], *, title: str = "") -> go.Figure:
    """Draw the loss of each training step, with a moving average over a twentieth of them.

    Above 500 steps neighbours are drawn as their mean, so that a long run stays light.
    """
    if len(steps) != len(losses):
        raise ConvcoreError(
            f"batch_losses: {len(steps)} steps but {len(losses)} losses. Give one loss per step."
        )
    x, y = _thin(steps), _drawable(_thin(losses))
    figure = go.Figure()
    hover = "step %{x:.0f}: %{y:.4g}<extra></extra>"
    dots = {"color": PALETTE[0], "size": 4, "opacity": 0.4}
    figure.add_scatter(x=x, y=y, mode="markers", name="batch", marker=dots, hovertemplate=hover)
    figure.add_scatter(
        x=x,
        y=_moving_average(y, max(1, len(y) // 20)),
        mode="lines",
        name="moving average",
        line={"color": PALETTE[0], "width": 2},
        hovertemplate="around step %{x:.0f}: %{y:.4g}<extra></extra>",
    )
    return _lay_out(figure, title, "Step (batches)", LOSS_AXIS).update_layout(hovermode="closest")


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
    figure = _lay_out(go.Figure(heatmap), title, "Predicted class", "True class", height=440)
    ticks = {"tickvals": list(range(len(names))), "ticktext": names, "showgrid": False}
    figure.update_xaxes(**ticks, constrain="domain")
    figure.update_yaxes(**ticks, autorange="reversed", scaleanchor="x", constrain="domain")
    return figure.update_layout(hovermode="closest")


def duel(
    loss_difference: Sequence[float],
    gradient_difference: Sequence[float],
    seconds: Mapping[str, Sequence[float]],
    *,
    tolerance: float = 1e-4,
    title: str = "",
) -> go.Figure:
    """Draw two backends side by side, step by step from 1: how far apart, and how long each took.

    The differences are absolute: of the losses, and the largest of the gradients; `seconds`
    is by backend name. Losses under the dotted line (`tolerance`) count as equal.
    """
    panels = (
        "Loss difference (nats per picture)",
        "Largest gradient difference",
        "Time (ms)",
    )
    figure = make_subplots(3, 1, shared_xaxes=True, vertical_spacing=0.11, subplot_titles=panels)
    for row, values in enumerate((loss_difference, gradient_difference), 1):
        _add_difference(figure, row, values)
    figure.add_hline(tolerance, row=1, col=1, line={"color": NEUTRAL, "dash": "dot", "width": 1.5})
    for index, (name, times) in enumerate(seconds.items()):
        steps, milliseconds = list(range(1, len(times) + 1)), [1000 * value for value in times]
        figure.add_scatter(
            x=steps, y=milliseconds, name=html.escape(name), mode="lines+markers",
            line={"color": PALETTE[index], "width": 2}, marker={"size": 4},
            hovertemplate="%{y:.1f} ms", row=3, col=1,
        )  # fmt: skip
    _lay_out(figure, title, "", "", height=560)
    figure.update_annotations(x=0, xanchor="left", font_size=13)
    figure.update_xaxes(title_text="Step (batches)", row=3, col=1)
    figure.update_yaxes(type="log", tickformat="~e", nticks=5, row=1, col=1)
    figure.update_yaxes(type="log", tickformat="~e", nticks=5, row=2, col=1)
    return figure.update_yaxes(rangemode="tozero", row=3, col=1)


def to_json(figure: go.Figure) -> str:
    """Return the figure as Plotly JSON: what `live_chart` and `plotly.io.from_json` take."""
    return figure.to_json()


def to_html(*figures: go.Figure) -> str:
    """Return one HTML page with the figures, which opens with no network.

    It carries the whole of plotly.js, 4.8 MB, once however many figures there are: put what belongs
    together on one page, and keep `to_json` (some KB) where many are stored.
    """
    config = {"responsive": True, "showSendToCloud": False}
    bodies = [
        figure.to_html(full_html=False, include_plotlyjs=index == 0, config=config)
        for index, figure in enumerate(figures)
    ]
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Convolution Lab</title>'
    )
    return f'{head}</head><body style="font-family: sans-serif">{"".join(bodies)}</body></html>'


def _lay_out(figure: go.Figure, title: str, x: str, y: str, *, height: int = 380) -> go.Figure:
    """Give a figure the house's look; long titles wrap, and the legend stands below the chart."""
    clear = "rgba(0, 0, 0, 0)"
    axis = {"automargin": True, "zeroline": False, "title_standoff": 8}
    wrapped = "<br>".join(html.escape(line) for line in textwrap.wrap(title, 44))
    figure.update_layout(
        template=go.layout.Template(),  # Plotly's own weighs 7 KB and paints light backgrounds
        title={"text": wrapped, "font_size": 15, "x": 0, "xanchor": "left", "y": 0.98,
               "yref": "container", "yanchor": "top", "automargin": True, "pad": {"b": 24}},
        height=height,
        margin={"l": 8, "r": 12, "t": 32, "b": 8},
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        hovermode="x unified",
        uirevision="keep",  # zoom and hidden curves outlive an update
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    figure.update_xaxes(title_text=x or None, showgrid=False, **axis)
    figure.update_yaxes(title_text=y or None, gridcolor="rgba(138, 143, 152, 0.25)", **axis)
    return figure


def _epoch_axis(figure: go.Figure, epochs: int) -> None:
    """Number whole epochs; few get a tick each, more get every 2nd, 5th or 10th."""
    epochs = max(epochs, 1)
    step = next(10**k * m for k in range(9) for m in (1, 2, 5) if epochs <= 10 * 10**k * m)
    figure.update_xaxes(
        range=[0.5, epochs + 0.5],
        dtick=step,
        tick0=int(step < 5),
        unifiedhovertitle={"text": "Epoch %{x}"},
    )


def _drawable(values: Sequence[float]) -> list[float | None]:
    """Leave a hole where a loss is no number, so that the rest keeps its scale."""
    return [value if is_number(value) else None for value in values]


def _add_line(
    figure: go.Figure,
    kind: str,
    values: Sequence[float],
    color: str,
    *,
    value: str = "%{y:.4g}",
    gaps: Sequence[str] | None = None,
    run: str = "",
    legend: bool = True,
) -> None:
    if not len(values):
        return
    name, dash, opacity = _STYLES[kind]
    run = html.escape(run)
    figure.add_scatter(
        x=list(range(1, len(values) + 1)),
        y=_drawable(values),
        name=run if run and legend else f"{run} {name}".strip(),
        legendgroup=run or None,
        showlegend=legend,
        mode="lines+markers" if len(values) <= _MOST_MARKERS else "lines",
        line={"color": color, "dash": dash, "width": 2},
        marker={"size": 8 if len(values) == 1 else 4},
        opacity=opacity,
        customdata=gaps,
        hovertemplate=value + ("%{customdata}" if gaps else ""),
    )


def _gaps(train: Sequence[float], judged: Sequence[float]) -> list[str]:
    """Return what the hover says of the gap at each epoch."""
    pairs = zip(_drawable(train), _drawable(judged), strict=False)
    return ["" if None in pair else f", gap {pair[1] - pair[0]:+.4g}" for pair in pairs]


def _add_gap_band(
    figure: go.Figure, train: Sequence[float], judged: Sequence[float], color: str
) -> None:
    """Shade between the two losses: one outline, out along the judged, back along the train."""
    pairs = enumerate(zip(_drawable(train), _drawable(judged), strict=False), 1)
    both = [(epoch, low, high) for epoch, (low, high) in pairs if None not in (low, high)]
    if len(both) < 2:
        return
    epochs, lows, highs = map(list, zip(*both, strict=True))
    figure.add_scatter(
        x=epochs + epochs[::-1],
        y=highs + lows[::-1],
        fill="toself",
        fillcolor=color,
        opacity=0.2,
        mode="none",
        name="gap",
        hoverinfo="skip",
    )


def _mark_best(figure: go.Figure, verdict: Verdict, epochs: int) -> None:
    """Draw the line at the best epoch, its label above the chart, and tint what came after it."""
    best = verdict.best_epoch
    if best is None:
        return
    if verdict.region:
        figure.add_vrect(
            *verdict.region, fillcolor=f"rgba({ALARM}, 0.14)", line_width=0, layer="below",
            annotation={"text": "overfitting", "font_size": 12}, annotation_position="top right",
        )  # fmt: skip
    place = (best - 0.5) / max(epochs, 1)  # of the chart's width: the label must not leave it
    figure.add_vline(best, line={"color": NEUTRAL, "dash": "dashdot", "width": 1.5})
    figure.add_annotation(
        x=best, y=1, yref="paper", yanchor="bottom", showarrow=False, font_size=12,
        text=f"best epoch {best} ({verdict.judged} {verdict.best_loss:.3g})",
        xanchor="left" if place < 0.35 else "right" if place > 0.65 else "center",
    )  # fmt: skip


def _add_best_marker(
    figure: go.Figure, run: str, values: Sequence[float], verdict: Verdict, color: str
) -> None:
    figure.add_scatter(
        x=[verdict.best_epoch],
        y=_drawable([values[verdict.best_epoch - 1]]),
        mode="markers",
        legendgroup=html.escape(run),
        showlegend=False,
        name=f"{html.escape(run)} best epoch",
        marker={"symbol": "diamond", "size": 11, "color": color},
        hovertemplate=f"best, chosen on {verdict.judged}",
    )


def _add_style_key(figure: go.Figure) -> None:
    """Say in the legend which line is which, in a colour that is no run's."""
    for name, dash in (("train", "dash"), ("test", "solid")):
        line = {"color": NEUTRAL, "dash": dash, "width": 2}
        figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line=line)
    marker = {"symbol": "diamond", "size": 9, "color": NEUTRAL}
    figure.add_scatter(x=[None], y=[None], mode="markers", name="best epoch", marker=marker)


def _add_difference(figure: go.Figure, row: int, values: Sequence[float]) -> None:
    """Draw absolute differences on a log scale; exact zeros lie a tenth below the least other."""
    sizes = [abs(value) for value in values]
    floor = min((size for size in sizes if size > 0), default=1e-9) / 10
    figure.add_scatter(
        x=list(range(1, len(sizes) + 1)),
        y=[max(size, floor) if math.isfinite(size) else None for size in sizes],
        customdata=sizes,
        mode="lines+markers",
        line={"color": PALETTE[2], "width": 2},
        marker={"size": 4},
        showlegend=False,
        name="difference",
        hovertemplate="%{customdata:.2e}",
        row=row,
        col=1,
    )


def _moving_average(values: Sequence[float | None], width: int) -> list[float | None]:
    windows = (values[max(0, end - width) : end] for end in range(1, len(values) + 1))
    numbers = ([value for value in window if value is not None] for window in windows)
    return [sum(given) / len(given) if given else None for given in numbers]


def _thin(values: Sequence[float]) -> list[float]:
    """Return at most 500 values: means of neighbours where there are more."""
    size = math.ceil(len(values) / _MOST_POINTS) or 1
    return [float(np.mean(values[i : i + size])) for i in range(0, len(values), size)]
