"""The widgets of one setting each: set from the experiment before they are drawn."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from lab.widgets.kernel_learning.state import change


def set_to(name: str, value: Any) -> None:
    """Change one setting of how the kernel is learned."""
    change(lambda experiment: experiment.configured(**{name: value}))


def select(
    name: str,
    label: str,
    options: dict,
    value: Any,
    take: Callable[[Any], None],
    help: str,  # noqa: A002 - the word Streamlit uses
) -> None:
    """Draw a choice of `options`, {value: what a person reads}; `take` takes the new value."""
    key = f"kernel_learning.{name}"
    st.session_state[key] = value
    st.selectbox(
        label,
        list(options),
        format_func=options.get,
        key=key,
        help=help,
        on_change=lambda: take(st.session_state[key]),
    )


def toggle(name: str, label: str, value: bool, help: str) -> None:  # noqa: A002
    """Draw a setting that is on or off."""
    key = f"kernel_learning.{name}"
    st.session_state[key] = value
    st.toggle(label, key=key, help=help, on_change=lambda: set_to(name, st.session_state[key]))


def number(name: str, label: str, value: int, take: Callable[[int], None]) -> None:
    """Draw a whole number; its bounds are the config's own, which says them in a sentence."""
    key = f"kernel_learning.{name}"
    st.session_state[key] = value
    st.number_input(
        label, step=1, key=key, help=_help(name), on_change=lambda: take(st.session_state[key])
    )


def real(name: str, label: str, value: float, help: str) -> None:  # noqa: A002
    """Draw a setting that is a real number; one press of + or − is a tenth of it."""
    key = f"kernel_learning.{name}"
    st.session_state[key] = value
    st.number_input(
        label,
        step=max(abs(value) / 10, 1e-12),
        format="%.5g",
        key=key,
        help=help,
        on_change=lambda: set_to(name, st.session_state[key]),
    )


def _help(name: str) -> str | None:
    from dataclasses import fields

    from convcore.kernel_learning.config import LearnConfig

    field = {
        "rows": "kernel_size", "columns": "kernel_size",
        "pad_rows": "padding", "pad_columns": "padding",
    }.get(name, name)  # fmt: skip
    return next(spec.metadata["help"] for spec in fields(LearnConfig) if spec.name == field)


def matrix(name: str, label: str, rows: Sequence, make: Callable[[Any], Any]) -> None:
    """Draw a matrix as text; `make` makes the new experiment of the old one and the rows."""
    key = f"kernel_learning.{name}"
    st.session_state[key] = as_text(rows)
    st.text_area(
        label,
        key=key,
        height=min(180, 60 + 24 * len(rows)),
        help="Rows from a spreadsheet, or a Python list. What does not fit changes nothing.",
        on_change=lambda: _paste(key, make),
    )


def _paste(key: str, make: Callable[[Any], Any]) -> None:
    from lab.playground.numbers import parse_matrix

    text = st.session_state[key]
    change(lambda experiment: make(experiment, parse_matrix(text)))


def as_text(rows: Sequence) -> str:
    """Return a matrix as a spreadsheet would paste it."""
    return "\n".join("\t".join(f"{value:.12g}" for value in row) for row in rows)
