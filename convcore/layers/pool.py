"""Pooling layers, for one, two and three axes: the operations of `functional` with their settings.

None of them has anything to learn, unless the rule of a `Pool2d` has.
"""

from collections.abc import Callable

from torch import Tensor, nn

from convcore import functional, shapes
from convcore.shapes import Ints, Rule


class _PoolLayer(nn.Module):
    """What all pooling layers share: they call an operation with the settings that they hold."""

    _axes: int  # spatial ones
    _operation: Callable[..., Tensor]
    _settings: tuple[str, ...]  # what the operation is told, by its own names
    _shown: tuple[str, ...]  # what the description shows, as torch's does

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:  # noqa: A002  (torch's name)
        """Pool one picture or a batch."""
        return self._operation(input, **{name: getattr(self, name) for name in self._settings})

    def extra_repr(self) -> str:
        """The arguments that decide the output."""
        return ", ".join(f"{name}={getattr(self, name)}" for name in self._shown)


class _MaxPool(_PoolLayer):
    """Max pooling over `_axes` spatial axes."""

    _shown = "kernel_size", "stride", "padding", "dilation", "ceil_mode"
    _settings = (*_shown, "return_indices")

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
        name = type(self).__name__
        shapes.pool_way(name, kernel_size, stride, padding, dilation, axes=self._axes)
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode


class MaxPool1d(_MaxPool):
    """Maximum of every stretch of a row; the contract of `torch.nn.MaxPool1d`.

    Shape:
        (N, C, L) or (C, L) -> (N, C, L_out) or without N.
    """

    _axes, _operation = 1, staticmethod(functional.max_pool1d)


class MaxPool2d(_MaxPool):
    """Maximum of every window; the contract of `torch.nn.MaxPool2d`.

    Shape:
        (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or without N.
    """

    _axes, _operation = 2, staticmethod(functional.max_pool2d)


class MaxPool3d(_MaxPool):
    """Maximum of every block of a volume; the contract of `torch.nn.MaxPool3d`.

    Shape:
        (N, C, D, H, W) or (C, D, H, W) -> (N, C, D_out, H_out, W_out) or without N.
    """

    _axes, _operation = 3, staticmethod(functional.max_pool3d)


class AvgPool1d(_PoolLayer):
    """Mean of every stretch of a row; the contract of `torch.nn.AvgPool1d`.

    Shape:
        (N, C, L) or (C, L) -> (N, C, L_out) or without N.
    """

    _operation = staticmethod(functional.avg_pool1d)
    _shown = "kernel_size", "stride", "padding"
    _settings = (*_shown, "ceil_mode", "count_include_pad")

    def __init__(
        self,
        kernel_size: int | Ints,
        stride: int | Ints | None = None,
        padding: int | Ints = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        way = shapes.pool_way("AvgPool1d", kernel_size, stride, padding, 1, axes=1)
        self.kernel_size, self.stride, self.padding, _ = way
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad


class _AvgPool(_PoolLayer):
    """Average pooling over `_axes` spatial axes, by a divisor of one's own if wished."""

    _shown = "kernel_size", "stride", "padding"
    _settings = (*_shown, "ceil_mode", "count_include_pad", "divisor_override")

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
        name = type(self).__name__
        shapes.pool_way(name, kernel_size, stride, padding, 1, axes=self._axes)
        shapes.check_divisor(name, divisor_override)
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override


class AvgPool2d(_AvgPool):
    """Mean of every window; the contract of `torch.nn.AvgPool2d`.

    Shape:
        (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or without N.
    """

    _axes, _operation = 2, staticmethod(functional.avg_pool2d)


class AvgPool3d(_AvgPool):
    """Mean of every block of a volume; the contract of `torch.nn.AvgPool3d`.

    Shape:
        (N, C, D, H, W) or (C, D, H, W) -> (N, C, D_out, H_out, W_out) or without N.
    """

    _axes, _operation = 3, staticmethod(functional.avg_pool3d)


class _LPPool(_PoolLayer):
    """Power-average pooling over `_axes` spatial axes."""

    _shown = "norm_type", "kernel_size", "stride", "ceil_mode"

    def __init__(
        self,
        norm_type: float,
        kernel_size: int | Ints,
        stride: int | Ints | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        shapes.check_norm(type(self).__name__, norm_type)
        shapes.pool_way(type(self).__name__, kernel_size, stride, 0, 1, axes=self._axes)
        self.norm_type, self.kernel_size = norm_type, kernel_size
        self.stride, self.ceil_mode = stride, ceil_mode

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """Pool one picture or a batch; torch's layer, too, makes a float of `norm_type`."""
        return self._operation(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )


class LPPool1d(_LPPool):
    """Norm of every stretch of a row; the contract of `torch.nn.LPPool1d`.

    Shape:
        (N, C, L) or (C, L) -> (N, C, L_out) or without N.
    """

    _axes, _operation = 1, staticmethod(functional.lp_pool1d)


class LPPool2d(_LPPool):
    """Norm of every window; the contract of `torch.nn.LPPool2d`.

    Shape:
        (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or without N.
    """

    _axes, _operation = 2, staticmethod(functional.lp_pool2d)


class LPPool3d(_LPPool):
    """Norm of every block of a volume; the contract of `torch.nn.LPPool3d`.

    Shape:
        (N, C, D, H, W) or (C, D, H, W) -> (N, C, D_out, H_out, W_out) or without N.
    """

    _axes, _operation = 3, staticmethod(functional.lp_pool3d)


class _Pool(_PoolLayer):
    """Pooling by a rule of one's own over `_axes` spatial axes."""

    _shown = "kernel_size", "stride", "padding", "dilation", "ceil_mode", "padding_value"
    _settings = (*_shown, "reduce")

    def __init__(
        self,
        kernel_size: int | Ints,
        reduce: Rule,
        stride: int | Ints | None = None,
        padding: int | Ints = 0,
        dilation: int | Ints = 1,
        ceil_mode: bool = False,
        padding_value: float = 0.0,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        shapes.check_rule(name, reduce)
        shapes.pool_way(name, kernel_size, stride, padding, dilation, axes=self._axes)
        self.kernel_size, self.reduce = kernel_size, reduce
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.ceil_mode, self.padding_value = ceil_mode, padding_value

    def extra_repr(self) -> str:
        """The arguments that decide the output, the rule by its name."""
        rule = getattr(self.reduce, "__name__", type(self.reduce).__name__)
        return f"{super().extra_repr()}, reduce={rule}"


class Pool1d(_Pool):
    """What `reduce` makes of every stretch of a row; see `functional.pool1d`.

    Shape:
        (N, C, L) or (C, L) -> (N, C, L_out) or without N.
    """

    _axes, _operation = 1, staticmethod(functional.pool1d)


class Pool2d(_Pool):
    """What `reduce` makes of every window; see `functional.pool2d`. A module as rule can learn.

    Shape:
        (N, C, H, W) or (C, H, W) -> (N, C, H_out, W_out) or without N.
    """

    _axes, _operation = 2, staticmethod(functional.pool2d)


class Pool3d(_Pool):
    """What `reduce` makes of every block of a volume; see `functional.pool3d`.

    Shape:
        (N, C, D, H, W) or (C, D, H, W) -> (N, C, D_out, H_out, W_out) or without N.
    """

    _axes, _operation = 3, staticmethod(functional.pool3d)


class AdaptiveAvgPool2d(_PoolLayer):
    """Means that make a picture of `output_size`; the contract of `torch.nn.AdaptiveAvgPool2d`.

    Shape:
        (N, C, H, W) or (C, H, W) -> (N, C, *output_size) or (C, *output_size).
    """

    _operation = staticmethod(functional.adaptive_avg_pool2d)
    _shown = _settings = ("output_size",)

    def __init__(self, output_size: int | tuple[int | None, int | None]) -> None:
        super().__init__()
        shapes.output_sizes("AdaptiveAvgPool2d", output_size, axes=2)
        self.output_size = output_size
