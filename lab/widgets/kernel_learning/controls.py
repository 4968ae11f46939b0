"""What is learned, and how, as widgets; each change goes through `state.change`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from lab.widgets.kernel_learning import own
from lab.widgets.kernel_learning.fields import matrix, number, real, select, set_to, toggle
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

    select("task", "Task", TASKS, experiment.task, _set_task, _TASK_HELP)
    _task(experiment)
    config = experiment.config
    left, right = st.columns(2, gap="small")
    rows, columns = config.kernel_size
    with left:
        number("rows", "Kernel rows", rows, lambda n: set_to("kernel_size", (n, columns)))
    with right:
        number("columns", "Kernel columns", columns, lambda n: set_to("kernel_size", (rows, n)))
    select(
        "optimizer", "Optimiser", _OPTIMIZERS, config.optimizer, lambda v: set_to("optimizer", v),
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
        select(
            "filter", "Hidden filter", FILTERS, experiment.filter, _set_filter,
            "Y is the response of X to it. The learner is not told which it is.",
        )  # fmt: skip
        if experiment.filter == "own":
            matrix("own_filter", "The filter's rows", experiment.own_filter, _with_own_filter)
    if experiment.task in ("photograph", "colour"):
        left, right = st.columns(2, gap="small")
        with left:
            select(
                "photograph", "Photograph", PHOTOGRAPHS, experiment.photograph,
                lambda name: change(lambda e: e.changed(photograph=name)),
                "Two pictures that come with scikit-learn.",
            )  # fmt: skip
        with right:
            crops = {size: f"{size}×{size}" for size in sorted({64, 128, 256, experiment.crop})}
            select(
                "crop", "Middle of", crops, experiment.crop,
                lambda size: change(lambda e: e.changed(crop=size)),
                "How many pixels of the photograph's middle are learned from.",
            )  # fmt: skip
    if experiment.task == "matrices":
        own.pair(experiment)
    if experiment.task == "pictures":
        own.uploads()


def _descent(config: Any) -> None:
    left, right = st.columns(2, gap="small")
    with left:
        real("learning_rate", "Learning rate", config.learning_rate, "Size of a step.")
    with right:
        number("steps", "Steps", config.steps, lambda n: set_to("steps", n))
    if config.optimizer == "momentum":
        real("momentum", "Momentum", config.momentum, "Share of the last step that is kept.")


def _more(experiment: "Experiment") -> None:
    from convcore.config import BACKENDS

    config = experiment.config
    select(
        "start", "First kernel", _STARTS, config.start, lambda v: _set_start(v, experiment),
        "**Random**: as torch draws it, by the seed. **Given**: type it.",
    )  # fmt: skip
    if config.start == "given" and _flat(config):
        matrix(
            "start_weight", "Its rows", config.start_weight,
            lambda e, rows: e.configured(start_weight=rows),
        )  # fmt: skip
    number("seed", "Seed", config.seed, lambda n: set_to("seed", n))
    select(
        "loss", "Squared errors", _LOSSES, config.loss, lambda v: set_to("loss", v),
        "**Mean** divides by the number of outputs, and so the gradient: rates are that much "
        "larger.",
    )  # fmt: skip
    toggle("bias", "Bias", config.bias, "Learn one number that is added to every output, too.")
    rows, columns = config.padding
    left, right = st.columns(2, gap="small")
    with left:
        number("pad_rows", "Padding rows", rows, lambda n: set_to("padding", (n, columns)))
    with right:
        number("pad_columns", "columns", columns, lambda n: set_to("padding", (rows, n)))
    real("noise", "Noise on Y", config.noise, "Its standard deviation; 0 is none.")
    left, right = st.columns(2, gap="small")
    with left:
        number("patches", "Patches a step", config.patches, lambda n: set_to("patches", n))
    with right:
        number("patch_size", "Patch side", config.patch_size, lambda n: set_to("patch_size", n))
    st.caption("0 patches: every step sees the whole picture.")
    select(
        "backend", "Convolution", {name: name for name in BACKENDS}, config.backend,
        lambda v: set_to("backend", v), "**custom**: our hand-written one. **torch**: torch's own.",
    )  # fmt: skip


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
