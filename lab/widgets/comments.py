"""What people say about a run, and a line to say something."""

from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from lab.records import Run
from lab.widgets.errors import plain, told

if TYPE_CHECKING:
    from lab.store import Store


def comment_panel(store: "Store", job: Run) -> None:
    """Draw the comments on a run, oldest first."""
    from lab import comments

    for each in comments.comments(job):
        when = datetime.fromtimestamp(each.when).strftime("%Y-%m-%d %H:%M")
        with st.container(gap=None):
            st.caption(f"{plain(each.author)}, {when}")
            st.text(each.text)
    with told():
        text = st.chat_input(
            "Say something about this run", max_chars=comments.MOST, key=f"run.comment.{job.run_id}"
        )
        if text:
            comments.say(store, job.run_id, text)
            st.rerun(scope="fragment")
