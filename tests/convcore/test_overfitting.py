import math
import random
import subprocess
import sys

import pytest

from convcore.errors import ConvcoreError
from convcore.overfitting import judge

EPOCHS = range(30)


def falling(
    floor: float, drop: float, tau: float, jitter=lambda: 0.0, epochs=EPOCHS
) -> list[float]:
    return [floor + drop * math.exp(-epoch / tau) + jitter() for epoch in epochs]


def noise(seed: int, deviation: float):
    source = random.Random(seed)
    return lambda: source.gauss(0, deviation)


def rising(best: int, slope: float, jitter=lambda: 0.0) -> list[float]:
    """Fall until epoch `best` (from 1), then rise by `slope` an epoch."""
    return [1 + 0.2 * abs(e - best + 1) * (e < best) + slope * max(0, e - best + 1) + jitter()
            for e in EPOCHS]  # fmt: skip


HISTORIES = {
    "healthy": {"train_loss": falling(0.8, 1.4, 3), "test_loss": falling(0.85, 1.3, 3)},
    "overfitting": {"train_loss": falling(0.1, 2.0, 6), "test_loss": rising(7, 0.03)},
    "underfitting": {"train_loss": falling(1.95, 0.3, 2), "test_loss": falling(1.97, 0.3, 2)},
    "diverged": {
        "train_loss": [1.5, 1.4, 1.6, 2.3, 9.0, 40.0],
        "test_loss": [1.5, 1.5, 1.7, 2.4, 9.9, 44.0],
    },
    "still learning": {
        "train_loss": falling(0.5, 1.8, 20),
        "test_loss": falling(0.6, 1.8, 20),
    },
    "too early": {"train_loss": [2.0, 1.8], "test_loss": [1.9, 1.85]},
}
NOISY_PLATEAU = {
    "train_loss": falling(0.5, 1.5, 5),
    "test_loss": falling(1.0, 1.2, 2, noise(2, 0.025)),
}


@pytest.mark.parametrize("kind", HISTORIES)
def test_each_history_gets_its_verdict(kind):
    verdict = judge(HISTORIES[kind], classes=10)
    assert verdict.kind == kind
    assert verdict.judged == "test"
    assert kind in verdict.sentence
    assert "Try" in verdict.sentence


def test_a_noisy_plateau_is_healthy():
    assert judge(NOISY_PLATEAU, classes=10).kind == "healthy"


def test_overfitting_says_since_when_and_how_much():
    curves = {
        "train_loss": [2.0] * 30,  # running, dropout on: must not be what the gap is measured with
        "fair_train_loss": HISTORIES["overfitting"]["train_loss"],
        "test_loss": HISTORIES["overfitting"]["test_loss"],
    }
    verdict = judge(curves)
    assert (verdict.kind, verdict.best_epoch, verdict.region) == ("overfitting", 7, (7, 30))
    assert verdict.best_loss == pytest.approx(1.0)
    assert verdict.gl_final == pytest.approx(100 * 0.03 * 23)
    assert verdict.gap_at_best == pytest.approx(1 - curves["fair_train_loss"][6])
    assert verdict.gap_final == pytest.approx(1 + 0.03 * 23 - curves["fair_train_loss"][29])
    assert "Since epoch 7 the test loss has risen 69 % (1 → 1.69)" in verdict.sentence


def test_without_a_fair_train_loss_the_running_one_gives_the_gap():
    verdict = judge({"train_loss": [1.0, 0.5, 0.25], "test_loss": [1.5, 1.25, 1.5]})
    assert (verdict.gap_at_best, verdict.gap_final) == (0.75, 1.25)


def test_validation_decides_and_test_values_cannot_move_it():
    curves = {
        "train_loss": HISTORIES["overfitting"]["train_loss"],
        "validation_loss": rising(12, 0.05),
        "test_loss": HISTORIES["overfitting"]["test_loss"],
    }
    first = judge(curves)
    assert (first.judged, first.best_epoch, first.kind) == ("validation", 12, "overfitting")
    for seed in range(20):
        shuffled = random.Random(seed).sample(curves["test_loss"], k=30)
        assert judge({**curves, "test_loss": shuffled}) == first


def test_the_best_epoch_is_the_first_of_equals():
    assert judge({"train_loss": [3.0, 2, 1, 1], "test_loss": [3.0, 2, 2, 2.01]}).best_epoch == 2


def test_one_bad_epoch_is_no_verdict():
    spike = falling(0.85, 1.3, 3)
    spike[-1] = 3.0
    assert judge({"train_loss": falling(0.8, 1.4, 3), "test_loss": spike}).kind == "healthy"


def test_overfitting_needs_the_whole_patience():
    curves = {name: values[:11] for name, values in HISTORIES["overfitting"].items()}
    assert judge(curves).kind == "too early"  # best at 7, 4 epochs later
    assert "too early to say whether it overfits" in judge(curves).sentence
    assert judge(curves, patience=4).kind == "overfitting"


def test_both_losses_rising_is_not_overfitting():
    train = [max(0.9, 2 - 0.2 * e) + 0.03 * max(0, e - 6) for e in EPOCHS]
    verdict = judge({"train_loss": train, "test_loss": rising(7, 0.05)})
    assert verdict.kind == "diverged"
    assert "both losses have risen" in verdict.sentence


def test_a_memorised_training_set_still_counts_as_overfitting():
    train = [*falling(0.0, 2, 1)[:10], *[0.0] * 20]
    assert judge({"train_loss": train, "test_loss": rising(7, 0.03)}).kind == "overfitting"


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1.7976931348623157e308])
def test_a_loss_that_is_no_number_is_divergence_from_its_epoch(bad):
    verdict = judge({"train_loss": [1.0, 0.5, bad, bad], "test_loss": [1.0, 0.6, 0.7, bad]})
    assert verdict.kind == "diverged"
    assert verdict.best_epoch == 2
    assert (verdict.gap_final, verdict.gl_final) == (None, None)
    assert "epoch 3" in verdict.sentence


def test_nothing_but_nan_has_no_best_epoch():
    verdict = judge({"train_loss": [math.nan], "test_loss": [math.nan]})
    assert (verdict.kind, verdict.best_epoch, verdict.best_loss) == ("diverged", None, None)


@pytest.mark.parametrize("curves", [{}, {"train_loss": [], "test_loss": []}])
def test_before_the_first_epoch_it_is_too_early(curves):
    verdict = judge(curves)
    assert verdict.kind == "too early"
    assert verdict.best_epoch is None
    assert verdict.gap_final is None


def test_one_epoch_is_too_early_but_has_its_gap():
    verdict = judge({"train_loss": [2.0], "test_loss": [2.5]})
    assert (verdict.kind, verdict.best_epoch, verdict.gap_final) == ("too early", 1, 0.5)
    assert "Only 1 epoch has ended" in verdict.sentence


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"curves": {"train_loss": [1.0, 2.0], "test_loss": [1.0]}}, "train_loss: 2, test_loss: 1"),
        ({"curves": {"train_loss": [1.0]}}, "only train_loss"),
        ({"curves": {"test_loss": [1.0]}}, "only test_loss"),
        ({"curves": {}, "patience": 0}, "patience=0"),
        ({"curves": {}, "min_delta": -1}, "min_delta=-1"),
        ({"curves": {}, "classes": 1}, "classes=1"),
    ],
)
def test_bad_input_is_said(arguments, message):
    with pytest.raises(ConvcoreError, match=message):
        judge(**arguments)


def random_history(kind: str, seed: int) -> dict[str, list[float]]:
    source = random.Random(seed)
    epochs = range(source.randint(25, 60))
    small, large = (
        noise(seed, source.uniform(0.001, 0.01)),
        noise(seed + 1, source.uniform(0, 0.02)),
    )
    floor, tau = source.uniform(0.4, 0.9), source.uniform(1.5, 3)
    if kind == "overfitting":
        best, slope = source.randint(3, len(epochs) - 9), source.uniform(0.03, 0.2)
        test = [
            v + slope * max(0, e - best) for e, v in enumerate(falling(1, 1, 1.5, large, epochs))
        ]
        return {"train_loss": falling(0.01, 2, 8, epochs=epochs), "test_loss": test}
    if kind == "underfitting":
        return {name: falling(1.9, 0.3, tau, small, epochs) for name in ("train_loss", "test_loss")}
    if kind == "diverged":
        turn, step = source.randint(1, 15), source.uniform(0.3, 3)
        losses = [1.5 - 0.02 * e if e < turn else 2.0 + step * (e - turn) for e in epochs]
        return {"train_loss": losses, "test_loss": losses}
    deviation = 0.03 * floor if kind == "noisy plateau" else 0.002
    return {
        "train_loss": falling(floor - 0.1, 1.4, tau, small, epochs),
        "test_loss": falling(floor, 1.4, tau, noise(seed, deviation), epochs),
    }


@pytest.mark.parametrize(
    ("kind", "right", "rate"),
    [
        ("overfitting", "overfitting", 0.99),
        ("underfitting", "underfitting", 0.9),
        ("diverged", "diverged", 1),
        ("healthy", "healthy", 0.9),
        ("noisy plateau", "healthy", 0.9),
    ],
)
def test_random_histories_get_the_right_verdict_nearly_always(kind, right, rate):
    kinds = [judge(random_history(kind, seed), classes=10).kind for seed in range(500)]
    assert kinds.count(right) >= rate * 500
    if kind != "overfitting":
        assert kinds.count("overfitting") <= 2  # the alarm must not cry wolf


def test_it_imports_without_torch_numpy_or_pandas():
    code = "import sys, convcore.overfitting; print({'torch','numpy','pandas'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_a_large_gap_is_no_underfitting():
    noise = [0.05, -0.04, 0.03, -0.05, 0.02] * 4
    train = [1.25 + value for value in noise]
    assert (
        judge({"fair_train_loss": train, "test_loss": [1.86 + v for v in noise]}, classes=10).kind
        == "healthy"
    )
    assert (
        judge({"fair_train_loss": train, "test_loss": [1.4 + v for v in noise]}, classes=10).kind
        == "underfitting"
    )
