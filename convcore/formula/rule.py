"""The rule that a formula is: called on windows, written as torch code."""

from dataclasses import dataclass, field

from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.formula.parts import Part
from convcore.formula.reader import Reader


@dataclass(frozen=True)
class Formula:
    """A pooling rule read from text: of windows (…, cells) one number each, (…).

    Made of torch's operations: gradients flow, and the root of a negative number or a division by 0
    gives nan or inf as there.

    Raises:
        ConvcoreError: the text is no formula; the message says what, where, and what to write.
    """

    text: str
    _part: Part = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_part", Reader(self.text).rule())

    def __call__(self, windows: Tensor) -> Tensor:
        """What the formula gives for each window.

        Raises:
            ConvcoreError: `windows` holds whole or complex numbers, or has no axis.
        """
        if not windows.is_floating_point() or windows.dim() == 0:
            raise ConvcoreError(
                f"Formula: the windows' dtype={windows.dtype}, shape={tuple(windows.shape)} must "
                "be floating point, (…, cells). Use float() on the input."
            )
        return self._part.value(windows)

    def __reduce__(self):
        return Formula, (self.text,)  # read again: what has been read cannot be pickled

    def snippet(self) -> str:
        """Return the rule as Python source, a lambda that needs only `import torch`."""
        return f"lambda w: {self._part.source}"
