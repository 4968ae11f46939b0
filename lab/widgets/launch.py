"""Start a training or a duel, once a click."""

import time
from collections.abc import Callable

import streamlit as st

from convcore.config import TrainConfig
from lab.widgets.errors import told
from lab.widgets.reading import opened_store

_DOUBLE_CLICK = 2.0  # seconds in which the same start again is taken for the same click


def launch_buttons(config: TrainConfig | None) -> None:
    """Draw Start and the duel; what starts is put into the address. Without `config`, nothing can.

    A click that cannot start anything says why, in place.
    """
    from lab import jobs

    with st.container(horizontal=True):
        if st.button(
            "Start",
            icon=":material/play_arrow:",
            type="primary",
            disabled=config is None,
            key="cifar10.start",
            help="Trains in a process of its own: you may close the page.",
        ):
            _launch(f"train {config}", lambda: jobs.start(opened_store(), config))
        with st.popover("Backend duel", icon=":material/swords:", disabled=config is None):
            st.markdown("Both backends from the same weights on the same batches, side by side.")
            steps = st.number_input(
                "Steps",
                20,
                10_000,
                100,
                key="cifar10.duel_steps",
                help="Optimiser steps of each; a hundred show which is quicker.",
            )
            about = "Two runs, linked: losses, gradients and seconds of every step."
            # A disabled popover keeps nobody from a button in it: a click may be on its way.
            if st.button("Start the duel", disabled=config is None, key="cifar10.duel", help=about):
                _launch(
                    f"duel {steps} {config}",
                    lambda: jobs.start_duel(opened_store(), config, steps)[0],
                )


def _launch(what: str, start: Callable[[], str]) -> None:
    last, when = st.session_state.get("cifar10.launched", ("", 0.0))
    if what == last and time.monotonic() - when < _DOUBLE_CLICK:
        return
    with told():
        st.query_params["run"] = start()
        st.session_state["cifar10.launched"] = what, time.monotonic()
