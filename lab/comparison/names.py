"""Metrics that other programs logged, under our names and by epoch."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from convcore.errors import ConvcoreError
from convcore.overfitting import is_number
from lab.records import CURVES

V = TypeVar("V")

# What a foreign name means, as `_plain` writes it. Of several that mean the same, the first counts.
NAMES: Mapping[str, str] = {name: name for name in CURVES} | {
    # MLflow's autologging of Keras (loss, val_loss), Lightning (…_epoch), Transformers (eval_loss),
    # XGBoost (train-logloss) and scikit-learn (training_log_loss); then what scripts choose.
    "train_loss_epoch": "train_loss",
    "loss": "train_loss",
    "training_loss": "train_loss",
    "loss_train": "train_loss",
    "train_logloss": "train_loss",
    "train_mlogloss": "train_loss",
    "training_log_loss": "train_loss",
    "train_cross_entropy": "train_loss",
    "val_loss_epoch": "validation_loss",
    "val_loss": "validation_loss",
    "valid_loss": "validation_loss",
    "eval_loss": "validation_loss",
    "dev_loss": "validation_loss",
    "loss_val": "validation_loss",
    "eval_logloss": "validation_loss",
    "eval_mlogloss": "validation_loss",
    "val_cross_entropy": "validation_loss",
    "test_loss_epoch": "test_loss",
    "testing_loss": "test_loss",
    "loss_test": "test_loss",
    "test_logloss": "test_loss",
    "test_cross_entropy": "test_loss",
    "train_accuracy_epoch": "train_accuracy",
    "train_acc_epoch": "train_accuracy",
    "train_acc": "train_accuracy",
    "training_accuracy": "train_accuracy",
    "training_accuracy_score": "train_accuracy",
    "accuracy": "train_accuracy",
    "acc": "train_accuracy",
    "sparse_categorical_accuracy": "train_accuracy",
    "categorical_accuracy": "train_accuracy",
    "binary_accuracy": "train_accuracy",
    "val_accuracy_epoch": "validation_accuracy",
    "val_acc_epoch": "validation_accuracy",
    "val_accuracy": "validation_accuracy",
    "val_acc": "validation_accuracy",
    "valid_accuracy": "validation_accuracy",
    "valid_acc": "validation_accuracy",
    "validation_acc": "validation_accuracy",
    "val_sparse_categorical_accuracy": "validation_accuracy",
    "val_categorical_accuracy": "validation_accuracy",
    "val_binary_accuracy": "validation_accuracy",
    "eval_accuracy": "validation_accuracy",
    "eval_acc": "validation_accuracy",
    "dev_accuracy": "validation_accuracy",
    "test_accuracy_epoch": "test_accuracy",
    "test_acc_epoch": "test_accuracy",
    "test_acc": "test_accuracy",
    "testing_accuracy": "test_accuracy",
    "lr": "learning_rate",
}


def names_with(own: Mapping[str, str]) -> dict[str, str]:
    """Return NAMES with a person's own {foreign name: our name}, which come before the others.

    Raises:
        ConvcoreError: a name of ours that there is not.
    """
    for foreign, ours in own.items():
        if ours not in CURVES:
            raise ConvcoreError(
                f"metric names: {foreign}={ours!r} is not one of ours. Choose {', '.join(CURVES)}."
            )
    mine = {_plain(foreign): ours for foreign, ours in own.items()}
    return mine | {foreign: ours for foreign, ours in NAMES.items() if foreign not in mine}


def sources(given: Iterable[str], names: Mapping[str, str] = NAMES) -> dict[str, str]:
    """Return {our name: the run's name} of the metrics that `names` knows."""
    spelled: dict[str, str] = {}
    for name in given:
        spelled.setdefault(_plain(name), name)
    found: dict[str, str] = {}
    for foreign, ours in names.items():
        if foreign in spelled:
            found.setdefault(ours, spelled[foreign])
    return found


def mapped(metrics: Mapping[str, V], names: Mapping[str, str] = NAMES) -> dict[str, V]:
    """Return the metrics that `names` knows under our names, whatever they hold."""
    return {ours: metrics[theirs] for ours, theirs in sources(metrics, names).items()}


def by_epoch(
    history: Mapping[str, Mapping[int, float]],
) -> tuple[dict[str, list[float]], list[int]]:
    """Return curves of equal length, and the step at the end of each epoch.

    An epoch ends where the loss that is judged has a value. Others count by the mean of what they
    logged since the epoch before; a train loss that logged nothing keeps its value, while scores
    have a hole. Accuracies in percent become shares.

    Args:
        history: {our name: {step: value}}, such as `Store.history` gives, renamed by `sources`.
    """
    pace = ("validation_loss", "test_loss", "train_loss", "fair_train_loss", *sorted(history))
    steps = sorted(next((history[name] for name in pace if history.get(name)), ()))
    curves = {
        name: _averaged(values, steps, fill=name.endswith("train_loss"))
        for name, values in history.items()
        if values
    }
    for name, values in curves.items():
        if name.endswith("_accuracy") and any(1 < value <= 100 for value in values):
            curves[name] = [value / 100 for value in values]
    return curves, steps


def _averaged(values: Mapping[int, float], steps: list[int], *, fill: bool) -> list[float]:
    """Return the mean of the values between each of `steps` and the one before."""
    ordered, found, at = sorted(values.items()), [], 0
    last = ordered[0][1] if fill else math.nan
    for step in steps:
        begin = at
        while at < len(ordered) and ordered[at][0] <= step:
            at += 1
        recent = [value for _, value in ordered[begin:at]]
        mean = sum(recent) / len(recent) if recent else last
        found.append(mean if is_number(mean) else math.nan)
        last = found[-1] if fill else math.nan
    return found


def _plain(name: str) -> str:
    """Return a name in small letters, with _ for all that is no letter or digit."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
