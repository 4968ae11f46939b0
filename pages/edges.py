"""Edge detection: any kernel on any picture, signed, measured, step by step."""

import streamlit as st

from lab.widgets.edges import controls, state, views
from lab.widgets.edges.panels import PANELS
from lab.widgets.errors import plain, told
from lab.widgets.frame import next_page, require_frame

require_frame()
st.title("Edge detection", anchor=False)
st.markdown(
    "What a kernel really answers, sign and all. *Try:* choose a kernel, drag the slider over the "
    "picture, click a pixel. *See:* red and blue where others show black, and how good it is."
)
shown = state.now()
settings_side, main_side = st.columns([2, 5], gap="large")
with settings_side:
    controls.settings(shown)

with main_side:
    if shown.error:
        st.error(plain(shown.error), icon=":material/error:")
    controls.view(shown.setup)
    if shown.missing:
        st.info(
            "No picture yet: choose a file or take one in the settings. A link does not hold "
            "the pictures that people bring, only the settings.",
            icon=":material/add_photo_alternate:",
        )
    else:
        with told(), st.spinner("Computing …"):
            views.compared(shown)
    tabs = st.tabs(list(PANELS), key="edges.tabs", on_change="rerun")
    for tab, draw in zip(tabs, PANELS.values(), strict=True):
        if tab.open:
            with tab, told(), st.spinner("Computing …"):
                draw(shown)
    next_page("cifar10", "train a network that finds its own kernels")
