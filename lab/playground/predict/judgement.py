"""What is said to a prediction."""

from dataclasses import dataclass

AXES = {1: ("length",), 2: ("rows", "columns"), 3: ("depth", "rows", "columns")}


@dataclass(frozen=True)
class Judgement:
    """Whether a prediction is right, and what to say to it; a wrong one is not told the result."""

    right: bool
    sentence: str
