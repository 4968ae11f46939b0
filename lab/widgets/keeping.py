"""Keeping what a page shows as a run in MLflow, and opening what was kept."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from lab.widgets.errors import plain, told
from lab.widgets.reading import opened_store

if TYPE_CHECKING:
    from lab.store import Store

_MOST_RUNS = 8
_DOUBLE_CLICK = 2.0  # seconds in which the same thing is not logged again


def keeping(
    kind: str,
    title: str,
    shown: str,
    put: "Callable[[Store, str], str]",
    show: Callable[[str], None],
) -> None:
    """Draw the button that logs the screen, and the runs that were logged.

    Args:
        kind: one of `records.KEPT`.
        title: what the run is called if nobody names it.
        shown: a text that differs for screens that differ.
        put: takes the store and a name, and returns the id of the new run.
        show: shows what the run of this id has kept.
    """
    name = st.text_input(
        "Name of the run", max_chars=80, key=f"{kind}.run_name", placeholder=title
    ).strip()
    if st.button("Log to MLflow", icon=":material/save:", key=f"{kind}.log"):
        with told():
            _log(kind, shown + name, lambda store: put(store, name or title))
    with told():
        _logged(kind, show)


def _log(kind: str, what: str, put: "Callable[[Store], str]") -> None:
    last, when = st.session_state.get(f"{kind}.logged", ("", 0.0))
    if last == what and time.monotonic() - when < _DOUBLE_CLICK:
        return
    with st.spinner("Logging …"):
        run_id = put(opened_store())
    st.session_state[f"{kind}.logged"] = what, time.monotonic()
    st.toast(f"Logged as run {run_id[:8]} in the experiment “{kind}”.", icon=":material/save:")


def _logged(kind: str, show: Callable[[str], None]) -> None:
    from lab.keeping import kept

    runs = kept(opened_store(), kind)
    if not runs:
        st.caption("Nothing has been logged from here yet.")
        return
    st.caption("Logged so far, newest first; each opens here as it was, and undo leads back.")
    for run in runs[:_MOST_RUNS]:
        verdict = run.tags.get("convlab.verdict")
        # A link to the page that is open would change the screen, but not the address.
        st.button(
            plain(f"{run.name} · {verdict}" if verdict else run.name),
            icon=":material/history:",
            type="tertiary",
            key=f"{kind}.kept.{run.run_id}",
            on_click=show,
            args=(run.run_id,),
        )
