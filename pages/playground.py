"""See a convolution work: every number of it, to be stepped through and changed."""

import streamlit as st

from lab.widgets.errors import plain
from lab.widgets.frame import next_page, require_frame
from lab.widgets.playground import controls, head, panels, state

require_frame()
st.title("Playground", anchor=False)
st.markdown(
    "See a convolution work, number by number. *Try:* point at a cell of the output, or press "
    "play. *See:* which inputs it is made from, and the arithmetic; every number can be changed."
)
shown = state.now()
head.head(shown)
main_side, settings_side = st.columns([7, 3], gap="medium")

with main_side:
    if shown.error:
        st.error(plain(shown.error), icon=":material/error:")
    state.stepper(shown)
    panels.tabs(shown)
    next_page("kernel_learning", "let gradient descent find the kernel")

with settings_side:
    controls.settings(shown)
