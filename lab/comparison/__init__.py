"""Runs compared as plain data: a row each, what differs, which differ only in seed, and who wins.

`names` reads runs that other programs logged. Nothing here draws, and nothing asks the store.
"""

from lab.comparison.axes import seconds_by_epoch, steps_by_epoch
from lab.comparison.deltas import Delta, Deltas, deltas
from lab.comparison.names import NAMES, by_epoch, mapped, names_with, sources
from lab.comparison.parameters import differing, side_by_side
from lab.comparison.seeds import Band, Group, band, groups
from lab.comparison.significance import Difference, Sample, difference
from lab.comparison.summary import NOTE, STARRED, Best, Summary, summary

__all__ = [
    "NAMES",
    "NOTE",
    "STARRED",
    "Band",
    "Best",
    "Delta",
    "Deltas",
    "Difference",
    "Group",
    "Sample",
    "Summary",
    "band",
    "by_epoch",
    "deltas",
    "difference",
    "differing",
    "groups",
    "mapped",
    "names_with",
    "seconds_by_epoch",
    "side_by_side",
    "sources",
    "steps_by_epoch",
    "summary",
]
