"""Every operation as plain loops: the definition to read, and the measure of the fast operations.

Slow on purpose: nothing here is used for training. Arguments as in `convcore.functional`; batches
only.
"""

from convcore.reference.conv import conv2d
from convcore.reference.pool import avg_pool2d, max_pool2d

__all__ = ["avg_pool2d", "conv2d", "max_pool2d"]
