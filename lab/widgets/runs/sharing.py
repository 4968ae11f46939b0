"""Taking runs along: a link, tables, one file for each run, and files brought here."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

import streamlit as st

from lab.records import Run
from lab.widgets.errors import told
from lab.widgets.reading import epochs_of, judged, opened_store, summed_up
from lab.widgets.runs.listing import look_again
from lab.widgets.runs.mlflow_link import mlflow_link


def share_panel(runs: Sequence[Run]) -> None:
    """Draw what can be taken along of the ticked runs."""
    with st.popover("Share", icon=":material/ios_share:"):
        st.caption("The address of this page opens the same runs, scales and baseline.")
        st.download_button(
            "Report (HTML)", lambda: _report(runs), "report.html", "text/html",
            key="runs.report", on_click="ignore", icon=":material/description:",
            help="One file with charts, settings and verdicts, for the browser or the printer; it "
            "needs no network. That of a single run is kept with the run too.",
        )  # fmt: skip
        st.download_button(
            "Figures (CSV)", lambda: _csv(runs), "runs.csv", "text/csv",
            key="runs.csv", on_click="ignore", icon=":material/table:",
            help="A row a run: settings, best epoch, scores.",
        )  # fmt: skip
        st.download_button(
            "Figures and curves (JSON)", lambda: _json(runs), "runs.json", "application/json",
            key="runs.json", on_click="ignore", icon=":material/data_object:",
            help="The same with every metric of every epoch.",
        )  # fmt: skip
        if len(runs) == 1 and not runs[0].active:
            st.download_button(
                "The run itself (ZIP)", lambda: _archive(runs[0]), f"run-{runs[0].run_id}.zip",
                "application/zip", key="runs.zip", on_click="ignore", icon=":material/folder_zip:",
                help="All metrics, settings and files, for “Bring a run” in another lab.",
            )  # fmt: skip
        if len(runs) > 1:  # a single one has its link beside its name
            mlflow_link(runs)


def bring_panel() -> None:
    """Draw the place for a run that was exported elsewhere."""
    with st.popover("Bring a run", icon=":material/upload:"):
        st.file_uploader(
            "A .zip that “Share” or `python -m lab export` wrote",
            type=["zip"],
            key="runs.import",
            on_change=_take_in,
            help="It becomes a new run of this lab; nothing that is here is changed.",
        )


def _take_in() -> None:
    """Import the upload, and open it."""
    file = st.session_state["runs.import"]
    if file is None:
        return
    from lab import archive

    with told():
        run_id = archive.take_in(opened_store(), file.getvalue())
        st.query_params["run"] = run_id
        look_again(run_id)


def _report(runs: Sequence[Run]) -> bytes:
    from lab.comparison import names_with
    from lab.report import report

    store, ids = opened_store(), [run.run_id for run in runs]
    baseline = st.session_state.get("runs.baseline")
    page = report(
        store,
        ids,
        baseline=baseline if baseline in ids else None,
        names=names_with(dict(store.settings.metric_names)),
    )
    if len(runs) == 1 and not runs[0].active:
        store.put(ids[0], "report.html", page)  # beside the run, for MLflow's own pages
    return page


def _archive(run: Run) -> bytes:
    from lab import archive

    return archive.export(opened_store(), run.run_id)


def _csv(runs: Sequence[Run]) -> bytes:
    import pandas as pd

    return pd.DataFrame([_flat(run) for run in runs]).to_csv(index=False).encode()


def _flat(run: Run) -> dict[str, object]:
    """Return the figures and the parameters of a run as one row."""
    row = asdict(summed_up(run))
    best = {f"best_{name}": value for name, value in row.pop("best").items()}
    tags = {f"tag.{name}": value for name, value in row.pop("tags").items()}
    params = {f"param.{name}": value for name, value in run.params.items()}
    return {name: _unlike_a_formula(cell) for name, cell in (row | best | tags | params).items()}


def _unlike_a_formula(cell: object) -> object:
    """Return what a spreadsheet shows as it is: it would run a text that begins like a formula."""
    if not isinstance(cell, str) or not cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return cell
    with suppress(ValueError):
        float(cell)
        return cell
    return "'" + cell


def _json(runs: Sequence[Run]) -> bytes:
    """Return the figures with the curves; what is no number is null."""
    from convcore.overfitting import is_number

    told_of = []
    for run in runs:
        curves = judged(run.run_id, epochs_of(run))[0] if epochs_of(run) else {}
        known = {
            name: [value if is_number(value) else None for value in values]
            for name, values in curves.items()
        }
        told_of.append(asdict(summed_up(run)) | {"params": dict(run.params), "curves": known})
    return json.dumps(told_of, indent=1).encode()
