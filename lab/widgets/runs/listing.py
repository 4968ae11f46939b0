"""Which runs the table shows."""

import streamlit as st

from lab.records import KEPT, Run
from lab.widgets.reading import opened_store

SHOWN = {"trainings": "Trainings", "everything": "Everything", "trash": "Trash"}
_FRESH = 3.0  # seconds that a filtered list is shown again without asking the store


def listed(words: str, filter_string: str, which: str) -> list[Run]:
    """Return the runs, newest first, that MLflow's filter admits and that hold all the words.

    Raises:
        StoreError: the filter is wrong, or the store cannot be reached.
    """
    found = _found(filter_string.strip(), which)
    wanted = words.casefold().split()
    return [
        run
        for run in found
        if all(word in _text(run) for word in wanted)
        and (which != "trainings" or run.tags.get("convlab.kind") not in KEPT)
    ]


def look_again(*run_ids: str) -> None:
    """Read these runs anew: they have just been changed here."""
    _filtered.clear()
    _whole().look_again(*run_ids)


def _found(filter_string: str, which: str) -> list[Run]:
    if filter_string or which == "trash":
        return _filtered(filter_string, which == "trash")
    return _whole().runs()


def _whole():
    from dataclasses import replace

    from lab.run_list import run_list

    # One list for all: who looks does not change what is there.
    return run_list(replace(opened_store().settings, author=""))


@st.cache_data(ttl=_FRESH, max_entries=20, show_spinner=False)
def _filtered(filter_string: str, deleted: bool) -> list[Run]:
    return opened_store().runs(filter_string=filter_string, deleted=deleted, limit=5000)


def _text(run: Run) -> str:
    """Return all that can be searched."""
    tags = (text for name, text in run.tags.items() if name != "convlab.config")
    parts = (run.name, run.run_id, run.status, *run.params.values(), *run.tags, *tags)
    return "\n".join(parts).casefold()
