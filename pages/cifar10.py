"""Train a CNN, with our own convolution or torch's, and watch it live."""

import streamlit as st

from lab.widgets.download import download_panel
from lab.widgets.errors import told
from lab.widgets.frame import next_page, require_frame
from lab.widgets.launch import launch_buttons
from lab.widgets.model_summary import cost_line, layer_table
from lab.widgets.runs.view import current_run, run_view
from lab.widgets.training_form import training_form

require_frame()
st.title("Train a CNN", anchor=False)
st.markdown(
    "Train on CIFAR-10, the bundled digits or your own pictures, with our **hand-written** "
    "convolution or with **torch.nn.Conv2d**. *Try:* press **Start** and watch the train and test "
    "loss. *See:* where the solid test line turns up while the dashed train line falls on, the "
    "model has begun to overfit."
)
settings_side, run_side = st.columns([2, 3], gap="large")

with settings_side:
    from convcore import datasets
    from lab import settings

    head, actions = st.container(), st.container()
    config = None
    with told():
        sources = datasets.sources(settings.current().data_root)
        wanted = training_form(sources, head)
        if any(source.name == wanted.data and not source.ready for source in sources):
            with actions:
                download_panel("cifar10")
        else:
            with actions:
                cost_line(wanted)
            layer_table(wanted)
            config = wanted

with actions:
    launch_buttons(config)

with run_side, told():
    shown = current_run()
    if shown:
        run_view(shown)
    else:
        st.info(
            "Nothing is training. The preset *First steps* needs no download and takes seconds: "
            "press **Start**, and the curves grow here.",
            icon=":material/insights:",
        )
    next_page("runs", "compare what was trained")
