"""Transposed convolution layers, for one, two and three axes."""

from collections.abc import Sequence

import torch
from torch import Tensor

from convcore import functional, shapes
from convcore.errors import ConvcoreError
from convcore.layers.conv import ConvLayer
from convcore.shapes import Ints


class _ConvTranspose(ConvLayer):
    """A transposed convolution layer for `_axes` spatial axes."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Ints,
        stride: int | Ints = 1,
        padding: int | Ints = 0,
        output_padding: int | Ints = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | Ints = 1,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        name = type(self).__name__
        if padding_mode != "zeros":
            raise ConvcoreError(
                f"{name}: padding_mode={padding_mode!r}: what is cut off the result has no values. "
                "Use 'zeros'."
            )
        padding = shapes.per_axis(name, "padding", padding, self._axes, least=0)  # no "same"
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding=output_padding,
            groups=groups,
            bias=bias,
            padding_mode=padding_mode,
            device=device,
            dtype=dtype,
        )

    def _weight_channels(self) -> tuple[int, int]:
        return self.in_channels, self.out_channels // self.groups

    def forward(
        self,
        input: Tensor,  # noqa: A002  (torch's name)
        output_size: Sequence[int] | None = None,
    ) -> Tensor:
        """Spread one picture or a batch out.

        Args:
            output_size: the result's, with or without (N, C); it takes the place of
                `output_padding`.
        """
        output_padding = self.output_padding
        if output_size is not None:
            way = self.kernel_size, self.stride, self.padding, self.dilation
            output_padding = shapes.output_padding_for(
                type(self).__name__, input, output_size, *way
            )
        return self._operation(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            output_padding,
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(_ConvTranspose):
    """Rows of numbers spread out; the contract of `torch.nn.ConvTranspose1d`.

    Shape:
        (N, in_channels, L) -> (N, out_channels, L_out), or both without N.

    Raises:
        ConvcoreError: as `ConvTranspose2d`.
    """

    _axes = 1
    _operation = staticmethod(functional.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """A convolution's way backwards, from small to large; the contract of `nn.ConvTranspose2d`.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H_out, W_out), or both without N.

    Raises:
        ConvcoreError: at once, where no input could ever fit; when called, where this one does not.
    """

    _axes = 2
    _operation = staticmethod(functional.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """Volumes spread out; the contract of `torch.nn.ConvTranspose3d`.

    Shape:
        (N, in_channels, D, H, W) -> (N, out_channels, D_out, H_out, W_out), or both without N.

    Raises:
        ConvcoreError: as `ConvTranspose2d`.
    """

    _axes = 3
    _operation = staticmethod(functional.conv_transpose3d)
