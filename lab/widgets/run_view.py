"""One run on the screen, live while it trains: progress, curves, verdict, pictures, what next."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from convcore.config import remedied
from lab.components.live_chart import live_chart
from lab.widgets.errors import told

if TYPE_CHECKING:
    from lab.records import Run
    from lab.store import Store

_ICONS = {
    "SCHEDULED": (":material/hourglass_empty:", "gray", "waiting"),
    "RUNNING": (":material/play_circle:", "blue", "training"),
    "FINISHED": (":material/check_circle:", "green", "finished"),
    "KILLED": (":material/stop_circle:", "orange", "stopped"),
    "FAILED": (":material/error:", "red", "failed"),
}


def opened_store() -> "Store":
    """Return the store of the settings in force.

    Raises:
        StoreError: it cannot be reached.
    """
    from lab import settings, store

    return store.opened(settings.current())


def status_badge(status: str) -> None:
    """Draw a run's status in a word, an icon and a colour."""
    icon, color, word = _ICONS[status]
    st.badge(word, icon=icon, color=color)


def run_view(run_id: str) -> None:
    """Draw the run; while it is at work, once a second, without flicker."""
    from lab import jobs

    with told():
        store = opened_store()
        active = store.run(run_id).active
        if active:
            jobs.reconcile(store)

        @st.fragment(run_every="1s" if active else None, key=f"run.{run_id}")
        def view() -> None:
            with told():
                if active:
                    jobs.reconcile(store)
                job = store.run(run_id)
                if active and not job.active:
                    st.rerun()  # the last look: ends the ticking, draws what the end brought
                _draw(store, job)

        view()


def _draw(store: "Store", job: "Run") -> None:
    _head(store, job)
    if job.tags.get("convlab.reason"):
        st.error(job.tags["convlab.reason"], icon=":material/error:")
    if job.tags.get("convlab.notes"):
        st.caption(job.tags["convlab.notes"])
    if job.tags.get("convlab.kind") == "duel":
        _duel(store, job)
        return
    epochs = _epochs(job)
    _curves(store, job, epochs)
    if epochs:
        _next(store, job)
        _pictures(store, job, epochs)


def _head(store: "Store", job: "Run") -> None:
    """Draw name, status, progress and the buttons that fit."""
    from lab import jobs

    st.subheader(job.name, anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="run.status", width="content"):
            status_badge(job.status)
        st.caption(_about(job))
        if job.active:
            asked = bool(job.tags.get("convlab.stop"))
            label = "Stopping …" if asked else "Stop"
            if st.button(label, icon=":material/stop:", disabled=asked, key="run.stop"):
                jobs.stop(store, job.run_id)
                st.rerun(scope="fragment")
        elif not jobs.why_not_resumable(job) and st.button(
            "Resume",
            icon=":material/resume:",
            key="run.resume",
            help="Goes on from the last finished epoch.",
        ):
            jobs.resume(store, job.run_id)
            st.rerun()
        with st.popover("Open in MLflow", icon=":material/open_in_new:"):
            _mlflow(store, job)
    if job.active:
        share, text = jobs.progress_of(store, job)
        st.progress(share, text)


def _chart(job: "Run", name: str, figure, label: str, height: int = 380) -> None:
    """Draw a live chart that is this run's own, so that its zoom is no other run's."""
    live_chart(figure, key=f"run.{name}.{job.run_id}", label=label, height=height)


def _about(job: "Run") -> str:
    when = datetime.fromtimestamp(job.started).strftime("%Y-%m-%d %H:%M")
    author = job.tags.get("mlflow.user", "")
    seconds = f", {job.ended - job.started:,.0f} s" if job.ended else ""
    return f"{author}, {when}{seconds}"


def _mlflow(store: "Store", job: "Run") -> None:
    path = f"/#/experiments/{job.experiment_id}/runs/{job.run_id}"
    uri = store.settings.tracking_uri
    if uri.startswith("http"):
        st.link_button("This run in MLflow", uri.rstrip("/") + path)
        return
    st.markdown("Start MLflow's own pages with `make mlflow`, then open the run there.")
    st.link_button("This run in MLflow", f"http://127.0.0.1:5000{path}")


def _epochs(job: "Run") -> int:
    """Return how many epochs have been recorded."""
    return int(job.metrics.get("epoch", 0))


def _curves(store: "Store", job: "Run", epochs: int) -> None:
    """Draw the losses, and under them accuracies and batch losses, or say what to wait for."""
    from lab import figures

    if epochs:
        curves, verdict = judged(job.run_id, epochs)
        planned = job.config.epochs if job.config and job.active else None
        figure = figures.learning_curves(curves, verdict, epochs=planned)
        _chart(job, "losses", figure, f"Losses by epoch. {verdict.sentence}")
        _verdict(verdict)
        left, right = st.columns(2)
        with left:
            figure = figures.accuracy_curves(curves, epochs=planned)
            _chart(job, "accuracies", figure, "Accuracies by epoch", 300)
            st.caption("Accuracy: the dashed line is what it knows, the solid line what it can.")
    else:
        right = st.container()
    steps = store.history(job.run_id, ["batch_loss"])["batch_loss"]
    with right:
        if steps:
            figure = figures.batch_losses(list(steps), list(steps.values()))
            _chart(job, "batches", figure, "Loss of each batch", 300)
            st.caption("Loss of each batch: falls fast at first, then in small steps.")
        elif job.active:
            st.caption("The curves appear with the first batches.")
        elif not epochs:
            st.caption("This run ended before its first batch.")


@st.cache_data(max_entries=200, show_spinner=False)
def judged(run_id: str, epochs: int):
    """Return the curves of a run after `epochs` epochs, and the verdict on them."""
    from convcore import overfitting
    from lab.records import CURVES

    store = opened_store()
    curves = store.curves(run_id, CURVES)
    classes = store.run(run_id).params.get("classes")
    return curves, overfitting.judge(curves, classes=int(classes) if classes else None)


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


def _next(store: "Store", job: "Run") -> None:
    """Offer the remedy, and lay the run over the one it came from or those that came from it."""
    from lab import figures, jobs

    family = _family(store, job)
    curable = job.tags.get("convlab.verdict") == "overfitting" and job.config and not job.active
    if curable and st.button(
        "Run the remedy",
        icon=":material/healing:",
        key="run.remedy",
        help="A child run with augmentation, dropout and weight decay, compared with this one.",
    ):
        in_shape = tuple(int(n) for n in job.params["in_shape"].split("×"))
        config = remedied(job.config, in_shape)
        child = jobs.start(store, config, name=f"remedy · {job.name}", parent=job.run_id)
        st.query_params["run"] = child
        st.rerun()
    if len(family) > 1:
        st.markdown("**Beside its relatives**")
        rows = [(each.name, *judged(each.run_id, _epochs(each))) for each in family]
        live_chart(
            figures.compare_curves(rows),
            key=f"run.family.{job.run_id}",
            label="Related runs compared",
        )
        for each in family:
            if each.run_id != job.run_id:
                st.page_link(
                    "pages/runs.py",
                    label=f"Open {each.name}",
                    icon=":material/link:",
                    query_params={"run": each.run_id},
                )


def _family(store: "Store", job: "Run") -> list["Run"]:
    """Return the run, its parent and its children, those with an epoch or more, oldest first."""
    parent = job.tags.get("mlflow.parentRunId")
    found = store.runs(filter_string=f"tags.`mlflow.parentRunId` = '{job.run_id}'", limit=8)
    found += [job] + ([store.run(parent)] if parent else [])
    return sorted((run for run in found if _epochs(run)), key=lambda run: run.started)


def _pictures(store: "Store", job: "Run", epochs: int) -> None:
    """Draw sample predictions, and when done the confusion matrix and the worst mistakes."""
    from lab import figures

    samples = _artifact(job.run_id, "samples.png", epochs, job.status)
    if samples:
        st.markdown("**What it says of twelve test pictures**")
        st.image(samples, alt="Test pictures with the predicted class and its probability")
    if job.active:
        return
    matrix = _artifact(job.run_id, "confusion.json", epochs, job.status)
    mistakes = _artifact(job.run_id, "mistakes.png", epochs, job.status)
    if matrix:
        told_counts = json.loads(matrix)
        figure = figures.confusion_matrix(told_counts["counts"], told_counts["classes"])
        st.markdown("**Which class is taken for which**")
        _chart(job, "confusion", figure, "Confusion matrix", 480)
    if mistakes:
        st.markdown("**Its worst mistakes**: sure of itself, and wrong")
        st.image(mistakes, alt="The test pictures with the highest loss among the wrong ones")


@st.cache_data(max_entries=200, show_spinner=False)
def _artifact(run_id: str, name: str, epochs: int, status: str) -> bytes | None:
    """Return an artifact; asked for anew after each epoch and when the status changes."""
    return opened_store().get(run_id, name)


def _duel(store: "Store", job: "Run") -> None:
    """Draw how far apart the backends are, step by step, and how long each takes."""
    from lab import figures

    rival = job.tags["convlab.rival"]
    names = ["batch_loss", "loss_difference", "gradient_difference", "step_seconds"]
    own, other = store.history(job.run_id, names), store.history(rival, names)
    if not own["batch_loss"]:
        st.caption("The curves appear with the first steps.")
        return
    seconds = {
        job.config.backend: list(own["step_seconds"].values()),
        store.run(rival).config.backend: list(other["step_seconds"].values()),
    }
    figure = figures.duel(
        list(own["loss_difference"].values()), list(own["gradient_difference"].values()), seconds
    )
    live_chart(
        figure,
        key=f"run.duel.{job.run_id}",
        label="The two backends compared step by step",
        height=560,
    )
    apart = max(list(own["loss_difference"].values())[:20])
    st.caption(
        f"Same weights, same batches: over the first 20 steps the losses differ by {apart:.1e} "
        "at most. What is left is rounding, which grows slowly as each goes its own way."
    )
    st.page_link(
        "pages/runs.py", label="The other run", icon=":material/link:", query_params={"run": rival}
    )
