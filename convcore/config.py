"""What decides a run: `Config`, what all such settings share; `TrainConfig`, for a training run.

Beside it the presets, and the remedy for overfitting.

Imports nothing heavy, so a page or a command line can show every setting at once.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from convcore.errors import ConvcoreError

BACKENDS = ("custom", "torch")
CHOICES = {
    "model": ("convnet", "lenet"),
    "backend": BACKENDS,
    "pooling": ("max", "mean"),
    "optimizer": ("sgd", "adam", "adamw"),
    "schedule": ("constant", "cosine", "one-cycle"),
    "device": ("auto", "cpu", "cuda"),
}
# Inclusive bounds; what lies outside is a slip of the keyboard, not an experiment.
BOUNDS = {
    "subset": (0, 10_000_000),
    "validation_fraction": (0.0, 0.5),
    "blocks": (1, 12),
    "channels": (1, 1024),
    "kernel_size": (1, 15),
    "dropout": (0.0, 0.9),
    "epochs": (1, 10_000),
    "batch_size": (1, 65_536),
    "learning_rate": (1e-8, 10.0),
    "momentum": (0.0, 0.999),
    "weight_decay": (0.0, 1.0),
    "crop_padding": (0, 64),
    "patience": (0, 1_000),
    "seed": (0, 2**31 - 1),
}


def setting(default: Any, help: str) -> Any:  # noqa: A002 - the word both faces use for it
    """Return the field of one setting; `help` is what both faces say of it."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, kw_only=True)
class Config:
    """Settings that are checked where they are made and travel as JSON."""

    def to_json(self) -> str:
        """Return the settings as a JSON object, one key a field."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the config that `to_json` wrote.

        Raises:
            ConvcoreError: not a JSON object, or a field is unknown or wrong.
        """
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ConvcoreError(f"{cls.__name__}: not JSON ({error}).") from None
        if not isinstance(values, dict):
            raise ConvcoreError(
                f"{cls.__name__}: needs a JSON object, not {type(values).__name__}."
            )
        return cls().changed(values)

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return a copy with `values` in place of the fields that they name."""
        known = {spec.name for spec in fields(self)}
        if unknown := sorted(set(values) - known):
            raise ConvcoreError(
                f"{type(self).__name__}: unknown setting {', '.join(unknown)}. "
                f"Known: {', '.join(known)}."
            )
        return replace(self, **values)

    def _typed(self, name: str, wanted: type, choices: Mapping[str, tuple[str, ...]]) -> Any:
        """Return a field's value as of the type `wanted`, or say what is wrong with it."""
        value = getattr(self, name)
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        owner = type(self).__name__
        if type(value) is not wanted:
            raise ConvcoreError(f"{owner}: {name}={value!r} must be of type {wanted.__name__}.")
        if name in choices and value not in choices[name]:
            raise ConvcoreError(
                f"{owner}: {name}={value!r} is unknown. Choose {', '.join(choices[name])}."
            )
        return value


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Config):
    """Everything that decides one training run; logged whole.

    Raises:
        ConvcoreError: a value has the wrong type, or is outside its choices or bounds.
    """

    data: str = setting("digits", "Data set: digits, cifar10, or a picture folder or .zip")
    subset: int = setting(0, "Training pictures to use, chosen at random by seed; 0 takes all")
    validation_fraction: float = setting(0.0, "Share of the training pictures held out to choose")
    model: str = setting("convnet", "convnet: N equal blocks; lenet: LeNet-5 with sigmoids")
    backend: str = setting("custom", "custom: our hand-written convolution; torch: nn.Conv2d")
    blocks: int = setting(1, "N: blocks of convolution, batch norm and ReLU (convnet)")
    channels: int = setting(32, "Output channels of every convolution (convnet)")
    kernel_size: int = setting(3, "Kernel height and width in pixels, odd (convnet)")
    batch_norm: bool = setting(True, "Normalise each channel after each convolution (convnet)")
    pooling: str = setting("max", "What the 2×2 pooling keeps: max or mean (convnet)")
    dropout: float = setting(0.0, "Chance that a feature is silenced in training (convnet)")
    epochs: int = setting(5, "Times that every training picture is seen")
    batch_size: int = setting(128, "Pictures a step")
    optimizer: str = setting("sgd", "sgd (with momentum), adam or adamw")
    learning_rate: float = setting(0.003, "Size of a step; the peak where the schedule has one")
    momentum: float = setting(0.9, "Share of the last step that is kept (sgd)")
    weight_decay: float = setting(0.0, "Pull of every weight towards 0 at each step")
    schedule: str = setting("constant", "How the rate moves: constant, cosine or one-cycle")
    crop_padding: int = setting(0, "Random shift of each picture by up to this many pixels")
    flip: bool = setting(False, "Mirror each picture left to right with chance one half")
    patience: int = setting(0, "Stop after this many epochs without a better validation loss")
    seed: int = setting(0, "Start of every random choice: same seed, same losses")
    device: str = setting("auto", "auto takes a GPU where there is one")

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = self._typed(spec.name, type(spec.default), CHOICES)
            _check_bounds(spec.name, value)
            object.__setattr__(self, spec.name, value)
        if self.kernel_size % 2 == 0:
            raise ConvcoreError(
                f"TrainConfig: kernel_size={self.kernel_size} is even, so its output cannot keep "
                f"the size of the picture. Use {self.kernel_size - 1} or {self.kernel_size + 1}."
            )
        if self.patience and not self.validation_fraction:
            raise ConvcoreError(
                f"TrainConfig: patience={self.patience} needs a validation split, since the test "
                "pictures must not choose the model. Set validation_fraction, such as 0.1, "
                "or patience=0."
            )


def _check_bounds(name: str, value: Any) -> None:
    if name not in BOUNDS:
        return
    low, high = BOUNDS[name]
    if not (math.isfinite(value) and low <= value <= high):
        raise ConvcoreError(f"TrainConfig: {name}={value} must lie between {low} and {high}.")


@dataclass(frozen=True)
class Preset:
    """A named starting point: what it changes in `TrainConfig()`, and why one would take it."""

    title: str
    about: str
    changes: Mapping[str, Any]


# One-cycle reached 65 % (N = 1) and 70 % (N = 3) in 5 epochs where a constant 0.003 gave 62 and 66;
# mirroring and a little weight decay gave N = 3 another 1 %.
_FIVE_EPOCHS = {"epochs": 5, "schedule": "one-cycle", "learning_rate": 0.01}
_HAND_WRITTEN = _FIVE_EPOCHS | {"backend": "custom", "blocks": 1}
_TORCH = _FIVE_EPOCHS | {"backend": "torch", "blocks": 3, "flip": True, "weight_decay": 5e-4}
# Few pictures, many weights in the last layer and no restraint: it learns them by heart.
_OVERFIT = {"subset": 500, "batch_size": 50, "epochs": 30, "learning_rate": 0.001}

PRESETS: Mapping[str, Preset] = {
    "first-steps": Preset(
        "First steps",
        "Our own convolution on scikit-learn's small digits: done in seconds.",
        {"data": "digits", "epochs": 15, "batch_size": 32, "learning_rate": 0.01},
    ),
    "hand-written": Preset(
        "Hand-written, N = 1", "One block of our own convolution, all pictures.", _HAND_WRITTEN
    ),
    "torch": Preset("torch, N = 3", "Three blocks of torch.nn.Conv2d, all pictures.", _TORCH),
    "no-batch-norm": Preset(
        "torch, N = 3, no batch norm",
        "The same without batch norm: slower to learn, more jitter.",
        _TORCH | {"batch_norm": False},
    ),
    "lenet": Preset(
        "LeNet",
        "LeNet-5 of 1998, with sigmoids and mean pooling; by Adam, since plain steps stall on it.",
        {
            "model": "lenet",
            "epochs": 10,
            "batch_size": 64,
            "optimizer": "adam",
            "learning_rate": 0.003,
        },
    ),
    "overfit": Preset(
        "Overfit on purpose",
        "500 pictures only: watch the test loss turn while the train loss falls on.",
        _OVERFIT,
    ),
    "remedy": Preset(
        "Remedy",
        "The same 500 pictures with augmentation, dropout and weight decay.",
        _OVERFIT | {"crop_padding": 4, "flip": True, "dropout": 0.3, "weight_decay": 5e-4},
    ),
}


def preset(name: str) -> TrainConfig:
    """Return the preset `name` on top of the defaults.

    Raises:
        ConvcoreError: there is no such preset.
    """
    if name not in PRESETS:
        raise ConvcoreError(f"preset: {name!r} is unknown. Choose {', '.join(PRESETS)}.")
    return TrainConfig().changed(PRESETS[name].changes)


def remedied(config: TrainConfig, in_shape: tuple[int, int, int]) -> TrainConfig:
    """Return `config` with what fights overfitting: augmentation, dropout and weight decay.

    Digits are never mirrored: a mirrored digit is no digit.
    """
    return replace(
        config,
        crop_padding=max(config.crop_padding, round(min(in_shape[1:]) / 8)),
        flip=config.flip or config.data != "digits",
        dropout=max(config.dropout, 0.3),
        weight_decay=max(config.weight_decay, 5e-4),
    )
