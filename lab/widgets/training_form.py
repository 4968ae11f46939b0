"""The settings of a training as widgets, each bound to the URL, so that a link restores them."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import streamlit as st

from convcore.config import BOUNDS, CHOICES, PRESETS, TrainConfig, preset

if TYPE_CHECKING:
    from streamlit.typing import DeltaGenerator

    from convcore.datasets import Source  # brings torch along: too heavy for the first draw

PAGE = "cifar10"
_FIRST = "first-steps"
_HELP = {spec.name: spec.metadata["help"] for spec in fields(TrainConfig)}
_LABELS = {
    "data": "Data set",
    "subset": "Training pictures (0: all)",
    "validation_fraction": "Validation share",
    "blocks": "Blocks, N",
    "kernel_size": "Kernel size (pixels)",
    "batch_size": "Batch size (pictures)",
    "crop_padding": "Random shift (pixels)",
    "flip": "Random mirror",
    "patience": "Patience (epochs, 0: off)",
}
_CHOICE_LABELS = {
    "convnet": "ConvNet",
    "lenet": "LeNet",
    "custom": "Hand-written",
    "torch": "torch.nn.Conv2d",
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "one-cycle": "One-cycle",
    "cuda": "GPU",
    "cpu": "CPU",
}
_STEPS = {"validation_fraction": 0.05, "dropout": 0.05, "momentum": 0.05, "kernel_size": 2}
_START = preset(_FIRST)


def fill(config: TrainConfig) -> None:
    """Put `config` into the form; call it from a callback, before the widgets are drawn."""
    for name, value in asdict(config).items():
        st.session_state[_key(name)] = value


def training_form(sources: "Sequence[Source]", head: "DeltaGenerator") -> TrainConfig:
    """Draw the form and return what it says: the first choices into `head`, the rest here.

    Raises:
        ConvcoreError: two settings do not go together.
    """
    with head:
        st.selectbox(
            "Preset",
            list(PRESETS),
            format_func=lambda name: PRESETS[name].title,
            key=_key("preset"),
            on_change=_take_preset,
            help="Fills the whole form; change what you like afterwards.",
            persist_state="session",
        )
        st.caption(PRESETS[st.session_state[_key("preset")]].about)
        values = {"data": _data(sources), "backend": _widget("backend")}
    with st.expander("Model", icon=":material/layers:"):
        values["model"] = _widget("model")
        if values["model"] == "convnet":
            values |= _rows(("blocks", "channels"), ("kernel_size", "pooling"), ("batch_norm",))
    with st.expander("Training", icon=":material/tune:"):
        values |= _rows(("epochs", "batch_size"), ("optimizer", "learning_rate"))
        second = ("momentum",) if values["optimizer"] == "sgd" else ()
        values |= _rows(("schedule", *second), ("seed", "device"))
    with st.expander("Against overfitting", icon=":material/shield:"):
        values |= _rows(("subset", "validation_fraction"), ("crop_padding", "patience"))
        last = ("dropout",) if values["model"] == "convnet" else ()
        values |= _rows(("weight_decay", *last), ("flip",))
    return TrainConfig().changed(values)


def _data(sources: "Sequence[Source]") -> str:
    """Draw the choice of data set; a path may be typed instead."""
    return st.selectbox(
        _LABELS["data"],
        [source.name for source in sources],
        key=_key("data"),
        accept_new_options=True,
        placeholder="Choose, or type the path of a folder or .zip",
        help="Digits come with the app. Type the path of a picture folder or .zip to use your own: "
        "train/<class>/… and test/<class>/…, or one folder a class.",
        bind="query-params",
    )


def _rows(*rows: Sequence[str]) -> dict[str, object]:
    """Draw settings, those of a row side by side; return their values."""
    values = {}
    for names in rows:
        for name, column in zip(names, st.columns(len(names)), strict=True):
            with column:
                values[name] = _widget(name)
    return values


def _widget(name: str) -> object:
    """Draw the widget that fits a setting's type and return its value."""
    default = getattr(_START, name)
    label = _LABELS.get(name, name.replace("_", " ").capitalize())
    common = {"key": _key(name), "help": _HELP[name], "bind": "query-params"}
    if name in ("model", "backend"):
        return st.segmented_control(
            label, CHOICES[name], default=default, required=True, format_func=_choice, **common
        )
    if name in CHOICES:
        options = CHOICES[name]
        return st.selectbox(
            label, options, index=options.index(default), format_func=_choice, **common
        )
    if isinstance(default, bool):
        return st.toggle(label, value=default, **common)
    low, high = BOUNDS[name]
    step = _STEPS.get(name, 1 if isinstance(default, int) else default / 10 or 0.0005)
    shape = None if isinstance(default, int) else "%g"
    return st.number_input(label, low, high, default, step, shape, **common)


def _choice(value: str) -> str:
    return _CHOICE_LABELS.get(value, value.capitalize())


def _take_preset() -> None:
    """Fill the form with the chosen preset; the data set stays where the preset names none."""
    name = st.session_state[_key("preset")]
    config = preset(name)
    if "data" not in PRESETS[name].changes:
        config = config.changed({"data": st.session_state[_key("data")]})
    fill(config)


def _key(name: str) -> str:
    return f"{PAGE}.{name}"
