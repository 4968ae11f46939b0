import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.oracle import MEMORY, assert_same, gradients, numbers

sizes = st.integers(1, 12)


POOL_CASES = [
    pytest.param((2, 3, 6, 8), 2, {}, id="halves"),
    pytest.param((2, 3, 7, 6), (3, 2), {"stride": 1}, id="overlapping"),
    pytest.param((2, 3, 7, 6), 3, {"stride": 2, "padding": 1}, id="padded"),
    pytest.param((1, 2, 8, 7), 3, {"stride": 2, "padding": 1, "ceil_mode": True}, id="ceil"),
    pytest.param((1, 2, 7, 9), (2, 3), {"stride": (3, 4), "ceil_mode": True}, id="ceil-gaps"),
]


@pytest.mark.parametrize("operation", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize(("x_shape", "kernel_size", "kwargs"), POOL_CASES)
def test_pools_loops_fast_torch_agree(operation, x_shape, kernel_size, kwargs):
    x = numbers(*x_shape).requires_grad_()
    ours = getattr(functional, operation)(x, kernel_size, **kwargs)
    assert_same(ours, getattr(F, operation)(x, kernel_size, **kwargs), (x,))
    loops = getattr(reference, operation)(x.detach(), kernel_size, **kwargs)
    torch.testing.assert_close(ours.detach(), loops)


@pytest.mark.parametrize("operation", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("memory", MEMORY.values(), ids=MEMORY.keys())
@pytest.mark.usefixtures("_small_cache")
def test_pools_take_any_memory_layout(operation, memory):
    x = memory(numbers(3, 2, 6, 7)).requires_grad_()
    ours = getattr(functional, operation)(x, 3, 2, 1)
    assert_same(ours, getattr(F, operation)(x, 3, 2, 1), (x,))


@pytest.mark.parametrize("operation", ["max_pool2d", "avg_pool2d"])
def test_pools_first_and_second_derivatives(operation):
    x = torch.randperm(50, dtype=torch.float64).view(1, 2, 5, 5).requires_grad_()  # no ties

    def pool(x):
        return getattr(functional, operation)(x, 3, 2, 1)

    assert torch.autograd.gradcheck(pool, (x,))
    assert torch.autograd.gradgradcheck(pool, (x,))


@pytest.mark.parametrize("operation", ["max_pool2d", "avg_pool2d"])
def test_pools_take_one_picture_and_an_empty_batch(operation):
    ours, theirs = getattr(functional, operation), getattr(F, operation)
    x = numbers(3, 6, 5).requires_grad_()
    assert_same(ours(x, 2), theirs(x, 2), (x,))
    empty = numbers(0, 3, 6, 5).requires_grad_()
    assert_same(ours(empty, 2), theirs(empty, 2), (empty,))


def test_max_pool2d_ties_and_nan_go_where_torchs_do():
    x = torch.randint(0, 3, (4, 3, 8, 8)).double()
    x[torch.rand(x.shape) < 0.1] = torch.nan
    x[torch.rand(x.shape) < 0.3] = -torch.inf
    x.requires_grad_()
    ours, places = functional.max_pool2d(x, 3, 2, 1, return_indices=True)
    theirs, their_places = F.max_pool2d(x, 3, 2, 1, return_indices=True)
    assert torch.equal(places, their_places)
    assert_same(ours, theirs, (x,), equal_nan=True, rtol=0, atol=1e-12)


def test_max_pool2d_infinite_gradient_stays_with_the_winner():
    x = numbers(1, 1, 4, 4).requires_grad_()
    upstream = torch.tensor([[[[torch.inf, 1.0], [torch.nan, 2.0]]]], dtype=torch.float64)
    got, wanted = (gradients(m.max_pool2d(x, 2), upstream, x) for m in (functional, F))
    torch.testing.assert_close(got, wanted, equal_nan=True)


def test_max_pool2d_gradient_of_a_window_that_sees_only_padding_is_dropped():
    x = numbers(1, 1, 7, 1).requires_grad_()  # the dilated window steps over the picture
    y = functional.max_pool2d(x, 2, padding=(0, 1), dilation=2)
    assert torch.isinf(y).all()
    assert not gradients(y, torch.ones_like(y), x)[0].any()


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bfloat16, torch.float32])
def test_max_pool2d_keeps_the_dtype(dtype):
    x = torch.randint(0, 200, (2, 3, 6, 6)).to(dtype)
    for ours, theirs in zip(
        functional.max_pool2d(x, 3, 2, 1, return_indices=True),
        F.max_pool2d(x, 3, 2, 1, return_indices=True),
        strict=True,
    ):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("dtype", [torch.int64, torch.bfloat16, torch.float32])
def test_avg_pool2d_keeps_the_dtype(dtype):
    x = torch.randint(-20, 20, (2, 3, 6, 6)).to(dtype)
    torch.testing.assert_close(functional.avg_pool2d(x, 3), F.avg_pool2d(x, 3))


@settings(deadline=None, max_examples=120)
@given(st.data())
def test_pools_give_torchs_values_or_raise_where_torch_does(data):
    draw = data.draw
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    kwargs = {
        "stride": draw(st.sampled_from([None, 1, 2, (3, 1), 5])),
        "padding": draw(st.tuples(st.integers(0, 2), st.integers(0, 2))),
        "ceil_mode": draw(st.booleans()),
    }
    mean = {
        "count_include_pad": draw(st.booleans()),
        "divisor_override": draw(st.sampled_from([None, 3, -2])),
    }
    x = numbers(draw(st.integers(0, 2)), 2, draw(sizes), draw(sizes)).requires_grad_()
    for name, more in (("max_pool2d", {}), ("avg_pool2d", mean)):
        ours, theirs = getattr(functional, name), getattr(F, name)
        try:
            wanted = theirs(x, kernel, **kwargs, **more)
        except RuntimeError:
            with pytest.raises(ConvcoreError):
                ours(x, kernel, **kwargs, **more)
            continue
        assert_same(ours(x, kernel, **kwargs, **more), wanted, (x,))


def test_max_pool2d_of_nothing_but_minus_infinity_takes_the_first_pixel_inside():
    x = torch.full((1, 1, 5, 6), -torch.inf)
    for dilation in (1, 2):
        ours, theirs = (
            module.max_pool2d(x, 3, 1, 1, dilation, return_indices=True)[1]
            for module in (functional, F)
        )
        assert torch.equal(ours, theirs)
