"""X and Y, checked and made ready for a kernel to be learned from them."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from convcore import functional
from convcore.errors import ConvcoreError
from convcore.kernel_learning.config import LearnConfig

_CONV = {"custom": functional.conv2d, "torch": F.conv2d}


@dataclass(frozen=True, eq=False)
class Problem:
    """What the kernel is learned from: X with its padding, Y with its noise."""

    x: Tensor  # (N, C_in, H, W), padded
    y: Tensor  # (N, C_out, H_out, W_out)
    config: LearnConfig

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """Return (C_out, C_in, K_h, K_w)."""
        return (self.y.shape[1], self.x.shape[1], *self.config.kernel_size)

    def predict(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Return what the kernel makes of `x`, by the backend of the config."""
        return _CONV[self.config.backend](x, weight, bias)

    def start(self) -> tuple[Tensor, Tensor | None]:
        """Return the first weight and bias; random ones are drawn as `torch.nn.Conv2d` draws them.

        Raises:
            ConvcoreError: the given kernel's shape is not that of the problem.
        """
        config, outputs = self.config, self.y.shape[1]
        weight, bias = self.y.new_zeros(self.weight_shape), self.y.new_zeros(outputs)
        if config.start == "random":
            generator = torch.Generator().manual_seed(config.seed)
            bound = weight[0].numel() ** -0.5
            weight.uniform_(-bound, bound, generator=generator)
            bias.uniform_(-bound, bound, generator=generator)
        if config.start == "given":
            weight = given("start_weight", config.start_weight, self).clone()
            if config.start_bias:
                bias = _tensor("start_bias", config.start_bias, bias)
                _check_shape("start_bias", bias, (outputs,))
        return weight, bias if config.bias else None


def pose(x: Tensor, y: Tensor, config: LearnConfig) -> Problem:
    """Return the problem of finding the kernel that makes `y` of `x`.

    Shape:
        x (N, C_in, H, W), y (N, C_out, H + 2p - K_h + 1, W + 2p - K_w + 1); both without N, or
        without N and channels.

    Raises:
        ConvcoreError: the sizes fit no kernel of the config's size, or a value is NaN or infinite.
    """
    x, y = pictures("X", x, config), pictures("Y", y, config)
    if len(x) != len(y):
        raise ConvcoreError(
            f"kernel learning: X has N={len(x)} pictures and Y N={len(y)}; each picture needs its "
            "response. Give as many of both."
        )
    _check_sizes(tuple(x.shape[2:]), tuple(y.shape[2:]), config)
    if config.patches and config.patch_size > min(y.shape[2:]):
        raise ConvcoreError(
            f"kernel learning: patch_size={config.patch_size} is larger than Y, "
            f"{_by(y.shape[2:])}. Use {min(y.shape[2:])} or less, or patches=0."
        )
    if config.noise:
        generator = torch.Generator().manual_seed(config.noise_seed)
        drawn = torch.randn(y.shape, generator=generator, dtype=torch.float64)
        y = y + config.noise * drawn.to(y.dtype)
    return Problem(padded(x, config), y, config)


def pictures(name: str, values: Tensor, config: LearnConfig) -> Tensor:
    """Return `values` as (N, C, H, W) in the config's dtype.

    Raises:
        ConvcoreError: not a picture, empty, or a value is NaN or infinite.
    """
    if not isinstance(values, Tensor) or not 2 <= values.dim() <= 4 or not values.numel():
        shape = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
        raise ConvcoreError(
            f"kernel learning: {name} is {shape}; it must be a tensor (H, W), (C, H, W) or "
            "(N, C, H, W) with at least one pixel. Convert or reshape it."
        )
    values = values.detach().to(dtype=getattr(torch, config.dtype))
    if wrong := int((~values.isfinite()).sum()):
        at = tuple((~values.isfinite()).nonzero()[0].tolist())
        raise ConvcoreError(
            f"kernel learning: {name} holds {wrong} values that are NaN or infinite, the first at "
            f"{at}. Replace them by finite numbers."
        )
    return values.reshape((1,) * (4 - values.dim()) + tuple(values.shape))


def padded(x: Tensor, config: LearnConfig) -> Tensor:
    """Return `x` (N, C, H, W) with the config's zeros around it, its kernel seen to fit.

    Raises:
        ConvcoreError: the kernel is larger than the padded picture.
    """
    rows, columns = config.padding
    x = F.pad(x, (columns, columns, rows, rows))
    if any(k > n for k, n in zip(config.kernel_size, x.shape[2:], strict=True)):
        raise ConvcoreError(
            f"kernel learning: kernel_size={config.kernel_size} is larger than X with its padding, "
            f"{_by(x.shape[2:])}. Use a smaller kernel_size, or more padding."
        )
    return x


def given(name: str, values: tuple | Tensor, problem: Problem) -> Tensor:
    """Return a weight that someone wrote down, as the problem's: (K_h, K_w) will do for one."""
    weight, shape = _tensor(name, values, problem.y), problem.weight_shape
    if tuple(weight.shape) == shape[2:] and shape[:2] == (1, 1):
        weight = weight.reshape(shape)
    _check_shape(name, weight, shape)
    return weight


def _tensor(name: str, values: tuple | Tensor, like: Tensor) -> Tensor:
    try:
        made = torch.as_tensor(values, dtype=like.dtype).detach()
    except (TypeError, ValueError) as error:
        raise ConvcoreError(f"kernel learning: {name} is no array of numbers ({error}).") from None
    if not made.isfinite().all():
        raise ConvcoreError(f"kernel learning: {name}={values} must hold finite numbers only.")
    return made


def _check_shape(name: str, values: Tensor, shape: tuple[int, ...]) -> None:
    if tuple(values.shape) != shape:
        raise ConvcoreError(
            f"kernel learning: {name} has shape={tuple(values.shape)}, but this X, Y and "
            f"kernel_size need {shape}. Reshape it, or change kernel_size."
        )


def _check_sizes(x_size: tuple, y_size: tuple, config: LearnConfig) -> None:
    """See that a kernel of the config's size makes `y_size` of `x_size`, or say which would."""
    whole = [n + 2 * p for n, p in zip(x_size, config.padding, strict=True)]
    made = [n - k + 1 for n, k in zip(whole, config.kernel_size, strict=True)]
    if made == list(y_size):
        return
    ways = []
    fits = [n - out + 1 for n, out in zip(whole, y_size, strict=True)]
    if min(fits) >= 1:
        ways.append(f"kernel_size=({fits[0]}, {fits[1]}), the only one with this padding")
    lacks = [out - n + k - 1 for out, n, k in zip(y_size, x_size, config.kernel_size, strict=True)]
    if all(lack >= 0 and lack % 2 == 0 for lack in lacks):
        ways.append(f"padding=({lacks[0] // 2}, {lacks[1] // 2}) with this kernel")
    ways = ways or ["a Y that is smaller than X by the kernel less 1 on each axis"]
    makes = f"{_by(made)}" if min(made) >= 1 else "nothing"
    raise ConvcoreError(
        f"kernel learning: kernel_size={config.kernel_size} with padding={config.padding} makes "
        f"{makes} of X, {_by(x_size)}, but Y is {_by(y_size)}. Use {' or '.join(ways)}."
    )


def _by(size: torch.Size | list | tuple) -> str:
    return "×".join(map(str, size))
