"""The film of a kernel being learned: played, stepped and scrubbed in the browser alone.

It draws a scene (`lab.kernel_learning.film.scene`) and computes nothing but colours and differences
from Y for colouring. A clicked weight comes to Python with the step that was on the screen.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_FILM = st.components.v2.component(
    "convolution_lab.film",
    css=(_HERE / "film.css").read_text(encoding="utf-8"),
    js=(_HERE / "film.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # so that a test finds what it looks for from the page
)


def film(
    scene: dict[str, Any], *, key: str, on_pick: Callable[[dict[str, Any]], None] = lambda _: None
) -> None:
    """Draw `scene`; it opens on the last frame.

    Args:
        on_pick: takes {position: [output, input, row, column], step} of a clicked weight.
    """

    def heard() -> None:
        if picked := st.session_state[key].picked:
            on_pick(picked)

    _FILM(key=key, data=scene, default={"picked": None}, on_picked_change=heard)
