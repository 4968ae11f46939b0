"""Two pictures of one place: a slider between them, or side by side, zoomed and moved together."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.bidi_component.state import ComponentResult

_HERE = Path(__file__).parent
_COMPARE = st.components.v2.component(
    "convolution_lab.compare",
    css=(_HERE / "compare.css").read_text(encoding="utf-8"),
    js=(_HERE / "compare.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # so that a test finds what it looks for from the page
)


def compare(
    panes: list[dict[str, Any]],
    size: tuple[int, int],
    *,
    key: str,
    beside: bool = False,
    box: tuple[float, float, float, float] | None = None,
    pin: tuple[int, int] | None = None,
    on_event: Callable[[ComponentResult], None] = lambda _: None,
) -> ComponentResult:
    """Draw two panes, before and after, and have `on_event` called when one is pinned or zoomed.

    Args:
        panes: two of {label, picture, detail}: addresses of pictures; `detail` lies on the part
            `box` of the picture, in more pixels, or is None.
        size: rows and columns of the picture itself.
        key: tells one such component from another.
        beside: whether they stand side by side until somebody wants the slider.
        box: left, top, width and height of the details, as shares of the picture.
        pin: row and column of the marked pixel.
        on_event: called with the result below, before the page reruns.

    Returns:
        pin: [row, column] that was clicked, or None.
        region: [left, top, width, height] that is seen, or None for all of it.
    """

    def heard() -> None:
        on_event(st.session_state[key])

    data = {"panes": panes, "rows": size[0], "columns": size[1], "beside": beside}
    data |= {"box": box, "pin": pin}
    return _COMPARE(
        key=key,
        data=data,
        default={"pin": None, "region": None},
        on_pin_change=heard,
        on_region_change=heard,
    )
