"""Runs as plain data: what the store takes and gives, whatever keeps it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from convcore.config import TrainConfig
from convcore.errors import ConvcoreError

TRAINING = "training"  # the experiment that trainings are kept in
KEPT = ("playground", "edges", "kernel-learning")  # and those of what other pages keep
NOTE = "mlflow.note.content"  # the tag that MLflow's own pages show as the description
STARRED = "convlab.starred"  # the tag of a starred run: anything but an empty text
# The metrics that have a value an epoch; the README says what each means.
CURVES = (
    "train_loss",
    "train_accuracy",
    "fair_train_loss",
    "fair_train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
    "gap",
    "learning_rate",
    "epoch_seconds",
    "images_per_second",
)


def local_time(seconds: float) -> datetime | None:
    """Return a time since 1970 as this machine's clocks show it; None if no calendar has it."""
    try:
        return datetime.fromtimestamp(seconds)
    except (OverflowError, OSError, ValueError):  # a foreign clock
        return None


class StoreError(ConvcoreError):
    """The store did not take or give what was asked; `permanent` if trying again is no use."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True)
class Point:
    """One value of a metric."""

    name: str
    value: float
    step: int
    milliseconds: int  # when it was measured, since 1970


@dataclass(frozen=True)
class Run:
    """A run as the store has it; times in seconds since 1970."""

    run_id: str
    experiment_id: str
    name: str
    status: str  # SCHEDULED, RUNNING, FINISHED, KILLED or FAILED
    started: float
    ended: float | None
    params: Mapping[str, str]
    metrics: Mapping[str, float]  # the latest of each
    tags: Mapping[str, str]

    @property
    def active(self) -> bool:
        """Return whether a process should be at work, or waiting, for this run."""
        return self.status in ("SCHEDULED", "RUNNING")

    @property
    def config(self) -> TrainConfig | None:
        """Return the settings of a training, or None for a run of another kind."""
        text = self.tags.get("convlab.config")
        return TrainConfig.from_json(text) if text else None

    def said(self, name: str) -> dict:
        """Return the tag `convlab.<name>` as the object that it holds, empty if there is none."""
        try:
            value = json.loads(self.tags.get(f"convlab.{name}", "{}"))
        except (json.JSONDecodeError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}
