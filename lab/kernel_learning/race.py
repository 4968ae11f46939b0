"""Several ways to learn the same kernel from the same start."""

from collections.abc import Sequence

from convcore.kernel_learning import LearnConfig, Step, best_rates, learn
from lab.kernel_learning.experiment import Experiment
from lab.kernel_learning.film import seconds_needed
from lab.kernel_learning.tasks import Task, task_of

_ADAM_RATE = 0.05


def raced(
    experiment: Experiment, chosen: Sequence[str]
) -> dict[str, tuple[list[int], list[float]]]:
    """Return {name: (steps, losses)} of the experiment's own way and of each chosen one.

    Raises:
        ConvcoreError: as `learn`.
    """
    task = task_of(experiment)
    curves = {}
    for config in [experiment.config, *(rival(experiment, task, name) for name in chosen)]:
        events = learn(task.x, task.y, config)
        steps = [event for event in events if isinstance(event, Step)]
        curves[_named(config)] = [s.step for s in steps], [s.loss for s in steps]
    return curves


def rival(experiment: Experiment, task: Task, name: str) -> LearnConfig:
    """Return the config of "half", "double", or of an optimiser at its best rate."""
    config = experiment.config
    match name:
        case "half" | "double":
            factor = 0.5 if name == "half" else 2.0
            return config.changed({"learning_rate": config.learning_rate * factor})
        case "adam":
            return config.changed({"optimizer": "adam", "learning_rate": _ADAM_RATE})
        case "newton":
            return config.changed({"optimizer": "newton"})
    rates = best_rates(task.x, task.y, config)
    return rates[name].changed({"patches": config.patches})


def seconds_of(experiment: Experiment, chosen: Sequence[str]) -> float:
    """Return about how long the race takes."""
    others = sum(name != "newton" for name in chosen)
    return (1 + others) * seconds_needed(experiment, task_of(experiment))


def _named(config: LearnConfig) -> str:
    if config.optimizer == "newton":
        return "newton"
    kept = f", momentum {config.momentum:.3g}" if config.optimizer == "momentum" else ""
    return f"{config.optimizer}, rate {config.learning_rate:.4g}{kept}"
