"""What people say about a run, and a line to say something."""

from typing import TYPE_CHECKING

import streamlit as st

from lab.records import Run, local_time
from lab.widgets.errors import plain, told

if TYPE_CHECKING:
    from lab.store import Store


def comment_panel(store: "Store", job: Run) -> None:
    """Draw the comments on a run, oldest first."""
    from lab import comments

    for each in comments.comments(job):
        with st.container(gap=None):
            st.caption(f"{plain(each.author)}{_moment(each.when)}")
            st.text(each.text)
    with told():
        text = st.chat_input(
            "Say something about this run", max_chars=comments.MOST, key=f"run.comment.{job.run_id}"
        )
        if text:
            comments.say(store, job.run_id, text)
            st.rerun(scope="fragment")


def _moment(seconds: float) -> str:
    """Return when it was said; nothing for a time that no calendar has."""
    moment = local_time(seconds)
    return f", {moment:%Y-%m-%d %H:%M}" if moment else ""
