"""The formula of the output's size along one axis, with its numbers filled in.

n pixels, a kernel of k cells with stride s, dilation d and p pixels of padding on either side give
⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1 pixels; backwards, in a transposed convolution with output padding
o, (n − 1)s − 2p + d(k − 1) + o + 1.

Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning",
    arXiv:1603.07285.
"""

from dataclasses import dataclass

from convcore import shapes
from lab.playground.compute import pairs
from lab.playground.setup import Setup


@dataclass(frozen=True)
class Axis:
    """What decides the output's size along one axis."""

    size: int
    kernel_size: int
    stride: int
    dilation: int
    before: int  # padding
    after: int
    output_padding: int

    @property
    def padding(self) -> int:
        """On both sides together."""
        return self.before + self.after

    @property
    def reach(self) -> int:
        """From the kernel's first cell to its last."""
        return self.dilation * (self.kernel_size - 1)

    @property
    def room(self) -> int:
        """How far the kernel can move over the padded input."""
        return self.size + self.padding - self.reach - 1

    @property
    def reach_text(self) -> str:
        """`reach` as it is calculated; so are the next two."""
        return f"{self.dilation}·({self.kernel_size} − 1)"

    @property
    def padded_text(self) -> str:
        """The padded input's size."""
        return f"{self.size}{self.padding_text('+')}"

    @property
    def room_text(self) -> str:
        """`room`."""
        return f"{self.padded_text} − {self.reach_text} − 1"

    @property
    def laid_text(self) -> str:
        """How far the input's pixels lie apart in a transposed convolution, first to last."""
        return f"({self.size} − 1)·{self.stride}"

    def padding_text(self, sign: str) -> str:
        """What the padding adds or takes away."""
        if self.before == self.after:
            return f" {sign} 2·{self.before}"
        return f" {sign} {self.before} {sign} {self.after}"


Sized = tuple[str, int]  # a formula with its numbers filled in, and what it gives


def forwards(axis: Axis) -> Sized:
    """Of a convolution or a pooling."""
    size = shapes.output_size(
        axis.size + axis.padding, axis.kernel_size, axis.stride, dilation=axis.dilation
    )
    return f"⌊({axis.room_text}) / {axis.stride}⌋ + 1", size


def backwards(axis: Axis) -> Sized:
    """Of a transposed convolution."""
    text = (
        f"{axis.laid_text}{axis.padding_text('−')} + {axis.reach_text} + {axis.output_padding} + 1"
    )
    laid = (axis.size - 1) * axis.stride - axis.padding
    return text, laid + axis.reach + axis.output_padding + 1


def axes_of(setup: Setup) -> list[Axis]:
    """The axes of a setup whose settings fit together."""
    # Of a transposed convolution `pairs` are those of its input, which has none.
    transposed = setup.operation == "transposed"
    padding = [(p, p) for p in setup.padding] if transposed else pairs(setup)
    settings = zip(setup.size, setup.kernel_size, setup.stride, setup.dilation, strict=True)
    return [
        Axis(*numbers, *around, extra)
        for numbers, around, extra in zip(settings, padding, setup.output_padding, strict=True)
    ]
