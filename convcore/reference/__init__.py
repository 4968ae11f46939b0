"""Every operation as plain loops: the definition to read, and the measure of the fast operations.

Slow on purpose: nothing here is used for training. Arguments as in `convcore.functional`.
"""

from convcore.reference.adaptive_pool import adaptive_avg_pool2d
from convcore.reference.anatomy import (
    contributions,
    conv_matrix,
    coverage,
    padding_influence,
    patches,
)
from convcore.reference.avg_pool import avg_pool1d, avg_pool2d, avg_pool3d
from convcore.reference.conv import conv1d, conv2d, conv3d, convolve
from convcore.reference.fold import fold, unfold
from convcore.reference.lp_pool import lp_pool1d, lp_pool2d, lp_pool3d
from convcore.reference.max_pool import max_pool1d, max_pool2d, max_pool3d
from convcore.reference.pool import pool1d, pool2d, pool3d
from convcore.reference.transposed import conv_transpose1d, conv_transpose2d, conv_transpose3d

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "contributions",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_matrix",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "convolve",
    "coverage",
    "fold",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "padding_influence",
    "patches",
    "pool1d",
    "pool2d",
    "pool3d",
    "unfold",
]
