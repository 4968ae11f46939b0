"""System C3: gradient descent finds the kernel from X and Y alone; its figures, and its errors."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from convcore import kernels
from convcore.errors import ConvcoreError
from convcore.kernel_learning import (
    Diverged,
    LearnConfig,
    best_kernel,
    diagonal_task,
    edge_task,
    filter_task,
    learn,
    verdict,
)

C1 = LearnConfig(kernel_size=(1, 2))
NEAR = st.floats(-0.7, 0.7)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def two_channels(**changes):
    """A task of two channels in and three out, on two pictures, with a bias to learn."""
    x, y, true = filter_task(torch.randn(2, 2, 9, 8), torch.randn(3, 2, 3, 2))
    settings = {"kernel_size": (3, 2), "bias": True, "learning_rate": 0.002, "steps": 8}
    return x, y + 0.5, LearnConfig().changed(settings | changes), true


def last(*arguments):
    return list(learn(*arguments))[-1]


def test_c1_figures():
    _, y, true = edge_task()
    assert torch.equal(y[0, 0], torch.tensor([0.0, 1, 0, 0, 0, -1, 0]).double().expand(6, 7))
    assert true.flatten().tolist() == [1, -1]


def test_c2_figures():
    _, y, true = diagonal_task()
    expected = torch.eye(8) - torch.diag(torch.ones(7), -1)
    assert torch.equal(y[0, 0], expected[:, :7].double())
    assert last(*diagonal_task()[:2], C1, true).distance < 1e-3


@pytest.mark.parametrize("first", [-0.7, 0.0, 0.7])
@pytest.mark.parametrize("second", [-0.7, -0.3, 0.7])
def test_c1_is_learned_in_30_steps(first, second):
    x, y, true = edge_task()
    config = C1.changed({"start": "given", "start_weight": [[first, second]]})
    assert last(x, y, config, true).distance < 1e-3


@settings(max_examples=40, deadline=None)
@given(NEAR, NEAR)
def test_c1_is_learned_from_any_start(first, second):
    x, y, true = edge_task()
    config = C1.changed({"start": "given", "start_weight": [[first, second]]})
    assert last(x, y, config, true).distance < 1e-3


def test_c1_loss_falls_sixfold_every_two_steps_where_the_slow_direction_is_off():
    """(1, −1) is the slow direction, left with 1 − 0.03 · 12 of its error a step: 0.64⁴ ≈ 1/6."""
    x, y, _ = edge_task()
    events = list(learn(x, y, C1.changed({"start": "zeros"})))
    falls = [a.loss / b.loss for a, b in zip(events, events[2:], strict=False)]
    assert falls == pytest.approx([0.64**-4] * 29)
    assert 5.9 < falls[0] < 6.0


@pytest.mark.parametrize("seed", range(8))
def test_c1_with_bias(seed):
    x, y, true = edge_task()
    config = C1.changed({"bias": True, "learning_rate": 0.01, "steps": 20, "seed": seed})
    end = last(x, y, config, true)
    assert end.distance < 0.15
    assert abs(end.bias.item()) < 0.02


@pytest.mark.parametrize(
    ("rate", "kind"),
    [pytest.param(0.033, "converged", id="below"), pytest.param(0.034, "diverged", id="above")],
)
def test_c1_converges_just_below_its_largest_stable_rate_and_diverges_above(rate, kind):
    x, y, _ = edge_task()
    config = C1.changed({"learning_rate": rate, "steps": 400})
    assert verdict(list(learn(x, y, config)), x, y, config).kind == kind


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("loss", ["sum", "mean"])
@pytest.mark.parametrize("patches", [0, 3])
def test_both_backends_take_the_same_steps(optimizer, loss, patches):
    x, y, config, true = two_channels(
        optimizer=optimizer, loss=loss, patches=patches, patch_size=4, padding=0
    )
    ours = list(learn(x, y, config, true))
    theirs = list(learn(x, y, config.changed({"backend": "torch"}), true))
    for a, b in zip(ours, theirs, strict=True):
        for name in ("weight", "bias", "grad_weight", "grad_bias"):
            torch.testing.assert_close(getattr(a, name), getattr(b, name), rtol=0, atol=1e-10)
        assert (a.loss, a.distance) == pytest.approx((b.loss, b.distance), abs=1e-10, rel=1e-12)


@pytest.mark.parametrize(
    ("optimizer", "theirs"),
    [
        pytest.param("sgd", lambda p: torch.optim.SGD(p, lr=0.002), id="sgd"),
        pytest.param("momentum", lambda p: torch.optim.SGD(p, lr=0.002, momentum=0.9), id="heavy"),
        pytest.param("adam", lambda p: torch.optim.Adam(p, lr=0.002), id="adam"),
    ],
)
@pytest.mark.parametrize("loss", ["sum", "mean"])
def test_the_steps_are_those_of_a_plain_torch_loop(optimizer, theirs, loss):
    """The first kernel too: `Conv2d` draws it after the same seed."""
    x, y, config, _ = two_channels(optimizer=optimizer, loss=loss, seed=5)
    torch.manual_seed(5)
    layer = nn.Conv2d(2, 3, (3, 2), dtype=torch.float64)
    descent = theirs(layer.parameters())
    for event in learn(x, y, config):
        error = nn.functional.mse_loss(layer(x), y, reduction=loss)
        torch.testing.assert_close(event.weight, layer.weight.detach())
        torch.testing.assert_close(event.bias, layer.bias.detach())
        assert event.loss == pytest.approx(error.item())
        descent.zero_grad()
        error.backward()
        torch.testing.assert_close(event.grad_weight, layer.weight.grad)
        descent.step()


@pytest.mark.parametrize("patches", [0, 2])
def test_the_same_run_repeats_bit_for_bit(patches):
    x, y, config, true = two_channels(patches=patches, patch_size=4, noise=0.1)
    again = LearnConfig.from_json(config.to_json())
    assert torch.equal(last(x, y, config).weight, last(x, y, again, true).weight)


def test_patches_stand_for_the_whole_picture():
    """A patch as large as Y is the whole of it, so nothing may change."""
    x, y, true = filter_task(torch.randn(7, 7), torch.randn(2, 2))
    config = LearnConfig(kernel_size=2, learning_rate=0.003, patches=3, patch_size=6)
    whole = last(x, y, config.changed({"patches": 0}), true)
    assert last(x, y, config, true).loss == pytest.approx(whole.loss)


def test_random_patches_learn_the_kernel():
    x, y, true = filter_task(torch.rand(60, 60), kernels.sobel())
    config = LearnConfig(loss="mean", learning_rate=0.2, patches=4, patch_size=12, steps=400)
    assert last(x, y, config, true).distance < 1e-3


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("band", [2_000_000, 200], ids=["at-once", "row-by-row"])
def test_newton_takes_one_step_to_least_squares(bias, noise, band, monkeypatch):
    monkeypatch.setattr("convcore.kernel_learning.quadratic._BAND", band)
    x, y, config, _ = two_channels(optimizer="newton", bias=bias, noise=noise, steps=50)
    events = list(learn(x, y, config))
    assert [event.step for event in events] == [0, 1]
    seen = nn.functional.unfold(x, (3, 2)).mT.flatten(0, 1).numpy()
    if bias:
        seen = np.concatenate([seen, np.ones((len(seen), 1))], 1)
    drawn = torch.randn(y.shape, generator=torch.Generator().manual_seed(0), dtype=y.dtype)
    target = (y + noise * drawn).movedim(1, -1).flatten(0, 2).numpy()
    found, *_ = np.linalg.lstsq(seen, target)
    np.testing.assert_allclose(events[1].weight.flatten(1).numpy(), found[:12].T, atol=1e-10)
    if bias:
        np.testing.assert_allclose(events[1].bias.numpy(), found[12], atol=1e-10)
    assert best_kernel(x, y, config)[2] == pytest.approx(((seen @ found - target) ** 2).sum())


def test_newton_finds_the_smallest_of_many():
    x = torch.ones(6, 8)
    config = LearnConfig(kernel_size=(1, 2), optimizer="newton")
    weight = last(x, 2 * torch.ones(6, 7), config).weight
    torch.testing.assert_close(weight.flatten(), torch.ones(2, dtype=torch.float64))


@pytest.mark.parametrize("optimizer", ["sgd", "newton"])
def test_single_precision_learns_too(optimizer):
    x, y, true = edge_task()
    end = last(x, y, C1.changed({"dtype": "float32", "optimizer": optimizer}), true)
    assert end.weight.dtype == torch.float32
    assert end.distance < 1e-3


def test_a_filter_written_once_meets_each_channel_on_its_own():
    picture = torch.rand(3, 6, 7, dtype=torch.float64)
    x, y, true = filter_task(picture, kernels.sobel(), padding=1)
    assert (x.shape, y.shape, true.shape) == ((1, 3, 6, 7), (1, 3, 6, 7), (3, 3, 3, 3))
    for channel, response in zip(picture, y[0], strict=True):
        torch.testing.assert_close(response, filter_task(channel, kernels.sobel(), 1)[1][0, 0])


def test_filter_task_says_what_does_not_fit():
    with pytest.raises(ConvcoreError, match="the weight 2 or 4"):
        filter_task(torch.ones(5, 5), torch.ones(3))


def test_divergence_keeps_the_history_and_names_the_stable_rate():
    x, y, _ = edge_task()
    config = C1.changed({"learning_rate": 0.5, "steps": 10_000})
    *steps, end = learn(x, y, config)
    assert isinstance(end, Diverged)
    assert not math.isfinite(end.loss)
    assert all(math.isfinite(step.loss) for step in steps)
    assert [step.step for step in steps] == list(range(end.step))
    assert end.stable_rate == pytest.approx(1 / 30)
    assert "below 0.03333" in end.sentence
    judged = verdict([*steps, end], x, y, config)
    assert (judged.kind, judged.sentence) == ("diverged", end.sentence)


NARROW = torch.ones(1, 1, 6, 8)


@pytest.mark.parametrize(
    ("x", "y", "changes", "says"),
    [
        pytest.param(NARROW, torch.ones(6, 7), {}, r"kernel_size=\(1, 2\)", id="other-kernel"),
        pytest.param(NARROW, torch.ones(6, 8), {}, r"padding=\(1, 1\) with this", id="same-size"),
        pytest.param(NARROW, torch.ones(9, 9), {}, "a Y that is smaller than X", id="Y-too-large"),
        pytest.param(
            torch.ones(2, 2), torch.ones(1, 1), {}, "makes nothing of X", id="X-too-small"
        ),
        pytest.param(torch.ones(2, 1, 6, 8), torch.ones(4, 6), {}, "N=2", id="other-count"),
        pytest.param(torch.ones(5), torch.ones(3), {}, r"X is \(5,\)", id="a-row"),
        pytest.param([[1.0]], torch.ones(1, 1), {}, "X is list", id="a-list"),
        pytest.param(NARROW, torch.full((4, 6), math.nan), {}, "Y holds 24 values", id="NaN-in-Y"),
        pytest.param(NARROW / 0, torch.ones(4, 6), {}, "X holds 48 values", id="infinity-in-X"),
        pytest.param(
            NARROW,
            torch.ones(4, 6),
            {"patches": 1, "patch_size": 5},
            "patch_size=5 is larger",
            id="large-patch",
        ),
        pytest.param(
            NARROW,
            torch.ones(4, 6),
            {"start": "given", "start_weight": [[1, 2]]},
            r"start_weight has shape=\(1, 2\)",
            id="other-start",
        ),
        pytest.param(
            NARROW,
            torch.ones(4, 6),
            {"start": "given", "start_weight": [[1, 2], [3]]},
            "start_weight is no array",
            id="ragged-start",
        ),
    ],
)
def test_learn_says_what_does_not_fit_before_the_first_step(x, y, changes, says):
    with pytest.raises(ConvcoreError, match=says):
        learn(x, y, LearnConfig().changed(changes))


def test_learn_says_that_the_true_kernel_does_not_fit():
    with pytest.raises(ConvcoreError, match="true_weight has shape"):
        learn(*edge_task()[:2], C1, torch.ones(3, 3))
