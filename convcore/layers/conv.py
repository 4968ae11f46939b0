"""Convolution layers: a learnt kernel stack per output channel, for one, two and three axes."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convcore import functional, shapes
from convcore.shapes import Ints, Padding


class ConvLayer(nn.Module):
    """What all convolution layers share: arguments seen to, start values, a description."""

    _axes: int  # spatial ones
    _operation: Callable[..., Tensor]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Ints,
        stride: int | Ints,
        padding: Padding,
        dilation: int | Ints,
        output_padding: int | Ints,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
    ) -> None:
        super().__init__()
        name, axes = type(self).__name__, self._axes
        shapes.check_layer(name, in_channels, out_channels, groups, padding_mode)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = shapes.per_axis(name, "kernel_size", kernel_size, axes, least=1)
        self.stride = shapes.per_axis(name, "stride", stride, axes, least=1)
        self.dilation = shapes.per_axis(name, "dilation", dilation, axes, least=1)
        self.output_padding = shapes.per_axis(name, "output_padding", output_padding, axes, least=0)
        self._pairs = shapes.padding_pairs(
            name, padding, self.kernel_size, self.stride, self.dilation
        )
        numbers = tuple(before for before, _ in self._pairs)
        self.padding = padding if isinstance(padding, str) else numbers
        self.padding_mode = padding_mode
        size = *self._weight_channels(), *self.kernel_size
        self.weight = nn.Parameter(torch.empty(size, device=device, dtype=dtype))
        if bias:
            self.bias = nn.Parameter(torch.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _weight_channels(self) -> tuple[int, int]:
        """The first two axes of the weight."""
        return self.out_channels, self.in_channels // self.groups

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw weight and bias afresh: uniform within ±1/√(weights per output), in torch's order.

        Source: torch.nn.modules.conv; He et al. 2015, arXiv:1502.01852, with a = √5.
        """
        # Drawn in the weight's order of axes, however it lies in memory: the seed decides alone.
        drawn = torch.empty_like(self.weight, memory_format=torch.contiguous_format)
        self.weight.copy_(nn.init.kaiming_uniform_(drawn, a=math.sqrt(5)))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The arguments, those with their default value left out."""
        usual = {
            "padding": (0,) * self._axes,
            "dilation": (1,) * self._axes,
            "output_padding": (0,) * self._axes,
            "groups": 1,
        }
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        parts += [f"stride={self.stride}"]
        parts += [
            f"{name}={getattr(self, name)}"
            for name, default in usual.items()
            if getattr(self, name) != default
        ]
        parts += ["bias=False"] * (self.bias is None)
        parts += [f"padding_mode={self.padding_mode}"] * (self.padding_mode != "zeros")
        return ", ".join(parts)


class _Conv(ConvLayer):
    """A convolution layer for `_axes` spatial axes."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Ints,
        stride: int | Ints = 1,
        padding: Padding = 0,
        dilation: int | Ints = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding=0,
            groups=groups,
            bias=bias,
            padding_mode=padding_mode,
            device=device,
            dtype=dtype,
        )

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (torch's name)
        """Convolve one picture or a batch."""
        x, padding = input, self.padding
        if self.padding_mode != "zeros":
            x, padding = self._bordered(x), 0
        return self._operation(
            x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )

    def _bordered(self, x: Tensor) -> Tensor:
        """`x` with its padding around it, filled as `padding_mode` says."""
        shapes.check_border(type(self).__name__, x, self._pairs, self.padding_mode)
        last_axis_first = [pixels for pair in reversed(self._pairs) for pixels in pair]
        return F.pad(x, last_axis_first, mode=self.padding_mode)


class Conv1d(_Conv):
    """Convolution along rows of numbers; the contract of `torch.nn.Conv1d`.

    Shape:
        (N, in_channels, L) -> (N, out_channels, L_out), or both without N.

    Raises:
        ConvcoreError: as `Conv2d`.
    """

    _axes = 1
    _operation = staticmethod(functional.conv1d)


class Conv2d(_Conv):
    """Convolution with a kernel stack per output channel; the contract of `torch.nn.Conv2d`.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H_out, W_out), or both without N.

    Raises:
        ConvcoreError: at once, where no input could ever fit; when called, where this one does not.
    """

    _axes = 2
    _operation = staticmethod(functional.conv2d)


class Conv3d(_Conv):
    """Convolution of volumes or films; the contract of `torch.nn.Conv3d`.

    Shape:
        (N, in_channels, D, H, W) -> (N, out_channels, D_out, H_out, W_out), or both without N.

    Raises:
        ConvcoreError: as `Conv2d`.
    """

    _axes = 3
    _operation = staticmethod(functional.conv3d)
