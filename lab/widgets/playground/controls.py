"""What the playground calculates, as widgets; each change goes through `state.change`."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from lab.playground.setup import MOST_ALONG, OPERATIONS, PADDING_MODES, RULES, Setup
from lab.widgets import fields
from lab.widgets.playground.state import Now, change, take_formula

AXES = {1: ("length",), 2: ("rows", "columns"), 3: ("depth", "rows", "columns")}
_OPERATIONS = {
    "correlation": "Cross-correlation (torch's convolution)",
    "convolution": "Convolution (kernel turned round)",
    "transposed": "Transposed convolution",
    "pooling": "Pooling",
}
_RULES = {"lp": "Lp norm", "formula": "my own formula"}  # where a rule is not called by its name
_PADDINGS = ("numbers", "same", "valid")
_ROWS = {  # a setting along each axis, and what it does
    "size": "How many numbers the input has along this axis. Those that stay keep their value.",
    "kernel_size": "How many inputs one output looks at along this axis.",
    "stride": "How far the kernel moves from one output to the next: 2 takes every second place.",
    "dilation": "How far apart the inputs are that one output looks at: 1 is side by side.",
    "padding": "How many cells are added at both ends before the kernel starts.",
    "output_padding": "Cells added at the far end only: which of several sizes is meant.",
}
_CHANNELS = {
    "inputs": "Layers of the input, as red, green and blue of a picture; an output sums over all.",
    "outputs": "How many kernels there are; each makes one layer of the output.",
    "groups": "Splits the channels into so many parts that do not see each other.",
}
_OPERATION_HELP = (
    "**Correlation** is what deep learning calls convolution. **Convolution** turns the kernel "
    "round first, as mathematicians do. **Transposed** goes the way backwards: each input stamps "
    "the kernel into the output. **Pooling** has no kernel, only a window."
)
_FORMULA_HELP = (
    "Such as `sqrt(mean(w**2))`, `max(w) - min(w)`, `sum(w) / n`. Known: + − * / **, sqrt, abs, "
    "exp, log, and over the window max, min, mean, sum, median, std, var, prod; n is the number "
    "of cells."
)

Edit = Callable[[Setup, Any], Setup]


def settings(shown: Now) -> None:
    """Draw every setting of the operation."""
    from lab.playground import edits

    setup = shown.setup
    fields.choice(
        "playground.operation",
        "Operation",
        {name: _OPERATIONS[name] for name in OPERATIONS},
        setup.operation,
        _taking(edits.with_operation),
        _OPERATION_HELP,
    )
    fields.segments(
        "playground.axes",
        "Dimensions",
        {axes: f"{axes}-D" for axes in AXES},
        setup.axes,
        _taking(edits.with_axes),
        "1-D: sound, text. 2-D: pictures. 3-D: volumes and films. Starts afresh.",
    )
    if setup.operation == "pooling":
        _rule(setup, shown.refused)
    _numbers(setup)
    _way(setup)


def _rule(setup: Setup, refused: str | None) -> None:
    rules = {name: _RULES.get(name, name) for name in RULES}
    about = "What becomes of the numbers in a window: their largest, their mean, …"
    fields.choice("playground.rule", "Rule", rules, setup.rule, _setting("rule"), about)
    if setup.rule == "lp":
        st.session_state["playground.power"] = float(setup.power)
        st.number_input(
            "p",
            0.5,
            20.0,
            step=0.5,
            key="playground.power",
            on_change=lambda: _setting("power")(st.session_state["playground.power"]),
            help="(Σ w^p)^(1/p): 2 is the Euclidean norm.",
        )
    if setup.rule == "formula":
        st.session_state["playground.formula"] = refused or setup.formula
        st.text_input(
            "Formula of the window w",
            key="playground.formula",
            on_change=lambda: take_formula(st.session_state["playground.formula"]),
            max_chars=200,
            help=_FORMULA_HELP,
        )


def _numbers(setup: Setup) -> None:
    from lab.playground import edits

    _row("size", "Input", setup, (1, 32), edits.with_size)
    _row("kernel_size", "Kernel", setup, (1, 9), edits.with_kernel_size)
    channels = {"inputs": ("Channels in", setup.in_channels)}
    if setup.operation != "pooling":
        channels["outputs"] = "Channels out", setup.out_channels
        channels["groups"] = "Groups", setup.groups
    columns = st.columns(3, gap="small")
    for (name, (label, value)), column in zip(channels.items(), columns, strict=False):
        with column:
            fields.whole(
                f"playground.channels.{name}",
                label,
                value,
                _taking(lambda setup, n, name=name: edits.with_channels(setup, **{name: n})),
                _CHANNELS[name],
                least=1,
                most=MOST_ALONG,
            )
    if setup.operation != "pooling":
        fields.toggle(
            "playground.bias",
            "Bias",
            setup.bias is not None,
            _taking(edits.with_bias),
            "One number per output channel, added to every sum.",
        )


def _way(setup: Setup) -> None:
    _row("stride", "Stride", setup, (1, 8))
    fixed = setup.operation == "pooling" and setup.rule in ("mean", "lp")
    if not fixed or max(setup.dilation) > 1:
        _row("dilation", "Dilation", setup, (1, 8))
    if not isinstance(setup.padding, str):
        _row("padding", "Padding", setup, (0, 8))
    if setup.operation == "transposed":
        _row("output_padding", "Out padding", setup, (0, 7))
    if setup.operation in ("correlation", "convolution"):
        kind = setup.padding if isinstance(setup.padding, str) else "numbers"
        left, right = st.columns(2, gap="small")
        with left:
            fields.choice(
                "playground.padding_kind",
                "Padding is",
                {each: each for each in _PADDINGS},
                kind,
                _taking(_with_padding_kind),
                "**same** keeps the input's size, **valid** adds nothing.",
            )
        with right:
            fields.choice(
                "playground.padding_mode",
                "Filled with",
                {mode: mode for mode in PADDING_MODES},
                setup.padding_mode,
                _setting("padding_mode"),
                "What the added cells hold: zeros, the **reflect**ed input, its last number again "
                "(**replicate**), or its other end (**circular**).",
            )


def _row(
    name: str, label: str, setup: Setup, bounds: tuple[int, int], edit: Edit | None = None
) -> None:
    """Draw a slider per axis; `edit` changes the field where others depend on it."""
    axes, values = AXES[setup.axes], getattr(setup, name)
    edit = edit or (lambda setup, values: setup.changed(**{name: values}))
    for index, column in enumerate(st.columns(len(axes), gap="medium")):
        with column:
            fields.slider(
                f"playground.{name}.{index}",
                f"{label} {axes[index]}",
                values[index],
                bounds,
                1,
                _taking(_along(edit, name, index)),
                _ROWS[name],
            )


def _along(edit: Edit, name: str, index: int) -> Edit:
    """Return the edit of one axis alone."""

    def changed(setup: Setup, value: int) -> Setup:
        values: Sequence[int] = getattr(setup, name)  # now: another slider may have moved since
        return edit(setup, (*values[:index], value, *values[index + 1 :]))

    return changed


def _taking(edit: Edit) -> fields.Take:
    return lambda value: change(lambda setup: edit(setup, value))


def _setting(name: str) -> fields.Take:
    return _taking(lambda setup, value: setup.changed(**{name: value}))


def _with_padding_kind(setup: Setup, kind: str) -> Setup:
    from lab.playground.compute import pairs

    if kind == "numbers":
        return setup.changed(padding=tuple(before for before, _ in pairs(setup)))
    return setup.changed(padding=kind)
