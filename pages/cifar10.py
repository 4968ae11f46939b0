"""Train a CNN, with our own convolution or torch's, and watch it live."""

import streamlit as st

from convcore.errors import ConvcoreError
from lab.widgets.download import download_panel
from lab.widgets.errors import told
from lab.widgets.frame import require_frame
from lab.widgets.model_summary import cost_line, layer_table
from lab.widgets.run_view import opened_store, run_view
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
    from lab import jobs, settings

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

with actions, st.container(horizontal=True):
    if st.button(
        "Start",
        icon=":material/play_arrow:",
        type="primary",
        disabled=config is None,
        key="cifar10.start",
        help="Trains in a process of its own: you may close the page.",
    ):
        with told():
            st.query_params["run"] = jobs.start(opened_store(), config)
    with st.popover("Backend duel", icon=":material/swords:", disabled=config is None):
        st.markdown("Both backends from the same weights on the same batches, side by side.")
        steps = st.number_input("Steps", 20, 10_000, 100, key="cifar10.duel_steps")
        if st.button("Start the duel", key="cifar10.duel"):
            with told():
                st.query_params["run"] = jobs.start_duel(opened_store(), config, steps)[0]

with run_side:
    shown = st.query_params.get("run")
    try:
        living = jobs.reconcile(opened_store())
    except ConvcoreError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
    if not shown and living:
        shown = living[-1].run_id
    if len(living) > (shown in {job.run_id for job in living}):
        st.caption("At work or waiting:")
        for job in living:
            if job.run_id != shown:
                st.page_link(
                    "pages/cifar10.py",
                    label=job.name,
                    icon=":material/link:",
                    query_params={"run": job.run_id},
                )
    if shown:
        run_view(shown)
    else:
        st.info(
            "Nothing is training. The preset *First steps* needs no download and takes seconds: "
            "press **Start** on the left, and the curves grow here.",
            icon=":material/insights:",
        )
