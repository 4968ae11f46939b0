"""One operation with all of its numbers, as the playground shows it.

`Setup` is the whole truth of the screen; everything else is made from it: `scene` (what the stepper
draws), `edits` (what a person changes), `presets`, `predict` and the link.
"""

from lab.playground.numbers import parse_matrix, parse_number
from lab.playground.setup import Setup

__all__ = ["Setup", "parse_matrix", "parse_number"]
