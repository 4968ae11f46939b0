"""Edges: what a kernel answers on a picture, what is made of the answer, and how good that is.

`respond` is the signed answer, `gradient` two of them together; `thin` and `hysteresis` make edges
of it, and `canny` goes the whole way. `truth` draws pictures whose edges are known, `scores` and
`compare` measure filters on them.
"""

from convcore.edges.canny import Canny, blur, canny
from convcore.edges.compare import Comparison, compare
from convcore.edges.detectors import DETECTORS, PAIRS, pair, strengths, zero_crossings
from convcore.edges.examples import Example, black_bar, diagonal
from convcore.edges.gradient import gradient, polar, thin
from convcore.edges.hysteresis import hysteresis
from convcore.edges.noise import add_noise
from convcore.edges.response import respond
from convcore.edges.scores import (
    AngleError,
    Scores,
    angle_error,
    ramp_error,
    scores,
    wave_error,
)
from convcore.edges.threshold import Histogram, histogram, otsu, threshold
from convcore.edges.truth import Truth, circle, corners, ramp, step_edge, wave

__all__ = [
    "DETECTORS",
    "PAIRS",
    "AngleError",
    "Canny",
    "Comparison",
    "Example",
    "Histogram",
    "Scores",
    "Truth",
    "add_noise",
    "angle_error",
    "black_bar",
    "blur",
    "canny",
    "circle",
    "compare",
    "corners",
    "diagonal",
    "gradient",
    "histogram",
    "hysteresis",
    "otsu",
    "pair",
    "polar",
    "ramp",
    "ramp_error",
    "respond",
    "scores",
    "step_edge",
    "strengths",
    "thin",
    "threshold",
    "wave",
    "wave_error",
    "zero_crossings",
]
