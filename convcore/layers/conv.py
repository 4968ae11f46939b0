"""Convolution layers."""

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
