import math
from importlib import import_module
from types import SimpleNamespace

import pytest
import torch

from convcore import models, training
from convcore.config import TrainConfig
from convcore.datasets import Dataset, Pictures
from convcore.errors import ConvcoreError
from convcore.training import EpochDone, StepDone, TrainingDone


def made_dataset(train: int = 60, test: int = 30, classes: int = 3) -> Dataset:
    """Return pictures that can be learned: class k is bright in column k, on a noisy ground."""
    generator = torch.Generator().manual_seed(1)

    def made(count: int) -> Pictures:
        labels = torch.arange(count) % classes
        images = torch.randint(0, 120, (count, 1, 8, 8), dtype=torch.uint8, generator=generator)
        images[torch.arange(count), :, :, 2 * labels] += 100
        return Pictures(images, labels)

    return Dataset("made", tuple("abc"[:classes]), made(train), made(test), "f", ())


def run(config: TrainConfig, dataset: Dataset | None = None, checkpoint: dict | None = None):
    dataset = dataset or made_dataset()
    model = models.build(config, dataset.in_shape, len(dataset.classes))
    events = list(training.train(model, training.prepare(dataset, config), config, checkpoint))
    return model, events


def epochs(events) -> list[dict[str, float]]:
    timing = ("epoch_seconds", "images_per_second")
    rows = [event.metrics for event in events if isinstance(event, EpochDone)]
    return [{k: v for k, v in row.items() if k not in timing} for row in rows]


SMALL = TrainConfig(channels=4, batch_size=16, epochs=3, learning_rate=0.05, device="cpu")


@pytest.mark.parametrize("backend", ["custom", "torch"])
def test_a_model_learns_what_can_be_learned(backend):
    _, events = run(SMALL.changed({"backend": backend, "epochs": 8}))
    assert epochs(events)[-1]["test_accuracy"] == 1.0


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="plain"),
        pytest.param({"dropout": 0.4, "crop_padding": 1, "flip": True}, id="random everything"),
        pytest.param({"optimizer": "adamw", "schedule": "one-cycle"}, id="AdamW, one-cycle"),
    ],
)
def test_the_same_config_gives_the_same_losses(changes):
    config = SMALL.changed(changes)
    torch.manual_seed(11)
    first = run(config)[1]
    torch.manual_seed(99)  # what happened before must not matter
    second = run(config)[1]
    assert epochs(first) == epochs(second)
    losses = [[e.loss for e in events if isinstance(e, StepDone)] for events in (first, second)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_run_that_goes_on_repeats_the_one_never_interrupted(optimizer):
    config = SMALL.changed(
        {"optimizer": optimizer, "dropout": 0.3, "crop_padding": 1, "schedule": "cosine"}
    )
    dataset = made_dataset()
    whole = run(config)[1]
    model = models.build(config, dataset.in_shape, 3)
    for event in training.train(model, training.prepare(dataset, config), config):
        if isinstance(event, EpochDone):
            saved = {name: event.checkpoint[name] for name in event.checkpoint}
            break
    rest = run(config, checkpoint=saved)[1]
    assert epochs(rest) == epochs(whole)[1:]


def test_metrics_are_of_the_pictures_they_name():
    dataset = made_dataset()
    config = SMALL.changed({"validation_fraction": 0.2})
    model, events = run(config, dataset)
    last, splits = epochs(events)[-1], training.prepare(dataset, config)
    assert len(splits.train) == 48
    assert len(splits.validation) == 12
    assert len(splits.fair) == len(dataset.test)
    for name, pictures in [
        ("test", splits.test), ("validation", splits.validation), ("fair_train", splits.fair),
    ]:  # fmt: skip
        score = training.evaluate(model, pictures, splits)
        assert last[f"{name}_loss"] == pytest.approx(score.loss)
        assert last[f"{name}_accuracy"] == pytest.approx(score.accuracy)
    assert last["gap"] == pytest.approx(last["validation_loss"] - last["fair_train_loss"])


def test_evaluation_equals_the_plain_computation():
    dataset = made_dataset()
    model, _ = run(SMALL, dataset)
    splits = training.prepare(dataset, SMALL)
    images = dataset.test.images.float() / 255
    images = (images - splits.mean.view(-1, 1, 1)) / splits.std.view(-1, 1, 1)
    with torch.no_grad():
        logits = model.eval()(images)
    score = training.evaluate(model, dataset.test, splits)
    loss = torch.nn.functional.cross_entropy(logits, dataset.test.labels)
    assert score.loss == pytest.approx(loss.item(), rel=1e-5)
    assert torch.equal(score.predictions, logits.argmax(dim=1))
    assert score.confusion.sum() == len(dataset.test)
    assert score.confusion.diag().sum() / len(dataset.test) == pytest.approx(score.accuracy)


def test_confusion_rows_are_true_classes_and_the_worst_come_first():
    score = training.Evaluation(
        losses=torch.tensor([0.1, 3.0, 5.0, 9.0]),
        predictions=torch.tensor([0, 1, 1, 0]),
        confidences=torch.ones(4),
        labels=torch.tensor([0, 0, 0, 0]),
        classes=2,
    )
    assert score.confusion.tolist() == [[2, 2], [0, 0]]
    assert score.worst(5) == [2, 1]


def test_evaluating_leaves_the_model_as_it_was():
    dataset = made_dataset()
    model = models.build(SMALL, dataset.in_shape, 3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    training.evaluate(model.train(), dataset.test, training.prepare(dataset, SMALL))
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_shuffled_test_labels_do_not_move_the_chosen_epoch():
    dataset = made_dataset()
    shuffled = Pictures(dataset.test.images, dataset.test.labels.flip(0))
    other = Dataset(dataset.name, dataset.classes, dataset.train, shuffled, "g", ())
    config = SMALL.changed({"validation_fraction": 0.3, "patience": 2, "epochs": 6})
    chosen = [
        [
            event.epoch
            for event in run(config, data)[1]
            if isinstance(event, EpochDone) and event.is_best
        ]
        for data in (dataset, other)
    ]
    assert chosen[0] == chosen[1]


def test_patience_stops_and_keeps_the_best_weights():
    config = SMALL.changed(
        {"validation_fraction": 0.3, "patience": 2, "epochs": 40, "learning_rate": 0.5}
    )
    dataset = made_dataset(train=30)
    model, events = run(config, dataset)
    done = events[-1]
    assert isinstance(done, TrainingDone)
    assert done.stopped_early
    assert done.epochs == done.kept_epoch + 2
    best = epochs(events)[done.kept_epoch - 1]
    splits = training.prepare(dataset, config)
    kept = training.evaluate(model, splits.validation, splits)
    assert kept.loss == pytest.approx(best["validation_loss"])
    assert kept.loss == min(row["validation_loss"] for row in epochs(events))


def test_a_run_that_goes_on_past_its_best_epoch_keeps_that_epochs_weights_and_scores():
    config = SMALL.changed(
        {"validation_fraction": 0.3, "patience": 2, "epochs": 40, "learning_rate": 0.5}
    )
    dataset = made_dataset(train=30)
    whole, events = run(config, dataset)
    best = events[-1].kept_epoch
    model = models.build(config, dataset.in_shape, 3)
    for event in training.train(model, training.prepare(dataset, config), config):
        if isinstance(event, EpochDone) and event.epoch == best + 1:
            break
    rest, events = run(config, dataset, checkpoint=event.checkpoint)
    kept = next(e for e in reversed(events) if isinstance(e, EpochDone)).checkpoint["kept"]
    assert (kept["epoch"], events[-1].kept_epoch) == (best, best)
    assert_close = torch.testing.assert_close
    assert_close(rest.state_dict(), whole.state_dict(), rtol=0, atol=0)
    score = training.evaluate(rest, dataset.test, training.prepare(dataset, config))
    assert_close(training.Evaluation(**kept["test"]).losses, score.losses)


def test_divergence_stops_at_the_step_and_suggests_a_rate():
    config = SMALL.changed({"learning_rate": 10.0, "momentum": 0.99, "batch_norm": False})
    with pytest.raises(ConvcoreError, match=r"step \d+ of epoch \d+.*Try 1\."):
        run(config.changed({"epochs": 200}))


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ConvcoreError, match="batch_size=61 exceeds the 60 training pictures"):
        training.prepare(made_dataset(), SMALL.changed({"batch_size": 61}))


def test_augmentation_touches_training_pictures_only():
    dataset = made_dataset()
    plain = run(SMALL.changed({"learning_rate": 1e-8}))[1]
    moved = run(SMALL.changed({"learning_rate": 1e-8, "crop_padding": 4}), dataset)[1]
    assert epochs(plain)[0]["train_loss"] != epochs(moved)[0]["train_loss"]
    # Batch norm's averages follow the moved pictures, so the scores differ a little, not wildly.
    assert epochs(plain)[0]["fair_train_loss"] == pytest.approx(
        epochs(moved)[0]["fair_train_loss"], rel=0.5
    )


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [
        pytest.param("constant", {0: 1, 50: 1, 99: 1}, id="constant"),
        pytest.param("cosine", {0: 1, 50: 0.5, 100: 0}, id="cosine"),
        pytest.param("one-cycle", {0: 1 / 25, 30: 1, 65: 0.5, 100: 4e-6}, id="one-cycle"),
    ],
)
def test_the_rate_follows_its_schedule(schedule, shares):
    config = TrainConfig(schedule=schedule, learning_rate=0.2)
    for step, share in shares.items():
        rate = training.learning_rate_at(config, step, 100)
        assert rate == pytest.approx(0.2 * share, abs=1e-9)


def test_a_duel_gives_equal_losses_on_equal_batches():
    steps = list(training.duel(made_dataset(), SMALL.changed({"dropout": 0.3}), 25))
    assert [step.step for step in steps] == list(range(1, 26))
    assert max(step.loss_difference for step in steps[:20]) < 1e-4
    assert max(step.gradient_difference for step in steps[:20]) < 1e-3
    assert steps[-1].losses["custom"] < steps[0].losses["custom"]
    assert all(seconds > 0 for step in steps for seconds in step.seconds.values())


def test_an_estimate_is_made_of_measured_steps():
    found = training.estimate(SMALL, (1, 8, 8), 3, train=600, test=60)
    assert found.images_per_second > 0
    assert math.isclose(found.epoch_seconds, (600 + 40) / found.images_per_second)


@pytest.mark.parametrize(("seconds", "most"), [(0.0, 256), (0.08, 6), (3.0, 2)])  # of a picture
def test_an_estimate_of_a_slow_model_measures_few_pictures(monkeypatch, seconds, most):
    duel, measured = import_module("convcore.training.duel"), []

    def step(model, optimizer, images, labels):
        measured.append(len(images))
        clock[0] += seconds * len(images)

    clock = [0.0]
    now = SimpleNamespace(perf_counter=lambda: clock[0] + 1e-9 * len(measured))
    monkeypatch.setattr(duel, "time", now)
    monkeypatch.setattr(duel, "take_step", step)
    training.estimate(SMALL.changed({"batch_size": 256}), (1, 8, 8), 3, train=600, test=60)
    assert max(measured) == most
    assert clock[0] <= max(3.0, 2 * seconds)


@pytest.mark.parametrize("schedule", ["constant", "one-cycle"])
def test_a_duel_takes_the_steps_of_the_real_training(schedule):
    config = SMALL.changed({"schedule": schedule, "backend": "torch"})
    real = [event.loss for event in run(config)[1] if isinstance(event, StepDone)]
    duel = [step.losses["torch"] for step in training.duel(made_dataset(), config, len(real))]
    assert duel == real
