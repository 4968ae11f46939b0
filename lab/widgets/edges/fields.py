"""Widgets that stand for one field of the setup: set from it, and taking their changes to it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from lab.edges.setup import EdgeSetup
from lab.widgets.edges.state import change


def set_to(name: str, value: Any) -> None:
    """Let the widget of this name show `value`, before it is drawn."""
    st.session_state[f"edges.{name}"] = value


def take(name: str) -> None:
    """Put what the widget of this name now says into the setup."""
    change(_changed(name))


def slider(
    name: str, label: str, value: float, most: float, step: float, about: str | None = None
) -> None:
    """Draw a slider from 0 to `most` for the field of this name."""
    set_to(name, float(value))
    st.slider(
        label,
        0.0,
        max(most, float(value)),  # a link may hold more than is offered
        step=step,
        key=f"edges.{name}",
        on_change=take,
        args=(name,),
        help=about,
    )


def _changed(name: str) -> Callable[[EdgeSetup], EdgeSetup]:
    """Set one field; of the two levels, the other one gives way."""
    value = st.session_state[f"edges.{name}"]

    def make(setup: EdgeSetup) -> EdgeSetup:
        also = {}
        if name == "low":
            also = {"high": max(value, setup.high)}
        elif name == "high":
            also = {"low": min(value, setup.low)}
        return setup.changed(**{name: value, **also})

    return make
