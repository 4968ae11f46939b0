"""Sizes: what an operation's arguments mean, whether they fit, and how large the result is.

Every check of `convcore.functional` and `convcore.reference` stands here, for any number of spatial
axes, so that the operations themselves hold nothing but their arithmetic.
"""

from convcore.shapes.conv import PADDING_MODES, check_border, check_layer, conv_window
from convcore.shapes.pool import check_divisor, pool_way, pool_window
from convcore.shapes.tensors import check_input
from convcore.shapes.window import (
    Ints,
    Padding,
    Window,
    output_size,
    padding_pairs,
    per_axis,
    spans,
)

__all__ = [
    "PADDING_MODES",
    "Ints",
    "Padding",
    "Window",
    "check_border",
    "check_divisor",
    "check_input",
    "check_layer",
    "conv_window",
    "output_size",
    "padding_pairs",
    "per_axis",
    "pool_way",
    "pool_window",
    "spans",
]
