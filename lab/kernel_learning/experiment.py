"""Everything that decides the kernel learning screen: `Experiment`, checked where made."""

import json
import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from convcore.errors import ConvcoreError
from convcore.kernel_learning.config import LearnConfig
from lab.links import packed, unpacked

MOST_NUMBERS = 4096  # in an X or Y that somebody gave
LEAST_CROP, MOST_CROP = 32, 256  # pixels
# name → what a person reads
TASKS = {
    "bar": "Black bar, 6×8",
    "diagonal": "Diagonal, 8×8",
    "photograph": "Photograph and a hidden filter",
    "colour": "Colour photograph, 3 channels to 2",
    "constant": "Constant picture",
    "checkerboard": "Checkerboard",
    "matrices": "My own X and Y, numbers",
    "pictures": "My own X and Y, pictures",
}
OWN = ("matrices", "pictures")
PHOTOGRAPHS = {"china": "Temple", "flower": "Flower"}
FILTERS = {
    "sobel": "Sobel",
    "gaussian": "Gaussian blur 5×5",
    "emboss": "Emboss",
    "random": "Random 7×7",
    "own": "My own",
}


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """X, Y and how the kernel between them is learned; two can be compared.

    Raises:
        ConvcoreError: a name that there is not, or numbers that are no matrix. Whether X, Y and
            the kernel's size fit, learning says.
    """

    task: str = "bar"
    photograph: str = "china"
    crop: int = 128  # pixels along each side of the photograph's middle
    filter: str = "sobel"
    own_filter: tuple = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))
    x: tuple = ()  # (H, W), of one's own tasks only
    y: tuple = ()
    config: LearnConfig = field(default_factory=lambda: LearnConfig(kernel_size=(1, 2)))

    def __post_init__(self) -> None:
        for name, known in (("task", TASKS), ("photograph", PHOTOGRAPHS), ("filter", FILTERS)):
            if getattr(self, name) not in known:
                raise ConvcoreError(
                    f"kernel learning: {name}={getattr(self, name)!r} is unknown. "
                    f"Choose {', '.join(known)}."
                )
        if type(self.crop) is not int or not LEAST_CROP <= self.crop <= MOST_CROP:
            raise ConvcoreError(
                f"kernel learning: crop={self.crop!r} must be a whole number of pixels from "
                f"{LEAST_CROP} to {MOST_CROP}."
            )
        object.__setattr__(self, "own_filter", matrix("own_filter", self.own_filter))
        for name in ("x", "y"):
            if self.task in OWN:
                object.__setattr__(self, name, matrix(name, getattr(self, name)))
            else:
                object.__setattr__(self, name, ())

    def changed(self, **values: Any) -> Self:
        """Return a copy with `values` in place of the fields that they name."""
        return replace(self, **values)

    def configured(self, **values: Any) -> Self:
        """Return a copy with `values` in place of the settings that they name."""
        return replace(self, config=self.config.changed(values))

    def to_json(self) -> str:
        """Return the experiment as a JSON object."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the experiment that `to_json` wrote.

        Raises:
            ConvcoreError: not such an object, or what it says does not fit.
        """
        try:
            values = json.loads(text)
            return cls(**values | {"config": LearnConfig().changed(values["config"])})
        except ConvcoreError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ConvcoreError(
                "kernel learning: this is not an experiment that the page wrote. Use a link or a "
                "file as it was copied, whole."
            ) from None

    def to_link(self) -> str:
        """Return the experiment as the value of a query parameter."""
        return packed(self.to_json())

    @classmethod
    def from_link(cls, text: str) -> Self:
        """Return the experiment that `to_link` wrote.

        Raises:
            ConvcoreError: the link is cut or altered.
        """
        return cls.from_json(unpacked("kernel learning", text))


def matrix(name: str, rows: Any) -> tuple[tuple[float, ...], ...]:
    """Return `rows` as tuples of floats, once they are seen to be a matrix.

    Raises:
        ConvcoreError: rows of unequal length, none, too many, or something that is no number.
    """
    listed = isinstance(rows, tuple | list) and all(isinstance(row, tuple | list) for row in rows)
    widths = {len(row) for row in rows} if listed else set()
    if len(widths) != 1 or 0 in widths or len(rows) * max(widths) > MOST_NUMBERS:
        raise ConvcoreError(
            f"kernel learning: {name} is no matrix of up to {MOST_NUMBERS:,} numbers. Give rows "
            "of equal length."
        )
    for number in (number for row in rows for number in row):
        real = isinstance(number, int | float) and not isinstance(number, bool)
        if not real or not math.isfinite(number) or abs(number) > 1e9:
            raise ConvcoreError(
                f"kernel learning: {name} holds {number!r}. Use finite numbers between −1e9 and "
                "1e9 only."
            )
    return tuple(tuple(map(float, row)) for row in rows)
