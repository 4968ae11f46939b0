import base64

import numpy as np
import pytest
import torch

from lab.playground import Setup
from lab.playground.compute import compute
from lab.playground.scene import scene
from lab.playground.unused import never_used
from tests.lab.playground.setups import random_setup, rule_of, torch_answer

SEEDS = range(200)


def unpacked(text: str, dtype: str = "<f8") -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


def array(packed: dict) -> np.ndarray:
    return unpacked(packed["values"]).reshape(packed["shape"])


@pytest.mark.parametrize("seed", SEEDS)
def test_every_number_of_a_scene_adds_up_to_torchs_value(seed):
    setup = random_setup(seed)
    drawn, wanted = scene(setup), torch_answer(setup)
    np.testing.assert_allclose(array(drawn["y"]), wanted.numpy(), rtol=1e-9, atol=1e-9)
    outputs, cells = len(wanted), int(np.prod(setup.kernel_size))
    terms = unpacked(drawn["terms"]).reshape(outputs, wanted[0].numel(), -1, cells)
    if setup.operation == "pooling":
        reduced = rule_of(setup)(torch.tensor(terms[:, :, 0]))
        np.testing.assert_allclose(reduced, wanted.flatten(1), rtol=1e-9, atol=1e-9)
    else:
        sums = unpacked(drawn["sums"]).reshape(terms.shape[:-1])
        bias = np.zeros(outputs) if drawn["bias"] is None else array(drawn["bias"])
        np.testing.assert_allclose(terms.sum(-1), sums, rtol=1e-9, atol=1e-9)
        total = sums.sum(-1) + bias[:, None]
        np.testing.assert_allclose(total, wanted.flatten(1), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_product_is_what_the_drawing_says_met(seed):
    setup = random_setup(seed)
    drawn = scene(setup)
    x = array(drawn["x"]).reshape(setup.in_channels, -1)
    sources = unpacked(drawn["frame"]["sources"], "<i4")
    met = unpacked(drawn["met"], "<i4").reshape(-1, int(np.prod(setup.kernel_size)))
    channels = unpacked(drawn["channels"], "<i4").reshape(len(array(drawn["y"])), -1)
    terms = unpacked(drawn["terms"]).reshape(len(channels), len(met), -1, met.shape[1])
    fill = drawn["frame"]["value"]
    if setup.operation == "pooling":
        padding = fill if fill is not None else {"max": -np.inf, "min": np.inf}[setup.rule]
    else:
        padding = 0.0
        weight = array(drawn["weight"]).reshape(*channels.shape, -1)
    draw = np.random.default_rng(seed)
    for _ in range(20):
        o, p, k = (int(draw.integers(n)) for n in (len(channels), *met.shape))
        c = int(draw.integers(channels.shape[1]))
        place = sources[met[p, k]] if met[p, k] >= 0 else -1
        number = x[channels[o, c], place] if place >= 0 else padding
        wanted = number if setup.operation == "pooling" else number * weight[o, c, k]
        assert terms[o, p, c, k] == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_coverage_counts_the_meetings(seed):
    setup = random_setup(seed)
    drawn = scene(setup)
    met, sources = unpacked(drawn["met"], "<i4"), unpacked(drawn["frame"]["sources"], "<i4")
    coverage = unpacked(drawn["coverage"], "<i4")
    assert coverage.sum() == (sources[met[met >= 0]] >= 0).sum()
    if setup.operation != "transposed" and setup.padding in ("valid", (0,) * setup.axes):
        assert coverage.sum() == np.prod(compute(setup).shape[1:]) * np.prod(setup.kernel_size)


@pytest.mark.parametrize("seed", [s for s in SEEDS if random_setup(s).operation == "correlation"])
def test_the_padding_map_is_what_changes_with_the_padding(seed):
    setup = random_setup(seed)
    ones = setup.changed(
        x=torch.ones(torch.tensor(setup.x).shape).tolist(),
        weight=torch.ones(torch.tensor(setup.weight).shape).tolist(),
        bias=None, padding_mode="zeros",
    )  # fmt: skip
    full = setup.in_channels // setup.groups * np.prod(setup.kernel_size)
    missing = full - compute(ones)[0].flatten().numpy()
    influence = unpacked(scene(setup)["influence"], "<i4")
    assert (influence == missing * setup.groups / setup.in_channels).all()


def test_size_8_kernel_3_stride_3_never_uses_the_last_two_columns():
    row = (tuple(range(8)),)
    drawn = scene(Setup.plain(row, (((1, 1, 1),),), stride=(3,)))
    assert unpacked(drawn["coverage"], "<i4").tolist() == [1, 1, 1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("size", "kernel", "settings", "says"),
    [
        pytest.param(
            (8, 8), (3, 3), {"stride": (3, 3)}, "The last 2 rows and the last 2 columns are"
        ),
        pytest.param(
            (8, 9), (3, 3), {"stride": (3, 3)}, "The last 2 rows are never used; in all 18 of 72"
        ),
        pytest.param((8,), (3,), {"stride": (5,)}, "2 of 8 inputs per channel are never used"),
        pytest.param((9,), (3,), {"stride": (5,)}, "The last number is never used"),
        pytest.param(
            (5, 5),
            (2, 2),
            {"operation": "pooling", "stride": (2, 2)},
            "The last row and the last column are",
        ),
        pytest.param((8, 8), (3, 3), {"stride": (3, 3), "padding": (1, 1)}, None),
        pytest.param((4, 4), (2, 2), {"operation": "transposed", "stride": (4, 4)}, None),
    ],
)
def test_inputs_that_are_never_used_are_named(size, kernel, settings, says):
    x, weight = torch.ones(1, *size).tolist(), torch.ones(1, 1, *kernel).tolist()
    told = never_used(Setup.plain(x, weight, **settings))
    assert says is told is None or says in told


@pytest.mark.parametrize("seed", [s for s in SEEDS if random_setup(s).operation != "pooling"])
def test_the_matrix_times_the_input_is_the_output(seed):
    setup = random_setup(seed).changed(bias=None)
    drawn = scene(setup)
    if drawn["matrix"] is None:
        return
    dense = np.zeros(drawn["matrix"]["shape"])
    rows, columns = (unpacked(drawn["matrix"][name], "<i4") for name in ("rows", "columns"))
    dense[rows, columns] = unpacked(drawn["matrix"]["values"])
    y = array(drawn["y"]).ravel()
    np.testing.assert_allclose(dense @ array(drawn["x"]).ravel(), y, rtol=1e-9, atol=1e-9)
