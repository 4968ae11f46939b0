"""What a training leaves, opened again; and trained again, the very same."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from convcore import augment, datasets, training
from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from lab import jobs, reproduce, trained
from lab.playground.compute import compute
from lab.store import Store
from tests.lab.test_jobs import ended
from tests.trained import trained as made

QUICK = TrainConfig(channels=6, epochs=2, batch_size=64, learning_rate=0.05, kernel_size=5)


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def test_a_run_opens_again_and_comes_back_to_the_last_digit(store):
    run = ended(store, jobs.start(store, QUICK))
    again = reproduce.start_again(store, run.run_id)
    dataset = datasets.load_now("digits", root=store.settings.data_root, cache=store.settings.cache)

    weight = trained.first_layer(store, run)
    assert weight.shape == (6, 1, 5, 5)
    assert Image.open(io.BytesIO(trained.drawn(weight))).width > 6 * 5 * 8

    setup = trained.in_playground(store, run, 17)
    splits = training.prepare(dataset, QUICK)
    model = trained._model(store, run)
    x = augment.normalize(splits.test.images[17:18], splits.mean, splits.std)
    wanted = model.blocks[0].conv(x)[0, :4].detach().double()
    torch.testing.assert_close(compute(setup), wanted, rtol=1e-5, atol=1e-5)

    kept = np.load(io.BytesIO(store.get(run.run_id, trained.PREDICTIONS)))
    wrong = np.nonzero(kept["predictions"] != dataset.test.labels.numpy())[0]
    true, called = int(dataset.test.labels[wrong[0]]), int(kept["predictions"][wrong[0]])
    picture, count = trained.confused(store, run, true, called)
    assert picture.startswith(b"\x89PNG")
    assert count >= 1
    assert trained.confused(store, run, true, true)[1] > 1

    assert ended(store, again).tags[reproduce.ORIGINAL] == run.run_id
    found = reproduce.match(store, run.run_id, again)
    assert found.identical
    assert "came back" in found.sentence


def test_what_differs_is_told_with_its_circumstances(store):
    first, second = (made(store, seed=seed, files=False) for seed in (0, 1))
    store.log(second, params={"git_commit": "abc"})
    found = reproduce.match(store, first, second)
    assert not found.identical
    assert "apart, most in" in found.sentence
    assert "git_commit was unknown, is abc" in found.sentence


def test_what_is_not_there_is_told(store):
    bare = store.create("r", experiment="training", params={}, tags={})
    run = store.run(bare)
    with pytest.raises(ConvcoreError, match="has kept no weights"):
        trained.first_layer(store, run)
    with pytest.raises(ConvcoreError, match="has kept no predictions"):
        trained.confused(store, run, 0, 1)
    with pytest.raises(ConvcoreError, match="has kept no settings"):
        reproduce.start_again(store, bare)
    other = store.run(made(store))  # of pictures that are not here
    with pytest.raises(ConvcoreError, match="trained on other pictures"):
        trained.in_playground(store, other, 0)
    store.put(other.run_id, "weights.pt", b"no weights")
    with pytest.raises(ConvcoreError, match="does not fit"):
        trained.first_layer(store, other)
