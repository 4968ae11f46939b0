"""What runs reached against what it cost."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from convcore.errors import ConvcoreError
from lab.figures.look import NEUTRAL, lay_out

MOST_NAMED = 12  # runs; beyond, a legend would be taller than the chart
_WIDE = 30.0  # highest to lowest, beyond which an axis is logarithmic
_UNITS = ((7200.0, 3600.0, "h"), (300.0, 60.0, "min"), (0.0, 1.0, "s"))  # from, seconds, name


@dataclass(frozen=True)
class Scored:
    """What a run reached, as a share, and what that cost."""

    name: str
    color: str
    accuracy: float | None
    seconds: float | None
    parameters: int | None


def efficiency(rows: Sequence[Scored], *, against: str = "seconds", title: str = "") -> go.Figure:
    """Draw accuracy against what it cost; the dotted line joins the runs that none beats in both.

    Args:
        against: "seconds" or "parameters".
    """
    if against not in ("seconds", "parameters"):
        raise ConvcoreError(f"efficiency: against={against!r}. Choose seconds or parameters.")
    known = [(row, row.accuracy, getattr(row, against)) for row in rows]
    known = [(row, 100 * share, cost) for row, share, cost in known if None not in (share, cost)]
    costs = [cost for *_, cost in known]
    unit, name = time_unit(costs) if against == "seconds" else (1.0, "weights that learn")
    figure = go.Figure()
    _add_frontier(figure, [(cost / unit, percent) for _, percent, cost in known])
    for row, percent, cost in known:
        figure.add_scatter(
            x=[cost / unit],
            y=[percent],
            mode="markers",
            name=html.escape(row.name, quote=False),
            marker={"color": row.color, "size": 12},
            showlegend=len(rows) <= MOST_NAMED,
            hovertemplate="%{y:.2f} %, %{x:,.4~g}" + (f" {name}" if unit != 1 else ""),
        )
    label = f"Training time ({name})" if against == "seconds" else f"Parameters ({name})"
    lay_out(figure, title, label, "Best accuracy (percent)")
    if costs and min(costs) > 0 and max(costs) > _WIDE * min(costs):
        figure.update_xaxes(type="log", dtick="D2", tickformat="~s")
    return figure.update_layout(hovermode="closest")


def _add_frontier(figure: go.Figure, points: Sequence[tuple[float, float]]) -> None:
    """Join the points that none beats: each more accurate than all that cost less."""
    best: list[tuple[float, float]] = []
    for cost, percent in sorted(points, key=lambda point: (point[0], -point[1])):
        if not best or percent > best[-1][1]:
            best.append((cost, percent))
    if len(best) > 1:
        across, up = map(list, zip(*best, strict=True))
        figure.add_scatter(
            x=across, y=up, mode="lines", name="best for its cost", hoverinfo="skip",
            line={"color": NEUTRAL, "dash": "dot", "width": 1.5, "shape": "hv"},
        )  # fmt: skip


def time_unit(seconds: Sequence[float]) -> tuple[float, str]:
    """Return the unit, in seconds, and its name, in which the longest time reads well."""
    longest = max(seconds, default=0.0)
    return next((unit, name) for least, unit, name in _UNITS if longest >= least)
