"""Training, scoring and the duel of the backends; the rooms behind only hand on names here."""

from convcore.training.duel import DuelStep, Estimate, duel, estimate
from convcore.training.loop import (
    EpochDone,
    Evaluating,
    Event,
    StepDone,
    TrainingDone,
    device_of,
    learning_rate_at,
    train,
)
from convcore.training.scoring import Evaluation, evaluate
from convcore.training.splits import Splits, prepare

__all__ = [
    "DuelStep",
    "EpochDone",
    "Estimate",
    "Evaluating",
    "Evaluation",
    "Event",
    "Splits",
    "StepDone",
    "TrainingDone",
    "device_of",
    "duel",
    "estimate",
    "evaluate",
    "learning_rate_at",
    "prepare",
    "train",
]
