import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.functional.test_pools import LAYOUTS
from tests.convcore.oracle import assert_same, gradients, numbers

ours, theirs, loops = (m.adaptive_avg_pool2d for m in (functional, F, reference))

SIZES = [
    pytest.param((8, 6), 1, id="everything"),
    pytest.param((8, 6), (1, 3), id="one-row"),
    pytest.param((8, 6), 2, id="halves"),
    pytest.param((8, 7), (3, 5), id="uneven"),
    pytest.param((3, 2), (5, 7), id="larger"),
    pytest.param((8, 6), (None, 2), id="rows-stay"),
    pytest.param((8, 6), [4, None], id="columns-stay"),
    pytest.param((8, 6), (None, None), id="all-stays"),
]


@pytest.mark.parametrize("lead", [(2, 3), (3,), (0, 3), (2, 0)], ids=str)
@pytest.mark.parametrize(("size", "output_size"), SIZES)
def test_loops_fast_torch_agree(size, output_size, lead):
    x = numbers(*lead, *size).requires_grad_()
    wanted = theirs(x, output_size)
    torch.testing.assert_close(loops(x.detach(), output_size), wanted.detach())
    if x.numel():
        assert_same(ours(x, output_size), wanted, (x,))
    else:
        assert ours(x, output_size).shape == wanted.shape


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_sizes_and_layouts(data):
    size, output_size = (data.draw(st.tuples(*[st.integers(1, 12)] * 2)) for _ in range(2))
    layout = data.draw(st.sampled_from(list(LAYOUTS.values())))
    x = layout(numbers(2, 3, *size)).requires_grad_()
    assert_same(ours(x, output_size), theirs(x, output_size), (x,))


@pytest.mark.parametrize("output_size", [1, 2, (3, 4)], ids=str)
def test_first_and_second_derivatives(output_size):
    x = numbers(1, 2, 4, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: ours(x, output_size), (x,))
    assert torch.autograd.gradgradcheck(lambda x: ours(x, output_size), (x,))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("output_size", [1, 3])
def test_the_dtype_stays(dtype, output_size):
    x = numbers(2, 3, 7, 8, dtype=dtype).requires_grad_()
    assert_same(ours(x, output_size), theirs(x, output_size), (x,), rtol=2e-2, atol=2e-2)


def test_half_precisions_are_added_up_without_losing_any():
    x = torch.ones(1, 1, 900, 2, dtype=torch.bfloat16)  # bfloat16 stops counting at 256
    assert (ours(x, (3, 2)) == 1).all()


def test_infinities_stay_in_their_windows():
    x = numbers(1, 1, 6, 5)
    x[..., 0, 0], x[..., -1, -1] = torch.inf, torch.nan
    x.requires_grad_()
    assert_same(ours(x, 3), theirs(x, 3), (x,), equal_nan=True)
    upstream = torch.full((1, 1, 3, 3), torch.inf, dtype=x.dtype)
    got, wanted = (gradients(pool(x, 3), upstream, x) for pool in (ours, theirs))
    torch.testing.assert_close(got, wanted)


def test_nothing_can_be_asked_for():
    x = torch.ones(2, 3, 4, 4)
    for pool in (ours, theirs, loops):
        assert pool(x, (0, 2)).shape == (2, 3, 0, 2)


@pytest.mark.parametrize("pool", [ours, loops], ids=["fast", "loops"])
@pytest.mark.parametrize(
    ("x", "output_size", "told"),
    [
        pytest.param((1, 3, 4, 4), (3,), "output_size=(3,) is neither an int nor 2", id="one"),
        pytest.param((1, 3, 4, 4), (3, 2, 1), "output_size=(3, 2, 1)", id="three"),
        pytest.param((1, 3, 4, 4), None, "output_size=None", id="none"),
        pytest.param((1, 3, 4, 4), -1, "output_size=-1", id="negative"),
        pytest.param((1, 3, 4, 4), 2.0, "output_size=2.0", id="float"),
        pytest.param((1, 3, 4, 4), True, "output_size=True", id="bool"),
        pytest.param((1, 3, 0, 4), 2, "shape=(1, 3, 0, 4)", id="no-pixels"),
        pytest.param((4, 4), 2, "shape=(4, 4)", id="rank-2"),
        pytest.param((1, 1, 3, 4, 4), 2, "shape=(1, 1, 3, 4, 4)", id="rank-5"),
    ],
)
def test_mistakes(pool, x, output_size, told):
    with pytest.raises((RuntimeError, TypeError)):
        theirs(torch.ones(x), output_size)
    with pytest.raises(ConvcoreError) as error:
        pool(torch.ones(x), output_size)
    assert str(error.value).startswith("adaptive_avg_pool2d: ")
    assert told in str(error.value)


def test_whole_numbers_have_no_mean():
    with pytest.raises(ConvcoreError, match=r"torch\.int64.*float"):
        ours(torch.ones(1, 1, 4, 4).long(), 2)
