"""All the named filters in a list, with what a screen says about each: plain data."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from convcore.kernels.derivatives import derivative
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
from convcore.kernels.factors import AXES
from convcore.kernels.parts import COMPASS
from convcore.kernels.sharpening import emboss, sharpen, unsharp
from convcore.kernels.smoothing import box, gaussian, identity, integral, motion_blur


@dataclass(frozen=True)
class Number:
    """A parameter that is a number, and the range worth offering (the filter may take more)."""

    name: str
    default: float
    least: float
    most: float
    step: float
    unit: str = ""


@dataclass(frozen=True)
class Choice:
    """A parameter that is one of a few words or numbers."""

    name: str
    default: str | int
    options: tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A named filter, and what there is to say about it."""

    name: str
    make: Callable[..., Tensor]  # takes the parameters by name, and dtype; (K_h, K_w) or (K,)
    formula: str  # ⊗: the outer product, column times row
    notice: str  # what to look at in the result
    source: str
    parameters: tuple[Number | Choice, ...] = ()


_AXIS = Choice("axis", "x", AXES)
_NEIGHBOURS = Choice("neighbours", 4, (4, 8))
_AMOUNT = Number("amount", 1.0, 0.0, 5.0, 0.1)
_BOOK = 'Gonzalez & Woods 2018, "Digital Image Processing", 4th ed.'


def _size(default: int, least: int = 1) -> Number:
    return Number("size", default, least, 31, 2, "cells")


def _sigma(default: float) -> Number:
    return Number("sigma", default, 0.2, 10.0, 0.1, "pixels")


CATALOGUE = (
    Kernel(
        name="Identity",
        make=identity,
        formula="1 in the middle, 0 elsewhere",
        notice="Nothing changes: every pixel is its own result.",
        source=f"{_BOOK}, §3.4 (unit impulse).",
        parameters=(_size(3),),
    ),
    Kernel(
        name="Box",
        make=box,
        formula="1 / size² everywhere",
        notice="Noise fades, and so do edges; bright points become squares.",
        source=f"{_BOOK}, §3.5.",
        parameters=(_size(3),),
    ),
    Kernel(
        name="Gaussian",
        make=gaussian,
        formula="g ⊗ g,  g(t) ∝ exp(−t² / 2σ²)",
        notice="As smooth as the box, but bright points become round spots without edges.",
        source=f"{_BOOK}, §3.5.",
        parameters=(_size(5), _sigma(1.0)),
    ),
    Kernel(
        name="Motion blur",
        make=motion_blur,
        formula="1 / length on a line through the middle",
        notice="Only what lies across the line is blurred; edges along it stay sharp.",
        source=f"{_BOOK}, §5.6 (uniform linear motion).",
        parameters=(
            Number("length", 7, 1, 31, 1, "pixels"),
            Number("angle", 0.0, 0.0, 180.0, 5.0, "degrees"),
        ),
    ),
    Kernel(
        name="Integral",
        make=integral,
        formula="1, 1, …, 1 along an axis",
        notice="Of differences it gives back last − first: it undoes the first derivative.",
        source='Davis & Rabinowitz 1984, "Methods of Numerical Integration", 2nd ed., ch. 2 '
        "(midpoint rule).",
        parameters=(Number("size", 3, 1, 31, 1, "cells"),),
    ),
    Kernel(
        name="Derivative",
        make=derivative,
        formula="Σ w pⁿ = 0 for n < d,  d! for n = d",
        notice="Order d is silent on every polynomial of lower degree: 2 no longer sees slopes.",
        source='Fornberg 1988, "Generation of Finite Difference Formulas on Arbitrarily Spaced '
        'Grids", Mathematics of Computation 51.',
        parameters=(
            Number("order", 1, 0, 8, 1),
            Choice("accuracy", 1, (1, 2, 4, 6, 8)),
        ),
    ),
    Kernel(
        name="Roberts",
        make=roberts,
        formula="differences across the diagonals of 2×2",
        notice="The thinnest edges of all, and the noisiest; flat areas are exactly 0.",
        source='Roberts 1963, "Machine Perception of Three-Dimensional Solids", thesis, MIT.',
        parameters=(Choice("direction", "NE", ("NW", "NE")),),
    ),
    Kernel(
        name="Prewitt",
        make=prewitt,
        formula="(1, 1, 1) ⊗ (−1, 0, 1)",
        notice="Edges across the axis light up; those along it are exactly 0.",
        source='Prewitt 1970, "Object Enhancement and Extraction", in Picture Processing and '
        "Psychopictorics.",
        parameters=(_AXIS,),
    ),
    Kernel(
        name="Sobel",
        make=sobel,
        formula="(1, 2, 1) ⊗ (−1, 0, 1)",
        notice="As Prewitt, but slanted edges come out more evenly: the middle counts twice.",
        source='Sobel & Feldman 1968, "A 3×3 Isotropic Gradient Operator for Image Processing", '
        "Stanford Artificial Intelligence Project.",
        parameters=(_AXIS,),
    ),
    Kernel(
        name="Scharr",
        make=scharr,
        formula="(3, 10, 3) ⊗ (−1, 0, 1)",
        notice="Looks like Sobel; the angle read from x and y together is far more exact.",
        source='Scharr 2000, "Optimale Operatoren in der Digitalen Bildverarbeitung", thesis, '
        "Heidelberg.",
        parameters=(_AXIS,),
    ),
    Kernel(
        name="Kirsch",
        make=kirsch,
        formula="5 on three neighbours in a direction, −3 on the other five",
        notice="The direction that answers most strongly is the way to the bright side.",
        source='Kirsch 1971, "Computer Determination of the Constituent Structure of Biological '
        'Images", Computers and Biomedical Research 4.',
        parameters=(Choice("direction", "E", COMPASS),),
    ),
    Kernel(
        name="Laplacian",
        make=laplacian,
        formula="Σ neighbours − count · middle",
        notice="Edges of every direction at once, each a bright line beside a dark one.",
        source=f"{_BOOK}, §3.6.",
        parameters=(_NEIGHBOURS,),
    ),
    Kernel(
        name="Laplacian of Gaussian",
        make=laplacian_of_gaussian,
        formula="(x² + y² − 2σ²) / σ⁴ · g(x) g(y) = g″ ⊗ g + g ⊗ g″",
        notice="The edge is where the sign changes; a larger sigma keeps only coarse ones.",
        source='Marr & Hildreth 1980, "Theory of Edge Detection", Proc. R. Soc. Lond. B 207.',
        parameters=(_size(9, least=3), _sigma(1.4)),
    ),
    Kernel(
        name="Gabor",
        make=gabor,
        formula="exp(−(u² + γ² v²) / 2σ²) · cos(2π u / λ + φ)",
        notice="Only stripes of this width and direction answer; turn the angle and they go dark.",
        source='Daugman 1985, "Uncertainty relation for resolution in space, spatial frequency, '
        'and orientation optimized by two-dimensional visual cortical filters", J. Opt. Soc. Am. '
        "A 2; these parameters: Petkov & Kruizinga 1997, Biological Cybernetics 76.",
        parameters=(
            _size(21),
            Number("wavelength", 8.0, 2.0, 32.0, 0.5, "pixels"),
            Number("angle", 0.0, 0.0, 180.0, 5.0, "degrees"),
            _sigma(4.5),
            Number("aspect", 0.5, 0.1, 2.0, 0.1),
            Number("phase", 0.0, 0.0, 360.0, 15.0, "degrees"),
        ),
    ),
    Kernel(
        name="Sharpen",
        make=sharpen,
        formula="identity − amount · Laplacian",
        notice="Fine detail stands out, noise too; both sides of an edge overshoot.",
        source=f"{_BOOK}, §3.6.",
        parameters=(_AMOUNT, _NEIGHBOURS),
    ),
    Kernel(
        name="Unsharp",
        make=unsharp,
        formula="identity + amount · (identity − Gaussian)",
        notice="As sharpen, but sigma decides how coarse a detail must be to stand out.",
        source=f"{_BOOK}, §3.6 (unsharp masking and highboost filtering).",
        parameters=(_size(5), _sigma(1.0), _AMOUNT),
    ),
    Kernel(
        name="Emboss",
        make=emboss,
        formula="identity + growth of brightness in a direction",
        notice="A relief lit from one side: turn the direction, and hills become hollows.",
        source='Robinson 1977, "Edge Detection by Compass Gradient Masks", Computer Graphics and '
        'Image Processing 6; with the identity: GIMP user manual, "Convolution Matrix".',
        parameters=(Choice("direction", "SE", COMPASS),),
    ),
)
