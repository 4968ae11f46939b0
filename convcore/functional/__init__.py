"""Fast, differentiable operations with the names and contracts of `torch.nn.functional`.

Read `windows` first (what a kernel meets where), then `products` (convolution as a matrix
product), then `conv`.
"""

from convcore.functional.conv import conv2d
from convcore.functional.pool import avg_pool2d, max_pool2d

__all__ = ["avg_pool2d", "conv2d", "max_pool2d"]
