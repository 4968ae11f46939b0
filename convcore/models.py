"""The networks: `ConvNet` (N equal blocks) and `LeNet`, each on either backend.

Both backends take the same weights to the same outputs, and a state dict moves between them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convcore import layers
from convcore.config import BACKENDS, TrainConfig
from convcore.errors import ConvcoreError
from convcore.shapes import output_size

_CONV = {"custom": layers.Conv2d, "torch": nn.Conv2d}
_POOL = {
    ("custom", "max"): layers.MaxPool2d,
    ("custom", "mean"): layers.AvgPool2d,
    ("torch", "max"): nn.MaxPool2d,
    ("torch", "mean"): nn.AvgPool2d,
}
_IN_SHAPE = tuple[int, int, int]


class ConvNet(nn.Module):
    """N blocks of convolution → batch norm (optional) → ReLU, then pooling and a linear layer.

    Convolutions pad with zeros so that the picture keeps its size; the 2×2 pooling halves it.

    Shape:
        images (N, C, H, W) as `in_shape` = (C, H, W) -> logits (N, classes)

    Raises:
        ConvcoreError: the backend or pooling is unknown, or the picture is too small.
    """

    def __init__(
        self,
        *,
        in_shape: _IN_SHAPE = (3, 32, 32),
        classes: int = 10,
        blocks: int = 1,
        channels: int = 32,
        kernel_size: int = 3,
        batch_norm: bool = True,
        pooling: str = "max",
        dropout: float = 0.0,
        backend: str = "custom",
    ) -> None:
        super().__init__()
        conv, pool = _parts(backend, pooling)
        size = _sizes(
            "ConvNet",
            in_shape,
            [(f"blocks.{i}.conv", kernel_size, 1, kernel_size // 2) for i in range(blocks)]
            + [("pool", 2, 2, 0)],
        )
        self.blocks = nn.Sequential()
        for width in [in_shape[0], *[channels] * (blocks - 1)]:
            block = nn.Sequential()
            block.add_module("conv", conv(width, channels, kernel_size, padding=kernel_size // 2))
            if batch_norm:
                block.add_module("norm", nn.BatchNorm2d(channels))
            block.add_module("relu", nn.ReLU())
            self.blocks.append(block)
        self.pool = pool(2)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(channels * size[0] * size[1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, classes) of `images` (N, C, H, W)."""
        features = self.flatten(self.pool(self.blocks(images)))
        return self.fc(self.dropout(features))


class LeNet(nn.Module):
    """LeNet-5 with sigmoids and mean pooling, for pictures of any size that survives it.

    Shape:
        images (N, C, H, W) as `in_shape` = (C, H, W) -> logits (N, classes); for 28×28 the maps
        are (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), then 400 → 120 → 84 → classes.

    Raises:
        ConvcoreError: the backend is unknown, or a layer shrinks the picture to nothing.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition".
    """

    def __init__(
        self,
        *,
        in_shape: _IN_SHAPE = (1, 28, 28),
        classes: int = 10,
        backend: str = "custom",
    ) -> None:
        super().__init__()
        conv, pool = _parts(backend, "mean")
        plan = [("conv1", 5, 1, 2), ("pool1", 2, 2, 0), ("conv2", 5, 1, 0), ("pool2", 2, 2, 0)]
        size = _sizes("LeNet", in_shape, plan)
        self.conv1 = conv(in_shape[0], 6, 5, padding=2)
        self.pool1 = pool(2)
        self.conv2 = conv(6, 16, 5)
        self.pool2 = pool(2)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(16 * size[0] * size[1], 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, classes) of `images` (N, C, H, W)."""
        maps = self.pool1(torch.sigmoid(self.conv1(images)))
        maps = self.pool2(torch.sigmoid(self.conv2(maps)))
        hidden = torch.sigmoid(self.fc1(self.flatten(maps)))
        return self.fc3(torch.sigmoid(self.fc2(hidden)))


def build(config: TrainConfig, in_shape: _IN_SHAPE, classes: int) -> nn.Module:
    """Return the model of `config`, its weights drawn from `config.seed`: alike on both backends.

    Raises:
        ConvcoreError: the picture is too small for the model.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.model == "lenet":
            return LeNet(in_shape=in_shape, classes=classes, backend=config.backend)
        return ConvNet(
            in_shape=in_shape,
            classes=classes,
            blocks=config.blocks,
            channels=config.channels,
            kernel_size=config.kernel_size,
            batch_norm=config.batch_norm,
            pooling=config.pooling,
            dropout=config.dropout,
            backend=config.backend,
        )


@dataclass(frozen=True)
class LayerRow:
    """One line of a model's summary."""

    name: str
    kind: str
    out_shape: tuple[int, ...]  # without the batch
    parameters: int  # trainable numbers


def summary(model: nn.Module, in_shape: _IN_SHAPE) -> list[LayerRow]:
    """Return a row for each layer in the order in which an image meets them."""
    rows: list[LayerRow] = []

    def note(name: str):
        def hook(layer: nn.Module, _: object, out: Tensor) -> None:
            count = sum(p.numel() for p in layer.parameters() if p.requires_grad)
            rows.append(LayerRow(name, type(layer).__name__, tuple(out.shape[1:]), count))

        return hook

    leaves = [(n, m) for n, m in model.named_modules() if not list(m.children())]
    handles = [layer.register_forward_hook(note(name)) for name, layer in leaves]
    training = model.training
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, *in_shape, device=next(model.parameters()).device))
    finally:
        model.train(training)
        for handle in handles:
            handle.remove()
    return rows


def _parts(backend: str, pooling: str) -> tuple[type[nn.Module], type[nn.Module]]:
    """Return the convolution and pooling classes of a backend."""
    if backend not in BACKENDS:
        raise ConvcoreError(f"backend={backend!r} is unknown. Choose {' or '.join(BACKENDS)}.")
    if (backend, pooling) not in _POOL:
        raise ConvcoreError(f"pooling={pooling!r} is unknown. Choose max or mean.")
    return _CONV[backend], _POOL[backend, pooling]


def _sizes(
    model: str, in_shape: _IN_SHAPE, plan: list[tuple[str, int, int, int]]
) -> tuple[int, int]:
    """Return (H, W) after `plan`, rows of (layer, kernel, stride, padding); check each layer."""
    size = in_shape[1:]
    for layer, kernel, stride, padding in plan:
        before = size
        size = tuple(output_size(n, kernel, stride, padding) for n in before)
        if min(size) < 1:
            raise ConvcoreError(
                f"{model}: layer {layer} shrinks the picture to nothing: its {kernel}×{kernel} "
                f"window meets a {before[0]}×{before[1]} map (in_shape={tuple(in_shape)}). "
                "Use larger pictures, a smaller kernel or fewer layers."
            )
    return size
