"""Kernels as runs in MLflow."""

import io

import numpy as np
import pytest

from convcore.errors import ConvcoreError
from lab.keeping import kept
from lab.kernel_learning import Experiment
from lab.kernel_learning.film import filmed
from lab.kernel_learning.keeping import KIND, again, keep, kept_experiment
from lab.kernel_learning.tasks import task_of
from lab.store import Store


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def shot(experiment: Experiment):
    return filmed(experiment, task_of(experiment), again(experiment))


def test_a_run_keeps_everything_and_opens_as_it_was(store):
    film = shot(Experiment().configured(bias=True, noise=0.01))
    run_id = keep(store, film, "mine")
    (run,) = kept(store, KIND)
    assert (run.run_id, run.name, run.status) == (run_id, "mine", "FINISHED")
    assert run.tags["convlab.verdict"] == film.verdict.kind
    assert run.params["learning_rate"] == "0.03"
    history = store.history(run_id, ["loss"])["loss"]
    assert history == {step.step: pytest.approx(step.loss, rel=1e-12) for step in film.steps}
    assert store.get(run_id, "picture.png").startswith(b"\x89PNG")
    kernels = np.load(io.BytesIO(store.get(run_id, "kernels.npz")))
    assert kernels["weights"].shape == (31, 1, 1, 1, 2)
    replay = shot(kept_experiment(store, run_id))
    final = np.load(io.BytesIO(store.get(run_id, "kernel.npy")))
    assert (replay.last.weight.numpy() == final).all()  # bit for bit


def test_a_run_that_diverged_is_kept_too(store):
    film = shot(Experiment().configured(learning_rate=10.0, steps=1000))
    assert film.diverged
    run_id = keep(store, film)
    assert store.run(run_id).tags["convlab.verdict"] == "diverged"


def test_a_run_of_another_kind_does_not_open(store):
    run_id = store.create("other", experiment="training", params={}, tags={})
    with pytest.raises(ConvcoreError, match="holds no setup"):
        kept_experiment(store, run_id)
