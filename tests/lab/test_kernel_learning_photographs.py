"""Hidden filters of the page's own photographs: found as foretold, with noise as least squares."""

import pytest

from convcore.kernel_learning import LearnConfig, best_kernel, forecast, recommend
from lab.kernel_learning import Experiment
from lab.kernel_learning.begin import advised, begun, with_filter
from lab.kernel_learning.film import filmed
from lab.kernel_learning.keeping import again
from lab.kernel_learning.tasks import task_of

# The crops are small so that thousands of steps take a second.
HIDDEN = [
    pytest.param("sobel", 64, id="sobel"),
    pytest.param("gaussian", 64, id="gaussian-5x5"),
    pytest.param("emboss", 64, id="emboss"),
    pytest.param("random", 64, id="random-7x7"),
]


def experiment_of(name: str, crop: int) -> Experiment:
    return with_filter(begun(Experiment(crop=crop), "photograph"), name)


def first_within(film, tolerance=1e-3) -> int:
    """The step from which on every weight stays that close to the hidden filter's."""
    missed = [step.step for step in film.steps if step.distance > tolerance]
    return max(missed, default=-1) + 1


@pytest.mark.slow
@pytest.mark.parametrize(("name", "crop"), HIDDEN)
def test_the_advised_optimiser_finds_the_filter_in_the_steps_foretold(name, crop):
    experiment = experiment_of(name, crop)
    task = task_of(experiment)
    advice = recommend(task.x, task.y, experiment.config)
    assert experiment.config == advice.config
    film = filmed(experiment, task, again(experiment))
    assert film.verdict.kind == "converged"
    assert film.last.distance < 1e-3
    assert advice.steps / 2 <= first_within(film) <= 2 * advice.steps


@pytest.mark.parametrize(("name", "crop"), HIDDEN)
def test_newton_finds_the_filter_in_one_step(name, crop):
    experiment = experiment_of(name, crop).configured(optimizer="newton")
    film = filmed(experiment, task_of(experiment), again(experiment))
    assert film.last.step == 1
    assert film.last.distance < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(("name", "crop"), HIDDEN[:3])
def test_with_noise_the_error_is_that_of_least_squares(name, crop):
    experiment = advised(experiment_of(name, crop).configured(noise=0.02))
    task = task_of(experiment)
    film = filmed(experiment, task, again(experiment))
    weight, _, least = best_kernel(task.x, task.y, experiment.config)
    error = float((weight - task.true_weight).abs().max())
    assert least == pytest.approx(0.02**2, rel=0.1)
    assert film.verdict.loss == pytest.approx(least, rel=0.05)
    assert film.last.distance == pytest.approx(error, abs=1e-3)
    assert error > 2e-3  # no optimiser finds the hidden filter itself


@pytest.mark.parametrize("name", ["gaussian", "random"])
def test_where_plain_descent_takes_too_long_it_is_said_and_why(name):
    experiment = experiment_of(name, 64)
    task = task_of(experiment)
    plain = LearnConfig(kernel_size=experiment.config.kernel_size, loss="mean")
    sentence = recommend(task.x, task.y, plain).sentence
    assert "over 10,000 steps: neighbouring pixels are alike" in sentence
    assert forecast(task.x, task.y, plain) is None
