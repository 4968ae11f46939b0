"""Sizes: what an operation's arguments mean, whether they fit, and how large the result is.

Every check of `convcore.functional` and `convcore.reference` stands here, for any number of spatial
axes, so that the operations themselves hold nothing but their arithmetic.
"""

from convcore.shapes.conv import PADDING_MODES, check_border, check_layer, conv_window
from convcore.shapes.fold import fold_window, unfold_window
from convcore.shapes.pool import (
    Rule,
    adaptive_size,
    check_divisor,
    check_fill,
    check_norm,
    check_reduced,
    check_rule,
    mean_window,
    norm_window,
    output_sizes,
    pool_way,
    pool_window,
)
from convcore.shapes.tensors import check_input, check_tensor, check_tensors, spatial_axes
from convcore.shapes.transposed import output_padding_for, transposed_window
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
    "Rule",
    "Window",
    "adaptive_size",
    "check_border",
    "check_divisor",
    "check_fill",
    "check_input",
    "check_layer",
    "check_norm",
    "check_reduced",
    "check_rule",
    "check_tensor",
    "check_tensors",
    "conv_window",
    "fold_window",
    "mean_window",
    "norm_window",
    "output_padding_for",
    "output_size",
    "output_sizes",
    "padding_pairs",
    "per_axis",
    "pool_way",
    "pool_window",
    "spans",
    "spatial_axes",
    "transposed_window",
    "unfold_window",
]
