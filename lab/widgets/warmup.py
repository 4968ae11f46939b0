"""Imports what is heavy behind the first page, so that the next one need not wait."""

import gc
import importlib
import threading

import streamlit as st

_HEAVY = ("lab.jobs", "lab.figures", "convcore.training", "pandas")


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Start the imports, once a process; a page that needs one sooner just waits for it."""
    thread = threading.Thread(target=_import_all, name="warm-up", daemon=True)
    thread.start()
    return thread


def _import_all() -> None:
    for module in _HEAVY:
        importlib.import_module(module)
    # Streamlit collects garbage after every rerun. Half a million objects of these libraries need
    # not be walked each time: that took a third of a second, and now takes a few milliseconds.
    gc.collect()
    gc.freeze()
