"""Runs as a table, and several of them on one chart."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from lab.components.live_chart import live_chart
from lab.widgets.errors import told
from lab.widgets.reading import judged, living, opened_store, trainings

if TYPE_CHECKING:
    from lab.records import Run

_NONE = (
    "No runs yet. Open **Train**, keep the preset *First steps* and press **Start**: "
    "in a few seconds the first one stands here."
)


@st.fragment(parallel=True)
def latest_runs(count: int = 5) -> None:
    """Draw the newest runs, or say how to make the first."""
    with told():
        living()
        found = trainings(count)
        if not found:
            st.info(_NONE, icon=":material/rocket_launch:")
            return
        st.dataframe(
            _table(found),
            hide_index=True,
            column_config=_columns(),
            placeholder="",
            alt="Latest runs",
        )


def chosen_runs() -> list[str]:
    """Draw the table of all runs and return the ids of those that are ticked.

    The ticked ones are in the address, `?run=a,b`, so that a link opens the same.
    """
    with told():
        living()
        found = trainings()
        if not found:
            st.info(_NONE, icon=":material/rocket_launch:")
            return []
        ids = [run.run_id for run in found]
        linked = [run_id for run_id in st.query_params.get("run", "").split(",") if run_id in ids]
        event = st.dataframe(
            _table(found),
            hide_index=True,
            column_config=_columns(),
            placeholder="",
            height=38 + 35 * min(len(found), 8),  # a header and at most eight rows
            key="runs.table",
            on_select="rerun",
            selection_mode="multi-row",
            selection_default={"selection": {"rows": [ids.index(run_id) for run_id in linked]}},
            alt="All runs",
        )
        chosen = [ids[row] for row in event["selection"]["rows"]]
        if chosen:
            st.query_params["run"] = ",".join(chosen)
        else:
            st.query_params.pop("run", None)
        return chosen
    return []


def compare_panel(run_ids: Sequence[str]) -> None:
    """Lay the losses of several runs over each other."""
    from lab import figures

    with told():
        store = opened_store()
        rows = []
        for run in map(store.run, run_ids):
            epochs = int(run.metrics.get("epoch", 0))
            if epochs:
                rows.append((run.name, *judged(run.run_id, epochs)))
        if not rows:
            st.info("None of these runs has finished an epoch yet.", icon=":material/timeline:")
            return
        live_chart(
            figures.compare_curves(rows), key="runs.compare", label="Losses compared", height=460
        )
        st.caption("A colour a run: train dashed, test solid, a diamond at the best epoch.")
        for name, _, verdict in rows:
            st.markdown(f"**{name}**: {verdict.sentence}")


def _table(runs: Sequence["Run"]) -> dict[str, list]:
    """Return the columns of the table."""
    import pandas as pd

    def column(name: str) -> list[float | None]:
        return [run.metrics.get(name) for run in runs]

    return pd.DataFrame(
        {
            "Run": [run.name for run in runs],
            "Status": [run.status.lower() for run in runs],
            "Started": [datetime.fromtimestamp(run.started) for run in runs],
            "Verdict": [run.tags.get("convlab.verdict", "") for run in runs],
            "Best loss": column("best_loss"),
            "Best epoch": column("best_epoch"),
            "Test accuracy": column("test_accuracy"),
            "Gap": column("gap_final"),
            "Epochs": column("epoch"),
            "Pictures/s": column("images_per_second"),
            "Author": [run.tags.get("mlflow.user", "") for run in runs],
        }
    )


def _columns() -> dict:
    number = st.column_config.NumberColumn
    return {
        "Run": st.column_config.TextColumn(width="medium"),
        "Started": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
        "Best loss": number(format="%.3f", help="Lowest validation or test loss, nats a picture"),
        "Test accuracy": number(format="percent", help="At the last epoch"),
        "Gap": number(format="%.3f", help="Judged loss less fair train loss, at the last epoch"),
        "Pictures/s": number(format="%.0f"),
    }
