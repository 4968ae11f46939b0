"""Layers: `torch.nn.Module` faces of `convcore.functional`, interchangeable with torch's own.

Same arguments, same start values from the same seed, same state dict. What is neither convolution
nor pooling (`BatchNorm2d`, `ReLU`, `Sigmoid`, `Linear` …) comes from `torch.nn`.
"""

from convcore.layers.conv import Conv1d, Conv2d, Conv3d
from convcore.layers.pool import (
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    LPPool1d,
    LPPool2d,
    LPPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    Pool1d,
    Pool2d,
    Pool3d,
)
from convcore.layers.transposed import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Pool1d",
    "Pool2d",
    "Pool3d",
]
