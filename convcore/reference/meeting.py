"""Where a kernel meets its input: the one rule that all the loops share."""

from convcore.shapes import Ints, Window


def met(way: Window, pixel: Ints, cell: Ints) -> Ints | None:
    """Which input pixel lies under `cell` of the kernel, for output pixel `pixel`.

    On each axis the kernel has gone `pixel` steps of `stride`, its cells are `dilation` apart, and
    the first `before` pixels are padding. None: it is a pixel of the padding.
    """
    axes = zip(pixel, way.stride, cell, way.dilation, way.before, strict=True)
    place = tuple(p * stride + c * apart - before for p, stride, c, apart, before in axes)
    inside = all(0 <= at < size for at, size in zip(place, way.size, strict=True))
    return place if inside else None
