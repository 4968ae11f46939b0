"""Figures as files."""

import plotly.graph_objects as go


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
