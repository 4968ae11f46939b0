"""Any settings at all: torch's values and gradients, or a sentence where torch raises."""

import pytest
import torch

from convcore.errors import ConvcoreError
from tests.convcore.oracle import assert_same
from tests.fuzz.calls import OURS, TORCHS, Call, call

_REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, ZeroDivisionError)  # as torch raises
_TOLERANCE = {torch.float64: 1e-10, torch.float32: 2e-4}


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
def test_random_settings_give_what_torch_gives_or_an_error_where_torch_raises(rounds):
    seen, refused = set(), 0
    for seed in range(rounds(300, whole=10_000)):
        made = call(seed)
        try:
            refused += not agrees(made)
        except Exception as fault:
            fault.add_note(f"seed {seed}: {made}")
            raise
        seen.add(made.operation)
    assert len(seen) == 21, seen
    assert refused > 10


def agrees(made: Call) -> bool:
    """See that ours does what torch's does; return whether that is a result."""
    x = made.tensors[0]
    try:
        if not x.numel():  # of an empty batch torch checks less; ours checks as of any other
            made.made(TORCHS, x.new_ones(1, *x.shape[1:]))
        theirs = made.made(TORCHS)
    except NotImplementedError:
        return False  # for lack of code, not because it would be wrong
    except _REFUSALS:
        with pytest.raises(ConvcoreError):
            made.made(OURS)
        return False
    if _accepted_by_accident(made, theirs):
        with pytest.raises(ConvcoreError):
            made.made(OURS)
        return False
    ours = made.made(OURS)
    if not theirs.requires_grad or not theirs.numel():
        torch.testing.assert_close(ours, theirs, equal_nan=True)
        return True
    if theirs.isneginf().any():  # a dilated window stepped over the whole picture:
        torch.testing.assert_close(ours, theirs)  # torch's gradient leaves its memory there
        return True
    tolerance = _TOLERANCE[theirs.dtype]
    assert_same(ours, theirs, made.tensors, rtol=tolerance, atol=tolerance, equal_nan=True)
    return True


def _accepted_by_accident(made: Call, theirs: torch.Tensor) -> bool:
    """Whether torch takes what elsewhere it refuses itself, and ours everywhere."""
    if made.operation.startswith("conv_transpose"):
        # In float64 a result without pixels is an error, in float32 it is none.
        return not theirs.numel() and made.tensors[0].numel() > 0
    # A padding mode lets a padding below 0 cut pixels off; without one it is refused.
    return made.operation.startswith("Conv") and made.arguments["padding"] == -1
