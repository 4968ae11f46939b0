"""Named filters as tensors, each built from its parts and with its source.

What holds for all of them:

- They are made for cross-correlation, as every operation here: laid on the picture as printed, not
  flipped. `kernel[None, None]` is a weight for `functional.conv2d`.
- Filters for pictures are (K_h, K_w). A size that can be chosen is odd, so that there is a middle
  cell and the result is not shifted. `derivative` and `integral` run along one axis and are (K,):
  `along` lays them on a picture.
- x runs to the right, y runs down. An angle is in degrees from x towards y, so clockwise as seen. A
  compass direction is as on a map: "N" is up.
- Sign: an edge filter answers positively where brightness grows along its axis or in its direction.
  (The first kernel that many meet, [1, −1], is −derivative(1): positive where it gets darker.)
- Scale: edge filters keep their classic whole numbers, so on a ramp that grows by 1 a pixel Sobel
  answers 8, not 1. Smoothing filters (box, Gaussian, motion blur) add up to 1, and so do those that
  sharpen or emboss: what is evenly bright stays as it is. A derivative of order d gives 0 on 1, t,
  … t^(d−1) and d! on t^d.
- `dtype` may be an integer one wherever that holds the weights.
"""

from convcore.kernels.catalogue import CATALOGUE, Choice, Kernel, Number
from convcore.kernels.derivatives import derivative, stencil
from convcore.kernels.edges import (
    gabor,
    kirsch,
    laplacian,
    laplacian_of_gaussian,
    prewitt,
    roberts,
    scharr,
    sobel,
)
from convcore.kernels.factors import along, separate
from convcore.kernels.sharpening import emboss, sharpen, unsharp
from convcore.kernels.smoothing import box, gaussian, identity, integral, motion_blur

__all__ = [
    "CATALOGUE",
    "Choice",
    "Kernel",
    "Number",
    "along",
    "box",
    "derivative",
    "emboss",
    "gabor",
    "gaussian",
    "identity",
    "integral",
    "kirsch",
    "laplacian",
    "laplacian_of_gaussian",
    "motion_blur",
    "prewitt",
    "roberts",
    "scharr",
    "separate",
    "sharpen",
    "sobel",
    "stencil",
    "unsharp",
]
