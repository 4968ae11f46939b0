import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.functional.setups import setups, torchs
from tests.convcore.oracle import gradients, numbers

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")


@settings(deadline=None, max_examples=80)
@given(setups())
def test_coverage_and_padding_influence_equal_what_a_convolution_of_ones_tells(setup):
    x, weight, _, kwargs = setup
    size, kernel_size = tuple(x.shape[1:]), tuple(weight.shape[2:])
    padding_mode, _ = kwargs.pop("padding_mode"), kwargs.pop("groups")
    ones = torch.ones(1, *size, dtype=torch.float64, requires_grad=True)
    kernel = torch.ones(1, 1, *kernel_size, dtype=torch.float64)
    try:
        plain = torchs(ones, kernel, **kwargs)
        y = torchs(ones, kernel, **kwargs, padding_mode=padding_mode)
    except RuntimeError:
        with pytest.raises(ConvcoreError):
            functional.coverage(size, kernel_size, **kwargs, padding_mode=padding_mode)
        return
    counts = functional.coverage(size, kernel_size, **kwargs, padding_mode=padding_mode)
    assert torch.equal(counts.double(), gradients(y.sum(), None, ones)[0][0])
    way = size, kernel_size
    assert torch.equal(counts, reference.coverage(*way, **kwargs, padding_mode=padding_mode))
    lying_in_padding = functional.padding_influence(*way, **kwargs)
    assert torch.equal(lying_in_padding.double(), kernel.numel() - plain[0].detach())
    assert torch.equal(lying_in_padding, reference.padding_influence(*way, **kwargs))


def test_coverage_flags_the_columns_that_are_never_used():
    assert functional.coverage(8, 3, stride=3).tolist() == [1, 1, 1, 1, 1, 1, 0, 0]
    counts = functional.coverage((8, 8), 3, stride=3)
    assert (counts == 0).all(0).tolist() == [False] * 6 + [True] * 2
    assert counts.sum() == 2 * 2 * 9


def test_coverage_of_a_transposed_convolution_shows_its_chequers():
    assert functional.coverage(9, 3, stride=2).tolist() == [1, 1, 2, 1, 2, 1, 2, 1, 1]
    assert functional.coverage(8, 2, stride=2).tolist() == [1] * 8


@pytest.mark.parametrize("kwargs", [{"padding": 2}, {"padding": (0, 1), "stride": 2}], ids=str)
def test_padding_influence_marks_the_outputs_that_change_with_the_pad_value(kwargs):
    x, weight = numbers(1, 6, 5), torch.rand(1, 1, 3, 3).double() + 0.1
    p = kwargs["padding"] if isinstance(kwargs["padding"], tuple) else (kwargs["padding"],) * 2
    zeros, ones = (
        F.conv2d(F.pad(x, (p[1], p[1], p[0], p[0]), value=value), weight, None,
                 kwargs.get("stride", 1))
        for value in (0.0, 1.0)
    )  # fmt: skip
    counts = functional.padding_influence((6, 5), 3, **kwargs)
    assert torch.equal(counts > 0, (zeros != ones)[0])
