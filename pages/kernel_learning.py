"""Watch gradient descent find a kernel from X and Y alone."""

import streamlit as st

from lab.widgets.errors import plain, told
from lab.widgets.frame import next_page, require_frame
from lab.widgets.kernel_learning import controls, learning, state
from lab.widgets.kernel_learning.panels import PANELS, learnable

require_frame()
st.title("Kernel learning", anchor=False)
st.markdown(
    "Given a picture X and what an unknown kernel made of it, Y: find the kernel. *Try:* press "
    "play, then raise the learning rate to 0.034. *See:* the numbers settle on (1, −1); a little "
    "too large a rate, and they run away."
)
shown = state.now()
settings_side, main_side = st.columns([2, 5], gap="large")
with settings_side:
    controls.controls(shown)

with main_side:
    # A place for each, whatever is in it, so that what stands below does not start anew.
    with st.container():
        if shown.error:
            st.error(plain(shown.error), icon=":material/error:")
    with st.container(), told():
        learnable(shown)
    with st.container(), told():
        learning.learned_film(shown)
    tabs = st.tabs(list(PANELS), key="kernel_learning.tabs", on_change="rerun")
    for tab, draw in zip(tabs, PANELS.values(), strict=True):
        if tab.open:
            with tab, told():
                draw(shown)
    next_page("edges", "what well-known kernels find in photographs")
