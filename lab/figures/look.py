"""The look that all figures share.

One colour per run everywhere; train dashed, validation dotted, test solid. Backgrounds are clear
and no text colour is set, so the theme of the page around a figure (light or dark) decides both.
"""

import html
import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from convcore.overfitting import is_number

# Okabe & Ito's colours for the colour-blind, without the two that vanish on white or on black; the
# blue a little lighter, for dark pages.
PALETTE = ("#1F84CC", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
ALARM = "213, 94, 0"  # vermillion, for what has gone wrong
NEUTRAL = "#8A8F98"  # a grey that reads on white and on black

LOSS_AXIS = "Cross-entropy loss (nats per picture)"
ACCURACY_AXIS = "Accuracy (percent)"


def lay_out(figure: go.Figure, title: str, x: str, y: str, *, height: int = 380) -> go.Figure:
    """Give a figure the house's look; long titles wrap, and the legend stands below the chart."""
    clear = "rgba(0, 0, 0, 0)"
    axis = {"automargin": True, "zeroline": False, "title_standoff": 8}
    wrapped = "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(title, 44))
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


def epoch_axis(figure: go.Figure, epochs: int) -> None:
    """Number whole epochs; few get a tick each, more get every 2nd, 5th or 10th."""
    epochs = max(epochs, 1)
    step = next(10**k * m for k in range(9) for m in (1, 2, 5) if epochs <= 10 * 10**k * m)
    figure.update_xaxes(
        range=[0.5, epochs + 0.5],
        dtick=step,
        tick0=int(step < 5),
        unifiedhovertitle={"text": "Epoch %{x}"},
    )


def drawable(values: Sequence[float]) -> list[float | None]:
    """Leave a hole where a loss is no number, so that the rest keeps its scale."""
    return [value if is_number(value) else None for value in values]
