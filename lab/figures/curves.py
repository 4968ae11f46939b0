"""Losses and accuracies by epoch: the figures in which overfitting must be obvious."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from convcore.overfitting import Verdict
from lab.figures.look import (
    ACCURACY_AXIS,
    ALARM,
    LOSS_AXIS,
    NEUTRAL,
    PALETTE,
    drawable,
    epoch_axis,
    lay_out,
)

# metric prefix → (name in the legend, dash, opacity)
STYLES = {
    "train": ("train, running", "dash", 0.6),
    "fair_train": ("train, fair", "dash", 1.0),
    "validation": ("validation", "dot", 1.0),
    "test": ("test", "solid", 1.0),
}
MOST_MARKERS = 30  # epochs; beyond, dots on a line only thicken it


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
    losses = {name: list(curves.get(f"{name}_loss", ())) for name in STYLES}
    train = losses["fair_train"] or losses["train"]
    _add_gap_band(figure, train, losses[verdict.judged], color)
    for name, values in losses.items():
        gaps = _gaps(train, values) if name == verdict.judged else None
        _add_line(figure, name, values, color, gaps=gaps)
    longest = max(map(len, losses.values()))
    _mark_best(figure, verdict, max(longest, epochs or 0))
    lay_out(figure, title, "Epoch", LOSS_AXIS)
    epoch_axis(figure, max(longest, epochs or 0))
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
    shares = {name: list(curves.get(f"{name}_accuracy", ())) for name in STYLES}
    for name, values in shares.items():
        percent = [100 * value for value in values]
        _add_line(figure, name, percent, color, value="%{y:.2f} %")
    lay_out(figure, title, "Epoch", ACCURACY_AXIS)
    epoch_axis(figure, max(*map(len, shares.values()), epochs or 0))
    return figure


def _add_line(
    figure: go.Figure,
    kind: str,
    values: Sequence[float],
    color: str,
    *,
    value: str = "%{y:.4g}",
    gaps: Sequence[str] | None = None,
) -> None:
    if not len(values):
        return
    name, dash, opacity = STYLES[kind]
    figure.add_scatter(
        x=list(range(1, len(values) + 1)),
        y=drawable(values),
        name=name,
        mode="lines+markers" if len(values) <= MOST_MARKERS else "lines",
        line={"color": color, "dash": dash, "width": 2},
        marker={"size": 8 if len(values) == 1 else 4},
        opacity=opacity,
        customdata=gaps,
        hovertemplate=value + ("%{customdata}" if gaps else ""),
    )


def _gaps(train: Sequence[float], judged: Sequence[float]) -> list[str]:
    """Return what the hover says of the gap at each epoch."""
    pairs = zip(drawable(train), drawable(judged), strict=False)
    return ["" if None in pair else f", gap {pair[1] - pair[0]:+.4g}" for pair in pairs]


def _add_gap_band(
    figure: go.Figure, train: Sequence[float], judged: Sequence[float], color: str
) -> None:
    """Shade between the two losses: one outline, out along the judged, back along the train."""
    pairs = enumerate(zip(drawable(train), drawable(judged), strict=False), 1)
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
