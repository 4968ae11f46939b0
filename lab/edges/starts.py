"""Where to begin: the two small systems, and a photograph; each with the one thing to notice."""

from dataclasses import dataclass

from lab.edges.setup import OWN, EdgeSetup

_DIFFERENCE = ((1.0, -1.0),)


@dataclass(frozen=True)
class Start:
    """A screen to begin with."""

    title: str
    setup: EdgeSetup
    notice: str


def _small(picture: str, **settings: bool) -> EdgeSetup:
    return EdgeSetup(picture=picture, kernel=OWN, numbers=_DIFFERENCE, border="valid", **settings)


STARTS = {
    "c1": Start(
        "C1 · black bar, [1, −1]",
        _small("bar"),
        "1 where white turns black, −1 where black turns white, 0 everywhere else.",
    ),
    "c1-upright": Start(
        "C1 · the kernel stood upright",
        _small("bar", transpose_kernel=True),
        "Exactly 0 everywhere: this kernel looks for edges that lie flat, and there are none.",
    ),
    "c2": Start(
        "C2 · white diagonal",
        _small("diagonal"),
        "1 on the diagonal, −1 just before it in each row.",
    ),
    "c2-picture": Start(
        "C2 · the picture transposed",
        _small("diagonal", transpose_picture=True),
        "The same picture, so the same result: a diagonal has the same rows as columns.",
    ),
    "c2-kernel": Start(
        "C2 · the kernel transposed",
        _small("diagonal", transpose_kernel=True),
        "The transposed result: 1 on the diagonal, −1 just above it in each column.",
    ),
    "photograph": Start(
        "Photograph · Sobel",
        EdgeSetup(),
        "Red where it gets brighter to the right, blue where darker: most demos show only one.",
    ),
    "canny": Start(
        "Photograph · Canny's edges",
        EdgeSetup(view="edges", blur=1.5),
        "Lines one pixel wide; a weak one stays if it touches a strong one.",
    ),
}
