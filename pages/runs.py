"""Every run with its best figures; open one, or lay several over each other."""

import streamlit as st

from lab.widgets.frame import require_frame
from lab.widgets.run_view import run_view
from lab.widgets.runs_table import chosen_runs, compare_panel

require_frame()
st.title("Runs", anchor=False)
st.markdown(
    "Every training that was ever started here. *Try:* tick one run to open it, or several to "
    "compare them. *See:* which curve turns up first, and whose best epoch lies lowest."
)
chosen = chosen_runs()
if len(chosen) > 1:
    compare_panel(chosen)
elif chosen:
    run_view(chosen[0])
