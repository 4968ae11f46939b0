"""Experiments of the kernel learning page: their links, tasks, films, races and code."""

import base64
import re
import zlib

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from convcore.errors import ConvcoreError
from convcore.kernel_learning import LearnConfig, Step
from lab.kernel_learning import Experiment
from lab.kernel_learning.begin import begun, paired, with_filter
from lab.kernel_learning.experiment import FILTERS, TASKS
from lab.kernel_learning.film import MOST_FRAMES, filmed, frames, scene
from lab.kernel_learning.keeping import again
from lab.kernel_learning.path import anatomy, places, walked
from lab.kernel_learning.race import raced
from lab.kernel_learning.snippet import snippet
from lab.kernel_learning.tasks import task_of

SMALL = Experiment(crop=32)


def shot(experiment: Experiment):
    return filmed(experiment, task_of(experiment), again(experiment))


@pytest.mark.parametrize("task", TASKS)
def test_every_task_begins_with_settings_that_learn_and_travels_in_a_link(task):
    experiment = begun(SMALL, task)
    assert Experiment.from_link(experiment.to_link()) == experiment
    film = shot(experiment)
    known = {"constant": "not identifiable", "checkerboard": "not identifiable"}
    assert film.verdict.kind == known.get(task, "converged")


@pytest.mark.parametrize("name", FILTERS)
def test_a_hidden_filter_is_found_in_a_photograph_with_the_recommended_settings(name):
    film = shot(with_filter(begun(Experiment(crop=64), "photograph"), name))
    assert film.last.distance < 1e-3


def test_c3_from_the_page_as_it_opens():
    film = shot(Experiment())
    assert film.last.step == 30
    assert film.last.weight.flatten().tolist() == pytest.approx([1, -1], abs=1e-3)


@pytest.mark.parametrize(
    ("rate", "kinds"), [(0.033, {"converged", "too slow"}), (0.034, {"diverged"})]
)
def test_c1_on_both_sides_of_the_largest_stable_rate(rate, kinds):
    assert shot(Experiment().configured(learning_rate=rate, steps=600)).verdict.kind in kinds


@pytest.mark.parametrize(
    ("kernel_size", "shape"), [((5, 5), (5, 5)), ((1, 1), (1, 1)), ((3, 5), (3, 5))]
)
def test_a_kernel_of_another_size_meets_an_x_that_fits(kernel_size, shape):
    experiment = begun(SMALL, "photograph").configured(kernel_size=kernel_size, steps=3)
    film = shot(experiment)
    assert film.last.weight.shape[2:] == shape
    larger = min(kernel_size) >= 3
    assert (film.last.distance is not None) == larger
    if larger:  # the hidden filter in its middle makes the same Y
        task = film.task
        torch.testing.assert_close(F.conv2d(task.x, task.true_weight), task.y)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Experiment(task="bars"), id="task"),
        pytest.param(lambda: Experiment(crop=1000), id="crop"),
        pytest.param(lambda: Experiment(crop="64"), id="crop-text"),
        pytest.param(lambda: Experiment(task="matrices", x=((1, 2), (3,)), y=((1,),)), id="ragged"),
        pytest.param(lambda: Experiment(task="matrices", x=((1, np.nan),), y=((1,),)), id="nan"),
        pytest.param(lambda: Experiment(task="matrices", x=(1, 2), y=((1,),)), id="row"),
        pytest.param(lambda: Experiment(task="matrices", x=(("1",),), y=((1,),)), id="text"),
        pytest.param(lambda: Experiment(own_filter=()), id="no-filter"),
        pytest.param(lambda: Experiment().configured(learning_rate=0), id="rate"),
        pytest.param(lambda: Experiment().configured(steps=1_000_000), id="steps"),
        pytest.param(lambda: Experiment.from_link("abc"), id="cut"),
        pytest.param(lambda: Experiment.from_link("é"), id="letters"),
        pytest.param(lambda: Experiment.from_json("[1]"), id="list"),
        pytest.param(lambda: Experiment.from_json('{"config": 3}'), id="config"),
        pytest.param(lambda: Experiment.from_json('{"config": {}, "z": 1}'), id="unknown"),
        pytest.param(lambda: Experiment.from_json('{"config": {}, "task": []}'), id="not-a-name"),
    ],
)
def test_what_does_not_fit_is_told(make):
    with pytest.raises(ConvcoreError):
        make()


def test_a_link_that_unpacks_to_gigabytes_is_refused():
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000)).decode()
    with pytest.raises(ConvcoreError, match="cut or altered"):
        Experiment.from_link(bomb)


def test_a_pair_tells_its_kernel_size():
    experiment = paired(begun(SMALL, "matrices"), ((1, 2, 3), (4, 5, 6)), ((1, 2),))
    assert experiment.config.kernel_size == (2, 2)


def test_a_long_run_keeps_few_frames_from_the_first_to_the_last():
    shown = frames(10_001)
    assert len(shown) <= MOST_FRAMES
    assert (shown[0], shown[-1]) == (0, 10_000)
    assert frames(5) == [0, 1, 2, 3, 4]


def numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


@pytest.mark.parametrize("task", ["bar", "colour"])
def test_the_scene_holds_the_numbers_of_the_steps(task):
    experiment = begun(Experiment(crop=64), task).configured(steps=4)
    film = shot(experiment)
    drawn = scene(film)
    weights = numbers(drawn["weights"], "<f8").reshape(-1, *drawn["shape"])
    top, left, height, width = drawn["window"]
    predictions = numbers(drawn["predictions"], "<f4").reshape(len(weights), -1, height, width)
    for index, step in enumerate(drawn["steps"]):
        found = film.steps[step]
        assert drawn["losses"][index] == found.loss
        assert (weights[index] == found.weight.numpy()).all()
        expected = F.conv2d(film.task.x, found.weight)[0, :, top:, left:][:, :height, :width]
        np.testing.assert_allclose(predictions[index], expected, rtol=1e-5, atol=1e-5)


def test_a_race_begins_everywhere_at_the_same_loss():
    curves = raced(Experiment(), ["half", "double", "sgd", "momentum", "adam", "newton"])
    assert len(curves) == 7
    assert len({losses[0] for _, losses in curves.values()}) == 1
    assert curves["newton"][1][-1] < 1e-20


def test_the_path_ends_at_the_bottom_of_the_surface():
    film = shot(Experiment().configured(bias=True, steps=200, learning_rate=0.01))
    assert places(film) == ["row 0, column 0", "row 0, column 1", "bias"]
    surface, way = walked(film, 0, 2)
    assert way.shape == (201, 2)
    assert np.allclose(way[-1], [1, 0], atol=0.01)
    low = divmod(int(surface.losses.argmin()), len(surface.second))
    assert surface.first[low[0]] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("loss", ["sum", "mean"])
def test_a_gradient_taken_apart_is_autograds(loss):
    film = shot(Experiment().configured(loss=loss))
    found, by_autograd = anatomy(film, (0, 0, 0, 1), 3)
    assert float(found.product.sum()) == pytest.approx(by_autograd, rel=1e-9)


SNIPPETS = [
    pytest.param(Experiment(), id="bar"),
    pytest.param(Experiment().configured(bias=True, optimizer="adam"), id="adam-bias"),
    pytest.param(Experiment().configured(optimizer="momentum", momentum=0.3), id="momentum"),
    pytest.param(Experiment().configured(optimizer="newton", noise=0.1, bias=True), id="newton"),
    pytest.param(Experiment().configured(start="zeros", dtype="float32"), id="zeros-float32"),
    pytest.param(Experiment().configured(patches=3, patch_size=4, steps=5), id="patches"),
    pytest.param(begun(SMALL, "colour").configured(steps=3), id="colour"),
    pytest.param(
        begun(SMALL, "photograph").configured(steps=3, kernel_size=1, padding=0), id="smaller"
    ),
    pytest.param(begun(SMALL, "photograph").configured(steps=3, padding=2), id="padded"),
]


@pytest.mark.parametrize("experiment", SNIPPETS)
def test_the_snippet_learns_the_same_kernel(experiment):
    film = shot(experiment)
    names = {"print": lambda *_: None}
    exec(snippet(film), names)
    tolerance = 1e-5 if experiment.config.dtype == "float32" else 1e-9
    torch.testing.assert_close(
        names["weight"].detach(), film.last.weight, rtol=tolerance, atol=tolerance
    )


def test_the_snippet_prints_the_kernel(capsys):
    exec(snippet(shot(Experiment())), {})
    printed = [float(number) for number in re.findall(r"-?\d+\.\d+", capsys.readouterr().out)]
    assert printed[:2] == pytest.approx([1, -1], abs=1e-3)


def test_a_start_that_is_not_finite_is_told():
    start = LearnConfig(kernel_size=(1, 2), start="given", start_weight=((1e300, 1e300),))
    experiment = Experiment(config=start)
    with pytest.raises(ConvcoreError, match="not finite"):
        shot(experiment)


def test_learning_again_gives_the_same_steps_bit_for_bit():
    experiment = begun(SMALL, "photograph")
    for first, second in zip(again(experiment), again(experiment), strict=True):
        assert isinstance(first, Step)
        assert first.weight.equal(second.weight)
