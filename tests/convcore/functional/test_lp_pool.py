import math

import pytest
import torch
import torch.nn.functional as F

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.functional.test_pools import AXES
from tests.convcore.oracle import assert_same, numbers

NORMS = [1, 2, 2.0, 3, 0.5, 1.5, -1, -2.5, True, math.inf, -math.inf]


def both(axes):
    return [getattr(module, f"lp_pool{axes}d") for module in (functional, F)]


@pytest.mark.parametrize("norm_type", NORMS)
@pytest.mark.parametrize("axes", AXES)
def test_loops_fast_torch_agree_in_every_norm(axes, norm_type):
    x = numbers(1, 2, *(4, 5, 7)[-axes:]).requires_grad_()  # below 0 some roots are NaN
    for arguments in ((2,), (3, 2, True)):
        ours, theirs = (pool(x, norm_type, *arguments) for pool in both(axes))
        assert_same(ours, theirs, (x,), equal_nan=True)
        loops = getattr(reference, f"lp_pool{axes}d")(x.detach(), norm_type, *arguments)
        torch.testing.assert_close(loops, theirs.detach(), equal_nan=True)


@pytest.mark.parametrize("norm_type", [1, 2, 3, 0.5, -1])
def test_windows_of_zeros_have_torchs_first_and_second_derivatives(norm_type):
    x = numbers(1, 1, 4, 4).abs()
    x[..., :2, :2] = 0
    x.requires_grad_()
    found = []
    for pool in both(2):
        (first,) = torch.autograd.grad(pool(x, norm_type, 2).sum(), x, create_graph=True)
        second = torch.autograd.grad(first.sum(), x) if first.requires_grad else ()
        found.append((first.detach(), second))
    torch.testing.assert_close(*found, equal_nan=True)


def test_the_euclidean_norm_of_zeros_passes_no_gradient_on():
    x = torch.zeros(1, 1, 2, 2).requires_grad_()
    functional.lp_pool2d(x, 2, 2).backward()
    assert not x.grad.any()


@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.int32, torch.int8, torch.uint8, torch.bool], ids=str
)
@pytest.mark.parametrize("axes", AXES)
def test_whole_numbers_have_norms(axes, dtype):
    x = torch.randint(0, 5, (2, 3, *(4, 4, 6)[-axes:])).to(dtype)
    ours, theirs = (pool(x, 2.0, 2) for pool in both(axes))
    torch.testing.assert_close(ours, theirs)


def test_powers_of_whole_numbers_are_averaged_as_such():
    x = torch.randint(0, 9, (1, 1, 4, 6))
    for norm_type in (2, 3):
        theirs = F.lp_pool2d(x, norm_type, 2)
        for module in (functional, reference):
            torch.testing.assert_close(module.lp_pool2d(x, norm_type, 2), theirs)


@pytest.mark.parametrize("norm_type", [0, 0.0, "2", None])
@pytest.mark.parametrize("axes", AXES)
def test_there_is_no_root_of_degree_0(axes, norm_type):
    x = torch.ones(1, 1, *(4,) * axes)
    with pytest.raises((ZeroDivisionError, TypeError)):
        getattr(F, f"lp_pool{axes}d")(x, norm_type, 2)
    for module in (functional, reference):
        with pytest.raises(ConvcoreError, match=f"lp_pool{axes}d: norm_type={norm_type!r}.*Use 2"):
            getattr(module, f"lp_pool{axes}d")(x, norm_type, 2)


def test_negative_powers_of_whole_numbers_are_not_whole():
    x = torch.ones(1, 1, 4, 4).long()
    with pytest.raises(RuntimeError):
        F.lp_pool2d(x, -1, 2)
    for module in (functional, reference):
        with pytest.raises(ConvcoreError, match=r"norm_type=-1 .*torch\.int64.*float"):
            module.lp_pool2d(x, -1, 2)
