"""Widgets that stand for a field of what a page shows.

Each says `value` whenever it is drawn, and hands what a person makes of it to `take`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

Take = Callable[[Any], object]


def choice(
    key: str, label: str, options: Mapping[Any, str], value: Any, take: Take, about: str = ""
) -> None:
    """Draw a list of `options`, {value: what a person reads}."""
    st.session_state[key] = value
    st.selectbox(
        label,
        list(options),
        format_func=options.get,
        key=key,
        on_change=_taking(key, take),
        help=about,
    )


def suggestions(
    key: str, label: str, options: Mapping[Any, str], value: Any, take: Take, about: str = ""
) -> None:
    """Draw a list of ready-made things; `value` is None while none of them is on the screen."""
    st.session_state[key] = value
    st.selectbox(
        label,
        list(options),
        index=None,
        placeholder="Your own",
        format_func=options.get,
        key=key,
        on_change=_taking(key, lambda chosen: chosen and take(chosen)),
        help=about,
    )


def segments(
    key: str, label: str, options: Mapping[Any, str], value: Any, take: Take, about: str = ""
) -> None:
    """Draw a few options side by side."""
    st.session_state[key] = value
    st.segmented_control(
        label,
        list(options),
        format_func=options.get,
        key=key,
        required=True,
        on_change=_taking(key, take),
        help=about,
    )


def toggle(key: str, label: str, value: bool, take: Take, about: str = "") -> None:
    """Draw a switch."""
    st.session_state[key] = value
    st.toggle(label, key=key, on_change=_taking(key, take), help=about)


def slider(
    key: str,
    label: str,
    value: float,
    bounds: tuple[float, float],
    step: float,
    take: Take,
    about: str = "",
) -> None:
    """Draw a slider; a link may hold less or more than it offers."""
    kind = int if isinstance(step, int) else float
    st.session_state[key] = kind(value)
    low, high = (kind(bound) for bound in (min(bounds[0], value), max(bounds[1], value)))
    st.slider(label, low, high, step=step, key=key, on_change=_taking(key, take), help=about)


def whole(
    key: str,
    label: str,
    value: int,
    take: Take,
    about: str = "",
    *,
    least: int | None = None,
    most: int | None = None,
) -> None:
    """Draw a whole number."""
    st.session_state[key] = value
    st.number_input(label, least, most, step=1, key=key, on_change=_taking(key, take), help=about)


def real(key: str, label: str, value: float, take: Take, about: str = "") -> None:
    """Draw a real number; one press of + or − is a tenth of it."""
    st.session_state[key] = value
    st.number_input(
        label,
        step=max(abs(value) / 10, 1e-12),
        format="%.5g",
        key=key,
        on_change=_taking(key, take),
        help=about,
    )


def numbers(key: str, label: str, rows: Sequence, take: Take, about: str, height: int) -> None:
    """Draw numbers as text; `take` gets the text, for `parse_matrix`."""
    st.session_state[key] = as_text(rows)
    st.text_area(label, key=key, height=height, on_change=_taking(key, take), help=about)


def as_text(values: Sequence) -> str:
    """Return rows as a spreadsheet pastes them, a blank line between channels."""
    if not isinstance(values[0], Sequence):
        return "\t".join(map(_exact, values))
    between = "\n" if not isinstance(values[0][0], Sequence) else "\n\n"
    return between.join(map(as_text, values))


def _exact(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _taking(key: str, take: Take) -> Callable[[], None]:
    def taking() -> None:
        take(st.session_state[key])

    return taking
