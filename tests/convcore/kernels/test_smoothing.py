import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import kernels
from tests.convcore.kernels.responses import DOUBLE


def test_unsharp_adds_what_the_gaussian_takes_away():
    same, smooth = kernels.identity(7), kernels.gaussian(7, 1.5)
    torch.testing.assert_close(kernels.unsharp(7, 1.5, 2.0), same + 2 * (same - smooth))
    torch.testing.assert_close(kernels.unsharp(7, 1.5, -1.0), smooth)


def test_gaussian_by_hand():
    kernel = kernels.gaussian(3, sigma=1.0, dtype=DOUBLE)
    near = math.exp(-1 / 2)
    expected = torch.tensor([near, 1, near], dtype=DOUBLE) / (1 + 2 * near)
    torch.testing.assert_close(kernel, torch.outer(expected, expected))
    assert torch.equal(kernels.gaussian(3, sigma=1e-3), kernels.identity(3))
    torch.testing.assert_close(kernels.gaussian(5, sigma=1e200), kernels.box(5))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10), st.floats(0.3, 8))
def test_gaussian_adds_up_to_1_and_is_separable(reach, sigma):
    size = 2 * reach + 1
    kernel = kernels.gaussian(size, sigma, dtype=DOUBLE)
    assert kernel.sum().item() == pytest.approx(1, abs=1e-12)
    assert torch.equal(kernel, kernel.mT)
    torch.testing.assert_close(torch.outer(kernel.sum(1), kernel.sum(0)), kernel)
    column, row = kernels.separate(kernel)
    torch.testing.assert_close(torch.outer(column, row), kernel)


def test_motion_blur_along_the_axes():
    row = torch.zeros(5, 5)
    row[2] = 1 / 5
    assert torch.equal(kernels.motion_blur(5, 0), row)
    assert torch.equal(kernels.motion_blur(5, 180), row)
    assert torch.equal(kernels.motion_blur(5, 90), row.mT)
    assert kernels.motion_blur(1, 30).tolist() == [[1]]


def test_motion_blur_of_an_even_length_is_shared_among_cells():
    assert kernels.motion_blur(2).tolist() == [[0, 0, 0], [0.25, 0.5, 0.25], [0, 0, 0]]


def test_motion_blur_at_45_degrees_runs_down_to_the_right():
    kernel = kernels.motion_blur(9, 45)
    assert torch.equal(kernel, kernel.mT)
    assert kernel.diagonal().sum() > 0.5
    assert not kernel.flip(1).diagonal()[[0, 1, 2, 6, 7, 8]].any()


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 15), st.floats(-720, 720))
def test_motion_blur_adds_up_to_1_round_the_middle(length, angle):
    kernel = kernels.motion_blur(length, angle, dtype=DOUBLE)
    assert kernel.shape == (length // 2 * 2 + 1,) * 2
    assert kernel.min() >= 0
    assert kernel.sum().item() == pytest.approx(1, abs=1e-9)
    torch.testing.assert_close(kernel, kernel.rot90(2))
