"""A short sound, made here, and its features over time: MFCC with their first two derivatives.

Source: Davis & Mermelstein 1980, "Comparison of Parametric Representations for Monosyllabic Word
    Recognition in Continuously Spoken Sentences", IEEE Transactions on Acoustics, Speech, and
    Signal Processing 28.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from convcore import functional, kernels

_RATE = 8000  # samples a second
_WINDOW, _HOP = 256, 160  # samples: frames of 32 ms, 20 ms apart
_BANDS = 26
_FLOOR = 1e-3  # energy added to each band: a rest has no logarithm
_NOTES = [(0.06, 440.0), (0.52, 659.26)]  # start in seconds, pitch in hertz: A4, then E5
_LENGTH = 0.28  # seconds, of a note


def features(coefficients: int, frames: int) -> list[list[float]]:
    """The sound's MFCC, their Δ and their ΔΔ, each row with mean 0 and deviation 1.

    Shape:
        -> (3 · coefficients, frames), rounded to 2 decimals.
    """
    mfcc = _mfcc(_sound(frames), coefficients)
    rows = torch.cat([mfcc, _derived(mfcc, 1), _derived(mfcc, 2)])
    rows = (rows - rows.mean(1, keepdim=True)) / rows.std(1, keepdim=True)
    return [[round(number, 2) for number in row] for row in rows.tolist()]


def _sound(frames: int) -> Tensor:
    """Two fading notes of four partials each, with a rest before the second."""
    seconds = torch.arange((frames - 1) * _HOP + _WINDOW, dtype=torch.float64) / _RATE
    sound = torch.zeros_like(seconds)
    for start, pitch in _NOTES:
        since = seconds - start
        sounding = torch.minimum(since / 0.01, (_LENGTH - since) / 0.02).clamp(0, 1)
        loudness = sounding * torch.exp(-since / 0.2)
        for partial in range(1, 5):
            sound += loudness * torch.sin(2 * math.pi * pitch * partial * since) / partial
    return sound


def _mfcc(sound: Tensor, coefficients: int) -> Tensor:
    """Mel-frequency cepstral coefficients, (coefficients, frames)."""
    window = torch.hann_window(_WINDOW, dtype=sound.dtype)
    power = torch.fft.rfft(sound.unfold(0, _WINDOW, _HOP) * window).abs() ** 2
    energy = torch.log(power @ _mel_bands().T + _FLOOR)
    return _cosines(coefficients) @ energy.T


def _mel_bands() -> Tensor:
    """Triangles evenly spaced in mel, each from its left neighbour's middle to its right one's."""
    top = 2595 * math.log10(1 + _RATE / 2 / 700)  # hertz to mel, O'Shaughnessy 1987
    mel = torch.linspace(0, top, _BANDS + 2, dtype=torch.float64)
    hertz = 700 * (10 ** (mel / 2595) - 1)
    left, middle, right = (hertz[i : i + _BANDS].unsqueeze(1) for i in range(3))
    at = torch.linspace(0, _RATE / 2, _WINDOW // 2 + 1, dtype=torch.float64)
    rising, falling = (at - left) / (middle - left), (right - at) / (right - middle)
    return torch.minimum(rising, falling).clamp(min=0)


def _cosines(coefficients: int) -> Tensor:
    """The first rows of the discrete cosine transform (type II), orthonormal."""
    order = torch.arange(coefficients, dtype=torch.float64).unsqueeze(1)
    band = torch.arange(_BANDS, dtype=torch.float64) + 0.5
    cosines = torch.cos(math.pi / _BANDS * order * band) * math.sqrt(2 / _BANDS)
    cosines[0] /= math.sqrt(2)
    return cosines


def _derived(rows: Tensor, order: int) -> Tensor:
    """The derivative of each row over time, by a kernel of three cells."""
    kernel = kernels.derivative(order, 2, dtype=rows.dtype)
    framed = F.pad(rows, (1, 1), mode="replicate")
    return functional.conv1d(framed.unsqueeze(1), kernel.view(1, 1, -1)).squeeze(1)
