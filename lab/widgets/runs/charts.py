"""The charts and pictures of one run."""

import time
from typing import TYPE_CHECKING

import streamlit as st

from convcore.errors import ConvcoreError
from lab.components.live_chart import live_chart
from lab.records import Run
from lab.widgets.errors import told
from lab.widgets.reading import artifact, batch_figure, epoch_figures, judged
from lab.widgets.runs.learned import behind_a_cell, first_layer

if TYPE_CHECKING:
    from lab.store import Store

_BATCH_TICK = 3.0  # seconds between two looks at the batches: each redraws a chart


def loss_panel(job: Run, epochs: int) -> None:
    """Draw the losses by epoch and what they say."""
    _, verdict = judged(job.run_id, epochs)
    losses, _ = epoch_figures(job.run_id, epochs, _planned(job))
    if verdict is None:
        chart(job, "losses", losses, "Losses by epoch")
        st.caption("No train loss was logged, so nothing can be said about overfitting.")
        return
    chart(job, "losses", losses, f"Losses by epoch. {verdict.sentence}")
    _verdict(verdict)


def detail_panel(job: Run, epochs: int) -> None:
    """Draw accuracies by epoch beside the loss of each batch, or say what to wait for."""
    right = st.container()
    if epochs:
        left, right = st.columns(2)
        with left:
            _, accuracies = epoch_figures(job.run_id, epochs, _planned(job))
            chart(job, "accuracies", accuracies, "Accuracies by epoch", 300)
            st.caption("Accuracy: the dashed line is what it knows, the solid line what it can.")
    # Before the second epoch the batches are all there is to watch; later they may lag behind it.
    tick = int(time.time() / _BATCH_TICK) if job.active and epochs < 2 else 0
    batches = batch_figure(job.run_id, (epochs, tick, job.status))
    with right:
        if batches:
            chart(job, "batches", batches, "Loss of each batch", 300)
            st.caption("Loss of each batch: falls fast at first, then in small steps.")
        elif job.active:
            st.caption("The curves appear with the first batches.")
        elif not epochs:
            st.caption("This run ended before its first batch.")


def _planned(job: Run) -> int | None:
    """Return how many epochs a run at work will have, so that its chart keeps its scale."""
    return job.config.epochs if job.config and job.active else None


def duel_panel(store: "Store", job: Run) -> None:
    """Draw how far apart the backends are, step by step, and how long each takes."""
    from lab import figures

    rival = job.tags.get("convlab.rival")
    if not rival:
        st.caption("The other run of this duel is not here, so there is nothing to compare.")
        return
    names = ["batch_loss", "loss_difference", "gradient_difference", "step_seconds"]
    own, other = store.history(job.run_id, names), store.history(rival, names)
    if not own["batch_loss"]:
        st.caption("The curves appear with the first steps.")
        return
    seconds = {
        run.params.get("backend", run.name): list(steps["step_seconds"].values())
        for run, steps in ((job, own), (store.run(rival), other))
    }
    figure = figures.duel(
        list(own["loss_difference"].values()), list(own["gradient_difference"].values()), seconds
    )
    chart(job, "duel", figure, "The two backends compared step by step", 560)
    apart = max(list(own["loss_difference"].values())[:20])
    st.caption(
        f"Same weights, same batches: over the first 20 steps the losses differ by {apart:.1e} "
        "at most. What is left is rounding, which grows slowly as each goes its own way."
    )
    st.page_link(
        "pages/runs.py", label="The other run", icon=":material/link:", query_params={"run": rival}
    )


def picture_panel(job: Run, epochs: int) -> None:
    """Draw sample predictions, and when done the confusion matrix and the worst mistakes."""
    from lab import figures

    samples = _sheet(job.run_id, "samples.png", epochs, job.status)
    if samples:
        st.markdown("**What it says of twelve test pictures**")
        st.image(samples, alt="Test pictures with the predicted class and its probability")
    if job.active:
        return
    matrix = figures.confusion_counts(artifact(job.run_id, "confusion.json", epochs, job.status))
    mistakes = _sheet(job.run_id, "mistakes.png", epochs, job.status)
    if matrix:
        counts, classes = matrix
        figure = figures.confusion_matrix(counts, classes)
        st.markdown("**Which class is taken for which**")
        chart(job, "confusion", figure, "Confusion matrix", 480)
        behind = st.expander(
            "The pictures behind a cell",
            icon=":material/photo_library:",
            key=f"run.behind.{job.run_id}",
            on_change="rerun",
        )
        if behind.open:
            with behind:
                behind_a_cell(job, classes, counts.tolist())
    if mistakes:
        st.markdown("**Its worst mistakes**: sure of itself, and wrong")
        st.image(mistakes, alt="The test pictures with the highest loss among the wrong ones")
    if artifact(job.run_id, "weights.pt", epochs, job.status) and job.config:
        with told():
            first_layer(job)


@st.cache_data(max_entries=200, show_spinner=False)
def _sheet(run_id: str, name: str, epochs: int, status: str) -> bytes | None:
    """Return a picture that the run has kept; None where there is none that can be shown."""
    from lab import images

    content = artifact(run_id, name, epochs, status)
    try:
        images.read(content or b"")
    except ConvcoreError:  # brought along from elsewhere it may be anything
        return None
    return content


def chart(job: Run, name: str, figure, label: str, height: int = 380) -> None:
    """Draw a live chart that is this run's own, so that its zoom is no other run's."""
    live_chart(figure, key=f"run.{name}.{job.run_id}", label=label, height=height)


def _verdict(verdict) -> None:
    box, icon = {
        "overfitting": (st.warning, ":material/trending_up:"),
        "diverged": (st.error, ":material/error:"),
        "underfitting": (st.warning, ":material/trending_flat:"),
        "healthy": (st.success, ":material/check_circle:"),
    }.get(verdict.kind, (st.info, ":material/visibility:"))
    judged_by = (
        "judged on the validation loss"
        if verdict.judged == "validation"
        else "judged on the test loss, for want of a validation split"
    )
    box(f"{verdict.sentence} ({judged_by})", icon=icon, title=verdict.kind.capitalize())
