"""Layers: `torch.nn.Module` faces of `convcore.functional`, interchangeable with torch's own.

Same arguments, same start values from the same seed, same state dict. What is neither convolution
nor pooling (`BatchNorm2d`, `ReLU`, `Sigmoid`, `Linear` …) comes from `torch.nn`.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convcore import functional, shapes
from convcore.shapes import Ints, Padding


class Conv2d(nn.Module):
    """Convolution with a kernel stack per output channel; the contract of `torch.nn.Conv2d`.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H_out, W_out), or both without N.

    Raises:
        ConvcoreError: at once, where no input could ever fit; when called, where this one does not.
    """

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
        super().__init__()
        shapes.check_layer("Conv2d", in_channels, out_channels, groups, padding_mode)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = shapes.per_axis("Conv2d", "kernel_size", kernel_size, 2, least=1)
        self.stride = shapes.per_axis("Conv2d", "stride", stride, 2, least=1)
        self.dilation = shapes.per_axis("Conv2d", "dilation", dilation, 2, least=1)
        self.padding, self.padding_mode = padding, padding_mode
        self._pairs = shapes.padding_pairs(
            "Conv2d", padding, self.kernel_size, self.stride, self.dilation
        )
        if not isinstance(padding, str):
            self.padding = tuple(before for before, _ in self._pairs)
        size = out_channels, in_channels // groups, *self.kernel_size
        self.weight = nn.Parameter(torch.empty(size, device=device, dtype=dtype))
        if bias:
            self.bias = nn.Parameter(torch.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias afresh: uniform within ±1/√(weights per output), in torch's order.

        Source: torch.nn.modules.conv; He et al. 2015, arXiv:1502.01852, with a = √5.
        """
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.weight[0].numel())
            nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (torch's name)
        """Convolve a picture or a batch."""
        if self.padding_mode == "zeros":
            return functional.conv2d(
                input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
            )
        shapes.check_border("Conv2d", input, self._pairs, self.padding_mode)
        last_axis_first = [pixels for pair in reversed(self._pairs) for pixels in pair]
        padded = F.pad(input, last_axis_first, mode=self.padding_mode)
        return functional.conv2d(
            padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        """The arguments, those with their default value left out."""
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        parts.append(f"stride={self.stride}")
        usual = {"padding": (0, 0), "dilation": (1, 1), "groups": 1, "padding_mode": "zeros"}
        parts += [
            f"{name}={getattr(self, name)!r}"
            for name, default in usual.items()
            if getattr(self, name) != default
        ]
        return ", ".join(parts + ["bias=False"] * (self.bias is None))


class MaxPool2d(nn.Module):
    """Maximum of every window; the contract of `torch.nn.MaxPool2d`.

    Shape:
        (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or without N.
    """

    def __init__(
        self,
        kernel_size: int | Ints,
        stride: int | Ints | None = None,
        padding: int | Ints = 0,
        dilation: int | Ints = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode
        shapes.pool_way("MaxPool2d", kernel_size, stride, padding, dilation, axes=2)

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:  # noqa: A002
        """Pool a picture or a batch."""
        return functional.max_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )

    def extra_repr(self) -> str:
        """The arguments that decide the output size."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool2d(nn.Module):
    """Mean of every window; the contract of `torch.nn.AvgPool2d`.

    Shape:
        (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or without N.
    """

    def __init__(
        self,
        kernel_size: int | Ints,
        stride: int | Ints | None = None,
        padding: int | Ints = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override
        shapes.pool_way("AvgPool2d", kernel_size, stride, padding, 1, axes=2)
        shapes.check_divisor("AvgPool2d", divisor_override)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """Pool a picture or a batch."""
        return functional.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        """The arguments that decide the output size."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
