"""What test_playground.py walks through: so many random setups, the next ones at each press."""

import streamlit as st

from lab.components.stepper import stepper
from lab.playground.scene import scene
from tests.lab.playground.setups import random_setup

AT_ONCE = 20
first = st.session_state.get("first", 0)
for seed in range(first, first + AT_ONCE):
    stepper(scene(random_setup(seed)), key=f"stepper.{seed}")
st.button("Next", on_click=lambda: st.session_state.update(first=first + AT_ONCE))
st.code(f"from {first}", language=None)
