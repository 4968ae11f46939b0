"""What the playground calculates, as widgets; each change goes through `state.change`."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from lab.playground.setup import (
    MOST_ALONG,
    OPERATIONS,
    PADDING_MODES,
    RULES,
    Setup,
)
from lab.widgets.playground.state import FIRST, Now, change, redo, take_formula, take_preset, undo

_BUTTONS = {
    "undo": "Take back the last change.",
    "redo": "Do again what was taken back.",
    "random": "New numbers everywhere, of the same sizes.",
    "reset": "Back to the first preset.",
}
_AXES = {1: ("length",), 2: ("rows", "columns"), 3: ("depth", "rows", "columns")}
_OPERATIONS = {
    "correlation": "Cross-correlation (torch's convolution)",
    "convolution": "Convolution (kernel turned round)",
    "transposed": "Transposed convolution",
    "pooling": "Pooling",
}
_RULES = {
    "max": "max",
    "mean": "mean",
    "lp": "Lp norm",
    "median": "median",
    "min": "min",
    "formula": "my own formula",
}
_OPERATION_HELP = (
    "**Correlation** is what deep learning calls convolution. **Convolution** turns the kernel "
    "round first, as mathematicians do. **Transposed** goes the way backwards: each input stamps "
    "the kernel into the output. **Pooling** has no kernel, only a window."
)


def head(shown: Now) -> None:
    """Draw the presets, and undo, redo, reset and random."""
    from lab.playground.presets import PRESETS, preset

    choice, about = st.columns([3, 7], gap="medium")
    st.session_state["playground.preset"] = shown.preset
    choice.selectbox(
        "Preset",
        list(PRESETS),
        index=None,
        placeholder="Your own",
        format_func=lambda name: f"{PRESETS[name].group} · {PRESETS[name].title}",
        key="playground.preset",
        on_change=_take_preset,
        help="Fills the whole screen. Undo leads back.",
    )
    with about.container(horizontal=True, gap="small"):
        _button("undo", ":material/undo:", undo, disabled=not shown.past)
        _button("redo", ":material/redo:", redo, disabled=not shown.undone)
        _button("random", ":material/casino:", _random)
        _button("reset", ":material/restart_alt:", _reset)
    if shown.preset and not shown.hidden:  # it often tells what comes out
        chosen = preset(shown.preset)
        about.caption(f"{chosen.about} *See:* {chosen.notice} *Try:* {chosen.try_this}")


def settings(shown: Now) -> None:
    """Draw every setting of the operation."""
    setup = shown.setup
    st.session_state["playground.operation"] = setup.operation
    st.selectbox(
        "Operation",
        OPERATIONS,
        format_func=_OPERATIONS.get,
        key="playground.operation",
        on_change=_set_operation,
        help=_OPERATION_HELP,
    )
    st.session_state["playground.axes"] = setup.axes
    st.segmented_control(
        "Dimensions",
        (1, 2, 3),
        format_func=lambda n: f"{n}-D",
        key="playground.axes",
        required=True,
        on_change=_set_axes,
        help="1-D: sound, text. 2-D: pictures. 3-D: volumes and films. Starts afresh.",
    )
    if setup.operation == "pooling":
        _rule(setup, shown.refused)
    _numbers(setup)
    _way(setup)


def _rule(setup: Setup, refused: str | None) -> None:
    st.session_state["playground.rule"] = setup.rule
    st.selectbox(
        "Rule", RULES, format_func=_RULES.get, key="playground.rule", on_change=_set, args=("rule",)
    )
    if setup.rule == "lp":
        st.session_state["playground.power"] = float(setup.power)
        st.number_input(
            "p",
            0.5,
            20.0,
            step=0.5,
            key="playground.power",
            on_change=_set,
            args=("power",),
            help="(Σ w^p)^(1/p): 2 is the Euclidean norm.",
        )
    if setup.rule == "formula":
        st.session_state["playground.formula"] = refused or setup.formula
        st.text_input(
            "Formula of the window w",
            key="playground.formula",
            on_change=take_formula,
            args=("playground.formula",),
            max_chars=200,
            help="Such as `sqrt(mean(w**2))`, `max(w) - min(w)`, `sum(w) / n`. Known: "
            "+ − * / **, sqrt, abs, exp, log, and over the window max, min, mean, sum, "
            "median, std, var, prod; n is the number of cells.",
        )


def _numbers(setup: Setup) -> None:
    from lab.playground import edits

    names = _AXES[setup.axes]
    _row("size", "Input", setup.size, names, (1, 32), edits.with_size)
    _row("kernel_size", "Kernel", setup.kernel_size, names, (1, 9), edits.with_kernel_size)
    pooling = setup.operation == "pooling"
    channels = {"inputs": setup.in_channels}
    if not pooling:
        channels |= {"outputs": setup.out_channels, "groups": setup.groups}
    labels = {"inputs": "Channels in", "outputs": "Channels out", "groups": "Groups"}
    columns = st.columns(3, gap="small")
    for (name, value), column in zip(channels.items(), columns, strict=False):
        with column:
            _number(f"channels.{name}", labels[name], value, partial(_set_channels, name))
    if not pooling:
        st.session_state["playground.bias"] = setup.bias is not None
        st.toggle(
            "Bias",
            key="playground.bias",
            on_change=_set_bias,
            help="One number per output channel, added to every sum.",
        )


def _way(setup: Setup) -> None:
    names = _AXES[setup.axes]
    _row("stride", "Stride", setup.stride, names, (1, 8), _with("stride"))
    fixed = setup.operation == "pooling" and setup.rule in ("mean", "lp")
    if not fixed or max(setup.dilation) > 1:
        _row("dilation", "Dilation", setup.dilation, names, (1, 8), _with("dilation"))
    if not isinstance(setup.padding, str):
        _row("padding", "Padding", setup.padding, names, (0, 8), _with("padding"))
    if setup.operation == "transposed":
        extra = setup.output_padding
        _row("output_padding", "Out padding", extra, names, (0, 7), _with("output_padding"))
    if setup.operation in ("correlation", "convolution"):
        kind = setup.padding if isinstance(setup.padding, str) else "numbers"
        left, right = st.columns(2, gap="small")
        with left:
            st.session_state["playground.padding_kind"] = kind
            st.selectbox(
                "Padding is",
                ("numbers", "same", "valid"),
                key="playground.padding_kind",
                on_change=_set_padding_kind,
                help="**same** keeps the input's size, **valid** adds nothing.",
            )
        with right:
            st.session_state["playground.padding_mode"] = setup.padding_mode
            st.selectbox(
                "Filled with",
                PADDING_MODES,
                key="playground.padding_mode",
                on_change=_set,
                args=("padding_mode",),
            )


def _row(
    name: str,
    label: str,
    values: Sequence[int],
    axes: Sequence[str],
    bounds: tuple[int, int],
    edit: Callable[[Setup, tuple[int, ...]], Setup],
) -> None:
    """Draw a slider per axis."""
    columns = st.columns(len(axes), gap="medium")
    for index, (axis, column) in enumerate(zip(axes, columns, strict=True)):
        key, value = f"playground.{name}.{index}", values[index]
        st.session_state[key] = value
        column.slider(
            f"{label} {axis}",
            min(bounds[0], value),
            max(bounds[1], value),
            step=1,
            key=key,
            on_change=_set_along,
            args=(edit, name, index, key),
        )


def _number(key: str, label: str, value: int, set_to: Callable[[int], None]) -> None:
    key = f"playground.{key}"
    st.session_state[key] = value
    st.number_input(
        label,
        1,
        MOST_ALONG,
        step=1,
        key=key,
        on_change=lambda: set_to(st.session_state[key]),
    )


def _set(name: str) -> None:
    value = st.session_state[f"playground.{name}"]
    change(lambda setup: setup.changed(**{name: value}))


def _set_along(edit: Callable, name: str, index: int, key: str) -> None:
    def changed(setup: Setup) -> Setup:
        values = getattr(setup, name)  # as they are now: another slider may have moved since
        return edit(setup, (*values[:index], st.session_state[key], *values[index + 1 :]))

    change(changed)


def _set_channels(name: str, value: int) -> None:
    from lab.playground import edits

    change(lambda setup: edits.with_channels(setup, **{name: value}))


def _set_operation() -> None:
    from lab.playground import edits

    change(lambda setup: edits.with_operation(setup, st.session_state["playground.operation"]))


def _set_axes() -> None:
    from lab.playground import edits

    change(lambda setup: edits.with_axes(setup, st.session_state["playground.axes"]))


def _set_bias() -> None:
    from lab.playground import edits

    change(lambda setup: edits.with_bias(setup, st.session_state["playground.bias"]))


def _with(name: str) -> Callable[[Setup, tuple[int, ...]], Setup]:
    return lambda setup, values: setup.changed(**{name: values})


def _set_padding_kind() -> None:
    from lab.playground.compute import pairs

    kind = st.session_state["playground.padding_kind"]
    if kind == "numbers":
        change(lambda s: s.changed(padding=tuple(before for before, _ in pairs(s))))
    else:
        change(lambda s: s.changed(padding=kind))


def _take_preset() -> None:
    if st.session_state["playground.preset"]:
        take_preset(st.session_state["playground.preset"])


def _button(name: str, icon: str, act: Callable[[], None], *, disabled: bool = False) -> None:
    key = f"playground.{name}"
    st.button(
        name.capitalize(),
        icon=icon,
        type="tertiary",
        key=key,
        on_click=act,
        disabled=disabled,
        help=_BUTTONS[name],
    )


def _reset() -> None:
    take_preset(FIRST)


def _random() -> None:
    from lab.playground import edits

    seed = st.session_state["playground.seed"] = st.session_state.get("playground.seed", 0) + 1
    change(lambda setup: edits.randomised(setup, seed))
