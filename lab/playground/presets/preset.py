"""What a preset is."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lab.playground.setup import Setup

Labels = dict[str, list[str] | None]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A setup with a name, and the sentences that stand beside it."""

    title: str
    group: str  # the heading that it stands under in the select box
    about: str  # what it is
    notice: str  # the one thing to see
    try_this: str  # a change to make next
    make: Callable[[], Setup]
    labels: Labels = field(default_factory=dict)  # x_rows, x_columns, y_rows; those that it has
