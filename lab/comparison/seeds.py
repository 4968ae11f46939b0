"""Runs that differ only in their seed: found, and laid together as a mean with its band."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from convcore.overfitting import is_number
from lab.records import Run

_SEEDS = ("seed", "random_seed", "random_state")  # what foreign runs call it


@dataclass(frozen=True)
class Group:
    """Runs of one config, alike in all but the seed; in the order in which they were given."""

    runs: tuple[Run, ...]

    @property
    def name(self) -> str:
        """Return the name of the first, with how many seeds there are."""
        seeds = len({_seed(run) for run in self.runs})
        return self.runs[0].name + (f" · {seeds} seeds" if seeds > 1 else "")

    @property
    def counted(self) -> tuple[Run, ...]:
        """Return those that statistics may count: finished, and one a seed.

        The same seed again gives the same losses, which would pass for a spread of nothing.
        """
        found: dict[str, Run] = {}
        for run in self.runs:
            if run.status == "FINISHED":
                found.setdefault(_seed(run), run)
        return tuple(found.values())


@dataclass(frozen=True)
class Band:
    """Several curves as one, by epoch; NaN where no curve has a number (deviation: where one has).

    An epoch counts the runs that reached it: where some stopped earlier, the rest are fewer.
    """

    mean: list[float]
    deviation: list[float]  # of a sample: n − 1
    lowest: list[float]
    highest: list[float]
    count: list[int]


def groups(runs: Sequence[Run]) -> list[Group]:
    """Return the runs in groups, by first appearance; a run that is alone is a group of one."""
    found: dict[Hashable, list[Run]] = {}
    for run in runs:
        found.setdefault(_kind(run), []).append(run)
    return [Group(tuple(each)) for each in found.values()]


def band(curves: Sequence[Sequence[float]]) -> Band:
    """Return mean, spread and extremes at each epoch of curves that may differ in length."""
    longest = max(map(len, curves), default=0)
    table = np.full((len(curves), longest), np.nan)
    for row, curve in zip(table, curves, strict=True):
        row[: len(curve)] = [value if is_number(value) else np.nan for value in curve]
    columns = [column[~np.isnan(column)] for column in table.T]
    return Band(
        mean=[float(each.mean()) if len(each) else np.nan for each in columns],
        deviation=[float(each.std(ddof=1)) if len(each) > 1 else np.nan for each in columns],
        lowest=[float(each.min(initial=np.inf)) if len(each) else np.nan for each in columns],
        highest=[float(each.max(initial=-np.inf)) if len(each) else np.nan for each in columns],
        count=[len(each) for each in columns],
    )


def _kind(run: Run) -> Hashable:
    """Return what runs of one group have in common."""
    config = _config(run)
    if config:
        # Pictures may change under the same name.
        data = run.params.get("data_fingerprint", "")
        return run.tags.get("convlab.kind"), replace(config, seed=0), data
    params = frozenset((k, v) for k, v in run.params.items() if k not in _SEEDS)
    # Without parameters nothing says that two runs are alike.
    return (run.experiment_id, params) if params else run.run_id


def _seed(run: Run) -> str:
    """Return the seed; a foreign run that tells none is a draw of its own."""
    config = _config(run)
    if config:
        return str(config.seed)
    return next((run.params[name] for name in _SEEDS if name in run.params), run.run_id)


def _config(run: Run) -> TrainConfig | None:
    try:
        return run.config
    except ConvcoreError:  # of another version of the lab: its parameters still tell
        return None
