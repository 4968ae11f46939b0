import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import kernels
from tests.convcore.kernels.responses import DOUBLE, respond
from tests.convcore.oracle import numbers


@pytest.mark.parametrize("kernel", kernels.CATALOGUE, ids=lambda kernel: kernel.name)
def test_separate_finds_the_separable_ones(kernel):
    weights = kernel.make()
    if weights.dim() == 1:
        weights = kernels.along(weights, "y")
    parts = kernels.separate(weights)
    two_axes = {"Identity", "Box", "Gaussian", "Motion blur", "Prewitt", "Sobel", "Scharr", "Gabor"}
    assert (parts is not None) == (kernel.name in two_axes | {"Integral", "Derivative"})
    if parts:
        torch.testing.assert_close(torch.outer(*parts), weights, rtol=1e-6, atol=0)


def test_slanted_lines_and_waves_are_not_separable():
    assert kernels.separate(kernels.motion_blur(7, 30)) is None
    assert kernels.separate(kernels.gabor(angle=30)) is None


def test_separate_keeps_zeros_and_gives_two_passes():
    column, row = kernels.separate(kernels.sobel())
    assert column.tolist() == [0.5, 1, 0.5]
    assert row.tolist() == [-2, 0, 2]
    picture = torch.rand(8, 9, generator=torch.Generator().manual_seed(0))
    twice = respond(kernels.along(column, "y"), respond(kernels.along(row, "x"), picture))
    torch.testing.assert_close(twice, respond(kernels.sobel(), picture))


@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32, torch.bfloat16, torch.float16], ids=str)
@settings(deadline=None, max_examples=40)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 2**31))
def test_separate_sees_through_rounding(dtype, height, width, seed):
    torch.manual_seed(seed)
    kernel = torch.outer(numbers(height), numbers(width)).to(dtype)
    column, row = kernels.separate(kernel)
    assert column.dtype == row.dtype == dtype
    assert column.shape == (height,)
    assert row.shape == (width,)
    tolerance = 6 * torch.finfo(dtype).eps * kernel.double().abs().max().item()
    torch.testing.assert_close(
        torch.outer(column.double(), row.double()), kernel.double(), rtol=0, atol=tolerance
    )


@pytest.mark.parametrize(
    ("dtype", "rounding", "change"), [(DOUBLE, 1e-16, 1e-12), (torch.float32, 1e-7, 1e-4)], ids=str
)
def test_separate_tells_rounding_from_a_change(dtype, rounding, change):
    spoilt = kernels.scharr(dtype=dtype) / 7
    spoilt[1, 1] += rounding
    assert kernels.separate(spoilt) is not None
    spoilt[1, 1] += change
    assert kernels.separate(spoilt) is None


def test_separate_of_integers_of_nothing_and_of_one_cell():
    column, row = kernels.separate(kernels.prewitt(dtype=torch.int16))
    assert column.dtype == row.dtype == torch.float32
    assert torch.equal(torch.outer(column, row), kernels.prewitt())
    assert not torch.outer(*kernels.separate(torch.zeros(2, 3))).any()
    assert kernels.separate(torch.tensor([[-3.0]])) == (torch.ones(1), torch.tensor([-3.0]))


def test_along():
    weights = kernels.derivative(2)
    assert kernels.along(weights, "x").tolist() == [[1, -2, 1]]
    assert kernels.along(weights, "y").tolist() == [[1], [-2], [1]]
