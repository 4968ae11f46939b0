"""Everything that decides the edge detection screen: `EdgeSetup`, checked where made, its link.

Imports nothing heavy, so that the page can be drawn while torch is still loading.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from convcore.errors import ConvcoreError

OWN = "Own numbers"  # in place of a kernel's name
UPLOAD, CAMERA = "upload", "webcam"  # pictures that a link cannot hold
COLOURS = ("luminance", "channels", "red", "green", "blue")
BORDERS = ("reflect", "replicate", "circular", "zeros", "valid")
VIEWS = ("response", "strength", "direction", "threshold", "thinned", "edges")
MOST_CELLS = 31  # along a side of one's own kernel
MOST_BLUR = 10.0  # pixels
_WORD = r"[A-Za-z0-9 :_-]{1,40}"
_NUMBER = r"-?\d{1,12}(\.\d{1,20})?([eE][-+]?\d{1,2})?"

Value = int | float | str


@dataclass(frozen=True, kw_only=True)
class EdgeSetup:
    """One picture, one kernel, and how they are looked at.

    Raises:
        ConvcoreError: a setting outside its choices or its range. Whether there is such a picture
            or kernel, and whether they fit, says what computes with them.
    """

    picture: str = "camera"  # a name in `pictures`, or "cifar10:17", or "upload"
    colour: str = "luminance"
    kernel: str = "Sobel"  # a name in kernels.CATALOGUE, or OWN
    parameters: tuple[tuple[str, Value], ...] = ()  # those that are not the kernel's usual ones
    numbers: tuple[tuple[float, ...], ...] = ()  # of one's own kernel
    transpose_picture: bool = False
    transpose_kernel: bool = False
    border: str = "reflect"
    noise: float = 0.0  # standard deviation, brightness
    salt: float = 0.0  # percent of the pixels
    blur: float = 0.0  # standard deviation, pixels
    view: str = "response"
    level: float = 25.0  # percent of the strongest response
    low: float = 10.0  # percent of the greatest strength
    high: float = 25.0  # percent of the greatest strength

    def __post_init__(self) -> None:
        for name, choices in (("colour", COLOURS), ("border", BORDERS), ("view", VIEWS)):
            if getattr(self, name) not in choices:
                raise ConvcoreError(
                    f"edges: {name}={getattr(self, name)!r} is unknown. Choose one of "
                    f"{', '.join(choices)}."
                )
        for name, most in (("noise", 1), ("blur", MOST_BLUR)):
            self._check_range(name, most)
        for name in ("salt", "level", "low", "high"):
            self._check_range(name, 100)
        if self.low > self.high:
            raise ConvcoreError(
                f"edges: low={self.low:g} is above high={self.high:g}. Lower the one or raise the "
                "other."
            )
        self._check_numbers()

    def changed(self, **values: Any) -> Self:
        """Return a copy with `values` in place of the fields that they name."""
        return replace(self, **values)

    def with_parameter(self, name: str, value: Value) -> Self:
        """Return a copy with one parameter of the kernel set."""
        return self.changed(
            parameters=tuple(sorted({**dict(self.parameters), name: value}.items()))
        )

    def to_query(self) -> dict[str, str]:
        """Return the picture, and what differs from the usual, as parameters a person can read."""
        return {
            spec.name: _WRITE.get(spec.name, _plain)(getattr(self, spec.name))
            for spec in fields(self)
            if spec.name == "picture" or getattr(self, spec.name) != spec.default
        }

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Return the setup that `to_query` wrote.

        Raises:
            ConvcoreError: the address was altered: a name or a value that the page never writes.
        """
        known = {spec.name: spec for spec in fields(cls)}
        values = {}
        for name, text in query.items():
            if name not in known:
                raise ConvcoreError(
                    f"edges: {name[:30]!r} in the address is no setting of this page. Copy the "
                    "link again, whole."
                )
            try:
                values[name] = (_READ.get(name) or _READ_TYPE[type(known[name].default)])(text)
            except ValueError:
                raise ConvcoreError(
                    f"edges: {name}={text[:40]!r} in the address can't be read. Copy the link "
                    "again, whole."
                ) from None
        return cls(**values)

    def to_link(self) -> str:
        """Return the setup as the query of an address."""
        return urlencode(self.to_query())

    @classmethod
    def from_link(cls, text: str) -> Self:
        """Return the setup that `to_link` wrote."""
        return cls.from_query(dict(parse_qsl(text)))

    def _check_range(self, name: str, most: float) -> None:
        value = getattr(self, name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= most:
            raise ConvcoreError(
                f"edges: {name}={value!r} must be a number from 0 to {most:g}. Use {name}=0 for "
                "none."
            )

    def _check_numbers(self) -> None:
        rows = self.numbers
        if (self.kernel == OWN) != bool(rows):
            raise ConvcoreError(
                f"edges: kernel={self.kernel!r} with {len(rows)} rows of own numbers. Give numbers "
                f"with kernel={OWN!r}, and only with it."
            )
        lengths = {len(row) for row in rows}
        if rows and (
            len(lengths) > 1 or not 0 < max(*lengths, len(rows)) <= MOST_CELLS or 0 in lengths
        ):
            raise ConvcoreError(
                f"edges: {len(rows)} rows of {', '.join(map(str, sorted(lengths)))} numbers are no "
                f"kernel. Give every row the same number of numbers, 1 to {MOST_CELLS}, in at most "
                f"{MOST_CELLS} rows."
            )
        for value in (value for row in rows for value in row):
            if not math.isfinite(value) or abs(value) > 1e9:
                raise ConvcoreError(
                    f"edges: {value} in the kernel is not a number to calculate with. Use one "
                    "between −1e9 and 1e9."
                )


def _plain(value: Value | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _word(text: str) -> str:
    if not re.fullmatch(_WORD, text):
        raise ValueError
    return text


def _number(text: str) -> int | float:
    if not re.fullmatch(_NUMBER, text, re.ASCII):
        raise ValueError
    return int(text) if text.lstrip("-").isdecimal() else float(text)


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError
    return text == "yes"


def _read_parameters(text: str) -> tuple[tuple[str, Value], ...]:
    pairs = [part.split("~") for part in text.split("_")]
    return tuple(
        (_word(name), _number(value) if re.fullmatch(_NUMBER, value, re.ASCII) else _word(value))
        for name, value in sorted(pairs)
    )


def _write_parameters(parameters: tuple[tuple[str, Value], ...]) -> str:
    return "_".join(f"{name}~{_plain(value)}" for name, value in parameters)


def _read_numbers(text: str) -> tuple[tuple[float, ...], ...]:
    if len(text) > 40 * MOST_CELLS**2:
        raise ValueError
    return tuple(tuple(float(_number(cell)) for cell in row.split("_")) for row in text.split("~"))


def _write_numbers(numbers: tuple[tuple[float, ...], ...]) -> str:
    # Letters that an address shows as they are.
    return "~".join("_".join(_plain(float(cell)) for cell in row) for row in numbers)


_WRITE = {"parameters": _write_parameters, "numbers": _write_numbers}
_READ = {"parameters": _read_parameters, "numbers": _read_numbers}
_READ_TYPE = {str: _word, bool: _yes, float: _number}
