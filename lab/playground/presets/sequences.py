"""Presets in one dimension: sound, as features over time, and text, as letters."""

from lab.playground.presets.preset import Preset
from lab.playground.setup import Setup

_GROUP = "Sound and text"
_SENTENCE, _WORD = "the cat sat on the mat", "cat"
_LETTERS = sorted(set(_SENTENCE))
_COEFFICIENTS, _FRAMES = 13, 40
_ONSET = slice(25, 31)  # frames: the second note begins


def _sound() -> Setup:
    from lab.playground.presets.sound import features  # torch: only once somebody opens it

    rows = features(_COEFFICIENTS, _FRAMES)
    return Setup.plain(rows, [[row[_ONSET] for row in rows]])


def _text() -> Setup:
    return Setup.plain(_one_hot(_SENTENCE), [_one_hot(_WORD)])


def _one_hot(text: str) -> list[list[int]]:
    """A row per letter of the alphabet, a column per letter of the text."""
    return [[int(letter == known) for letter in text] for known in _LETTERS]


def _shown(text: str | list[str]) -> list[str]:
    return [letter.replace(" ", "␣") for letter in text]


PRESETS = {
    "a11-sound": Preset(
        title="A11 · Sound: find a pattern in it",
        group=_GROUP,
        about="A synthesised sound, two notes with a rest between them, as 39 features (13 MFCC, "
        "their Δ and ΔΔ) in 40 frames of 20 ms; the kernel is 6 of these frames.",
        notice="The response is highest at frame 25, where the kernel was cut out: the second "
        "note begins.",
        try_this="Set the stride to 2: the kernel skips frame 25, and the peak is missed.",
        make=_sound,
        labels={
            "x_rows": [
                f"{kind} {number}"
                for kind in ("MFCC", "Δ", "ΔΔ")
                for number in range(_COEFFICIENTS)
            ],
            "x_columns": [f"{20 * frame} ms" for frame in range(_FRAMES)],
            "y_rows": ["likeness"],
        },
    ),
    "a11-text": Preset(
        title="A11 · Text: find a word in it",
        group=_GROUP,
        about=f"“{_SENTENCE}”: a row per letter, 1 where it stands; the kernel is “{_WORD}” "
        "written the same way.",
        notice="The response counts the letters that fit: 3 at “cat”, 2 at “sat” and “mat”.",
        try_this="Set the bias to −2: only a whole word is left above 0.",
        make=_text,
        labels={
            "x_rows": _shown(_LETTERS),
            "x_columns": _shown(_SENTENCE),
            "y_rows": [f"letters of “{_WORD}”"],
        },
    ),
}
