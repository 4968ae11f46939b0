"""What the lab can do, what this machine has, and the latest runs."""

import streamlit as st

from lab.widgets.frame import require_frame
from lab.widgets.machine import machine_panel
from lab.widgets.runs_table import latest_runs

require_frame()
st.title("Convolution Lab", anchor=False)
st.markdown(
    "See a convolution at work: train a small network with **our own hand-written convolution** or "
    "with PyTorch's, watch where it starts to **overfit**, and keep every run in MLflow."
)
train, runs = st.columns(2)
with train.container(border=True, height="stretch"):
    st.subheader("Train a CNN", anchor=False)
    st.markdown(
        "Choose data, a model and a backend, press Start, and watch the curves grow. "
        "*Try first:* the preset *First steps*. It needs no download and takes seconds."
    )
    st.page_link("pages/cifar10.py", label="Train", icon=":material/model_training:")
with runs.container(border=True, height="stretch"):
    st.subheader("Runs", anchor=False)
    st.markdown(
        "Every training with its best figures and a verdict on its curves. "
        "*Try first:* tick two runs and see their losses on one chart."
    )
    st.page_link("pages/runs.py", label="Runs", icon=":material/table_chart:")

st.subheader("Latest runs", anchor=False)
latest_runs()
st.subheader("This machine", anchor=False)
machine_panel()
