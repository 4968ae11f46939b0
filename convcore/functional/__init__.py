"""Fast, differentiable operations with the names and contracts of `torch.nn.functional`.

To understand the fast convolution read `windows` (what a kernel meets where), then `products`
(convolution as a matrix product). Around it: `engine` (its gradients), `conv` and `transposed` (the
public faces), the pools and `fold`. `geometry` and `anatomy` take a convolution apart, to be seen.
"""

from convcore.functional.adaptive_pool import adaptive_avg_pool2d
from convcore.functional.anatomy import (
    Contributions,
    contributions,
    conv_matrix,
    coverage,
    padding_influence,
    patches,
)
from convcore.functional.avg_pool import avg_pool1d, avg_pool2d, avg_pool3d
from convcore.functional.conv import conv1d, conv2d, conv3d, convolve
from convcore.functional.fold import fold, unfold
from convcore.functional.geometry import met, reached, sources
from convcore.functional.lp_pool import lp_pool1d, lp_pool2d, lp_pool3d
from convcore.functional.max_pool import max_pool1d, max_pool2d, max_pool3d
from convcore.functional.pool import pool1d, pool2d, pool3d
from convcore.functional.transposed import conv_transpose1d, conv_transpose2d, conv_transpose3d

__all__ = [
    "Contributions",
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
    "met",
    "padding_influence",
    "patches",
    "pool1d",
    "pool2d",
    "pool3d",
    "reached",
    "sources",
    "unfold",
]
