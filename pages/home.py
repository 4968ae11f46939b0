"""What the lab can do, what this machine has, and the latest runs."""

import streamlit as st

from lab.widgets.examples import example_runs
from lab.widgets.frame import require_frame
from lab.widgets.machine import machine_panel
from lab.widgets.runs.table import latest_runs

require_frame()
st.title("Convolution Lab", anchor=False)
st.markdown(
    "See a convolution work, number by number; train a network with **our own hand-written "
    "convolution** or with PyTorch's; watch where it starts to **overfit**; keep every run in "
    "MLflow."
)
ROOMS = [  # page, icon, what it is for, what to try first
    (
        "playground",
        "grid_on",
        "Playground",
        "Every number of a convolution, a transposed convolution or a pooling, to be stepped "
        "through and changed. *Try first:* point at a cell of the output.",
    ),
    (
        "kernel_learning",
        "target",
        "Kernel learning",
        "Given a picture and its result, gradient descent finds the kernel between them; the page "
        "says beforehand whether it can. *Try first:* press play.",
    ),
    (
        "edges",
        "filter_hdr",
        "Edge detection",
        "Any kernel on any photograph, signed, measured, and step by step to Canny's edges. *Try "
        "first:* drag the slider over the picture.",
    ),
    (
        "cifar10",
        "model_training",
        "Train a CNN",
        "Choose data, a model and a backend, press Start, and watch the curves grow. *Try first:* "
        "the preset *First steps*. It needs no download and takes seconds.",
    ),
    (
        "runs",
        "table_chart",
        "Runs",
        "Every training with its best figures and a verdict on its curves. *Try first:* tick two "
        "runs and see their losses on one chart.",
    ),
]
with st.container(horizontal=True):
    cards = [st.container(border=True, height="stretch", width=380) for _ in ROOMS]
for (page, icon, title, about), card in zip(ROOMS, cards, strict=True):
    with card:
        st.subheader(title, anchor=False)
        st.markdown(about)
        st.page_link(f"pages/{page}.py", label=f"Open {title}", icon=f":material/{icon}:")

st.subheader("Latest runs", anchor=False)
example_runs()
latest_runs()
st.subheader("This machine", anchor=False)
machine_panel()
