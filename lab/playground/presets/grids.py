"""Numbers for presets, as nested lists."""

from collections.abc import Callable
from random import Random

Grid = list  # of floats, or of grids

# A 3×3 picture and a 2×2 kernel whose products can be done in one's head.
PICTURE = [[1, 2, 3], [4, 5, 6], [5, 6, 7]]
KERNEL = [[1, 2], [2, 3]]


def filled(value: float, *shape: int) -> Grid:
    """`value` everywhere."""
    return _made(shape, lambda: value)


def digits(seed: int, *shape: int, least: int = 0, most: int = 9) -> Grid:
    """Whole numbers from `least` to `most`, the same ones for the same `seed`."""
    random = Random(seed).random  # alone keeps its numbers over Python's versions
    return _made(shape, lambda: least + int(random() * (most - least + 1)))


def spot(size: int, row: int, column: int) -> Grid:
    """A square picture that is 1 in one place, 0 elsewhere."""
    return [[int((i, j) == (row, column)) for j in range(size)] for i in range(size)]


def _made(shape: tuple[int, ...], number: Callable[[], float]) -> Grid:
    if not shape:
        return number()
    return [_made(shape[1:], number) for _ in range(shape[0])]
