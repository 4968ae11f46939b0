"""Every run with its best figures; open one, or lay several over each other."""

import streamlit as st

from lab.widgets.errors import told
from lab.widgets.frame import next_page, require_frame
from lab.widgets.runs.actions import actions, undo_line
from lab.widgets.runs.comparing import compare_panel
from lab.widgets.runs.sharing import bring_panel, share_panel
from lab.widgets.runs.table import chosen_runs, found_runs
from lab.widgets.runs.view import run_view

require_frame()
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("Runs", anchor=False, width="stretch")
    bring_panel()
st.markdown(
    "Every run that was ever kept here. *Try:* tick one to open it, or several to compare them. "
    "*See:* which curve turns up first, and whose best epoch lies lowest."
)
with told():
    undo_line()
    chosen = chosen_runs()
    runs = found_runs(chosen)
    if runs:
        with st.container(horizontal=True, vertical_alignment="center"):
            actions(runs, trash=st.session_state["runs.show"] == "trash")
            share_panel(runs)
    if len(runs) > 1:
        compare_panel(runs)
    elif runs:
        run_view(runs[0].run_id)
next_page("cifar10", "train a network")
