import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.oracle import MEMORY, assert_same, numbers

CASES = [
    pytest.param((2, 3, 4, 5), {"kernel_size": 2}, id="plain"),
    pytest.param((2, 2, 5, 6), {"kernel_size": (2, 3), "stride": 2}, id="gaps-at-the-end"),
    pytest.param((1, 2, 3, 3), {"kernel_size": 2, "padding": 2}, id="padding"),
    pytest.param((1, 2, 6, 7), {"kernel_size": (2, 3), "dilation": (3, 2)}, id="dilated"),
    pytest.param(
        (2, 1, 6, 5),
        {"kernel_size": (3, 2), "dilation": (2, 1), "padding": (1, 0), "stride": (2, 3)},
        id="all",
    ),
    pytest.param((1, 3, 4, 4), {"kernel_size": 1, "stride": 3}, id="pixels-never-met"),
    pytest.param((2, 4, 5), {"kernel_size": 2}, id="one-picture"),
]


def blocks_for(x_shape, kwargs):
    return numbers(*F.unfold(torch.ones(x_shape), **kwargs).shape).requires_grad_()


@pytest.mark.parametrize(("x_shape", "kwargs"), CASES)
def test_unfold_loops_fast_torch_agree(x_shape, kwargs):
    x = numbers(*x_shape).requires_grad_()
    ours = functional.unfold(x, **kwargs)
    assert_same(ours, F.unfold(x, **kwargs), (x,))
    assert_same(ours, reference.unfold(x, **kwargs), (x,))


@pytest.mark.parametrize(("x_shape", "kwargs"), CASES)
def test_fold_loops_fast_torch_agree(x_shape, kwargs):
    blocks = blocks_for(x_shape, kwargs)
    ours = functional.fold(blocks, x_shape[-2:], **kwargs)
    assert_same(ours, F.fold(blocks, x_shape[-2:], **kwargs), (blocks,))
    assert_same(ours, reference.fold(blocks, x_shape[-2:], **kwargs), (blocks,))


@pytest.mark.usefixtures("_small_cache")
@pytest.mark.parametrize(("x_shape", "kwargs"), CASES)
def test_in_small_parts(x_shape, kwargs):
    x, blocks = numbers(*x_shape).requires_grad_(), blocks_for(x_shape, kwargs)
    assert_same(functional.unfold(x, **kwargs), F.unfold(x, **kwargs), (x,))
    ours, theirs = (module.fold(blocks, x_shape[-2:], **kwargs) for module in (functional, F))
    assert_same(ours, theirs, (blocks,))


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
def test_figures_of_the_docstring(module):
    x = torch.arange(1.0, 10).view(1, 1, 3, 3)
    blocks = module.unfold(x, 2)
    assert blocks[0].T.tolist() == [[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]]
    assert module.fold(blocks, 3, 2)[0, 0].tolist() == [[1, 4, 3], [8, 20, 12], [7, 16, 9]]


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
def test_arguments_stand_in_torchs_order(module):
    x, order = numbers(1, 2, 6, 7), ((2, 3), 2, 1, (2, 1))  # kernel, dilation, padding, stride
    blocks = F.unfold(x, *order)
    assert torch.equal(module.unfold(x, *order), blocks)
    torch.testing.assert_close(module.fold(blocks, (6, 7), *order), F.fold(blocks, (6, 7), *order))


def test_the_product_with_the_unfolded_picture_is_the_convolution():
    x, weight = numbers(2, 3, 6, 5), numbers(4, 3, 3, 2)
    product = weight.flatten(1) @ functional.unfold(x, (3, 2), padding=1, stride=2)
    wanted = functional.conv2d(x, weight, padding=1, stride=2)
    torch.testing.assert_close(product.view(wanted.shape), wanted)


def test_each_is_the_others_adjoint():
    way = {"kernel_size": (2, 3), "stride": 2, "padding": 1, "dilation": (2, 1)}
    x, blocks = numbers(1, 2, 6, 5), blocks_for((1, 2, 6, 5), way)
    there = (functional.unfold(x, **way) * blocks).sum()
    back = (x * functional.fold(blocks, (6, 5), **way)).sum()
    torch.testing.assert_close(there, back)


@pytest.mark.parametrize("memory", MEMORY.values(), ids=MEMORY.keys())
def test_any_memory_layout(memory):
    x = memory(numbers(2, 3, 6, 5)).requires_grad_()
    assert_same(functional.unfold(x, 2), F.unfold(x, 2), (x,))
    blocks = numbers(2, 20, 12).mT.requires_grad_()
    assert_same(functional.fold(blocks, (6, 5), 2), F.fold(blocks, (6, 5), 2), (blocks,))


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
def test_empty_batch(module):
    assert module.unfold(numbers(0, 2, 4, 5), 2, padding=1).shape == (0, 8, 30)
    assert module.fold(numbers(0, 8, 30), (4, 5), 2, padding=1).shape == (0, 2, 4, 5)


TORCHS_DTYPES = [torch.float32, torch.bfloat16, torch.float16, torch.complex64, torch.bool]


@pytest.mark.parametrize("dtype", TORCHS_DTYPES, ids=str)
def test_keeps_the_dtype(dtype):
    x = numbers(2, 3, 5, 4).to(dtype)
    blocks = F.unfold(x, 2, padding=1)
    assert torch.equal(functional.unfold(x, 2, padding=1), blocks)
    ours, theirs = (module.fold(blocks, (5, 4), 2, padding=1) for module in (functional, F))
    torch.testing.assert_close(ours, theirs)


def test_integers_too():
    """torch has no `unfold` of integers; ours follows floats."""
    x = torch.arange(20).view(1, 1, 4, 5)
    blocks = functional.unfold(x, 2)
    assert torch.equal(blocks, F.unfold(x.double(), 2).long())
    assert torch.equal(
        functional.fold(blocks, (4, 5), 2), F.fold(blocks.double(), (4, 5), 2).long()
    )


def test_autocast_leaves_them_alone():
    x = torch.ones(1, 1, 3, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        blocks = functional.unfold(x, 2)
        assert blocks.dtype == F.unfold(x, 2).dtype
        assert functional.fold(blocks, 3, 2).dtype == F.fold(blocks, 3, 2).dtype


@pytest.mark.parametrize(("x_shape", "kwargs"), CASES)
def test_first_and_second_derivatives(x_shape, kwargs):
    x, blocks = numbers(*x_shape).requires_grad_(), blocks_for(x_shape, kwargs)

    def squares(x):  # a linear operation alone has no second derivative
        return functional.unfold(x, **kwargs).square()

    def folded_squares(blocks):
        return functional.fold(blocks, x_shape[-2:], **kwargs).square()

    for operation, tensor in ((squares, x), (folded_squares, blocks)):
        assert torch.autograd.gradcheck(operation, tensor)
        assert torch.autograd.gradgradcheck(operation, tensor, fast_mode=True)


@st.composite
def ways(draw):
    """((H, W), arguments); now and then the kernel is too large."""

    def per_axis(least, most):
        number = st.integers(least, most)
        return draw(st.one_of(number, st.tuples(number, number)))

    size = draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    return size, {
        "kernel_size": per_axis(1, 5),
        "dilation": per_axis(1, 3),
        "padding": per_axis(0, 3),
        "stride": per_axis(1, 3),
    }


@settings(deadline=None, max_examples=80)
@given(ways(), st.sampled_from([(), (0,), (1,), (3,)]), st.integers(1, 3))
def test_gives_torchs_values_or_raises_where_torch_does(way, batch, channels):
    size, kwargs = way
    x = numbers(*batch, channels, *size).requires_grad_()
    try:
        blocks = F.unfold(x, **kwargs)
    except RuntimeError:
        with pytest.raises(ConvcoreError):
            functional.unfold(x, **kwargs)
        return
    assert_same(functional.unfold(x, **kwargs), blocks, (x,))
    blocks = numbers(*blocks.shape).requires_grad_()
    ours, theirs = (module.fold(blocks, size, **kwargs) for module in (functional, F))
    assert_same(ours, theirs, (blocks,))


UNFOLD_MISTAKES = [
    pytest.param({"x": (5, 6)}, ["(5, 6)", "(C, H, W)"], id="rank-2"),
    pytest.param({"x": (1, 1, 3, 5, 6)}, ["5 axes"], id="rank-5"),
    pytest.param({"x": (1, 0, 5, 6)}, ["no channels"], id="no-channels"),
    pytest.param({"x": (1, 3, 0, 6), "padding": 2}, ["no pixels"], id="no-pixels"),
    pytest.param({"kernel_size": 7}, ["7×7", "5×6"], id="too-large"),
    pytest.param({"kernel_size": 3, "dilation": 3}, ["7×7", "dilation=(3, 3)"], id="dilated"),
    pytest.param({"kernel_size": 0}, ["kernel_size=0"], id="kernel-zero"),
    pytest.param({"kernel_size": [2]}, ["kernel_size=[2]"], id="kernel-one"),
    pytest.param({"kernel_size": (2, 2, 2)}, ["kernel_size=(2, 2, 2)"], id="kernel-three"),
    pytest.param({"kernel_size": 2.0}, ["kernel_size=2.0"], id="kernel-float"),
    pytest.param({"stride": 0}, ["stride=0"], id="stride-zero"),
    pytest.param({"dilation": 0}, ["dilation=0"], id="dilation-zero"),
    pytest.param({"padding": -1}, ["padding=-1"], id="padding-negative"),
]


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize(("mistake", "told"), UNFOLD_MISTAKES)
def test_unfold_mistakes(module, mistake, told):
    arguments = {"x": (1, 3, 5, 6), "kernel_size": 2} | mistake
    x = torch.ones(arguments.pop("x"))
    with pytest.raises((RuntimeError, IndexError, TypeError)):
        F.unfold(x, **arguments)
    with pytest.raises(ConvcoreError) as error:
        module.unfold(x, **arguments)
    assert str(error.value).startswith("unfold: ")
    assert [part for part in told if part not in str(error.value)] == []


FOLD_MISTAKES = [
    pytest.param({"input": (12,)}, ["(12,)"], id="rank-1"),
    pytest.param({"input": (1, 1, 12, 20)}, ["(1, 1, 12, 20)"], id="rank-4"),
    pytest.param({"input": (1, 0, 20)}, ["(1, 0, 20)"], id="no-rows"),
    pytest.param({"input": (1, 12, 0)}, ["(1, 12, 0)"], id="no-blocks"),
    pytest.param({"input": (1, 13, 20)}, ["13 rows", "4 cells"], id="rows"),
    pytest.param({"input": (1, 12, 21)}, ["21 blocks", "4×5 = 20"], id="blocks"),
    pytest.param({"output_size": (0, 6)}, ["output_size=(0, 6)"], id="size-zero"),
    pytest.param({"output_size": [5]}, ["output_size=[5]"], id="size-one"),
    pytest.param({"output_size": (5, 6, 7)}, ["output_size=(5, 6, 7)"], id="size-three"),
    pytest.param({"kernel_size": 7}, ["7×7", "5×6"], id="too-large"),
    pytest.param({"stride": 0}, ["stride=0"], id="stride-zero"),
    pytest.param({"dilation": 0}, ["dilation=0"], id="dilation-zero"),
    pytest.param({"padding": -1}, ["padding=-1"], id="padding-negative"),
]


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize(("mistake", "told"), FOLD_MISTAKES)
def test_fold_mistakes(module, mistake, told):
    arguments = {"input": (1, 12, 20), "output_size": (5, 6), "kernel_size": 2} | mistake
    blocks = torch.ones(arguments.pop("input"))
    with pytest.raises(RuntimeError):
        F.fold(blocks, **arguments)
    with pytest.raises(ConvcoreError) as error:
        module.fold(blocks, **arguments)
    assert str(error.value).startswith("fold: ")
    assert [part for part in told if part not in str(error.value)] == []


@pytest.mark.parametrize("dtype", [torch.uint16, torch.float8_e4m3fn], ids=str)
def test_dtypes_that_nobody_adds_up(dtype):
    with pytest.raises(ConvcoreError, match=str(dtype)):
        functional.unfold(torch.ones(1, 1, 3, 3).to(dtype), 2)
    with pytest.raises(ConvcoreError, match=str(dtype)):
        functional.fold(torch.ones(1, 4, 4).to(dtype), 3, 2)
