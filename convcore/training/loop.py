"""Training as an iterator of events: `train` yields, whoever iterates decides what to keep.

To stop early, stop iterating. Every random choice of an epoch (order, augmentation, dropout) is
drawn from (seed, epoch) alone, so a run that goes on from a checkpoint repeats the one that was
never interrupted.
"""

import math
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # losses only: the convolutions are the model's

from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from convcore.training.scoring import Evaluation, joined, scored_batches
from convcore.training.splits import Splits, batches


@dataclass(frozen=True)
class StepDone:
    """One optimiser step: `step` of `steps` in this epoch, `global_step` over all, from 1."""

    epoch: int
    step: int
    steps: int
    global_step: int
    loss: float  # nats per picture, of this batch before the step
    images_per_second: float  # since the epoch began


@dataclass(frozen=True)
class Evaluating:
    """Some batches of the scoring after an epoch are done."""

    epoch: int
    done: int  # pictures
    total: int  # pictures


@dataclass(frozen=True)
class EpochDone:
    """An epoch and its scores.

    `metrics` carries train_loss and train_accuracy (running, with augmentation and dropout),
    fair_train_* (scored like the test set), validation_* where there is a split, test_*, gap
    (judged loss − fair train loss), learning_rate, epoch_seconds, images_per_second.
    `checkpoint` holds the live state: save it, or copy it, before the next event. Its "kept" is
    what the training leaves if it ends here: {"epoch", "model", "test": fields of an Evaluation}.
    """

    epoch: int
    epochs: int
    metrics: dict[str, float]
    test: Evaluation
    checkpoint: dict
    is_best: bool


@dataclass(frozen=True)
class TrainingDone:
    """The last event: after how many epochs, and whether patience ran out."""

    epochs: int
    stopped_early: bool
    kept_epoch: int  # whose weights the model now has


Event = StepDone | Evaluating | EpochDone | TrainingDone


def train(
    model: nn.Module, splits: Splits, config: TrainConfig, checkpoint: dict | None = None
) -> Iterator[Event]:
    """Train `model` in place, yielding events; go on from `checkpoint` where one is given.

    With a validation split and patience, the model ends with the weights of its best epoch.

    Raises:
        ConvcoreError: the loss is no longer finite; the message says at which step.
    """
    device = device_of(config)
    model.to(device)
    splits = splits.to(device)
    optimizer = optimizer_for(model, config)
    steps = math.ceil(len(splits.train) / config.batch_size)
    epoch, best, kept = 0, {"epoch": 0, "loss": math.inf}, None
    if checkpoint:
        model.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        epoch, best, kept = (checkpoint[name] for name in ("epoch", "best", "kept"))
    while epoch < config.epochs and not _out_of_patience(config, epoch, best):
        epoch += 1
        running = yield from _steps(model, optimizer, splits, config, epoch, steps)
        scores = yield from _scores(model, splits, epoch)
        metrics = running | _metrics(scores)
        judged = metrics.get("validation_loss", metrics["test_loss"])
        is_best = judged < best["loss"]
        if is_best:
            best = {"epoch": epoch, "loss": judged}
        if is_best or not config.patience:
            weights = _copy(model.state_dict()) if config.patience else model.state_dict()
            kept = {"epoch": epoch, "model": weights, "test": asdict(scores["test"])}
        state = {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "best": best,
            "kept": kept,
        }
        yield EpochDone(epoch, config.epochs, metrics, scores["test"], state, is_best)
    if kept:
        model.load_state_dict(kept["model"])
    kept_epoch = kept["epoch"] if kept else 0
    yield TrainingDone(epoch, _out_of_patience(config, epoch, best), kept_epoch)


def device_of(config: TrainConfig) -> torch.device:
    """Return the device that `config` trains on.

    Raises:
        ConvcoreError: a GPU is asked for and there is none.
    """
    if config.device == "cuda" and not torch.cuda.is_available():
        raise ConvcoreError("device='cuda': this machine has no GPU that torch can use. Use auto.")
    if config.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(config.device)


def learning_rate_at(config: TrainConfig, step: int, steps: int) -> float:
    """Return the learning rate of `step` (from 0) of `steps` in the whole run.

    Source: cosine, Loshchilov & Hutter 2017, arXiv:1608.03983; one-cycle, Smith & Topin 2018,
    arXiv:1708.07120, with torch's OneCycleLR figures (30 % warm-up from 1/25 of the peak).
    """
    peak = config.learning_rate
    if config.schedule == "constant":
        return peak
    if config.schedule == "cosine":
        return peak * _cosine(step / steps)
    warm_up = 0.3 * steps
    if step < warm_up:
        return peak / 25 + (peak - peak / 25) * (1 - _cosine(step / warm_up))
    return peak * max(_cosine((step - warm_up) / (steps - warm_up)), 4e-6)


def optimizer_for(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Return the optimiser that `config` names, over all weights of `model`."""
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), lr=rate, weight_decay=decay)
    if config.optimizer == "adamw":
        return torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    return torch.optim.SGD(
        model.parameters(), lr=rate, momentum=config.momentum, weight_decay=decay
    )


def _steps(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    splits: Splits,
    config: TrainConfig,
    epoch: int,
    steps: int,
) -> Generator[Event, None, dict[str, float]]:
    """Run one epoch; returns its running metrics."""
    model.train()
    started = time.perf_counter()
    seen, loss_sum, right, rate = 0, 0.0, 0, 0.0
    for step, (images, labels) in enumerate(batches(splits, config, epoch), start=1):
        global_step = (epoch - 1) * steps + step
        rate = learning_rate_at(config, global_step - 1, steps * config.epochs)
        set_rate(optimizer, rate)
        loss, logits = take_step(model, optimizer, images, labels)
        if not math.isfinite(loss):
            raise ConvcoreError(
                f"The loss became {loss} at step {step} of epoch {epoch}: the training diverged "
                f"(learning_rate={config.learning_rate}). Try {config.learning_rate / 10:g}."
            )
        seen += len(labels)
        loss_sum += loss * len(labels)
        right += int((logits.argmax(dim=1) == labels).sum())
        speed = seen / (time.perf_counter() - started)
        yield StepDone(epoch, step, steps, global_step, loss, speed)
    seconds = time.perf_counter() - started
    return {
        "train_loss": loss_sum / seen,
        "train_accuracy": right / seen,
        "learning_rate": rate,
        "epoch_seconds": seconds,
        "images_per_second": seen / seconds,
    }


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Let the next steps of `optimizer` have this learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def take_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor
) -> tuple[float, Tensor]:
    """Take one optimiser step; return the loss and the logits before it."""
    optimizer.zero_grad(set_to_none=True)
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), logits.detach()


def _scores(
    model: nn.Module, splits: Splits, epoch: int
) -> Generator[Event, None, dict[str, Evaluation]]:
    """Score every split; returns an Evaluation for each by name."""
    sets = {"fair_train": splits.fair, "validation": splits.validation, "test": splits.test}
    sets = {name: pictures for name, pictures in sets.items() if pictures is not None}
    total = sum(len(pictures) for pictures in sets.values())
    scores, done = {}, 0
    for name, pictures in sets.items():
        parts = []
        for part in scored_batches(model, pictures, splits):
            parts.append(part)
            done += len(part[0])
            yield Evaluating(epoch, done, total)
        scores[name] = joined(parts, pictures.labels)
    return scores


def _metrics(scores: dict[str, Evaluation]) -> dict[str, float]:
    """Return loss and accuracy of every split, and the gap."""
    metrics = {}
    for name, score in scores.items():
        metrics |= {f"{name}_loss": score.loss, f"{name}_accuracy": score.accuracy}
    judged = metrics.get("validation_loss", metrics["test_loss"])
    return metrics | {"gap": judged - metrics["fair_train_loss"]}


def _out_of_patience(config: TrainConfig, epoch: int, best: dict) -> bool:
    return bool(config.patience) and epoch - best["epoch"] >= config.patience


def _copy(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in state.items()}


def _cosine(share: float) -> float:
    """Return the fall from 1 to 0 along half a cosine, as `share` goes from 0 to 1."""
    return (1 + math.cos(math.pi * share)) / 2
