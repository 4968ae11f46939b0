"""The settings of many runs and what each led to, as one line a run."""

import html
import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from convcore.overfitting import is_number
from lab.figures.look import lay_out

_MOST_STEPS = 6  # different numbers; so few stand evenly, more stand to scale
_WIDE = 100.0  # highest to lowest, beyond which the scale is logarithmic: two powers of ten show
_FEWEST_TICKS = 3
_NONE = "none"
_LONGEST = 18  # letters of a name


def parallel_coordinates(
    settings: Mapping[str, Sequence[str | None]],
    scores: Mapping[str, Sequence[float | None]],
    colors: Sequence[str],
) -> go.Figure:
    """Draw each run as a line through its settings to its scores; an axis can be dragged over.

    Args:
        settings: a value a run, None where it has none, such as `comparison.differing` gives.
        scores: by the name of the axis, to the right of the settings.
        colors: one a run.
    """
    axes = [_axis(name, values) for name, values in settings.items()]
    axes += [_scale(name, list(values)) for name, values in scores.items()]
    count = max(len(colors), 1)
    # Plotly colours these lines by number: each run's is a step of a scale of its own.
    scale = [[(i + end) / count, color] for i, color in enumerate(colors) for end in (0, 1)]
    lines = go.Parcoords(
        dimensions=axes,
        line={"color": list(range(len(colors))), "colorscale": scale or None,
              "cmin": -0.5, "cmax": count - 0.5},
        labelangle=-20,
        labelside="bottom",
    )  # fmt: skip
    figure = lay_out(go.Figure(lines), "", "", "", height=440)
    return figure.update_layout(margin={"l": 60, "r": 60, "t": 24, "b": 72})


def _axis(name: str, values: Sequence[str | None]) -> dict:
    """Return the axis of a setting: numbers to scale, few of them or words evenly spaced."""
    numbers = [_number(value) for value in values]
    if any(n is None and v is not None for n, v in zip(numbers, values, strict=True)):
        return _evenly(name, list(values), sorted({v for v in values if v is not None}))
    different = sorted({number for number in numbers if number is not None})
    if len(different) > _MOST_STEPS:
        return _scale(name, numbers)
    return _evenly(name, numbers, different)


def _evenly(name: str, values: list, steps: list) -> dict:
    """Return an axis with a place for each of `steps`, and one below them for None."""
    if None in values:
        steps = [None, *steps]
    # Unlike a label, a tick's text is drawn as it is.
    texts = [_NONE if step is None else _written(step) for step in steps]
    places = list(range(len(steps)))
    return {
        "label": html.escape(_shortened(name), quote=False),
        "values": [steps.index(value) for value in values],
        "range": [-0.5, len(steps) - 0.5],
        "tickvals": places,
        "ticktext": texts,
    }


def _scale(name: str, values: list[float | None]) -> dict:
    """Return an axis to scale, logarithmic if it is wide, with a place below it for None."""
    values = [value if value is not None and is_number(value) else None for value in values]
    known = [value for value in values if value is not None] or [0.0]
    wide = min(known) > 0 and max(known) > _WIDE * min(known)
    low, high = (np.log10(end) if wide else end for end in (min(known), max(known)))
    below = low - 0.15 * ((high - low) or 1.0)
    marks = _round_numbers(min(known), max(known), wide=wide)
    ticks, texts = [float(np.log10(m)) if wide else m for m in marks], list(map(_written, marks))
    if None in values:
        ticks, texts = [below, *ticks], [_NONE, *texts]
    return {
        "label": html.escape(_shortened(name), quote=False),
        "values": [
            below if value is None else float(np.log10(value)) if wide else value
            for value in values
        ],
        "range": [below if None in values else low, high] if high > low else [low - 1, low + 1],
        "tickvals": ticks,
        "ticktext": texts,
    }


def _round_numbers(low: float, high: float, *, wide: bool) -> list[float]:
    """Return a few round numbers from `low` to `high`; powers of ten where the scale is `wide`."""
    if wide:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        return [10.0**power for power in powers if low <= 10.0**power <= high]
    if low == high:
        return [low]
    top = math.ceil(math.log10(high - low))
    steps = (digit * 10.0**power for power in (top, top - 1, top - 2) for digit in (5, 2, 1))
    for step in steps:
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first + 1 >= _FEWEST_TICKS:
            return [step * n for n in range(first, last + 1)]
    return [low, high]


def _written(value: float | str) -> str:
    return _shortened(value) if isinstance(value, str) else f"{value:.6g}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _number(text: str | None) -> float | None:
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return number if is_number(number) else None
