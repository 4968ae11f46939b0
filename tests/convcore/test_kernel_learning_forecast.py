"""What is told of a run before it and after it: learnability, forecast, advice, verdict."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_images
from torch.nn import functional as F

from convcore import kernels
from convcore.kernel_learning import (
    LearnConfig,
    best_kernel,
    edge_task,
    filter_task,
    forecast,
    learn,
    learnability,
    recommend,
    twins,
    verdict,
)

C1 = LearnConfig(kernel_size=(1, 2))
CHECKERBOARD = (torch.arange(8)[:, None] + torch.arange(8)) % 2
INDISTINCT = [
    pytest.param(torch.ones(6, 8), {"kernel_size": (1, 2)}, 1, 2, id="constant"),
    pytest.param(CHECKERBOARD, {}, 2, 9, id="checkerboard"),
    pytest.param(torch.ones(2, 5, 5), {"kernel_size": 2}, 1, 8, id="two-constant-channels"),
    pytest.param(torch.ones(5, 5), {"kernel_size": 1, "bias": True}, 1, 2, id="constant-and-bias"),
    pytest.param(torch.zeros(5, 5), {"kernel_size": 2}, 0, 4, id="black"),
    pytest.param(torch.rand(3, 4), {}, 2, 9, id="fewer-pixels-than-weights"),
]


@pytest.fixture(scope="module")
def photograph():
    return torch.tensor(load_sample_images().images[0][100:228, 200:328] / 255).mean(-1)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def first_within(events, tolerance=1e-3):
    """The step from which on the distance to the true kernel stays within the tolerance."""
    return max([e.step for e in events if e.distance > tolerance], default=-1) + 1


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        pytest.param({}, 1 / 30, id="sum"),
        pytest.param({"loss": "mean"}, 42 / 30, id="mean"),
        pytest.param({"optimizer": "momentum", "momentum": 0.5}, 1.5 / 30, id="momentum"),
    ],
)
def test_c1_largest_stable_rate(changes, limit):
    x, _, _ = edge_task()
    found = learnability(x, C1.changed(changes))
    assert found.stable_rate == pytest.approx(limit, rel=1e-12)
    assert (found.rank, found.weights) == (2, 2)
    assert found.condition == pytest.approx(5)
    assert found.singular_values == pytest.approx((30**0.5, 6**0.5))


@pytest.mark.parametrize("optimizer", ["adam", "newton"])
def test_no_largest_stable_rate(optimizer):
    assert learnability(edge_task()[0], C1.changed({"optimizer": optimizer})).stable_rate is None


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
@pytest.mark.parametrize("loss", ["sum", "mean"])
@pytest.mark.parametrize("side", [0.98, 1.02])
def test_the_largest_stable_rate_parts_the_runs(optimizer, loss, side):
    x, y, _ = filter_task(torch.rand(2, 8, 9), torch.randn(3, 2, 2, 3))
    config = LearnConfig(
        kernel_size=(2, 3), loss=loss, optimizer=optimizer, bias=True, steps=300, momentum=0.5
    )
    limit = learnability(x, config, out_channels=3).stable_rate
    first, *_, end = learn(x, y, config.changed({"learning_rate": side * limit}))
    assert (end.loss < first.loss) == (side < 1)


@pytest.mark.parametrize("bias", [False, True])
def test_learnability_is_that_of_the_patch_matrix(bias):
    x = torch.rand(2, 3, 8, 7, dtype=torch.float64)
    seen = F.unfold(x, (2, 3), padding=(1, 2)).mT.flatten(0, 1).numpy()
    if bias:
        seen = np.concatenate([seen, np.ones((len(seen), 1))], 1)
    found = learnability(x, LearnConfig(kernel_size=(2, 3), padding=(1, 2), bias=bias))
    np.testing.assert_allclose(found.singular_values, np.linalg.svd(seen)[1])
    assert found.rank == np.linalg.matrix_rank(seen) == found.weights
    assert found.identifiable


@pytest.mark.parametrize(("x", "changes", "rank", "weights"), INDISTINCT)
def test_what_x_cannot_tell_apart(x, changes, rank, weights):
    config = LearnConfig().changed(changes)
    found = learnability(x, config)
    assert (found.rank, found.weights) == (rank, weights)
    assert f"rank {rank} of {weights}" in found.sentence
    assert len(found.null_weights) == len(found.null_biases) == weights - rank
    pictures = x.double().reshape((1,) * (4 - x.dim()) + tuple(x.shape))
    shown = F.conv2d(pictures, found.null_weights, found.null_biases)
    torch.testing.assert_close(shown, torch.zeros_like(shown), rtol=0, atol=1e-10)
    flat = torch.cat([found.null_weights.flatten(1), found.null_biases[:, None]], 1)
    assert torch.linalg.matrix_rank(flat) == weights - rank


@pytest.mark.parametrize(("x", "changes", "rank", "weights"), INDISTINCT)
def test_twins_differ_and_fit_equally(x, changes, rank, weights):
    config = LearnConfig().changed(changes)
    x = x.double().reshape((1,) * (4 - x.dim()) + tuple(x.shape))
    y = F.conv2d(x, torch.randn(2, x.shape[1], *config.kernel_size, dtype=x.dtype))
    (one, one_bias), (other, other_bias) = twins(x, y, config)
    assert (one - other).abs().max() > 0.9
    for weight, bias in ((one, one_bias), (other, other_bias)):
        torch.testing.assert_close(F.conv2d(x, weight, bias), y, rtol=0, atol=1e-10)


def test_no_twins_where_one_kernel_alone_fits():
    assert twins(*edge_task()[:2], C1) is None


def test_the_sentence_names_the_kernels_that_make_no_difference():
    assert "[[-1, 1]]" in learnability(torch.ones(6, 8), C1).sentence


def test_the_sentence_warns_of_a_rate_that_is_too_large():
    x, _, _ = edge_task()
    assert "it will diverge" in learnability(x, C1.changed({"learning_rate": 0.034})).sentence
    assert "below 0.03333" in learnability(x, C1.changed({"learning_rate": 0.033})).sentence


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
@pytest.mark.parametrize("bias", [False, True])
def test_the_forecast_is_the_number_of_steps_that_it_takes(optimizer, bias):
    x, y, true = filter_task(torch.rand(2, 9, 9), torch.randn(2, 2, 2, 2))
    config = LearnConfig(
        kernel_size=2, loss="mean", optimizer=optimizer, steps=400, bias=bias, momentum=0.8
    )
    config = config.changed({"learning_rate": learnability(x, config, 2).stable_rate / 2})
    events = list(learn(x, y, config, true))
    # The bias counts in the forecast and not in the distance, so it may be a little late.
    assert forecast(x, y, config) == pytest.approx(first_within(events), rel=0.3 * bias)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"learning_rate": 0.034}, id="diverges"),
        pytest.param({"learning_rate": 1e-6}, id="over-the-limit"),
        pytest.param({"optimizer": "adam"}, id="adam"),
        pytest.param({"patches": 2, "patch_size": 3}, id="patches"),
    ],
)
def test_no_forecast(changes):
    assert forecast(*edge_task()[:2], C1.changed(changes)) is None


HIDDEN = [
    pytest.param(kernels.sobel(dtype=torch.float64), id="sobel"),
    pytest.param(kernels.gaussian(5, dtype=torch.float64), id="gaussian"),
    pytest.param(kernels.emboss(dtype=torch.float64), id="emboss"),
    pytest.param(
        torch.randn(7, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64),
        id="random-7x7",
    ),
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_newton_recovers_a_hidden_filter_from_a_photograph(photograph, hidden):
    x, y, true = filter_task(photograph, hidden)
    config = LearnConfig(kernel_size=tuple(hidden.shape), optimizer="newton")
    *_, end = learn(x, y, config, true)
    assert end.distance < 1e-9


def test_the_advice_recovers_sobel_from_a_photograph_in_the_steps_foretold(photograph):
    x, y, true = filter_task(photograph, kernels.sobel())
    advice = recommend(x, y, LearnConfig(loss="mean"))
    assert advice.config.optimizer == "momentum"
    assert "1,393 steps: neighbouring pixels are alike" in advice.sentence
    events = list(learn(x, y, advice.config, true))
    assert first_within(events) == advice.steps
    assert events[-1].distance < 1e-3
    assert verdict(events, x, y, advice.config).kind == "converged"


def test_the_advice_says_why_plain_descent_will_not_do(photograph):
    x, y, _ = filter_task(photograph, kernels.gaussian(7))
    advice = recommend(x, y, LearnConfig(kernel_size=7))
    assert "over 10,000 steps: neighbouring pixels are alike" in advice.sentence


@pytest.mark.parametrize(
    ("smoothing", "optimizer"),
    [pytest.param(1, "sgd", id="white-noise"), pytest.param(21, "newton", id="very-smooth")],
)
def test_the_advice_takes_the_simplest_that_will_do(smoothing, optimizer):
    picture = torch.randn(40, 40, dtype=torch.float64)
    for _ in range(2):
        picture = F.avg_pool2d(picture[None, None], smoothing, 1, smoothing // 2)[0, 0]
    x, y, true = filter_task(picture, torch.randn(5, 5))
    advice = recommend(x, y, LearnConfig(kernel_size=5))
    assert advice.config.optimizer == optimizer
    events = list(learn(x, y, advice.config, true))
    assert first_within(events) == advice.steps


def test_noise_leaves_the_error_of_least_squares(photograph):
    x, y, true = filter_task(photograph, kernels.gaussian(3))
    config = LearnConfig(loss="mean", noise=0.05)
    advice = recommend(x, y, config)
    events = list(learn(x, y, advice.config, true))
    judged = verdict(events, x, y, advice.config)
    weight, _, loss = best_kernel(x, y, config)
    assert judged.kind == "converged"
    assert loss == pytest.approx(0.05**2, rel=0.05)
    torch.testing.assert_close(events[-1].weight, weight, rtol=0, atol=1e-3)
    assert events[-1].distance == pytest.approx(float((weight - true).abs().max()), abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        pytest.param({}, "converged", "at step 30 every weight is within 0.001", id="C1"),
        pytest.param({"steps": 5}, "too slow", "It takes", id="few-steps"),
        pytest.param({"learning_rate": 1e-6}, "too slow", "a larger rate", id="small-rate"),
        pytest.param({"learning_rate": 0.034}, "diverged", "below 0.03333", id="large-rate"),
        pytest.param({"optimizer": "newton"}, "converged", "at step 1 every", id="newton"),
    ],
)
def test_verdict(changes, kind, says):
    x, y, true = edge_task()
    config = C1.changed(changes)
    judged = verdict(list(learn(x, y, config, true)), x, y, config)
    assert judged.kind == kind
    assert says in judged.sentence


def test_verdict_where_many_kernels_fit():
    x, y, true = filter_task(CHECKERBOARD, torch.randn(3, 3))
    config = LearnConfig(learning_rate=0.002, steps=200)
    judged = verdict(list(learn(x, y, config, true)), x, y, config)
    assert judged.kind == "not identifiable"
    assert judged.gap < 1e-3
    assert "2 of the kernel's 9 directions" in judged.sentence


def test_no_verdict_without_steps():
    assert verdict([], *edge_task()[:2], C1) is None
