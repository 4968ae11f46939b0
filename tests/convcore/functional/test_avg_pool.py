import pytest
import torch
import torch.nn.functional as F

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.functional.test_pools import AXES, pooling
from tests.convcore.oracle import assert_same, gradients, numbers


@pytest.mark.parametrize("axes", AXES)
def test_whole_numbers_are_cut_off(axes):
    x = torch.randint(-20, 20, (2, 3, *(5, 6, 7)[-axes:]))
    theirs = pooling(F, "avg_pool", axes)(x, 3, 2, 1)
    assert torch.equal(pooling(functional, "avg_pool", axes)(x, 3, 2, 1), theirs)
    assert torch.equal(pooling(reference, "avg_pool", axes)(x[:1], 3, 2, 1), theirs[:1])


@pytest.mark.parametrize("dtype", [torch.int32, torch.int16, torch.int8, torch.uint8], ids=str)
@pytest.mark.parametrize("axes", AXES)
def test_other_whole_numbers_have_no_mean(axes, dtype):
    x = torch.ones(1, 1, *(4,) * axes).to(dtype)
    with pytest.raises(NotImplementedError):
        pooling(F, "avg_pool", axes)(x, 2)
    for module in (functional, reference):
        with pytest.raises(ConvcoreError, match=f"avg_pool{axes}d: .*{dtype}.*int64.*float"):
            pooling(module, "avg_pool", axes)(x, 2)


@pytest.mark.parametrize("axes", AXES)
def test_infinities_stay_in_their_windows(axes):
    x = numbers(1, 1, *(6,) * axes)
    x.view(-1)[0] = torch.inf
    x.view(-1)[-1] = torch.nan
    x.requires_grad_()
    ours, theirs = (pooling(module, "avg_pool", axes)(x, 3, 2, 1) for module in (functional, F))
    assert_same(ours, theirs, (x,), equal_nan=True)
    upstream = torch.full_like(theirs, torch.inf)
    torch.testing.assert_close(gradients(ours, upstream, x), gradients(theirs, upstream, x))


def test_half_precisions_are_added_up_without_losing_any():
    x = torch.ones(1, 1, 24, 24, dtype=torch.bfloat16)  # bfloat16 stops counting at 256
    assert functional.avg_pool2d(x, 24) == 1
    x = torch.ones(1, 1, 1, 1, dtype=torch.bfloat16).requires_grad_()
    y = functional.avg_pool2d(torch.nn.functional.pad(x, (23,) * 4), 24, 1, divisor_override=1)
    assert gradients(y, torch.ones_like(y), x)[0] == 576  # one from each window


def test_avg_pool1d_has_no_divisor_of_its_own():
    for module in (functional, reference, F):
        with pytest.raises(TypeError):
            module.avg_pool1d(torch.ones(1, 1, 4), 2, divisor_override=3)
