import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.oracle import assert_same, numbers

CASES = [
    pytest.param((2, 3, 9), (4, 3, 2), {"stride": (2,), "padding": 1, "dilation": 2}, id="1d"),
    pytest.param((2, 3, 7, 6), (4, 3, 3, 2), {}, id="2d"),
    pytest.param((2, 4, 6, 7), (4, 2, 4, 2), {"padding": "same", "groups": 2}, id="2d-same-even"),
    pytest.param((3, 6, 5), (2, 3, 3, 3), {}, id="one-picture"),
    pytest.param((1, 2, 4, 5, 3), (3, 2, 2, 3, 2), {"padding": (1, 0, 1)}, id="3d"),
]
both = pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CASES)
def test_is_conv_with_the_kernel_flipped(x_shape, weight_shape, kwargs):
    x, weight = numbers(*x_shape).requires_grad_(), numbers(*weight_shape).requires_grad_()
    bias = numbers(weight_shape[0]).requires_grad_()
    torchs = getattr(F, f"conv{weight.dim() - 2}d")
    flipped = weight.flip(tuple(range(2, weight.dim())))
    ours = functional.convolve(x, weight, bias, **kwargs)
    assert_same(ours, torchs(x, flipped, bias, **kwargs), (x, weight, bias))
    with torch.no_grad():
        torch.testing.assert_close(ours, reference.convolve(x, weight, bias, **kwargs))


@both
def test_is_the_mathematicians_convolution(module):
    x, kernel = numbers(1, 1, 9), numbers(1, 1, 4)
    ours = module.convolve(x, kernel, padding=3)
    wanted = np.convolve(x.view(-1), kernel.view(-1))  # "full"
    torch.testing.assert_close(ours.view(-1), torch.as_tensor(wanted))


@both
@pytest.mark.parametrize("size", [(7,), (6, 5), (4, 5, 3)], ids=["1d", "2d", "3d"])
def test_a_single_one_gives_the_kernel(module, size):
    kernel = numbers(1, 1, *size)
    one = torch.ones(1, 1, *(1 for _ in size), dtype=torch.float64)
    full = [n - 1 for n in size]
    assert torch.equal(module.convolve(one, kernel, padding=full), kernel)


def test_two_kernels_in_turn_are_one_kernel_the_convolution_of_both():
    x, first, second = numbers(1, 1, 8, 9), numbers(1, 1, 3, 2), numbers(1, 1, 2, 4)
    in_turn = functional.convolve(functional.convolve(x, first), second)
    both_in_one = functional.convolve(first, second, padding=(1, 3))
    torch.testing.assert_close(in_turn, functional.convolve(x, both_in_one))


def test_first_and_second_derivatives():
    inputs = [numbers(*s).requires_grad_() for s in ((1, 2, 4, 3), (2, 2, 2, 2), (2,))]
    assert torch.autograd.gradcheck(functional.convolve, inputs)
    assert torch.autograd.gradgradcheck(functional.convolve, inputs, fast_mode=True)


@both
@pytest.mark.parametrize("shape", [(3, 3), (2, 1, 1, 1, 1, 1)], ids=["0d", "4d"])
def test_knows_one_to_three_axes(module, shape):
    with pytest.raises(ConvcoreError, match="convolve: the weight's shape="):
        module.convolve(torch.ones(1, 1, 5, 5), torch.ones(shape))
