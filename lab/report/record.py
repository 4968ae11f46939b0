"""How the runs came about: parameters, where they ran, and how to do it again."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime

from convcore.config import TrainConfig, preset
from convcore.errors import ConvcoreError
from lab import comparison
from lab.records import Run
from lab.report.markup import NONE, details, short, swatch, table, text
from lab.report.subjects import Subject

# What a training says of where it ran and on what, and how that reads.
_SURROUNDINGS = {
    "device_type": "Device",
    "device_name": "Processor",
    "threads": "Threads",
    "host": "Host",
    "python": "Python",
    "torch_version": "torch",
    "mlflow_version": "MLflow",
    "numpy_version": "NumPy",
    "git_commit": "Commit of the code",
    "data_fingerprint": "Fingerprint of the data",
    "train_pictures": "Pictures to train on",
    "test_pictures": "Pictures to test on",
    "classes": "Classes",
    "in_shape": "Picture shape",
    "parameters": "Weights that learn",
}
_PRESET = "first-steps"  # what `train` starts from when not told otherwise
_MOST_ROWS = 400
_MOST_COLUMNS = 6  # runs
_HOW = (
    "The first line trains again where the run is kept and says whether the figures match; "
    "the second trains with the same settings anywhere."
)


def parameters(subjects: Sequence[Subject]) -> str:
    """Return all parameters of one run; of several those that differ, and all folded away."""
    given = [_without(each.run.params) for each in subjects]
    everything = comparison.side_by_side(given)
    if len(subjects) == 1 or not everything:
        return _pairs(everything)
    differing = comparison.differing(given)
    alike = {name: values for name, values in everything.items() if name not in differing}
    head = _table(subjects, differing) if differing else "<p>No parameter differs.</p>"
    return head + details(f"{len(alike)} that are the same in all runs", _pairs(alike))


def environment(subjects: Sequence[Subject]) -> str:
    """Return who ran it, when and where, and on what."""
    told = [_surroundings(each) for each in subjects]
    names = [name for name in told[0] if any(each[name] for each in told)]
    rows = {name: [each[name] for each in told] for name in names}
    alike = {name: values for name, values in rows.items() if len(set(values)) == 1}
    differing = {name: values for name, values in rows.items() if name not in alike}
    return _pairs(alike) + _table(subjects, differing)


def commands(subjects: Sequence[Subject]) -> str:
    """Return the command lines that do the trainings again."""
    parts = []
    for each in subjects:
        config = _config(each.run)
        if config is None or each.duels:
            continue
        title = f"<h3>{swatch(each.name, each.color)}</h3>" if len(subjects) > 1 else ""
        lines = f"python -m lab reproduce {each.run.run_id}\n{_training(config)}"
        parts.append(f"{title}<pre>{text(lines)}</pre>")
    return f"<p>{_HOW}</p>{''.join(parts)}" if parts else ""


def when(seconds: float) -> str:
    """Return a time since 1970 as a date that means the same everywhere; empty if none."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):  # a foreign clock
        return ""


def _without(params: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in params.items() if name not in _SURROUNDINGS}


def _surroundings(subject: Subject) -> dict[str, str]:
    run, params = subject.run, subject.run.params
    own = subject.summary.tags
    return {
        "Author": subject.summary.author,
        "Status": run.status.lower(),
        "Started": when(run.started),
        "Ended": when(run.ended) if run.ended else "",
        **{label: params.get(name, "") for name, label in _SURROUNDINGS.items()},
        "Tags": ", ".join(f"{name}: {value}" if value else name for name, value in own.items()),
        "Run id": run.run_id,
    }


def _pairs(rows: Mapping[str, Sequence[str | None]]) -> str:
    """Return names with the value that all runs share."""
    if not rows:
        return ""
    pairs = "".join(
        f"<div><dt>{short(name)}</dt><dd>{_cell(values[0])}</dd></div>"
        for name, values in list(rows.items())[:_MOST_ROWS]
    )
    return f"<dl>{pairs}</dl>{_more(rows)}"


def _table(subjects: Sequence[Subject], rows: Mapping[str, Sequence[str | None]]) -> str:
    """Return a row a name and a column a run; of many runs a row each, for paper is narrow."""
    if not rows:
        return ""
    if len(subjects) > max(_MOST_COLUMNS, len(rows)):
        columns = zip(*rows.values(), strict=True)
        return table(
            ["Run", *map(short, rows)],
            [
                [swatch(each.name, each.color), *map(_cell, values)]
                for each, values in zip(subjects, columns, strict=True)
            ],
        )
    head = ["", *(swatch(each.name, each.color) for each in subjects)]
    body = [[short(name), *map(_cell, values)] for name, values in rows.items()]
    return table(head, body[:_MOST_ROWS]) + _more(rows)


def _cell(value: str | None) -> str:
    return NONE if value in (None, "") else short(value)


def _more(rows: Mapping) -> str:
    left = len(rows) - _MOST_ROWS
    return f'<p class="quiet">{left} more are in the store.</p>' if left > 0 else ""


def _config(run: Run) -> TrainConfig | None:
    try:
        return run.config
    except ConvcoreError:  # of another version of the lab
        return None


def _training(config: TrainConfig) -> str:
    """Return the command line that trains with `config`."""
    begun, words = preset(_PRESET), ["python", "-m", "lab", "train"]
    for spec in fields(TrainConfig):
        value, flag = getattr(config, spec.name), spec.name.replace("_", "-")
        if value == getattr(begun, spec.name):
            continue
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words += [f"--{flag}", str(value)]
    return shlex.join(words)
