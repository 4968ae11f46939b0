"""All settings of the screen as widgets; each change goes through `state`."""

import streamlit as st

from lab.edges.setup import BORDERS, MOST_BLUR, VIEWS, EdgeSetup
from lab.widgets import fields
from lab.widgets.edges.kernel import kernel
from lab.widgets.edges.picture import picture
from lab.widgets.edges.state import Now, change, setting
from lab.widgets.screen import history_buttons

_VIEW_HELP = (
    "**Response**: what the kernel answers, signed. **Strength** and **direction**: of the kernel "
    "and its partner across. **Threshold**: response beyond a level. **Thinned** and **edges**: "
    "the last steps of Canny's method."
)
_BORDERS = {
    "reflect": "mirror image",
    "replicate": "last pixel again",
    "circular": "the other side",
    "zeros": "zeros (black)",
    "valid": "nothing: only where it fits",
}


def settings(shown: Now) -> None:
    """Draw every setting."""
    with st.container(horizontal=True, gap="small"):
        history_buttons("edges", shown, lambda: change(lambda _: EdgeSetup()))
    _start(shown.setup)
    picture(shown)
    kernel(shown.setup)
    _spoil(shown.setup)


def view(setup: EdgeSetup) -> None:
    """Draw the choice of what is shown, with the levels that it takes."""
    views = {name: name.capitalize() for name in VIEWS}
    fields.segments("edges.view", "Shown", views, setup.view, setting("view"), _VIEW_HELP)
    if setup.view == "threshold":
        _percent("level", "Level (% of the strongest response)", setup.level, setting("level"))
    if setup.view == "edges":
        low, high = st.columns(2)
        with low:
            _percent("low", "Low (% of the greatest strength)", setup.low, _set_low)
        with high:
            _percent("high", "High (%): begins an edge", setup.high, _set_high)


def _percent(name: str, label: str, value: float, take: fields.Take) -> None:
    fields.slider(f"edges.{name}", label, value, (0, 100), 0.5, take)


def _set_low(low: float) -> None:
    change(lambda setup: setup.changed(low=low, high=max(low, setup.high)))


def _set_high(high: float) -> None:
    change(lambda setup: setup.changed(high=high, low=min(high, setup.low)))


def _start(setup: EdgeSetup) -> None:
    from lab.edges.starts import STARTS

    current = next((name for name, start in STARTS.items() if start.setup == setup), None)
    fields.suggestions(
        "edges.start",
        "Start",
        {name: start.title for name, start in STARTS.items()},
        current,
        lambda name: change(lambda _: STARTS[name].setup),
        "Sets the whole screen. Undo leads back.",
    )
    if current:
        st.caption(f"*See:* {STARTS[current].notice}")


def _spoil(setup: EdgeSetup) -> None:
    with st.expander("Noise, blur, border", expanded=bool(setup.noise or setup.salt or setup.blur)):
        fields.slider(
            "edges.noise",
            "Noise (standard deviation, 1 = black to white)",
            setup.noise,
            (0, 0.5),
            0.01,
            setting("noise"),
            "A random number on every pixel, always the same ones.",
        )
        fields.slider(
            "edges.salt",
            "Salt and pepper (% of the pixels)",
            setup.salt,
            (0, 50),
            0.5,
            setting("salt"),
            "Pixels that turn black or white.",
        )
        fields.slider(
            "edges.blur",
            "Blur (σ, pixels)",
            setup.blur,
            (0, MOST_BLUR),
            0.1,
            setting("blur"),
            "A Gaussian over the noisy picture: the first step of Canny's method.",
        )
        borders = {name: _BORDERS[name] for name in BORDERS}
        fields.choice(
            "edges.border",
            "Beyond the border",
            borders,
            setup.border,
            setting("border"),
            "What the kernel meets where it hangs over the rim of the picture.",
        )
        fields.toggle(
            "edges.transpose_picture",
            "Transpose the picture",
            setup.transpose_picture,
            setting("transpose_picture"),
            "Rows become columns, as if seen in a mirror along the diagonal.",
        )
