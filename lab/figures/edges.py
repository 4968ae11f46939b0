"""The histogram of a response, and the kernel seen in other ways."""

import numpy as np
import plotly.graph_objects as go

from lab.figures.look import ALARM, PALETTE, lay_out


def response_histogram(counts: np.ndarray, borders: np.ndarray, level: float) -> go.Figure:
    """Draw how many pixels answer how strongly, and the level on both sides of 0.

    Shape:
        counts (N,), borders (N + 1,)
    """
    middles = (borders[:-1] + borders[1:]) / 2
    figure = go.Figure()
    hover = "%{y:,} pixels around %{x:.4g}<extra></extra>"
    figure.add_bar(
        x=middles, y=counts, marker={"color": PALETTE[0], "line_width": 0}, hovertemplate=hover
    )
    for at in {level, -level}:
        figure.add_vline(at, line={"color": f"rgb({ALARM})", "width": 2})
    lay_out(figure, "", "Response", "Pixels (logarithmic)", height=260)
    figure.update_yaxes(type="log", dtick=1)
    return figure.update_layout(bargap=0, hovermode="closest", showlegend=False)


def frequency_response(gain: np.ndarray) -> go.Figure:
    """Draw how strongly a kernel passes waves; the middle is an even picture, the rim the finest.

    Shape:
        gain (N, N): of frequencies from −½ to ½ cycles a pixel, rows down
    """
    places = np.linspace(-0.5, 0.5, len(gain))
    figure = go.Figure(
        go.Heatmap(
            z=gain,
            x=places,
            y=places,
            zmin=0,
            colorscale="Viridis",
            colorbar={"thickness": 10, "title": "gain"},
            hovertemplate="x %{x:.2f}, y %{y:.2f}: gain %{z:.4g}<extra></extra>",
        )
    )
    lay_out(figure, "Frequency response", "x (cycles a pixel)", "y (cycles a pixel)", height=360)
    figure.update_yaxes(autorange="reversed", scaleanchor="x", constrain="domain", showgrid=False)
    return figure.update_layout(hovermode="closest")


def kernel_surface(weights: np.ndarray) -> go.Figure:
    """Draw (K_h, K_w) weights as hills and hollows, row 0 at the back."""
    limit = float(np.abs(weights).max()) or 1.0
    figure = go.Figure(
        go.Surface(
            z=weights,
            cmin=-limit,
            cmax=limit,
            colorscale=[[0, "rgb(33, 102, 172)"], [0.5, "#f7f7f7"], [1, "rgb(178, 24, 43)"]],
            showscale=False,
            hovertemplate="row %{y}, column %{x}: %{z:.4g}<extra></extra>",
        )
    )
    lay_out(figure, "The kernel as a landscape", "", "", height=360)
    axes = {"showbackground": False, "gridcolor": "rgba(138, 143, 152, 0.4)"}
    scene = {
        "xaxis": {"title": {"text": "column"}, "dtick": 1 + weights.shape[1] // 8, **axes},
        "yaxis": {
            "title": {"text": "row"},
            "autorange": "reversed",
            "dtick": 1 + weights.shape[0] // 8,
            **axes,
        },
        "zaxis": {"title": {"text": "weight"}, "nticks": 4, **axes},
        "aspectmode": "manual",
        "aspectratio": {"x": 1.2, "y": 1.2, "z": 0.7},
    }
    return figure.update_layout(scene=scene)
