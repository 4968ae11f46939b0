"""Pieces of a formula: how each is computed, and beside it how torch writes the same."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import torch
from torch import Tensor

SIGNS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
OF_A_NUMBER = {
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "cos": torch.cos,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
}
OF_TWO = {"max": torch.maximum, "min": torch.minimum}


def _median(x: Tensor) -> Tensor:
    """Half-way between the lower middle and the upper, which is the lower one of −x.

    `torch.quantile` makes nan of an infinite median and takes no half precision.
    """
    return (torch.median(x, -1).values - torch.median(-x, -1).values) / 2


OF_THE_CELLS = {
    "max": ("torch.amax({}, -1)", lambda x: torch.amax(x, -1)),
    "min": ("torch.amin({}, -1)", lambda x: torch.amin(x, -1)),
    "mean": ("torch.mean({}, -1)", lambda x: torch.mean(x, -1)),
    "sum": ("torch.sum({}, -1)", lambda x: torch.sum(x, -1)),
    "median": (
        "(lambda x: (torch.median(x, -1).values - torch.median(-x, -1).values) / 2)({})",
        _median,
    ),
    "prod": ("torch.prod({}, -1)", lambda x: torch.prod(x, -1)),
    "std": ("torch.std({}, -1, correction=0)", lambda x: torch.std(x, -1, correction=0)),
    "var": ("torch.var({}, -1, correction=0)", lambda x: torch.var(x, -1, correction=0)),
}


class Per(IntEnum):
    """What there is one number for; where two pieces meet, the finer of them."""

    FORMULA = 0  # ()
    WINDOW = 1  # (…)
    CELL = 2  # (…, cells)


@dataclass(frozen=True)
class Part:
    """A piece of a formula that has been checked."""

    per: Per
    value: Callable[[Tensor], Tensor | float]  # takes the windows (…, cells)
    source: str
    number: float | None = None  # where the text alone decides it
    bare: bool = False  # a Python number, not a tensor
    joined: bool = False  # needs brackets beside a sign

    def operand(self) -> str:
        """Return the source as it stands beside a sign."""
        return f"({self.source})" if self.joined else self.source

    def tensor(self) -> "Part":
        """Return the same as a tensor: functions want one, and Python's own 1 / 0 raises."""
        if not self.bare:
            return self
        return replace(
            self,
            value=lambda w: w.new_tensor(self.value(w)),
            source=f"w.new_tensor({self.source})",
            bare=False,
        )

    def beside(self, per: Per) -> "Part":
        """Return the same with an axis for the cells, if it has none and is to meet one."""
        if (self.per, per) != (Per.WINDOW, Per.CELL):
            return self
        return Part(per, lambda w: self.value(w).unsqueeze(-1), f"{self.operand()}.unsqueeze(-1)")


CELLS = Part(Per.CELL, lambda w: w, "w")
COUNT = Part(Per.FORMULA, lambda w: w.shape[-1], "w.shape[-1]", bare=True)


def number(value: float) -> Part:
    """Return a number, as a float at once: no power of it grows long."""
    value = float(value) + 0.0  # never −0, which would be written as 0
    source = str(int(value)) if value.is_integer() else repr(value)
    return Part(Per.FORMULA, lambda w: value, source, number=value, bare=True)


def negative(part: Part) -> Part:
    """Return −part."""
    return _joined("-{}", operator.neg, [part])


def signed(sign: str, left: Part, right: Part) -> Part:
    """Return what `sign`, one of SIGNS, makes of its two sides."""
    return _joined(f"{{}} {sign} {{}}", SIGNS[sign], [left, right])


def of_each(name: str, *parts: Part) -> Part:
    """Return a function of every number, or of every two: one of OF_A_NUMBER or OF_TWO."""
    function = OF_A_NUMBER[name] if len(parts) == 1 else OF_TWO[name]
    template = f"torch.{function.__name__}({', '.join('{}' for _ in parts)})"
    sides = _level([part.tensor() for part in parts])
    made = _made(template, function, sides, [side.source for side in sides])
    return _worked_out(made, parts)


def of_the_cells(name: str, part: Part) -> Part:
    """Return one number per window of one per cell, by one of OF_THE_CELLS."""
    template, function = OF_THE_CELLS[name]
    return replace(_made(template, function, [part], [part.source]), per=Per.WINDOW)


def _joined(template: str, function: Callable, parts: Sequence[Part]) -> Part:
    """What a sign makes of its operands, at least one of them made a tensor."""
    first, *others = parts
    if all(part.bare for part in parts):
        first = first.tensor()
    sides = _level([first, *others])
    made = _made(template, function, sides, [side.operand() for side in sides])
    return _worked_out(replace(made, joined=True), parts)


def _level(parts: Sequence[Part]) -> list[Part]:
    """The parts, all with an axis for the cells if one of them has it."""
    per = max(part.per for part in parts)
    return [part.beside(per) for part in parts]


def _made(template: str, function: Callable, parts: Sequence[Part], sources: Sequence[str]) -> Part:
    """What `function` makes of the parts."""
    return Part(
        max(part.per for part in parts),
        lambda w: function(*(part.value(w) for part in parts)),
        template.format(*sources),
    )


def _worked_out(made: Part, parts: Sequence[Part]) -> Part:
    """The number that `made` is, where no window can change it."""
    if any(part.number is None for part in parts):
        return made
    return number(made.value(torch.zeros(1, dtype=torch.float64)).item())
