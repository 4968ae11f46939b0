"""Convolution Lab: `streamlit run app.py`."""

import streamlit as st

from lab.widgets.warmup import warm_up

st.set_page_config(page_title="Convolution Lab", page_icon=":material/grid_on:", layout="wide")
page = st.navigation(
    [
        st.Page(
            "pages/home.py",
            title="Home",
            icon=":material/home:",
            help="What the lab can do, what this machine has, and the latest runs.",
        ),
        st.Page(
            "pages/cifar10.py",
            title="Train",
            icon=":material/model_training:",
            help="Train a CNN on CIFAR-10, digits or your own pictures, and watch it live.",
        ),
        st.Page(
            "pages/runs.py",
            title="Runs",
            icon=":material/table_chart:",
            help="Every run with its best figures; open one, or compare several.",
        ),
    ],
    position="top",
)
page.run()
warm_up()
