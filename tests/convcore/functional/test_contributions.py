from itertools import product

import pytest
import torch
from hypothesis import given, settings

from convcore import functional, reference
from convcore.errors import ConvcoreError
from convcore.shapes import PADDING_MODES
from tests.convcore.functional.setups import CASES, setups, torchs
from tests.convcore.oracle import assert_same, numbers

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")

X = [[1, 2, 3], [4, 5, 6], [5, 6, 7]]
K = [[1, 2], [2, 3]]


@settings(deadline=None, max_examples=80)
@given(setups())
def test_matrix_and_contributions_make_torchs_output_or_raise_where_torch_does(setup):
    x, weight, bias, kwargs = setup
    try:
        y = torchs(x, weight, bias, **kwargs)
    except RuntimeError:
        with pytest.raises(ConvcoreError):
            functional.conv_matrix(weight, tuple(x.shape[1:]), **kwargs)
        with pytest.raises(ConvcoreError):
            functional.contributions(x, weight, bias, **kwargs, position=(0,) * x.dim())
        return
    matrix = functional.conv_matrix(weight, tuple(x.shape[1:]), **kwargs)
    ours = (matrix @ x.flatten()).view(y.shape)
    assert_same(ours, torchs(x, weight, None, **kwargs), (x, weight))
    for position in product(*map(range, y.shape)):
        parts = functional.contributions(x, weight, bias, **kwargs, position=position)
        torch.testing.assert_close(parts.total, y[position])


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CASES)
def test_contributions_are_those_that_the_loops_add_up(x_shape, weight_shape, kwargs, padding_mode):
    x, weight, bias = numbers(*x_shape), numbers(*weight_shape), numbers(weight_shape[0])
    if padding_mode != "zeros":
        kwargs = kwargs | {"padding_mode": padding_mode}
    for position in product(*map(range, torchs(x, weight, **kwargs).shape)):
        parts = functional.contributions(x, weight, bias, **kwargs, position=position)
        rows, total = reference.contributions(x, weight, bias, **kwargs, position=position)
        columns = list(zip(*rows, strict=True))
        assert parts.channels.repeat_interleave(weight[0, 0].numel()).tolist() == list(columns[0])
        where = parts.where.flatten(0, -2).tolist() * weight.shape[1]
        nowhere = (-1,) * (x.dim() - 1)
        assert where == [list(nowhere if pixel is None else pixel) for pixel in columns[1]]
        assert parts.inputs.flatten().tolist() == list(columns[2])
        assert parts.weights.flatten().tolist() == list(columns[3])
        assert parts.products.flatten().tolist() == list(columns[4])
        torch.testing.assert_close(parts.channel_sums, parts.products.flatten(1).sum(1))
        torch.testing.assert_close(parts.total, parts.channel_sums.sum() + parts.bias)
        torch.testing.assert_close(parts.total.item(), total)


def test_contributions_show_where_the_padding_lies_and_what_stands_there():
    x, weight = torch.arange(12.0).view(1, 3, 4), torch.ones(1, 1, 2, 2)
    for padding_mode, inputs in [
        ("zeros", [[0, 0], [0, 0]]),
        ("reflect", [[5, 4], [1, 0]]),
        ("replicate", [[0, 0], [0, 0]]),
        ("circular", [[11, 8], [3, 0]]),
    ]:
        parts = functional.contributions(
            x, weight, padding=1, padding_mode=padding_mode, position=(0, 0, 0)
        )
        assert parts.corner == (-1, -1)
        assert parts.in_padding.tolist() == [[True, True], [True, False]]
        assert parts.inputs[0].tolist() == inputs
        nowhere = padding_mode == "zeros"
        assert parts.where[1, 1].tolist() == [0, 0]
        assert (parts.where[0, 0].tolist() == [-1, -1]) == nowhere


def test_contributions_pass_on_gradients():
    x, weight = numbers(2, 4, 4).requires_grad_(), numbers(4, 1, 3, 3).requires_grad_()
    bias = numbers(4).requires_grad_()
    kwargs = {"padding": 1, "groups": 2}
    parts = functional.contributions(x, weight, bias, **kwargs, position=(3, 0, 2))
    tensors = x, weight, bias
    assert_same(parts.total, torchs(x, weight, bias, **kwargs)[3, 0, 2], tensors)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.bfloat16, torch.float16, torch.int32, torch.int64]
)
def test_all_keep_the_dtype(dtype):
    x, weight = torch.tensor([X]).to(dtype), torch.tensor([[K]]).to(dtype)
    bias = torch.tensor([3]).to(dtype)
    y = torch.tensor([[28, 36], [42, 50]]).to(dtype)
    parts = functional.contributions(x, weight, bias, position=(0, 1, 0))
    assert torch.equal(parts.total, y[1, 0] + 3)
    assert torch.equal(parts.products[0], torch.tensor([[4, 10], [10, 18]]).to(dtype))
    assert torch.equal(parts.channel_sums, y[1, :1])
    matrix = functional.conv_matrix(weight, 3).to_dense()
    assert matrix.dtype == dtype
    assert matrix[1].tolist() == [0, 1, 2, 0, 2, 3, 0, 0, 0]
    assert torch.equal(
        functional.patches(x, (2, 2))[0, 1, 0], torch.tensor([[2, 3], [5, 6]]).to(dtype)
    )
