import pytest
import torch

from convcore.errors import ConvcoreError
from lab.playground import Setup, edits
from lab.playground.compute import compute
from lab.playground.presets import PRESETS
from lab.playground.scene import scene
from lab.widgets.fields import as_text
from tests.lab.playground.setups import random_setup
from tests.lab.playground.test_scene import array

PLAIN = Setup.plain((((1, 2, 3), (4, 5, 6), (5, 6, 7)),), ((((1, 2), (2, 3)),),))
FOUR = edits.with_channels(PLAIN, inputs=4, outputs=6, groups=2)


@pytest.mark.parametrize("operation", ["convolution", "transposed", "pooling"])
def test_an_operation_and_back_loses_no_number(operation):
    there = edits.with_operation(FOUR, operation)
    compute(there)
    assert edits.with_operation(there, "correlation") == FOUR


def test_a_transposed_convolution_is_the_gradient_of_the_same_kernel():
    back = edits.with_operation(FOUR, "transposed")
    x = torch.zeros(6, 3, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.tensor(back.weight, dtype=torch.float64)
    y = torch.nn.functional.conv2d(x, weight, groups=2)
    grad = torch.tensor(back.x, dtype=torch.float64)
    (wanted,) = torch.autograd.grad(y, x, grad[:, :2, :2])
    smaller = edits.with_size(back, (2, 2))
    torch.testing.assert_close(compute(smaller), wanted)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("operation", ["correlation", "transposed", "pooling"])
def test_every_number_of_axes_starts_with_something_that_fits(axes, operation):
    started = edits.with_axes(edits.with_operation(FOUR, operation), axes)
    assert (started.axes, started.operation) == (axes, operation)
    compute(started)


def test_numbers_stay_when_the_input_grows():
    grown = edits.with_size(PLAIN, (4, 5))
    assert [row[:3] for row in grown.x[0][:3]] == [list(row) and row for row in PLAIN.x[0]]
    assert edits.with_size(grown, (3, 3)) == PLAIN


@pytest.mark.parametrize("seed", range(80))
def test_a_typed_number_lands_where_the_stepper_shows_it(seed):
    setup = random_setup(seed)
    if setup.operation == "pooling":
        return
    shown = array(scene(setup)["weight"])
    index = [int(n) // 2 for n in shown.shape]
    after = array(scene(edits.with_number(setup, "weight", index, "77.5"))["weight"])
    shown = shown.copy()
    shown[tuple(index)] = 77.5
    assert (after == shown).all()


def test_pasting_one_channel_all_channels_and_another_size():
    one = edits.with_matrix(FOUR, "x", [2], "9 9 9\n8 8 8\n7 7 7")
    assert one.x[2] == ((9, 9, 9), (8, 8, 8), (7, 7, 7))
    assert one.x[1] == FOUR.x[1]
    assert edits.with_matrix(PLAIN, "x", [0], "1 2\n3 4\n5 6").size == (3, 2)
    two = edits.with_matrix(PLAIN, "x", [0], "1 2\n3 4\n\n5 6\n7 8")
    assert (two.in_channels, two.size) == (2, (2, 2))
    assert edits.with_matrix(PLAIN, "weight", [0, 0], "[1, -1]").kernel_size == (1, 2)
    with pytest.raises(ConvcoreError, match="2×2, its neighbours are 3×3"):
        edits.with_matrix(FOUR, "x", [2], "1 2\n3 4")
    with pytest.raises(ConvcoreError, match="levels deep"):
        edits.with_matrix(PLAIN, "x", [0], "[[[[1]]]]")


def test_groups_must_divide_the_channels():
    with pytest.raises(ConvcoreError, match="can't be shared out"):
        edits.with_channels(FOUR, groups=3)


def test_random_numbers_are_the_seeds():
    assert edits.randomised(FOUR, 3) == edits.randomised(FOUR, 3) != edits.randomised(FOUR, 4)


@pytest.mark.parametrize("name", PRESETS)
def test_numbers_shown_as_text_read_back_as_they_were(name):
    setup = PRESETS[name].make()
    if setup.operation == "transposed":
        setup = edits.with_operation(setup, "correlation")
    for grid in ("x", "weight", "bias"):
        if getattr(setup, grid) is not None:
            text = as_text(getattr(setup, grid))
            assert edits.with_matrix(setup, grid, [0, 0][: 1 if grid == "x" else 2], text) == setup
