"""What decides how a kernel is learned: `LearnConfig`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from convcore.config import BACKENDS, Config, setting
from convcore.errors import ConvcoreError
from convcore.shapes import per_axis

MOST_STEPS = 10_000
CHOICES = {
    "start": ("random", "zeros", "given"),
    "loss": ("sum", "mean"),
    "optimizer": ("sgd", "momentum", "adam", "newton"),
    "backend": BACKENDS,
    "dtype": ("float64", "float32"),
}
# Inclusive bounds; what lies outside is a slip of the keyboard, not an experiment.
BOUNDS = {
    "kernel_size": (1, 15),
    "padding": (0, 15),
    "momentum": (0.0, 0.99999),
    "steps": (1, MOST_STEPS),
    "patches": (0, 4_096),
    "patch_size": (1, 1_024),
    "noise": (0.0, 1e9),
    "seed": (0, 2**31 - 1),
    "noise_seed": (0, 2**31 - 1),
}
_PAIRS = {"kernel_size": 1, "padding": 0}  # and the least that each entry may be


@dataclass(frozen=True, kw_only=True)
class LearnConfig(Config):
    """Everything but X and Y that decides how a kernel is learned; logged whole.

    A whole number for `kernel_size` or `padding` stands for both axes.

    Raises:
        ConvcoreError: a value has the wrong type, or is outside its choices or bounds.
    """

    kernel_size: tuple[int, int] = setting((3, 3), "Kernel height and width in pixels")
    padding: tuple[int, int] = setting((0, 0), "Rows and columns of zeros around X, on each side")
    bias: bool = setting(False, "Learn one number that is added to every output, too")
    start: str = setting("random", "First kernel: random (as torch draws it), zeros or given")
    start_weight: tuple = setting((), "The first kernel where it is given: nested lists")
    start_bias: tuple = setting((), "Its bias, one number an output channel; none is 0")
    loss: str = setting("sum", "Squared errors, summed or their mean over all outputs")
    optimizer: str = setting("sgd", "sgd (plain gradient), momentum, adam, newton (one step)")
    learning_rate: float = setting(0.03, "Size of a step (not newton)")
    momentum: float = setting(0.9, "Share of the last step that is kept (momentum)")
    steps: int = setting(30, "Steps to take (newton takes one)")
    patches: int = setting(0, "Random patches of the picture a step; 0 takes the whole picture")
    patch_size: int = setting(32, "Height and width of a patch, in pixels of Y")
    noise: float = setting(0.0, "Spread (standard deviation) of the noise laid on Y")
    noise_seed: int = setting(0, "Start of the noise: same seed, same noise")
    seed: int = setting(0, "Start of the first kernel and of the choice of patches")
    backend: str = setting("custom", "custom: our hand-written convolution; torch: its own")
    dtype: str = setting("float64", "Precision: float64, or float32, which is quicker")

    def __post_init__(self) -> None:
        for spec in fields(self):
            wanted = type(spec.default)
            if wanted is tuple:
                object.__setattr__(self, spec.name, _tupled(spec.name, getattr(self, spec.name)))
            value = self._typed(spec.name, wanted, CHOICES)
            _check_range(spec.name, value)
            object.__setattr__(self, spec.name, value)
        if self.start == "given" and not self.start_weight:
            raise ConvcoreError(
                "LearnConfig: start='given' but start_weight=() is empty. Give the first kernel as "
                "nested lists, or use start='random'."
            )


def _tupled(name: str, value: Any) -> Any:
    """Return the value of a pair or of nested lists as tuples."""
    if name in _PAIRS:
        return per_axis("LearnConfig", name, value, 2, least=_PAIRS[name])
    return _nested(value)


def _check_range(name: str, value: Any) -> None:
    if name == "learning_rate" and not 0 < value < math.inf:
        raise ConvcoreError(
            f"LearnConfig: learning_rate={value} must be a finite number above 0, or no step goes "
            "downhill. Use 0.01, say."
        )
    if name not in BOUNDS:
        return
    low, high = BOUNDS[name]
    if not all(low <= number <= high for number in (value if name in _PAIRS else (value,))):
        raise ConvcoreError(f"LearnConfig: {name}={value} must lie between {low} and {high}.")


def _nested(value: Any) -> Any:
    """Return lists within lists as tuples within tuples."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(map(_nested, value))
    return value
