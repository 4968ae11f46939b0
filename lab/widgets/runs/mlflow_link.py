"""The way to MLflow's own pages."""

import json
from collections.abc import Sequence
from urllib.parse import quote

import streamlit as st

from lab.records import Run
from lab.widgets.errors import told
from lab.widgets.reading import opened_store


def mlflow_link(runs: Sequence[Run]) -> None:
    """Draw a link to these runs in MLflow, or the button that starts its pages."""
    from lab import mlflow_pages

    settings = opened_store().settings
    pages = mlflow_pages.address(settings)
    if not pages and st.button(
        "Start MLflow's pages",
        icon=":material/play_arrow:",
        key="mlflow.start." + runs[0].run_id,
        help="Serves them on this machine, until the app ends.",
    ):
        with told(), st.spinner("Starting MLflow, some ten seconds …"):
            pages = mlflow_pages.start(settings)
    if pages:
        icon = ":material/open_in_new:"
        st.link_button("Open in MLflow", pages.rstrip("/") + _place(runs), icon=icon)


def _place(runs: Sequence[Run]) -> str:
    first = runs[0]
    if len(runs) == 1:
        return f"/#/experiments/{first.experiment_id}/runs/{first.run_id}"
    ids = quote(json.dumps([run.run_id for run in runs]))
    experiments = quote(json.dumps(sorted({run.experiment_id for run in runs})))
    return f"/#/compare-runs?runs={ids}&experiments={experiments}"
