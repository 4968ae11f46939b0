"""One run on the screen, live while it trains: progress, curves, verdict, pictures, what next."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from convcore.config import remedied
from convcore.errors import ConvcoreError
from lab.records import NOTE, Run, local_time
from lab.widgets.comments import comment_panel
from lab.widgets.errors import plain, told
from lab.widgets.reading import epochs_of, judged, living, opened_store
from lab.widgets.runs.charts import chart, detail_panel, duel_panel, loss_panel, picture_panel
from lab.widgets.runs.mlflow_link import mlflow_link
from lab.widgets.runs.status import STATUS, status_badge

if TYPE_CHECKING:
    from lab.store import Store

_REFUSED = "run.refused"  # of the session: which run, its state then, and why an act failed


def current_run() -> str | None:
    """Return the run of the address, else one at work; link to the others that work or wait.

    Raises:
        StoreError: the store cannot be reached.
    """
    # Whoever trains comes before whoever waits.
    found = sorted(living(), key=lambda job: job.status != "RUNNING")
    shown = st.query_params.get("run") or next((job.run_id for job in found), None)
    others = [job for job in found if job.run_id != shown]
    if others:
        st.caption("Also at work or waiting:")
    for job in others:
        st.page_link(
            "pages/cifar10.py",
            label=f"{plain(job.name)} ({STATUS[job.status].word})",
            icon=STATUS[job.status].icon,
            query_params={"run": job.run_id},
        )
    return shown


def run_view(run_id: str) -> None:
    """Draw the run; while it is at work, once a second, without flicker."""
    with told():
        store = opened_store()
        active = store.run(run_id).active

        @st.fragment(run_every="1s" if active else None, key=f"run.{run_id}")
        def view() -> None:
            with told():
                if active:
                    living()
                job = store.run(run_id)
                if active != job.active:
                    st.rerun()  # begins or ends the ticking, and draws what the end brought
                _draw(store, job)

        view()


def _draw(store: "Store", job: Run) -> None:
    # Each part has its place whatever the others show, so that none jumps or stands there twice.
    head, said, losses, what_next, details, pictures, talk = (st.container() for _ in range(7))
    with head:
        _head(store, job)
    with said:
        refused = st.session_state.get(_REFUSED, ("", "", ""))
        if refused[:2] == (job.run_id, job.status):
            st.error(plain(refused[2]), icon=":material/error:")
        if job.tags.get("convlab.reason"):
            st.error(plain(job.tags["convlab.reason"]), icon=":material/error:")
        if job.tags.get("convlab.notes"):
            st.caption(plain(job.tags["convlab.notes"]))
        if job.tags.get(NOTE):
            st.text(job.tags[NOTE])
    with talk:
        comment_panel(store, job)
    if job.tags.get("convlab.kind") == "duel":
        with losses:
            duel_panel(store, job)
        return
    epochs = epochs_of(job)
    if epochs:
        with losses:
            loss_panel(job, epochs)
        with what_next:
            _next(store, job)
    with details:
        detail_panel(job, epochs)
    if epochs:
        with pictures:
            picture_panel(job, epochs)


def _head(store: "Store", job: Run) -> None:
    """Draw name, status, progress and the buttons that fit."""
    from lab import jobs

    st.subheader(plain(job.name), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="run.status", width="content"):
            status_badge(job.status)
        st.caption(plain(_about(job)))
        if job.active:
            asked = bool(job.tags.get("convlab.stop"))
            st.button(
                "Stopping …" if asked else "Stop",
                icon=":material/stop:",
                disabled=asked,
                key="run.stop",
                on_click=_do,
                args=(jobs.stop, store, job),
            )
        elif not jobs.why_not_resumable(job):
            st.button(
                "Resume",
                icon=":material/resume:",
                key="run.resume",
                help="Goes on from the last finished epoch.",
                on_click=_do,
                args=(jobs.resume, store, job),
            )
        with st.popover("MLflow", icon=":material/open_in_new:"):
            mlflow_link([job])
    if job.active:
        share, text = jobs.progress_of(store, job)
        st.progress(share, plain(text))


def _do(act: "Callable[[Store, str], None]", store: "Store", job: Run) -> None:
    """Do it before anything is drawn: a page that ticks may be drawn anew before it comes to it.

    Why it could not be done is told until the next try, or until the run's state changes.
    """
    st.session_state.pop(_REFUSED, None)
    try:
        act(store, job.run_id)
    except ConvcoreError as error:
        st.session_state[_REFUSED] = (job.run_id, job.status, str(error))


def _about(job: Run) -> str:
    began = local_time(job.started)
    when = f", {began:%Y-%m-%d %H:%M}" if began else ""
    author = job.tags.get("mlflow.user", "somebody")
    took = f", {job.metrics['seconds']:,.0f} s" if "seconds" in job.metrics else ""
    return f"{author}{when}{took}"


def _next(store: "Store", job: Run) -> None:
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
        rows = [(each.name, *judged(each.run_id, epochs_of(each))) for each in family]
        chart(job, "family", figures.compare_curves(rows), "Related runs compared")
        for each in family:
            if each.run_id != job.run_id:
                st.page_link(
                    "pages/runs.py",
                    label=f"Open {plain(each.name)}",
                    icon=":material/link:",
                    query_params={"run": each.run_id},
                )


def _family(store: "Store", job: Run) -> list[Run]:
    """Return the run, its parent and its children, those with an epoch or more, oldest first."""
    parent, found = job.tags.get("mlflow.parentRunId"), [job]
    if not job.active:  # what still trains has no children
        found += store.runs(filter_string=f"tags.`mlflow.parentRunId` = '{job.run_id}'", limit=8)
    if parent:
        found.append(store.run(parent))
    return sorted((run for run in found if epochs_of(run)), key=lambda run: run.started)
