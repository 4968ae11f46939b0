"""Pooling layers."""

from torch import Tensor, nn

from convcore import functional, shapes
from convcore.shapes import Ints


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
