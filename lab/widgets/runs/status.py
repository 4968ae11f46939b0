"""The states of a run: a word, an icon and a colour for each."""

from typing import NamedTuple

import streamlit as st


class Look(NamedTuple):
    """How a state is shown."""

    icon: str
    color: str
    word: str


STATUS = {
    "SCHEDULED": Look(":material/hourglass_empty:", "gray", "waiting"),
    "RUNNING": Look(":material/play_circle:", "blue", "training"),
    "FINISHED": Look(":material/check_circle:", "green", "finished"),
    "KILLED": Look(":material/stop_circle:", "orange", "stopped"),
    "FAILED": Look(":material/error:", "red", "failed"),
}


def status_badge(status: str) -> None:
    """Draw a run's status."""
    look = STATUS[status]
    st.badge(look.word, icon=look.icon, color=look.color)
