"""What pages read from the store, kept for as long as it cannot have changed."""

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from convcore.errors import ConvcoreError
from lab.records import CURVES, KEPT, Run
from lab.widgets.sign_in import signed

if TYPE_CHECKING:
    from lab.comparison import Summary
    from lab.store import Store


def opened_store() -> "Store":
    """Return the store of the settings in force, for whoever is signed in.

    Raises:
        StoreError: it cannot be reached.
    """
    from lab import settings, store

    return store.opened(signed(settings.current()))


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
    return opened_store().runs(without=KEPT, limit=limit)


def epochs_of(job: Run) -> int:
    """Return how many epochs have been recorded; of a foreign run, a number that changes with it.

    It is 0 while there is no loss to be shown.
    """
    if "convlab.kind" in job.tags:
        epochs = job.metrics.get("epoch", 0)
        return int(epochs) if math.isfinite(epochs) else 0  # brought along, it may be anything
    known = any(name.endswith("_loss") for name in _names(tuple(sorted(job.metrics))))
    return hash(tuple(sorted(job.metrics.items()))) if known else 0


@st.cache_data(max_entries=500, show_spinner=False)
def judged(run_id: str, epochs: int):
    """Return the curves of a run as they are after `epochs` epochs, and the verdict on them.

    The curves of a foreign run are under our names; without a train loss there is no verdict.
    """
    from convcore import overfitting

    run = opened_store().run(run_id)
    curves = _curves(run)
    classes = run.params.get("classes", "")
    try:
        classes = int(classes) if classes.isdecimal() else None
        return curves, overfitting.judge(curves, classes=classes)
    except ConvcoreError:
        return curves, None


def summed_up(run: Run) -> "Summary":
    """Return the run as a row of a table; one that recorded no verdict is judged by its curves."""
    from lab.comparison import summary

    if "best_epoch" in run.metrics or not epochs_of(run):
        return summary(run)
    return summary(run, judged(run.run_id, epochs_of(run))[0])


def _curves(run: Run) -> dict[str, list[float]]:
    from lab.comparison import by_epoch

    store = opened_store()
    if "convlab.kind" in run.tags:
        return store.curves(run.run_id, [name for name in CURVES if name in run.metrics])
    names = _names(tuple(sorted(run.metrics)))
    history = store.history(run.run_id, list(names.values()))
    return by_epoch({ours: history[theirs] for ours, theirs in names.items()})[0]


@lru_cache(maxsize=200)
def _names(given: tuple[str, ...]) -> dict[str, str]:
    """Return {our name: the run's name} of the metrics of a foreign run."""
    from lab import settings
    from lab.comparison import names_with, sources

    return sources(given, names_with(dict(settings.current().metric_names)))


@st.cache_data(max_entries=200, show_spinner=False)
def epoch_figures(run_id: str, epochs: int, planned: int | None) -> tuple[str, str]:
    """Return the losses and the accuracies after `epochs` epochs as Plotly JSON."""
    from lab import figures

    curves, verdict = judged(run_id, epochs)
    if verdict is None:
        losses = figures.compare_curves([("loss", curves, None)])
    else:
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
