"""Runs as a training leaves them, made in a moment."""

import io
import json
import random
from dataclasses import asdict, replace

import numpy as np
import torch

from convcore import models
from convcore.config import TrainConfig
from lab import images
from lab.records import Point
from lab.store import Store

HOSTILE = "</script><img src=x onerror=\"document.title='taken'\"><!--"
CLASSES = ["cat", "dog", "<b>frog</b>"]
CONFIG = TrainConfig(channels=4)


def trained(
    store: Store,
    name: str = "first",
    *,
    config: TrainConfig = CONFIG,
    seed: int = 0,
    epochs: int = 14,
    note: str = "",
    files: bool = True,
) -> str:
    """Return the id of a new, finished run; its losses depend on the settings and the seed."""
    config = replace(config, seed=seed, epochs=epochs)
    tags = {"convlab.kind": "training", "convlab.config": config.to_json()}
    run_id = store.create(name, experiment="training", params=asdict(config), tags=tags)
    surroundings = {"torch_version": "2.13.0", "threads": 2, "device_type": "cpu", "host": HOSTILE}
    surroundings |= {"classes": len(CLASSES), "parameters": 1000 * config.channels}
    store.set_status(run_id, "RUNNING")
    store.log(run_id, metrics=_points(config), params=surroundings)
    store.log(run_id, tags={"mlflow.note.content": note, "team": HOSTILE} if note else {})
    for file, content in (_files(config) if files else {}).items():
        store.put(run_id, file, content)
    store.set_status(run_id, "FINISHED")
    return run_id


def _points(config: TrainConfig) -> list[Point]:
    draw, found = random.Random(f"{config.seed} {config.channels}"), []
    for epoch in range(1, config.epochs + 1):
        train = 2.2 * 0.8**epoch + 0.01 * draw.random()
        test = train + 0.1 * epoch + 0.5 / config.channels + 0.02 * draw.random()
        values = {
            "epoch": epoch,
            "train_loss": train * 1.1,
            "train_accuracy": 1 - 0.6 * 0.8**epoch,
            "fair_train_loss": train,
            "fair_train_accuracy": 1 - 0.55 * 0.8**epoch,
            "test_loss": test,
            "test_accuracy": 0.93 - 0.5 * 0.8**epoch - 0.01 * draw.random(),
            "epoch_seconds": 0.1 * config.channels + 0.01 * draw.random(),
            "images_per_second": 12345.678 + draw.random(),
        }
        found += [Point(name, value, epoch, 1000 * epoch) for name, value in values.items()]
    seconds = sum(point.value for point in found if point.name == "epoch_seconds")
    return [*found, Point("seconds", seconds, config.epochs, 1000 * config.epochs)]


def _files(config: TrainConfig) -> dict[str, bytes]:
    weights, noise = io.BytesIO(), np.random.default_rng(config.seed)
    torch.save(models.build(config, (3, 32, 32), len(CLASSES)).state_dict(), weights)
    counts = (10 * np.eye(3, dtype=int) + noise.integers(0, 5, (3, 3))).tolist()
    pictures = noise.integers(0, 256, (24, 3, 32, 32), dtype=np.uint8)
    return {
        "weights.pt": weights.getvalue(),
        "confusion.json": json.dumps({"classes": CLASSES, "counts": counts}).encode(),
        "mistakes.png": images.grid(pictures, ["cat 97%\nis dog"] * 24),
    }
