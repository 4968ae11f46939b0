"""The parameters of several runs beside each other: all of them, or only those that differ."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from convcore.config import TrainConfig
from convcore.overfitting import is_number

_OWN = [spec.name for spec in fields(TrainConfig)]

Params = Mapping[str, str]
Table = dict[str, list[str | None]]  # a row a parameter, a value a run; None where it has none


def side_by_side(params: Sequence[Params]) -> Table:
    """Return every parameter that a run has: ours in the order of the form, then by name."""
    given = {name for each in params for name in each}
    ordered = [name for name in _OWN if name in given] + sorted(given.difference(_OWN))
    return {name: [each.get(name) for each in params] for name in ordered}


def differing(params: Sequence[Params]) -> Table:
    """Return the parameters that are not the same in all runs; having none is a value too."""
    return {
        name: values
        for name, values in side_by_side(params).items()
        if len({_value(value) for value in values}) > 1
    }


def _value(text: str | None) -> object:
    """Return a number for a text that writes one: 1e-3 is 0.001."""
    try:
        number = float(text)
    except (TypeError, ValueError):
        return text
    return number if is_number(number) else text
