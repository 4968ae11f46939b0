"""The stepper: one convolution, transposed convolution or pooling, walked through cell by cell.

It draws a scene (`lab.playground.scene`) and computes nothing of its own: every number it shows is
in the scene. Hovering, stepping and playing happen in the browser alone; what a person pins, types,
pastes or takes back comes to Python.

A scene's names (O, C: output and input channels; Cg: input channels that one output channel meets;
P: output pixels; K: kernel cells; an array is the base64 of its little-endian numbers):

    operation   "correlation", "convolution", "transposed" or "pooling"
    x, y        {shape: (C, *size), values: float64}, {shape: (O, *size), values}
    weight      {shape: (O, Cg, *kernel_size), values}, as typed; None for a pooling
    bias        {shape: (O,), values} or None
    channels    int32 (O, Cg): the input channel that each layer of a stack meets
    frame       the padded input: shape, before (padding per axis), sources (int32 per cell: whose
                number stands there, −1: padding), value (of padding; None: left out)
    met         int32 (P, K): the cell of the frame that is met, −1: none
    terms       float64 (O, P, Cg, K): products, or the numbers that a pooling sees
    sums        float64 (O, P, Cg), or None for a pooling
    pooling     {rule, text, winner: int32 (O, P), a kernel cell or −1} or None
    coverage    int32 per input pixel: kernel cells that meet it, over the whole way
    influence   int32 (P,): kernel cells that lie in padding
    matrix      {shape, rows, columns: int32, values: float64} or None
    labels      x_rows, x_columns, y_rows: names to stand beside the grids of one axis, or None
    hidden      the output is to be guessed: no total, sum or product is shown
    pin         the output cell that is pinned when the scene opens, or None
"""

import base64
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.bidi_component.state import ComponentResult

_HERE = Path(__file__).parent
# One script, in this order; the last part holds the function that Streamlit calls.
_PARTS = (
    "scene", "look", "panel", "views", "layout", "lights", "arithmetic", "player", "matrix",
    "editing", "pointing", "stepper",
)  # fmt: skip


def _script() -> str:
    """The parts joined and compressed: the script travels with every update."""
    joined = "\n".join(_text(f"{part}.js") for part in _PARTS)
    packed = base64.b64encode(gzip.compress(joined.encode(), mtime=0)).decode()
    return f'const PACKED = "{packed}";\n{_text("unpack.js")}'


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_STEPPER = st.components.v2.component(
    "convolution_lab.stepper",
    css=_text("stepper.css"),
    js=_script(),
    isolate_styles=False,  # so that a test finds what it looks for from the page
)


def stepper(
    scene: dict[str, Any],
    *,
    key: str,
    on_event: Callable[[ComponentResult], None] = lambda _: None,
) -> ComponentResult:
    """Draw `scene`, and have `on_event` called with what the person did, before the page reruns.

    Returns:
        pin: the pinned output cell, [channel, *pixel], or None.
        edit: a number typed: {grid: "x" | "weight" | "bias", index, text}; once, else None.
        paste: numbers pasted: {grid, channel: leading indices of the grid, text}; once, else None.
        undo: True once, when Ctrl+Z was pressed.
    """

    def heard() -> None:
        on_event(st.session_state[key])

    return _STEPPER(
        key=key,
        data=scene,
        default={"pin": scene["pin"]},
        on_pin_change=heard,
        on_edit_change=heard,
        on_paste_change=heard,
        on_undo_change=heard,
    )
