"""A Plotly chart that grows while one looks at it: no flicker, and zoom and hidden curves stay.

`st.plotly_chart` builds its node anew on every change; this component keeps one node and calls
`Plotly.react` on it.
"""

import importlib.util
import shutil
import tempfile
from pathlib import Path
from typing import Protocol

import streamlit as st

from convcore.errors import ConvcoreError

_HERE = Path(__file__).parent
# Streamlit serves the folder static/ beside app.py under app/static (server.enableStaticServing).
STATIC = _HERE.parents[2] / "static"
_CHART = st.components.v2.component(
    "convolution_lab.live_chart",
    css=(_HERE / "live_chart.css").read_text(encoding="utf-8"),
    js=(_HERE / "live_chart.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # Plotly's styles go into the page's head; a shadow would shut them out
)


class Figure(Protocol):
    """What can be drawn: a `plotly.graph_objects.Figure`."""

    def to_json(self) -> str:
        """Return the figure as Plotly JSON."""


def live_chart(figure_json: str | Figure, *, key: str, label: str, height: int = 380) -> None:
    """Draw a figure that later calls with the same `key` update in place.

    Call it inside an `st.fragment(run_every=…)`. `label` is what a screen reader says of the chart;
    `height` is in pixels and fixed, so that the page does not jump.
    """
    provide_plotly(STATIC)
    figure = figure_json if isinstance(figure_json, str) else figure_json.to_json()
    _CHART(
        key=key,
        data={"figure": figure, "label": label, "height": height},
        height=height,
    )


def provide_plotly(folder: Path) -> Path:
    """Return `folder`/plotly.min.js, copied from the installed plotly package where it differs.

    Raises:
        ConvcoreError: the folder can't be written.
    """
    source = Path(importlib.util.find_spec("plotly").origin).parent / "package_data/plotly.min.js"
    target = folder / source.name
    if target.is_file() and target.stat().st_size == source.stat().st_size:
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as beside:
            # Renamed when whole: another process may be serving the file, or copying it too.
            Path(shutil.copyfile(source, Path(beside) / source.name)).replace(target)
    except OSError as error:
        raise ConvcoreError(
            f"live_chart: {target} can't be written ({error}). Make the folder writable."
        ) from error
    return target
