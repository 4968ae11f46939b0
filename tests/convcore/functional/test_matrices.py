"""A convolution as a matrix product: by its own matrix, or as patches times kernel."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import functional, reference
from convcore.shapes import PADDING_MODES
from tests.convcore.functional.setups import CASES, torchs
from tests.convcore.oracle import MEMORY, assert_same, numbers

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CASES)
def test_conv_matrix_is_that_of_the_loops(x_shape, weight_shape, kwargs, padding_mode):
    weight, size = numbers(*weight_shape), x_shape[1:]
    if padding_mode != "zeros":
        kwargs = kwargs | {"padding_mode": padding_mode}
    matrix = functional.conv_matrix(weight, size, **kwargs)
    assert matrix.is_coalesced()
    torch.testing.assert_close(matrix.to_dense(), reference.conv_matrix(weight, size, **kwargs))


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_conv_matrix_turned_is_the_transposed_convolution(axes):
    weight, size = numbers(4, 1, *(3, 2, 2)[:axes]), (6, 5, 4)[:axes]
    matrix = functional.conv_matrix(weight, size, stride=2, padding=1, groups=2)
    y = torchs(numbers(2, *size), weight, stride=2, padding=1, groups=2)
    rest = [(n + 2 - k) % 2 for n, k in zip(size, weight.shape[2:], strict=True)]
    back = getattr(F, f"conv_transpose{axes}d")(y, weight, None, 2, 1, rest, groups=2)
    torch.testing.assert_close((matrix.T @ y.flatten()).view(2, *size), back)


def test_conv_matrix_of_a_batch_and_its_gradients():
    x, weight = numbers(3, 2, 4, 5).requires_grad_(), numbers(2, 2, 3, 3).requires_grad_()
    y = torchs(x, weight, padding=1)
    ours = (functional.conv_matrix(weight, (4, 5), padding=1) @ x.flatten(1).T).T.view(y.shape)
    assert_same(ours, y, (x, weight))


def test_conv_matrix_first_and_second_derivatives():
    x, weight = numbers(2, 3, 3).requires_grad_(), numbers(2, 2, 3, 3).requires_grad_()

    def whole(weight):
        return functional.conv_matrix(weight, 3, padding=1, padding_mode="circular").to_dense()

    def convolve(x, weight):
        return functional.conv_matrix(weight, 3, padding=1) @ x.flatten()

    for operation, tensors in [(whole, (weight,)), (convolve, (x, weight))]:
        assert torch.autograd.gradcheck(operation, tensors)
        assert torch.autograd.gradgradcheck(operation, tensors)


def test_conv_matrix_keeps_the_zeros_of_the_kernel():
    weight = torch.tensor([[[1.0, 0.0, 2.0]]])
    assert functional.conv_matrix(weight, 5).indices().shape == (2, 9)


def test_convolution_as_a_matrix_product_figures():
    x, weight = torch.ones(1, 2, 3), torch.ones(1, 1, 2, 3)
    x[..., 1] = 0
    matrix = functional.conv_matrix(weight, (2, 3))
    assert (matrix @ x.flatten()).tolist() == [4]
    assert (functional.patches(x, (2, 3)).flatten(-3) @ weight.flatten(1).T).tolist() == [[[4]]]


whole_numbers = st.integers(-9, 9)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_matrix_and_patches_times_kernel_equal_the_convolution_of_any_numbers(data):
    size, kernel_size = (data.draw(st.tuples(st.integers(3, 7), st.integers(2, 7))) for _ in "xk")
    kernel_size = tuple(min(pair) for pair in zip(size, kernel_size, strict=True))
    rows = (data.draw(st.lists(whole_numbers, min_size=h * w, max_size=h * w))
            for h, w in (size, kernel_size))  # fmt: skip
    x, weight = (torch.tensor(row) for row in rows)
    x, weight = x.view(1, *size), weight.view(1, 1, *kernel_size)
    y = F.conv2d(x, weight)
    assert torch.equal(functional.conv_matrix(weight, size) @ x.flatten(), y.flatten())
    product = functional.patches(x, kernel_size).flatten(-3) @ weight.flatten(1).T
    assert torch.equal(product.movedim(-1, 0), y)


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CASES)
def test_patches_are_those_of_the_loops_and_make_the_convolution(
    x_shape, weight_shape, kwargs, padding_mode
):
    kwargs = {name: value for name, value in kwargs.items() if name != "groups"}
    if padding_mode != "zeros":
        kwargs = kwargs | {"padding_mode": padding_mode}
    x = numbers(2, *x_shape).requires_grad_()
    weight = numbers(3, x_shape[0], *weight_shape[2:]).requires_grad_()
    seen = functional.patches(x, weight_shape[2:], **kwargs)
    torch.testing.assert_close(
        seen.detach(), reference.patches(x.detach(), weight_shape[2:], **kwargs), rtol=0, atol=0
    )
    ours = (seen.flatten(x.dim() - 1) @ weight.flatten(1).T).movedim(-1, 1)
    assert_same(ours, torchs(x, weight, **kwargs), (x, weight))
    assert torch.equal(functional.patches(x[0], weight_shape[2:], **kwargs), seen[0])


@pytest.mark.parametrize("memory", MEMORY.values(), ids=MEMORY.keys())
@pytest.mark.parametrize("pictures", [0, 1, 3])
def test_patches_are_torchs_unfold(memory, pictures):
    x = memory(numbers(pictures, 2, 6, 7)).requires_grad_()
    kwargs = {"stride": 2, "padding": 1, "dilation": 2}
    seen = functional.patches(x, 3, **kwargs)
    assert seen.shape == (pictures, 2, 3, 2, 3, 3)
    ours = seen.flatten(3).flatten(1, 2).mT
    assert_same(ours, F.unfold(x, 3, **kwargs), (x,))


def test_patches_first_and_second_derivatives():
    x = numbers(1, 2, 3, 4).requires_grad_()
    for padding_mode in PADDING_MODES:

        def look(x, padding_mode=padding_mode):
            return functional.patches(x, 2, padding=1, padding_mode=padding_mode)

        assert torch.autograd.gradcheck(look, (x,))
        assert torch.autograd.gradgradcheck(look, (x,))


def test_patches_of_a_lone_int_are_of_a_batch():
    x = numbers(2, 3, 5)
    assert functional.patches(x, 2).shape == (2, 4, 3, 2)
    assert functional.patches(x, (2, 2)).shape == (2, 4, 2, 2, 2)
    assert functional.patches(x[0], 2).shape == (4, 3, 2)
    assert functional.patches(numbers(2, 3, 5, 5, 5), 2).shape == (2, 4, 4, 4, 3, 2, 2, 2)
