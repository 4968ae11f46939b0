"""All settings of the screen as widgets; each change goes through `state`."""

import streamlit as st

from lab.edges.setup import BORDERS, MOST_BLUR, VIEWS, EdgeSetup
from lab.widgets.edges.fields import set_to, slider, take
from lab.widgets.edges.kernel import kernel
from lab.widgets.edges.picture import picture
from lab.widgets.edges.state import Now, change

_VIEWS = {
    "response": "Response",
    "strength": "Strength",
    "direction": "Direction",
    "threshold": "Threshold",
    "thinned": "Thinned",
    "edges": "Edges",
}
_BORDERS = {
    "reflect": "mirror image",
    "replicate": "last pixel again",
    "circular": "the other side",
    "zeros": "zeros (black)",
    "valid": "nothing: only where it fits",
}


def settings(shown: Now) -> None:
    """Draw every setting."""
    _start(shown.setup)
    picture(shown)
    kernel(shown.setup)
    _spoil(shown.setup)


def view(setup: EdgeSetup) -> None:
    """Draw the choice of what is shown, with the levels that it takes."""
    set_to("view", setup.view)
    st.segmented_control(
        "Shown",
        VIEWS,
        format_func=_VIEWS.get,
        key="edges.view",
        required=True,
        on_change=take,
        args=("view",),
        help="**Response**: what the kernel answers, signed. **Strength** and **direction**: of "
        "the kernel and its partner across. **Threshold**: response beyond a level. **Thinned** "
        "and **edges**: the last steps of Canny's method.",
    )
    if setup.view == "threshold":
        slider("level", "Level (% of the strongest response)", setup.level, 100.0, 0.5)
    if setup.view == "edges":
        low, high = st.columns(2)
        with low:
            slider("low", "Low (% of the greatest strength)", setup.low, 100.0, 0.5)
        with high:
            slider("high", "High (%): begins an edge", setup.high, 100.0, 0.5)


def _start(setup: EdgeSetup) -> None:
    from lab.edges.starts import STARTS

    current = next((name for name, start in STARTS.items() if start.setup == setup), None)
    set_to("start", current)
    st.selectbox(
        "Start",
        list(STARTS),
        index=None,
        placeholder="Your own",
        format_func=lambda name: STARTS[name].title,
        key="edges.start",
        on_change=lambda: _begin(st.session_state["edges.start"]),
        help="Sets the whole screen.",
    )
    if current:
        st.caption(f"*See:* {STARTS[current].notice}")


def _begin(name: str | None) -> None:
    from lab.edges.starts import STARTS

    if name:
        change(lambda _: STARTS[name].setup)


def _spoil(setup: EdgeSetup) -> None:
    with st.expander("Noise, blur, border", expanded=bool(setup.noise or setup.salt or setup.blur)):
        slider(
            "noise",
            "Noise (standard deviation, 1 = black to white)",
            setup.noise,
            0.5,
            0.01,
            "A random number on every pixel, always the same ones.",
        )
        slider(
            "salt",
            "Salt and pepper (% of the pixels)",
            setup.salt,
            50.0,
            0.5,
            "Pixels that turn black or white.",
        )
        slider(
            "blur",
            "Blur (σ, pixels)",
            setup.blur,
            MOST_BLUR,
            0.1,
            "A Gaussian over the noisy picture: the first step of Canny's method.",
        )
        set_to("border", setup.border)
        st.selectbox(
            "Beyond the border",
            BORDERS,
            format_func=_BORDERS.get,
            key="edges.border",
            on_change=take,
            args=("border",),
        )
        set_to("transpose_picture", setup.transpose_picture)
        st.toggle(
            "Transpose the picture",
            key="edges.transpose_picture",
            on_change=take,
            args=("transpose_picture",),
        )
