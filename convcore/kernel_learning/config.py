"""What decides how a kernel is learned: `LearnConfig`."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from convcore.config import BACKENDS
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


def _setting(default: Any, help: str) -> Any:  # noqa: A002 - the word both faces use for it
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, kw_only=True)
class LearnConfig:
    """Everything but X and Y that decides how a kernel is learned; logged whole.

    A whole number for `kernel_size` or `padding` stands for both axes.

    Raises:
        ConvcoreError: a value has the wrong type, or is outside its choices or bounds.
    """

    kernel_size: tuple[int, int] = _setting((3, 3), "Kernel height and width in pixels")
    padding: tuple[int, int] = _setting((0, 0), "Rows and columns of zeros around X, on each side")
    bias: bool = _setting(False, "Learn one number that is added to every output, too")
    start: str = _setting("random", "First kernel: random (as torch draws it), zeros or given")
    start_weight: tuple = _setting((), "The first kernel where it is given: nested lists")
    start_bias: tuple = _setting((), "Its bias, one number an output channel; none is 0")
    loss: str = _setting("sum", "Squared errors, summed or their mean over all outputs")
    optimizer: str = _setting("sgd", "sgd (plain gradient), momentum, adam, newton (one step)")
    learning_rate: float = _setting(0.03, "Size of a step (not newton)")
    momentum: float = _setting(0.9, "Share of the last step that is kept (momentum)")
    steps: int = _setting(30, "Steps to take (newton takes one)")
    patches: int = _setting(0, "Random patches of the picture a step; 0 takes the whole picture")
    patch_size: int = _setting(32, "Height and width of a patch, in pixels of Y")
    noise: float = _setting(0.0, "Spread (standard deviation) of the noise laid on Y")
    noise_seed: int = _setting(0, "Start of the noise: same seed, same noise")
    seed: int = _setting(0, "Start of the first kernel and of the choice of patches")
    backend: str = _setting("custom", "custom: our hand-written convolution; torch: its own")
    dtype: str = _setting("float64", "Precision: float64, or float32, which is quicker")

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = _typed(spec.name, getattr(self, spec.name), type(spec.default))
            object.__setattr__(self, spec.name, value)
        if self.start == "given" and not self.start_weight:
            raise ConvcoreError(
                "LearnConfig: start='given' but start_weight=() is empty. Give the first kernel as "
                "nested lists, or use start='random'."
            )

    def to_json(self) -> str:
        """Return the settings as a JSON object, one key a field."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the config that `to_json` wrote.

        Raises:
            ConvcoreError: not a JSON object, or a field is unknown or wrong.
        """
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ConvcoreError(f"LearnConfig: not JSON ({error}).") from None
        if not isinstance(values, dict):
            raise ConvcoreError(f"LearnConfig: needs a JSON object, not {type(values).__name__}.")
        return cls().changed(values)

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return a copy with `values` in place of the fields that they name."""
        known = {spec.name for spec in fields(self)}
        if unknown := sorted(set(values) - known):
            raise ConvcoreError(
                f"LearnConfig: unknown setting {', '.join(unknown)}. Known: {', '.join(known)}."
            )
        return replace(self, **values)


def _typed(name: str, value: Any, wanted: type) -> Any:
    """Return `value` as its field's type, or say what is wrong with it."""
    if name in _PAIRS:
        value = per_axis("LearnConfig", name, value, 2, least=_PAIRS[name])
    elif wanted is tuple:
        value = _nested(value)
    elif wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not wanted:
        raise ConvcoreError(f"LearnConfig: {name}={value!r} must be of type {wanted.__name__}.")
    if name in CHOICES and value not in CHOICES[name]:
        raise ConvcoreError(
            f"LearnConfig: {name}={value!r} is unknown. Choose {', '.join(CHOICES[name])}."
        )
    if name == "learning_rate" and not 0 < value < math.inf:
        raise ConvcoreError(
            f"LearnConfig: learning_rate={value} must be a finite number above 0, or no step goes "
            "downhill. Use 0.01, say."
        )
    if name in BOUNDS:
        _check_bounds(name, value)
    return value


def _check_bounds(name: str, value: float | tuple[int, int]) -> None:
    low, high = BOUNDS[name]
    if not all(low <= number <= high for number in (value if name in _PAIRS else (value,))):
        raise ConvcoreError(f"LearnConfig: {name}={value} must lie between {low} and {high}.")


def _nested(value: Any) -> Any:
    """Return lists within lists as tuples within tuples."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(map(_nested, value))
    return value
