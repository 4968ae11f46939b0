import io
import json

import numpy as np
import pytest
from PIL import Image

from convcore.errors import ConvcoreError
from lab.keeping import kept
from lab.playground.compute import compute
from lab.playground.keeping import KIND, keep, kept_setup, picture
from lab.playground.presets import PRESETS
from lab.playground.timing import measure
from lab.store import Store


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def test_a_kept_setup_has_its_numbers_and_comes_back(store):
    setup = PRESETS["a6-groups"].make()
    run_id = keep(store, setup, "two groups")
    (run,) = kept(store, KIND)
    assert (run.run_id, run.name, run.status) == (run_id, "two groups", "FINISHED")
    assert run.params["groups"] == str(setup.groups)
    assert kept_setup(store, run_id) == setup
    y = np.load(io.BytesIO(store.get(run_id, "output.npy")), allow_pickle=False)
    np.testing.assert_array_equal(y, compute(setup).numpy())
    numbers = json.loads(store.get(run_id, "numbers.json"))
    np.testing.assert_array_equal(numbers["x"], setup.x)
    assert f"/playground?run={run_id}" in run.tags["mlflow.note.content"]


def test_a_run_of_another_kind_is_told_and_an_unknown_one_too(store):
    other = store.create("training", experiment="training", params={}, tags={})
    with pytest.raises(ConvcoreError, match="holds no setup"):
        kept_setup(store, other)
    with pytest.raises(ConvcoreError):
        kept_setup(store, "0" * 32)


@pytest.mark.parametrize("name", ["a1", "a4", "a7-max", "a11-sound", "checkerboard", "c1"])
def test_the_picture_shows_every_grid_with_zero_white(name):
    image = Image.open(io.BytesIO(picture(PRESETS[name].make())))
    assert image.width > image.height / 4
    assert (255, 255, 255) in {colour for _, colour in image.convert("RGB").getcolors(1 << 24)}


@pytest.mark.parametrize("name", ["a1", "a4", "a11-text", "padding-reflect", "checkerboard"])
def test_the_time_of_every_way_is_measured(name):
    times = dict(measure(PRESETS[name].make(), most_products=10_000))
    assert set(times) == {"loops", "ours", "torch"}
    assert all(seconds > 0 for seconds in times.values())
    assert set(dict(measure(PRESETS[name].make(), most_products=1))) == {"ours", "torch"}
