"""Everything that decides the playground's screen: `Setup`, checked where made, and its link.

Imports nothing heavy, so that the page can be drawn while torch is still loading.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from math import prod
from typing import Any, Self

from convcore.errors import ConvcoreError
from lab.links import packed, unpacked

OPERATIONS = ("correlation", "convolution", "transposed", "pooling")
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
RULES = ("max", "mean", "lp", "median", "min", "formula")
MOST_NUMBERS = 4096  # in an input, or in a kernel
MOST_ALONG = 64  # pixels along one axis, and channels

Numbers = tuple  # nested tuples of floats, as deep as there are axes
Ints = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """One operation, its numbers and its settings; nested tuples, so that two can be compared.

    Shape:
        x (C_in, spatial …); weight (C_out, C_in // groups, kernel size …), or of a transposed
        convolution (C_in, C_out // groups, kernel size …); of a pooling only the kernel's size
        counts. bias (C_out,) or None. stride, padding, dilation: one int per spatial axis.

    Raises:
        ConvcoreError: numbers that are no regular array, not finite or too many; a setting outside
            its choices. Whether they all fit together, the operation itself says.
    """

    operation: str = "correlation"
    x: Numbers
    weight: Numbers
    bias: Numbers | None = None
    stride: Ints
    padding: Ints | str
    dilation: Ints
    output_padding: Ints
    groups: int = 1
    padding_mode: str = "zeros"
    rule: str = "max"
    power: float = 2.0  # of Lp pooling
    formula: str = "sqrt(mean(w**2))"

    @classmethod
    def plain(cls, x: Numbers, weight: Numbers, **settings: Any) -> Self:
        """Return a setup with stride 1 and no padding, but for what `settings` says."""
        axes = len(shape_of("x", x)) - 1
        usual = {
            "stride": (1,) * axes,
            "padding": (0,) * axes,
            "dilation": (1,) * axes,
            "output_padding": (0,) * axes,
        }
        return cls(x=x, weight=weight, **(usual | settings))

    def __post_init__(self) -> None:
        for name in ("x", "weight", "bias"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, floats(getattr(self, name)))
        self._check_numbers()
        for name in ("stride", "padding", "dilation", "output_padding"):
            if name != "padding" or not isinstance(self.padding, str):
                self._check_ints(name)
        self._check_settings()

    @property
    def axes(self) -> int:
        """How many spatial axes there are."""
        return len(self.size)

    @property
    def size(self) -> Ints:
        """Of the input, per spatial axis."""
        return shape_of("x", self.x)[1:]

    @property
    def in_channels(self) -> int:
        """Channels of the input."""
        return len(self.x)

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        if self.operation == "pooling":
            return self.in_channels
        if self.operation == "transposed":
            return len(self.weight[0]) * self.groups
        return len(self.weight)

    @property
    def kernel_size(self) -> Ints:
        """Of the kernel, per spatial axis."""
        return shape_of("weight", self.weight)[2:]

    def changed(self, **values: Any) -> Self:
        """Return a copy with `values` in place of the fields that they name."""
        return replace(self, **values)

    def to_json(self) -> str:
        """Return the setup as a JSON object; whole numbers without a point."""
        return json.dumps(_short(asdict(self)), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the setup that `to_json` wrote.

        Raises:
            ConvcoreError: not such an object, or what it says does not fit.
        """
        try:
            values = json.loads(text)
            known = {spec.name for spec in fields(cls)}
            if not isinstance(values, Mapping) or set(values) - known:
                raise ValueError
            return cls(**{name: _tuples(value) for name, value in values.items()})
        except ConvcoreError:
            raise
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise ConvcoreError(
                "playground: this is not a setup that the playground wrote. Use a link or a file "
                "as it was copied, whole."
            ) from None

    def to_link(self) -> str:
        """Return the setup as the value of a query parameter."""
        return packed(self.to_json())

    @classmethod
    def from_link(cls, text: str) -> Self:
        """Return the setup that `to_link` wrote.

        Raises:
            ConvcoreError: the link is cut or altered.
        """
        return cls.from_json(unpacked("playground", text))

    def _check_ints(self, name: str) -> None:
        values = getattr(self, name)
        low = 1 if name in ("stride", "dilation") else 0
        ints = isinstance(values, tuple) and all(type(value) is int for value in values)
        if not ints or len(values) != self.axes or not all(low <= v <= 16 for v in values):
            raise ConvcoreError(
                f"playground: {name}={values!r} must be {self.axes} whole numbers, one per axis, "
                f"from {low} to 16."
            )

    def _check_numbers(self) -> None:
        x, weight = shape_of("x", self.x), shape_of("weight", self.weight)
        if type(self.groups) is not int or not 1 <= self.groups <= MOST_ALONG:
            raise ConvcoreError(
                f"playground: groups={self.groups!r} must be a whole number from 1 to {MOST_ALONG}."
            )
        if not 2 <= len(x) <= 4 or len(weight) != len(x) + 1:
            raise ConvcoreError(
                f"playground: an input of shape={x} and a kernel of shape={weight} do not go "
                "together. The input has channels and 1 to 3 axes, the kernel one axis more."
            )
        for name, shape, most in (
            ("x", x, MOST_ALONG),
            ("weight", weight, MOST_ALONG),
        ):
            if max(shape) > most or prod(shape) > MOST_NUMBERS:
                raise ConvcoreError(
                    f"playground: {name} of shape={shape} is too large to look at: at most {most} "
                    f"along an axis and {MOST_NUMBERS:,} numbers. Cut out the part to be seen."
                )
        if self.bias is not None and shape_of("bias", self.bias) != (self.out_channels,):
            raise ConvcoreError(
                f"playground: {len(self.bias)} bias numbers for {self.out_channels} output "
                "channels. Give one per output channel."
            )

    def _check_settings(self) -> None:
        for name, choices in (
            ("operation", OPERATIONS),
            ("padding_mode", PADDING_MODES),
            ("rule", RULES),
        ):
            if getattr(self, name) not in choices:
                raise ConvcoreError(
                    f"playground: {name}={getattr(self, name)!r} is unknown. Choose "
                    f"{', '.join(choices)}."
                )
        if isinstance(self.padding, str) and self.padding not in ("same", "valid"):
            raise ConvcoreError(
                f'playground: padding={self.padding!r} is unknown. Use "same", "valid" or numbers.'
            )
        if not isinstance(self.power, int | float) or not 0.5 <= self.power <= 20:
            raise ConvcoreError(
                f"playground: power={self.power!r} must be a number from 0.5 to 20."
            )
        if not isinstance(self.formula, str):
            raise ConvcoreError(f"playground: formula={self.formula!r} must be a text.")


def shape_of(name: str, numbers: Numbers) -> Ints:
    """The shape of nested tuples, once every row is seen to be as long as its neighbours.

    Raises:
        ConvcoreError: an axis is empty, or rows differ in length.
    """
    shape, level = [], [numbers]
    while level and isinstance(level[0], tuple | list):
        lengths = {len(row) if isinstance(row, tuple | list) else -1 for row in level}
        if len(lengths) != 1 or 0 in lengths or len(shape) == 5:
            raise ConvcoreError(
                f"playground: {name} is no regular array of numbers: rows of "
                f"{', '.join(str(n) for n in sorted(lengths) if n >= 0)} numbers. Give every row "
                "the same number of numbers, at least one."
            )
        shape.append(lengths.pop())
        level = [number for row in level for number in row]
    return tuple(shape)


def floats(numbers: Numbers) -> Numbers:
    """Nested tuples of floats.

    Raises:
        ConvcoreError: something in them is no finite number.
    """
    if isinstance(numbers, tuple | list):
        return tuple(floats(row) for row in numbers)
    if isinstance(numbers, bool) or not isinstance(numbers, int | float):
        raise ConvcoreError(f"playground: {numbers!r} is not a number. Give a number such as 1.5.")
    if not abs(numbers) <= 1e9:  # nor NaN, nor a whole number too long for a float
        raise ConvcoreError(
            f"playground: {str(numbers)[:30]} is not a number to calculate with here. Use one "
            "between −1e9 and 1e9."
        )
    return float(numbers)


def flat(numbers: Numbers) -> Iterator[float]:
    """Every number, the last axis first."""
    for row in numbers:
        if isinstance(row, tuple):
            yield from flat(row)
        else:
            yield row


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_short(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value
