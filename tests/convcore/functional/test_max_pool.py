import math

import pytest
import torch
import torch.nn.functional as F

from convcore import functional, reference
from tests.convcore.functional.test_pools import AXES, LAYOUTS, pooling
from tests.convcore.oracle import assert_same, gradients, numbers

WHOLE = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]


def with_ties(*shape):
    """Few different numbers, and among them NaN and −∞."""
    x = torch.randint(0, 3, shape).double()
    x[torch.rand(shape) < 0.1] = torch.nan
    x[torch.rand(shape) < 0.3] = -torch.inf
    return x


@pytest.mark.parametrize("layout", list(LAYOUTS.values())[:2], ids=list(LAYOUTS)[:2])
@pytest.mark.parametrize("axes", AXES)
def test_ties_and_nan_go_where_torchs_do(axes, layout):
    x = layout(with_ties(4, 3, *(5, 6, 7)[-axes:])).requires_grad_()
    arguments = 3, 2, 1, 1, True, True  # ceil_mode and return_indices the last two
    ours, places = pooling(functional, "max_pool", axes)(x, *arguments)
    # Where torch's max_pool3d sees channels last, it gives windows of nothing but −∞ other places.
    theirs, their_places = pooling(F, "max_pool", axes)(x.contiguous(), *arguments)
    assert torch.equal(places, their_places)
    assert_same(ours, theirs, (x,), equal_nan=True, rtol=0, atol=1e-12)


@pytest.mark.parametrize("axes", AXES)
def test_loops_break_ties_the_same_way(axes):
    x = with_ties(1, 1, *(3, 5, 4)[-axes:])
    ours, theirs = (
        pooling(module, "max_pool", axes)(x, 2, 1, 1, return_indices=True)
        for module in (reference, F)
    )
    torch.testing.assert_close(ours, theirs, equal_nan=True)


@pytest.mark.parametrize("axes", AXES)
def test_indices_are_places_in_the_flattened_picture(axes):
    x = numbers(2, 3, *(6, 5, 7)[-axes:])
    for picture in (x, x[0]):
        ours, theirs = (
            pooling(module, "max_pool", axes)(picture, 2, 2, 1, 2, return_indices=True)
            for module in (functional, F)
        )
        assert torch.equal(ours[1], theirs[1])
        flat, places = picture.flatten(-axes), ours[1].flatten(-axes)
        assert torch.equal(flat.gather(-1, places), ours[0].flatten(-axes))


def test_indices_carry_the_gradient_too():
    x = numbers(2, 3, 6, 6).requires_grad_()
    ours, theirs = (m.max_pool2d(x, 2, return_indices=True) for m in (functional, F))
    assert_same(ours[0], theirs[0], (x,))
    assert not ours[1].requires_grad


@pytest.mark.parametrize("axes", AXES)
def test_infinite_gradient_stays_with_the_winner(axes):
    x = numbers(1, 1, *(4,) * axes).requires_grad_()
    upstream = torch.randn(1, 1, *(2,) * axes, dtype=torch.float64)
    upstream.view(-1)[:2] = torch.tensor([math.inf, math.nan])
    got, wanted = (
        gradients(pooling(module, "max_pool", axes)(x, 2), upstream, x)
        for module in (functional, F)
    )
    torch.testing.assert_close(got, wanted, equal_nan=True)


@pytest.mark.parametrize("axes", AXES)
def test_gradient_of_a_window_that_sees_only_padding_is_dropped(axes):
    x = numbers(1, 1, *(1,) * axes).requires_grad_()  # the dilated window steps over the picture
    for module in (functional, reference):
        y = pooling(module, "max_pool", axes)(x, 2, 2, 1, 2)
        assert y.shape == (1, 1, *(1,) * axes)
        assert (y == -math.inf).all()
    y = pooling(functional, "max_pool", axes)(x, 2, 2, 1, 2)
    assert not gradients(y, torch.ones_like(y), x)[0].any()


@pytest.mark.parametrize("axes", AXES)
def test_of_nothing_but_minus_infinity_the_first_pixel_inside_is_taken(axes):
    x = torch.full((1, 1, *(6, 5, 6)[-axes:]), -math.inf)
    for dilation in (1, 2):
        ours, theirs = (
            pooling(module, "max_pool", axes)(x, 3, 1, 1, dilation, return_indices=True)[1]
            for module in (functional, F)
        )
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("dtype", WHOLE, ids=str)
@pytest.mark.parametrize("axes", AXES)
def test_whole_numbers(axes, dtype):
    x = torch.randint(-100, 100, (2, 3, *(5, 6, 7)[-axes:])).to(dtype)
    ours, theirs = (
        pooling(module, "max_pool", axes)(x, 3, 2, 1, return_indices=True)
        for module in (functional, F)
    )
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert torch.equal(pooling(functional, "max_pool", axes)(x, 3, 2, 1), theirs[0])
    assert torch.equal(pooling(reference, "max_pool", axes)(x[:1], 3, 2, 1), theirs[0][:1])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("axes", AXES)
def test_half_precisions_have_torchs_winners(axes, dtype):
    x = torch.randint(0, 5, (2, 3, *(5, 6, 7)[-axes:])).to(dtype)  # many ties
    ours, theirs = (
        pooling(module, "max_pool", axes)(x, 3, 2, 1, return_indices=True)
        for module in (functional, F)
    )
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_half_precision_gradients_are_added_up_without_losing_any():
    x = torch.zeros(1, 1, 35, 35, dtype=torch.bfloat16)  # bfloat16 stops counting at 256
    x[..., 17, 17] = 1  # the maximum of all 18 × 18 windows
    x.requires_grad_()
    functional.max_pool2d(x, 18, 1).sum().backward()
    assert x.grad[..., 17, 17] == 324


def test_without_a_gradient_no_winners_are_noted(monkeypatch):
    from convcore.functional import max_pool

    monkeypatch.setattr(max_pool, "_first_cells", None)
    x = numbers(1, 1, 4, 4).requires_grad_()
    with torch.no_grad():
        functional.max_pool2d(x, 2)
    functional.max_pool2d(x.detach(), 2)
