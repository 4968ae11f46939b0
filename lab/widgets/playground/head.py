"""Above the playground: the presets, and undo, redo, reset and random."""

import streamlit as st

from lab.widgets import fields
from lab.widgets.playground.state import FIRST, Now, change, take_preset
from lab.widgets.screen import history_buttons


def head(shown: Now) -> None:
    """Draw them, and what the preset on the screen is about."""
    from lab.playground.presets import PRESETS

    choice, about = st.columns([3, 7], gap="medium")
    titles = {name: f"{each.group} · {each.title}" for name, each in PRESETS.items()}
    with choice:
        fields.suggestions(
            "playground.preset",
            "Preset",
            titles,
            shown.preset,
            take_preset,
            "Fills the whole screen. Undo leads back.",
        )
    with about.container(horizontal=True, gap="small"):
        history_buttons("playground", shown, lambda: take_preset(FIRST))
        st.button(
            "Random",
            icon=":material/casino:",
            type="tertiary",
            key="playground.random",
            on_click=_random,
            help="New numbers everywhere, of the same sizes.",
        )
    if shown.preset and not shown.hidden:  # it often tells what comes out
        chosen = PRESETS[shown.preset]
        about.caption(f"{chosen.about} *See:* {chosen.notice} *Try:* {chosen.try_this}")


def _random() -> None:
    from lab.playground import edits

    seed = st.session_state["playground.seed"] = st.session_state.get("playground.seed", 0) + 1
    change(lambda setup: edits.randomised(setup, seed))
