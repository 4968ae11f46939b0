"""Layers: `torch.nn.Module` faces of `convcore.functional`, interchangeable with torch's own.

Same arguments, same start values from the same seed, same state dict. What is neither convolution
nor pooling (`BatchNorm2d`, `ReLU`, `Sigmoid`, `Linear` …) comes from `torch.nn`.
"""

from convcore.layers.conv import Conv2d
from convcore.layers.pool import AvgPool2d, MaxPool2d

__all__ = ["AvgPool2d", "Conv2d", "MaxPool2d"]
