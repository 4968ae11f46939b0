"""Ready-made setups for the playground's select box and for links such as `?preset=a2-padding`.

Imports nothing heavy; a preset's numbers are made when it is opened.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from convcore.errors import ConvcoreError
from lab.playground.presets import arithmetic, edges, operations, pooling, sequences, volumes
from lab.playground.presets.preset import Labels, Preset

__all__ = ["PRESETS", "Preset", "labels_of", "preset"]

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


def labels_of(name: str) -> Labels:
    """Names of the preset's rows and columns, as `scene` has them: None where there are none.

    Raises:
        ConvcoreError: there is no such preset.
    """
    return {"x_rows": None, "x_columns": None, "y_rows": None} | preset(name).labels
