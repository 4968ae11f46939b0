"""What is learned, and how, as widgets; each change goes through `state.change`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from lab.widgets.kernel_learning.state import change

if TYPE_CHECKING:
    from lab.kernel_learning import Experiment

_OPTIMIZERS = {
    "sgd": "Plain gradient",
    "momentum": "Momentum",
    "adam": "Adam",
    "newton": "Newton (one step)",
}
_STARTS = {"random": "Random", "zeros": "Zeros", "given": "Given"}
_LOSSES = {"sum": "Summed", "mean": "Mean"}
_TASK_HELP = (
    "Each gives X and Y. The learner sees nothing else; where the hidden kernel is known, it is "
    "only compared with what was learned. Choosing one also chooses settings that suit it."
)


def controls(experiment: "Experiment") -> None:
    """Draw the task and every setting."""
    from lab.kernel_learning.experiment import TASKS

    _select("task", "Task", TASKS, experiment.task, _set_task, _TASK_HELP)
    _task(experiment)
    config = experiment.config
    left, right = st.columns(2, gap="small")
    rows, columns = config.kernel_size
    with left:
        _number("rows", "Kernel rows", rows, lambda n: _set("kernel_size", (n, columns)))
    with right:
        _number("columns", "Kernel columns", columns, lambda n: _set("kernel_size", (rows, n)))
    _select(
        "optimizer", "Optimiser", _OPTIMIZERS, config.optimizer, lambda v: _set("optimizer", v),
        "**Plain gradient** steps straight downhill. **Momentum** keeps rolling. **Adam** scales "
        "each weight's steps. **Newton** measures the bowl and jumps to its bottom.",
    )  # fmt: skip
    if config.optimizer != "newton":
        _descent(config)
    with st.expander("Start, loss, noise, patches", icon=":material/tune:"):
        _more(experiment)


def _task(experiment: "Experiment") -> None:
    """Draw what the task itself asks for."""
    from lab.kernel_learning.experiment import FILTERS, PHOTOGRAPHS

    if experiment.task in ("photograph", "checkerboard"):
        _select(
            "filter", "Hidden filter", FILTERS, experiment.filter, _set_filter,
            "Y is the response of X to it. The learner is not told which it is.",
        )  # fmt: skip
        if experiment.filter == "own":
            _matrix("own_filter", "The filter's rows", experiment.own_filter, _with_own_filter)
    if experiment.task in ("photograph", "colour"):
        left, right = st.columns(2, gap="small")
        with left:
            _select(
                "photograph", "Photograph", PHOTOGRAPHS, experiment.photograph,
                lambda name: change(lambda e: e.changed(photograph=name)),
                "Two pictures that come with scikit-learn.",
            )  # fmt: skip
        with right:
            crops = {size: f"{size}×{size}" for size in sorted({64, 128, 256, experiment.crop})}
            _select(
                "crop", "Middle of", crops, experiment.crop,
                lambda size: change(lambda e: e.changed(crop=size)),
                "How many pixels of the photograph's middle are learned from.",
            )  # fmt: skip
    if experiment.task == "matrices":
        _pair(experiment)
    if experiment.task == "pictures":
        _uploads()


def _descent(config: Any) -> None:
    left, right = st.columns(2, gap="small")
    with left:
        _real("learning_rate", "Learning rate", config.learning_rate, "Size of a step.")
    with right:
        _number("steps", "Steps", config.steps, lambda n: _set("steps", n))
    if config.optimizer == "momentum":
        _real("momentum", "Momentum", config.momentum, "Share of the last step that is kept.")


def _more(experiment: "Experiment") -> None:
    from convcore.config import BACKENDS

    config = experiment.config
    _select(
        "start", "First kernel", _STARTS, config.start, lambda v: _set_start(v, experiment),
        "**Random**: as torch draws it, by the seed. **Given**: type it.",
    )  # fmt: skip
    if config.start == "given" and _flat(config):
        _matrix(
            "start_weight", "Its rows", config.start_weight,
            lambda e, rows: e.configured(start_weight=rows),
        )  # fmt: skip
    _number("seed", "Seed", config.seed, lambda n: _set("seed", n))
    _select(
        "loss", "Squared errors", _LOSSES, config.loss, lambda v: _set("loss", v),
        "**Mean** divides by the number of outputs, and so the gradient: rates are that much "
        "larger.",
    )  # fmt: skip
    _toggle("bias", "Bias", config.bias, "Learn one number that is added to every output, too.")
    rows, columns = config.padding
    left, right = st.columns(2, gap="small")
    with left:
        _number("pad_rows", "Padding rows", rows, lambda n: _set("padding", (n, columns)))
    with right:
        _number("pad_columns", "columns", columns, lambda n: _set("padding", (rows, n)))
    _real("noise", "Noise on Y", config.noise, "Its standard deviation; 0 is none.")
    left, right = st.columns(2, gap="small")
    with left:
        _number("patches", "Patches a step", config.patches, lambda n: _set("patches", n))
    with right:
        _number("patch_size", "Patch side", config.patch_size, lambda n: _set("patch_size", n))
    st.caption("0 patches: every step sees the whole picture.")
    _select(
        "backend", "Convolution", {name: name for name in BACKENDS}, config.backend,
        lambda v: _set("backend", v), "**custom**: our hand-written one. **torch**: torch's own.",
    )  # fmt: skip


def _pair(experiment: "Experiment") -> None:
    """Draw X and Y as texts; both are taken at once, since one without the other does not fit."""
    keys = []
    with st.form("kernel_learning.pair", border=False):
        for name in ("x", "y"):
            rows = getattr(experiment, name)
            # A key of its own for each value: what is being typed outlives other changes.
            keys.append(f"kernel_learning.{name}.{hash(rows)}")
            st.text_area(
                name.upper(),
                _text(rows),
                key=keys[-1],
                height=150,
                help="Rows from a spreadsheet, or a Python list such as [[1, 2], [3, 4]].",
            )
        if st.form_submit_button("Use X and Y", icon=":material/check:"):
            _take_pair(*(st.session_state[key] for key in keys))
            st.rerun()


def _take_pair(*texts: str) -> None:
    from lab.kernel_learning.begin import advised, paired
    from lab.playground.numbers import parse_matrix

    change(lambda experiment: advised(paired(experiment, *map(parse_matrix, texts))))


def _uploads() -> None:
    st.caption("PNG, JPEG or WebP, in grey; of each the middle 64×64 pixels, uncompressed at best.")
    for name in ("x", "y"):
        key = f"kernel_learning.upload_{name}"
        st.file_uploader(
            f"Picture {name.upper()}",
            ["png", "jpg", "jpeg", "webp"],
            key=key,
            on_change=_take_pictures,
            max_upload_size=20,
            help="The picture, and what the unknown filter made of it. Give both.",
        )


def _take_pictures() -> None:
    """Learn from the two uploads once both are there."""
    files = [st.session_state[f"kernel_learning.upload_{name}"] for name in ("x", "y")]
    if None in files:
        return

    def taken(experiment: "Experiment") -> "Experiment":
        from lab.kernel_learning.begin import advised, paired
        from lab.kernel_learning.photographs import given

        x, y = (given(file.name, file.getvalue()).tolist() for file in files)
        return advised(paired(experiment, x, y))

    change(taken)


def _set(name: str, value: Any) -> None:
    change(lambda experiment: experiment.configured(**{name: value}))


def _set_task(task: str) -> None:
    from lab.kernel_learning.begin import begun

    change(lambda experiment: begun(experiment, task))


def _set_filter(name: str) -> None:
    from lab.kernel_learning.begin import with_filter

    change(lambda experiment: with_filter(experiment, name))


def _with_own_filter(experiment: "Experiment", rows: Sequence) -> "Experiment":
    from lab.kernel_learning.begin import with_filter

    return with_filter(experiment.changed(own_filter=rows), "own")


def _set_start(start: str, experiment: "Experiment") -> None:
    """Choose how to start; a given start begins as the zeros of the kernel's shape."""
    values: dict[str, Any] = {"start": start}
    if start == "given":
        from convcore.kernel_learning import pose
        from lab.kernel_learning.tasks import task_of

        task = task_of(experiment)
        shape = pose(task.x, task.y, experiment.config).weight_shape
        zeros: Any = task.y.new_zeros(shape if shape[:2] != (1, 1) else shape[2:]).tolist()
        values["start_weight"] = zeros
    change(lambda e: e.configured(**values))


def _flat(config: Any) -> bool:
    """Whether the given start is one matrix, which a text can hold."""
    return not isinstance(config.start_weight[0][0], tuple)


def _select(
    name: str,
    label: str,
    options: dict,
    value: Any,
    set_to: Callable[[Any], None],
    help: str,  # noqa: A002 - the word Streamlit uses
) -> None:
    key = f"kernel_learning.{name}"
    st.session_state[key] = value
    st.selectbox(
        label,
        list(options),
        format_func=options.get,
        key=key,
        help=help,
        on_change=lambda: set_to(st.session_state[key]),
    )


def _toggle(name: str, label: str, value: bool, help: str) -> None:  # noqa: A002
    key = f"kernel_learning.{name}"
    st.session_state[key] = value
    st.toggle(label, key=key, help=help, on_change=lambda: _set(name, st.session_state[key]))


def _number(name: str, label: str, value: int, set_to: Callable[[int], None]) -> None:
    """Draw a whole number; its bounds are the config's own, which says them in a sentence."""
    key = f"kernel_learning.{name}"
    st.session_state[key] = value
    st.number_input(
        label, step=1, key=key, help=_help(name), on_change=lambda: set_to(st.session_state[key])
    )


def _real(name: str, label: str, value: float, help: str) -> None:  # noqa: A002
    key = f"kernel_learning.{name}"
    st.session_state[key] = value
    st.number_input(
        label,
        step=max(abs(value) / 10, 1e-12),
        format="%.5g",
        key=key,
        help=help,
        on_change=lambda: _set(name, st.session_state[key]),
    )


def _help(name: str) -> str | None:
    from dataclasses import fields

    from convcore.kernel_learning.config import LearnConfig

    field = {
        "rows": "kernel_size", "columns": "kernel_size",
        "pad_rows": "padding", "pad_columns": "padding",
    }.get(name, name)  # fmt: skip
    return next(spec.metadata["help"] for spec in fields(LearnConfig) if spec.name == field)


def _matrix(name: str, label: str, rows: Sequence, set_to: Callable[[Any], Any]) -> None:
    """Draw a matrix as text; `set_to` makes the new experiment of the old one and the rows."""
    key = f"kernel_learning.{name}"
    st.session_state[key] = _text(rows)
    st.text_area(
        label,
        key=key,
        height=min(180, 60 + 24 * len(rows)),
        help="Rows from a spreadsheet, or a Python list. What does not fit changes nothing.",
        on_change=lambda: _paste(key, set_to),
    )


def _paste(key: str, set_to: Callable[[Any], Any]) -> None:
    from lab.playground.numbers import parse_matrix

    text = st.session_state[key]
    change(lambda experiment: set_to(experiment, parse_matrix(text)))


def _text(rows: Sequence) -> str:
    return "\n".join("\t".join(f"{value:.12g}" for value in row) for row in rows)
