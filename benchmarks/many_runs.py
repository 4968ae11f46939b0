"""A store with many runs, as a team has after some months: made-up curves, real MLflow.

python -m benchmarks.many_runs FOLDER [RUNS] [EPOCHS]
"""

import math
import random
import sys
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from convcore import overfitting
from convcore.config import TrainConfig
from lab.records import Point
from lab.settings import current, embedded_uri
from lab.store import Store

_DAY = 86_400_000  # milliseconds


def fill(store: Store, runs: int, epochs: int) -> None:
    """Write so many runs of so many epochs; the same ones every time."""
    dice = random.Random(0)
    for index in tqdm(range(runs), unit="run"):
        config = TrainConfig(
            epochs=epochs,
            blocks=dice.randint(1, 3),
            learning_rate=dice.choice([0.01, 0.003, 0.001]),
            seed=index % 3,
            backend=dice.choice(["custom", "torch"]),
        )
        _write(store, f"run {index:04d}", config, dice, 1_700_000_000_000 + index * _DAY // 10)


def _write(store: Store, name: str, config: TrainConfig, dice: random.Random, began: int) -> None:
    curves = _curves(config.epochs, dice)
    verdict = overfitting.judge(curves, classes=10)
    best = verdict.best_epoch
    tags = {
        "convlab.kind": "training",
        "convlab.config": config.to_json(),
        "convlab.verdict": verdict.kind,
        "convlab.sentence": verdict.sentence,
    }
    run_id = store.create_begun(name, experiment="training", started=began / 1000, tags=tags)
    store.log(run_id, params=vars(config))
    last = {
        "epoch": config.epochs,
        "best_epoch": best,
        "best_loss": verdict.best_loss,
        "best_test_loss": curves["test_loss"][best - 1],
        "best_test_accuracy": curves["test_accuracy"][best - 1],
        "gap_at_best": verdict.gap_at_best,
        "gap_final": verdict.gap_final,
        "seconds": sum(curves["epoch_seconds"]),
    }
    points = [
        Point(key, value, epoch, began + 1000 * epoch)
        for key, values in curves.items()
        for epoch, value in enumerate(values, 1)
    ]
    points += [Point(key, float(value), config.epochs, began) for key, value in last.items()]
    store.log(run_id, metrics=points)
    store.set_status(run_id, "FINISHED", ended=began / 1000 + config.epochs)


def _curves(epochs: int, dice: random.Random) -> dict[str, list[float]]:
    """Return curves as trainings have them: falling, and some turning up again."""
    floor, turn, noise = dice.uniform(0.3, 0.9), dice.uniform(0, 0.01), dice.uniform(0, 0.02)
    train = [0.05 + 2.2 * math.exp(-0.08 * epoch) for epoch in range(1, epochs + 1)]
    test = [
        floor + 1.5 * math.exp(-0.1 * epoch) + turn * epoch + noise * dice.random()
        for epoch in range(1, epochs + 1)
    ]
    return {
        "train_loss": train,
        "fair_train_loss": train,
        "test_loss": test,
        "train_accuracy": [1 - loss / 2.3 for loss in train],
        "test_accuracy": [max(0.1, 1 - loss / 2.6) for loss in test],
        "gap": [b - a for a, b in zip(train, test, strict=True)],
        "epoch_seconds": [1 + dice.random() for _ in range(epochs)],
        "images_per_second": [dice.uniform(900, 1100) for _ in range(epochs)],
    }


def made(folder: Path) -> Store:
    """Return the embedded store of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    house = replace(current(), mlruns=folder, tracking_uri=embedded_uri(folder))
    return Store(house)


if __name__ == "__main__":
    counts = [int(text) for text in sys.argv[2:4]]
    fill(made(Path(sys.argv[1]).resolve()), *(counts + [1000, 100][len(counts) :]))
