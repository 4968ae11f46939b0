"""Several runs beside each other: curves, figures, and whether the difference is more than luck."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from lab.components.live_chart import live_chart
from lab.records import Run
from lab.widgets.errors import plain, told
from lab.widgets.reading import epochs_of, judged, opened_store, summed_up
from lab.widgets.runs.beside import PANELS

if TYPE_CHECKING:
    from lab.comparison import Group, Summary
    from lab.figures import Row

_AXES = {"epoch": "Epoch", "step": "Step", "time": "Time"}
_ICONS = {"different": ":material/balance:", "within noise": ":material/casino:"}
_MOST_BANDS = 6  # more would hide each other
_MOST_SAID = 4  # sentences on differences before the rest is folded away
_BETTER_WORSE = {  # no one colour stands out enough on white and on black
    "light": ("color: #15803d", "color: #c0341f"),
    "dark": ("color: #3fb56b", "color: #ff7b6b"),
}


@dataclass(frozen=True)
class View:
    """How the runs are laid over each other."""

    measure: str
    x: str
    log_y: bool
    grouped: bool
    baseline: str  # a run's id


@dataclass(frozen=True)
class Line:
    """A run, or runs that differ only in their seed, as one line of chart and table."""

    group: "Group"
    row: "Row"
    summary: "Summary"


def compare_panel(runs: Sequence[Run]) -> None:
    """Draw several runs beside each other."""
    with told():
        begun = [run for run in runs if epochs_of(run)]
        if not begun:
            st.info("None of these runs has finished an epoch yet.", icon=":material/timeline:")
            return
        view = _controls(begun)
        with st.spinner("Reading the runs …"):
            lines = _lines(begun, view)
        _chart(lines, view)
        _figures(lines, view)
        tabs = st.tabs(list(PANELS), key="runs.tab", on_change="rerun")
        for tab, draw in zip(tabs, PANELS.values(), strict=True):
            if tab.open:
                with tab, told():
                    draw(begun, [_color(index) for index in range(len(begun))])


def _controls(runs: Sequence[Run]) -> View:
    from lab.comparison import groups

    several = any(len(each.runs) > 1 for each in groups(runs))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = st.segmented_control(
            "Measure", ("loss", "accuracy"), default="loss", required=True, key="runs.measure",
            format_func=str.capitalize, bind="query-params", width="content",
            help="What the curves show: train dashed, test solid.",
        )  # fmt: skip
        x = st.segmented_control(
            "Over", list(_AXES), default="epoch", required=True, key="runs.x",
            format_func=_AXES.get, bind="query-params", width="content",
            help="Over time, a quick model's curve is the shorter one.",
        )  # fmt: skip
        baseline = _baseline(runs)
        log_y = st.toggle(
            "Log scale", key="runs.log", bind="query-params",
            help="Equal factors are equally high: small losses can be told apart.",
        )  # fmt: skip
        grouped = several and st.toggle(
            "Seeds as a band", True, key="runs.grouped", bind="query-params",
            help="Runs that differ only in their seed as one line: their mean, and a band of one "
            "standard deviation.",
        )  # fmt: skip
    return View(measure, x, log_y, grouped, baseline)


def _baseline(runs: Sequence[Run]) -> str:
    """Draw the choice of the baseline; `?baseline=…` in the address names another one."""
    names = {run.run_id: run.name for run in runs}
    asked = st.query_params.get("baseline")
    if st.session_state.get("runs.baseline") not in names:
        st.session_state["runs.baseline"] = asked if asked in names else next(iter(names))
    chosen = st.selectbox(
        "Baseline", list(names), format_func=names.get, key="runs.baseline", width=260,
        help="The others are told as differences from it.",
    )  # fmt: skip
    if chosen != (asked or next(iter(names))):
        st.query_params["baseline"] = chosen
    return chosen


def _color(index: int) -> str:
    from lab.figures import PALETTE

    return PALETTE[index % len(PALETTE)]


def _lines(runs: Sequence[Run], view: View) -> list[Line]:
    from lab.comparison import Group, groups

    found = groups(runs) if view.grouped else [Group((run,)) for run in runs]
    names = [group.name for group in found]
    told_apart = [
        f"{name} ({group.runs[0].run_id[:6]})" if names.count(name) > 1 else name
        for name, group in zip(names, found, strict=True)
    ]
    return [
        _line(group, name, _color(index), view.x)
        for index, (group, name) in enumerate(zip(found, told_apart, strict=True))
    ]


def _line(group: "Group", name: str, color: str, x: str) -> Line:
    from lab.comparison import band, seconds_by_epoch, summary
    from lab.figures import Row

    first, several = group.runs[0], len(group.runs) > 1
    found = [judged(run.run_id, epochs_of(run))[0] for run in group.runs]
    curves, bands = found[0], {}
    if several:
        both = {name: band([each.get(name, ()) for each in found]) for name in found[0]}
        curves = {name: each.mean for name, each in both.items()}
        bands = {
            name: (
                [m - d for m, d in zip(each.mean, each.deviation, strict=True)],
                [m + d for m, d in zip(each.mean, each.deviation, strict=True)],
            )
            for name, each in both.items()
        }
    told_of = summary(first, curves)
    row = Row(
        name,
        color,
        curves,
        best_epoch=told_of.best.epoch,
        judged=told_of.best.judged or "test",
        steps=_steps(first) if x == "step" else (),
        seconds=seconds_by_epoch(curves),
        bands=bands,
    )
    return Line(group, row, told_of)


def _steps(run: Run) -> list[float]:
    from lab.comparison import steps_by_epoch

    store = opened_store()
    return steps_by_epoch(
        store.points(run.run_id, "test_loss"), store.points(run.run_id, "batch_loss")
    )


def _chart(lines: Sequence[Line], view: View) -> None:
    from lab import figures

    figure = figures.compared(
        [line.row for line in lines],
        measure=view.measure,
        x=view.x,
        log_y=view.log_y,
        bands=len(lines) <= _MOST_BANDS,
    )
    label = f"{view.measure.capitalize()} of {len(lines)} runs"
    # A chart of its own for other scales: the zoom of the old ones would not fit.
    key = f"runs.compare.{view.measure}.{view.x}.{view.log_y}"
    live_chart(figure, key=key, label=label, height=figure.layout.height or 460)
    st.caption(
        "A colour a run: train dashed, test solid, a diamond at the best epoch. *See:* whose "
        "diamond lies best, and which curves part from their dashed line."
    )


def _figures(lines: Sequence[Line], view: View) -> None:
    """Draw the best figures as a table, with what differs from the baseline, and how surely."""
    from lab.comparison import deltas

    base = next(line for line in lines if view.baseline in [run.run_id for run in line.group.runs])
    others = deltas(base.summary, [line.summary for line in lines])
    st.dataframe(
        _table(lines, others, base),
        hide_index=True,
        placeholder="",
        column_config={
            "Run": st.column_config.TextColumn(width="medium", pinned=True),
            "Test accuracy": st.column_config.NumberColumn(format="percent"),
        },
        alt="Best figures of the compared runs",
    )
    for each in dict.fromkeys(each.note for each in others if each.note):
        st.caption(plain(each))
    _noise(lines, base, view.measure)


def _table(lines: Sequence[Line], others: Sequence, base: Line):
    """Return the figures, with differences from the baseline: green is better, red worse."""
    import pandas as pd

    table = pd.DataFrame(
        {
            "Run": [("▸ " if line is base else "") + line.row.name for line in lines],
            "Test loss": [line.summary.best.loss for line in lines],
            "Δ loss": [_value(each.loss) for each in others],
            "Test accuracy": [line.summary.best.accuracy for line in lines],
            "Δ accuracy": [_value(each.accuracy) for each in others],
            "Best epoch": [line.summary.best.epoch for line in lines],
            "Gap": [line.summary.best.gap_final for line in lines],
            "Seconds": [line.summary.seconds for line in lines],
            "Δ seconds": [_value(each.seconds) for each in others],
            "Verdict": [line.summary.verdict for line in lines],
        }
    )
    better = {
        "Δ loss": [each.loss for each in others],
        "Δ accuracy": [each.accuracy for each in others],
        "Δ seconds": [each.seconds for each in others],
    }
    shapes = {
        "Test loss": "{:.4f}", "Δ loss": "{:+.4f}", "Δ accuracy": "{:+.2%}", "Gap": "{:.3f}",
        "Best epoch": "{:.0f}", "Seconds": "{:.0f}", "Δ seconds": "{:+.0f}",
    }  # fmt: skip
    styled = table.style.format(shapes, na_rep="")
    good, bad = _BETTER_WORSE[st.context.theme.type or "light"]
    for column, marks in better.items():
        colors = [
            "" if mark is None or mark.better is None else good if mark.better else bad
            for mark in marks
        ]
        styled = styled.apply(lambda _, colors=colors: colors, subset=[column])
    return styled


def _value(delta) -> float | None:
    return delta.value if delta and delta.better is not None else None


def _noise(lines: Sequence[Line], base: Line, measure: str) -> None:
    """Say of each other group whether it differs from the baseline by more than its seed."""
    from lab.comparison import difference

    samples = [_sample(line, measure) for line in lines]
    at = lines.index(base)
    if max(len(each.values) for each in samples) < 2:
        st.caption(
            "One run of each config cannot tell a better config from a lucky seed. Train each with "
            "three seeds and tick them all: then this line says which differences are real."
        )
        return
    sentences = []
    for index, sample in enumerate(samples):
        if index != at:
            others = [each for i, each in enumerate(samples) if i not in (at, index)]
            found = difference(samples[at], sample, others, measure=measure)
            sentences.append(f"- {_ICONS.get(found.kind, '')} {plain(found.sentence)}")
    st.markdown("\n".join(sentences[:_MOST_SAID]))
    if sentences[_MOST_SAID:]:
        with st.expander(f"{len(sentences) - _MOST_SAID} more"):
            st.markdown("\n".join(sentences[_MOST_SAID:]))


def _sample(line: Line, measure: str):
    from lab.comparison import Sample

    found = [summed_up(run).best for run in line.group.counted]
    values = [each.loss if measure == "loss" else each.accuracy for each in found]
    return Sample(line.row.name, [value for value in values if value is not None])
