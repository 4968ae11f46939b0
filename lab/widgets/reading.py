"""What pages read from the store, kept for as long as it cannot have changed."""

from typing import TYPE_CHECKING

import streamlit as st

from lab.records import CURVES, Run

if TYPE_CHECKING:
    from lab.store import Store

_TRAINED = ("training", "duel", None)  # what other pages keep has a kind of its own


def opened_store() -> "Store":
    """Return the store of the settings in force.

    Raises:
        StoreError: it cannot be reached.
    """
    from lab import settings, store

    return store.opened(settings.current())


@st.cache_data(ttl=2.0, show_spinner=False)
def living() -> list[Run]:
    """Return the runs at work or waiting, after burying the dead; one look serves all tabs."""
    from lab import jobs

    return jobs.reconcile(opened_store())


def trainings(limit: int = 1000) -> list[Run]:
    """Return the runs that have losses to be shown, newest first: trainings, and foreign runs.

    Raises:
        StoreError: the store cannot be reached.
    """
    found = opened_store().runs(limit=min(1000, 20 * limit))
    return [run for run in found if run.tags.get("convlab.kind") in _TRAINED][:limit]


def epochs_of(job: Run) -> int:
    """Return how many epochs have been recorded."""
    return int(job.metrics.get("epoch", 0))


@st.cache_data(max_entries=200, show_spinner=False)
def judged(run_id: str, epochs: int):
    """Return the curves of a run after `epochs` epochs, and the verdict on them."""
    from convcore import overfitting

    store = opened_store()
    curves = store.curves(run_id, CURVES)
    classes = store.run(run_id).params.get("classes")
    return curves, overfitting.judge(curves, classes=int(classes) if classes else None)


@st.cache_data(max_entries=200, show_spinner=False)
def epoch_figures(run_id: str, epochs: int, planned: int | None) -> tuple[str, str]:
    """Return the losses and the accuracies after `epochs` epochs as Plotly JSON."""
    from lab import figures

    curves, verdict = judged(run_id, epochs)
    losses = figures.learning_curves(curves, verdict, epochs=planned)
    return losses.to_json(), figures.accuracy_curves(curves, epochs=planned).to_json()


@st.cache_data(max_entries=200, show_spinner=False)
def batch_figure(run_id: str, moment: tuple[int, int, str]) -> str | None:
    """Return the loss of each batch as Plotly JSON; asked for anew when `moment` changes."""
    from lab import figures

    steps = opened_store().history(run_id, ["batch_loss"])["batch_loss"]
    if not steps:
        return None
    return figures.batch_losses(list(steps), list(steps.values())).to_json()


@st.cache_data(max_entries=200, show_spinner=False)
def artifact(run_id: str, name: str, epochs: int, status: str) -> bytes | None:
    """Return an artifact; asked for anew after each epoch and when the status changes."""
    return opened_store().get(run_id, name)
