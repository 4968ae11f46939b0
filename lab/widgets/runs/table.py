"""Runs as a table: found, sorted, ticked."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from lab.records import Run, StoreError, local_time
from lab.widgets.errors import plain, told
from lab.widgets.reading import living, opened_store, summed_up, trainings
from lab.widgets.runs.listing import SHOWN, listed

if TYPE_CHECKING:
    from lab.comparison import Summary

NONE = (
    "No runs yet. Open **Train**, keep the preset *First steps* and press **Start**: "
    "in a few seconds the first one stands here."
)
_TICK = 3.0  # seconds between two looks at what is new
_ROW, _MOST_ROWS = 35, 10  # pixels; rows before the table scrolls
_FIRST_COLUMNS = [
    "★", "Run", "Status", "Started", "Author", "Data", "Backend", "Test loss", "Test accuracy",
    "Best epoch", "Gap", "Verdict", "Seconds", "Note",
]  # fmt: skip


@st.fragment(parallel=True)
def latest_runs(count: int = 5) -> None:
    """Draw the newest runs, or say how to make the first."""
    with told():
        with st.spinner("Looking for runs …"):  # the first look makes the database
            living()
            found = trainings(count)
        if not found:
            st.info(NONE, icon=":material/rocket_launch:")
            return
        st.dataframe(
            _table([summed_up(run) for run in found]),
            hide_index=True,
            column_order=["Run", "Status", "Started", "Test loss", "Test accuracy", "Verdict"],
            column_config=_columns(),
            placeholder="",
            alt="Latest runs",
        )


def chosen_runs() -> list[str]:
    """Draw the search and the table, and return the ids of the runs that are ticked.

    The ticked ones are in the address, `?run=a,b`, so that a link opens the same.
    """
    wanted, filter_string, which, columns = _search()
    living()
    found = listed(wanted, filter_string, which)
    _watch(wanted, filter_string, which, _moment(found))
    if not found:
        _nothing(bool(wanted or filter_string), which)
        return _linked()
    return _ticked([summed_up(run) for run in found], columns)


@st.fragment(run_every=_TICK)
def _watch(wanted: str, filter_string: str, which: str, drawn: list) -> None:
    """Draw the page anew when a run has begun, ended, or gone an epoch further."""
    with suppress(StoreError):  # told where the table stands
        living()
        if _moment(listed(wanted, filter_string, which)) != drawn:
            st.rerun()


def _moment(runs: Sequence[Run]) -> list[tuple]:
    return [(run.run_id, run.name, run.status, run.metrics.get("epoch")) for run in runs]


def found_runs(run_ids: Sequence[str]) -> list[Run]:
    """Return the runs of these ids; say so where one is not there any more."""
    store, found = opened_store(), []
    for run_id in run_ids:
        try:
            found.append(store.run(run_id))
        except StoreError as error:
            if not error.permanent:
                raise
            st.caption(f"The run {plain(run_id[:40])} of this link is not here.")
    return found


def _search() -> tuple[str, str, str, list[str]]:
    """Draw what is looked for: words, MLflow's filter, which runs, which columns."""
    words, which, more = st.columns([5, 4, 2], vertical_alignment="bottom")
    wanted = words.text_input(
        "Search",
        key="runs.q",
        placeholder="Words in names, notes, tags, authors, data …",
        help="Runs that hold every word, in any of these.",
        bind="query-params",
    )
    shown = which.segmented_control(
        "Show",
        list(SHOWN),
        default="trainings",
        required=True,
        format_func=SHOWN.get,
        key="runs.show",
        bind="query-params",
        help="Deleted runs lie in the trash until they are restored.",
    )
    with more.popover("More", icon=":material/tune:", width="stretch"):
        filter_string = st.text_input(
            "MLflow filter",
            key="runs.filter",
            placeholder="metrics.best_loss < 1 and params.backend = 'custom'",
            help="As on MLflow's own pages, over parameters, metrics, tags and attributes.",
            bind="query-params",
        )
        columns = st.pills(
            "Columns",
            list(_table([])),
            selection_mode="multi",
            default=_FIRST_COLUMNS,
            key="runs.columns",
            help="What stands in the table; your choice holds until you close the page.",
            persist_state="session",
        )
    return wanted, filter_string, shown, columns


def _nothing(searched: bool, which: str) -> None:
    if searched:
        st.info("No run fits. Search for less.", icon=":material/search_off:")
    elif which == "trash":
        st.info("The trash is empty.", icon=":material/delete:")
    else:
        st.info(NONE, icon=":material/rocket_launch:")


def _ticked(rows: "Sequence[Summary]", columns: list[str]) -> list[str]:
    ids = [row.run_id for row in rows]
    linked = _linked()
    event = st.dataframe(
        _table(rows),
        hide_index=True,
        column_order=[name for name in _table([]) if name in columns],
        column_config=_columns(),
        placeholder="",
        height=38 + _ROW * min(len(rows), _MOST_ROWS),
        # Rows are ticked by number: another list is another table, or the ticks would move.
        key=f"runs.table.{hash(tuple(ids))}",
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [ids.index(run_id) for run_id in linked if run_id in ids]}
        },
        alt="All runs",
    )
    ticked = [ids[row] for row in event["selection"]["rows"]]
    chosen = [run_id for run_id in linked if run_id not in ids] + ticked  # hidden by the search
    if chosen != linked:  # written only then: each writing sends the browser all parameters anew
        st.query_params["run"] = ",".join(chosen)
    return chosen


def _linked() -> list[str]:
    return list(dict.fromkeys(filter(None, st.query_params.get("run", "").split(","))))


def _table(rows: "Sequence[Summary]"):
    """Return the columns of the table."""
    import pandas as pd

    return pd.DataFrame(
        {
            "★": ["★" if row.starred else "" for row in rows],
            "Run": [row.name for row in rows],
            "Status": [row.status.lower() for row in rows],
            "Started": [local_time(row.started) for row in rows],
            "Author": [row.author for row in rows],
            "Data": [row.dataset for row in rows],
            "Backend": [row.backend for row in rows],
            "Test loss": [row.best.loss for row in rows],
            "Test accuracy": [row.best.accuracy for row in rows],
            "Best epoch": [row.best.epoch for row in rows],
            "Epochs": [row.epochs or None for row in rows],
            "Gap": [row.best.gap_final for row in rows],
            "Verdict": [row.verdict for row in rows],
            "Seconds": [row.seconds for row in rows],
            "Pictures/s": [row.images_per_second for row in rows],
            "Parameters": [row.parameters for row in rows],
            "Note": [row.note for row in rows],
            "Tags": [
                ", ".join(f"{k}={v}" if v else k for k, v in row.tags.items()) for row in rows
            ],
        }
    )


def _columns() -> dict:
    number = st.column_config.NumberColumn
    best = "At the best epoch: where the loss that is judged was lowest"
    return {
        "★": st.column_config.TextColumn(width=30, help="Starred"),
        "Run": st.column_config.TextColumn(width="medium", pinned=True),
        "Started": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
        "Test loss": number(format="%.3f", help=f"{best}; nats a picture"),
        "Test accuracy": number(format="percent", help=best),
        "Best epoch": number(format="%d"),
        "Epochs": number(format="%d"),
        "Gap": number(format="%.3f", help="Judged loss less fair train loss, at the last epoch"),
        "Seconds": number(format="%.0f"),
        "Pictures/s": number(format="%.0f"),
        "Parameters": number(format="localized"),
        "Note": st.column_config.TextColumn(width="medium"),
    }
