"""Ready-made setups for the playground's select box and for links such as `?preset=a2-padding`.

Imports nothing heavy; a preset's numbers are made when it is opened.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType

from convcore.errors import ConvcoreError
from lab.playground.presets import arithmetic, edges, operations, pooling, sequences, volumes
from lab.playground.presets.preset import Labels, Preset
from lab.playground.setup import Setup

__all__ = ["PRESETS", "Preset", "labels_of", "name_of", "preset"]

PRESETS: Mapping[str, Preset] = MappingProxyType(
    operations.PRESETS
    | arithmetic.PRESETS
    | sequences.PRESETS
    | volumes.PRESETS
    | pooling.PRESETS
    | edges.PRESETS
)


def preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        ConvcoreError: there is none.
    """
    if name in PRESETS:
        return PRESETS[name]
    shown = name[:40]
    close = get_close_matches(shown.lower(), PRESETS, n=3, cutoff=0.4)
    way_out = (
        f"Did you mean {' or '.join(close)}?" if close else f"Use one of {', '.join(PRESETS)}."
    )
    raise ConvcoreError(f"playground: preset={shown!r} is unknown. {way_out}")


@lru_cache(maxsize=64)
def name_of(setup: Setup) -> str | None:
    """The name of the preset that `setup` is, or None for one of somebody's own."""
    return next((name for name, each in PRESETS.items() if each.make() == setup), None)


def labels_of(setup: Setup) -> Labels:
    """Names of the input's rows and columns and of the output's, None where there are none.

    They go with the input's numbers: whatever else is changed, a preset's input keeps its names.
    """
    known = next(
        (each for each in PRESETS.values() if each.labels and each.make().x == setup.x), None
    )
    labels = {"x_rows": None, "x_columns": None, "y_rows": None} | (known.labels if known else {})
    if labels["y_rows"] and len(labels["y_rows"]) != setup.out_channels:
        labels["y_rows"] = None
    return labels
