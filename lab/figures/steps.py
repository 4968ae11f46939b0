"""What happens step by step: the loss of each batch, and the duel of the backends."""

import html
import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from convcore.errors import ConvcoreError
from lab.figures.look import LOSS_AXIS, NEUTRAL, PALETTE, drawable, lay_out

_MOST_POINTS = 500  # drawn per batch curve: about the width of a chart in pixels


def batch_losses(steps: Sequence[int], losses: Sequence[float], *, title: str = "") -> go.Figure:
    """Draw the loss of each training step, with a moving average over a twentieth of them.

    Above 500 steps neighbours are drawn as their mean, so that a long run stays light.
    """
    if len(steps) != len(losses):
        raise ConvcoreError(
            f"batch_losses: {len(steps)} steps but {len(losses)} losses. Give one loss per step."
        )
    x, y = _thin(steps), drawable(_thin(losses))
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
    return lay_out(figure, title, "Step (batches)", LOSS_AXIS).update_layout(hovermode="closest")


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
            x=steps, y=milliseconds, name=html.escape(name, quote=False), mode="lines+markers",
            line={"color": PALETTE[index], "width": 2}, marker={"size": 4},
            hovertemplate="%{y:.1f} ms", row=3, col=1,
        )  # fmt: skip
    lay_out(figure, title, "", "", height=560)
    figure.update_annotations(x=0, xanchor="left", font_size=13)
    figure.update_xaxes(title_text="Step (batches)", row=3, col=1)
    figure.update_yaxes(type="log", tickformat="~e", nticks=5, row=1, col=1)
    figure.update_yaxes(type="log", tickformat="~e", nticks=5, row=2, col=1)
    return figure.update_yaxes(rangemode="tozero", row=3, col=1)


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
