"""What is learned, and how, as widgets; each change goes through `state.change`."""

from collections.abc import Callable, Sequence
from dataclasses import fields as fields_of
from typing import TYPE_CHECKING, Any

import streamlit as st

from lab.widgets import fields
from lab.widgets.kernel_learning import own
from lab.widgets.kernel_learning.state import Now, change, configure
from lab.widgets.screen import history_buttons

if TYPE_CHECKING:
    from convcore.kernel_learning import LearnConfig
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
_OPTIMIZER_HELP = (
    "**Plain gradient** steps straight downhill. **Momentum** keeps rolling. **Adam** scales each "
    "weight's steps. **Newton** measures the bowl and jumps to its bottom."
)
_LOSS_HELP = (
    "**Mean** divides by the number of outputs, and so the gradient: rates are that much larger."
)
_ROWS_HELP = "Rows from a spreadsheet, or a Python list. What does not fit changes nothing."


def controls(shown: Now) -> None:
    """Draw the task and every setting."""
    from lab.kernel_learning.experiment import TASKS, Experiment

    experiment = shown.setup
    with st.container(horizontal=True, gap="small"):
        history_buttons("kernel_learning", shown, lambda: change(lambda _: Experiment()))
    _choice("task", "Task", TASKS, experiment.task, _set_task, _TASK_HELP)
    _task(experiment)
    config = experiment.config
    _pair("kernel_size", ("Kernel rows", "Kernel columns"), config)
    optimizer = configure("optimizer")
    _choice("optimizer", "Optimiser", _OPTIMIZERS, config.optimizer, optimizer, _OPTIMIZER_HELP)
    if config.optimizer != "newton":
        _descent(config)
    with st.expander("Start, loss, noise, patches", icon=":material/tune:"):
        _more(experiment)


def _task(experiment: "Experiment") -> None:
    """Draw what the task itself asks for."""
    from lab.kernel_learning.experiment import FILTERS, PHOTOGRAPHS

    if experiment.task in ("photograph", "checkerboard"):
        about = "Y is the response of X to it. The learner is not told which it is."
        _choice("filter", "Hidden filter", FILTERS, experiment.filter, _set_filter, about)
        if experiment.filter == "own":
            _matrix("own_filter", "The filter's rows", experiment.own_filter, _with_own_filter)
    if experiment.task in ("photograph", "colour"):
        crops = {size: f"{size}×{size}" for size in sorted({64, 128, 256, experiment.crop})}
        left, right = st.columns(2, gap="small")
        with left:
            about = "Two pictures that come with scikit-learn."
            photograph = _setting("photograph")
            _choice(
                "photograph", "Photograph", PHOTOGRAPHS, experiment.photograph, photograph, about
            )
        with right:
            about = "How many pixels of the photograph's middle are learned from."
            _choice("crop", "Middle of", crops, experiment.crop, _setting("crop"), about)
    if experiment.task == "matrices":
        own.pair(experiment)
    if experiment.task == "pictures":
        own.uploads()


def _descent(config: "LearnConfig") -> None:
    left, right = st.columns(2, gap="small")
    with left:
        _real("learning_rate", "Learning rate", config.learning_rate, "Size of a step.")
    with right:
        _whole("steps", "Steps", config.steps)
    if config.optimizer == "momentum":
        _real("momentum", "Momentum", config.momentum, "Share of the last step that is kept.")


def _more(experiment: "Experiment") -> None:
    from convcore.config import BACKENDS

    config = experiment.config
    about = "**Random**: as torch draws it, by the seed. **Given**: type it."
    _choice("start", "First kernel", _STARTS, config.start, _set_start, about)
    if config.start == "given" and _flat(config):
        _matrix("start_weight", "Its rows", config.start_weight, _with_start_weight)
    _whole("seed", "Seed", config.seed)
    _choice("loss", "Squared errors", _LOSSES, config.loss, configure("loss"), _LOSS_HELP)
    fields.toggle(
        "kernel_learning.bias",
        "Bias",
        config.bias,
        configure("bias"),
        "Learn one number that is added to every output, too.",
    )
    _pair("padding", ("Padding rows", "columns"), config)
    _real("noise", "Noise on Y", config.noise, "Its standard deviation; 0 is none.")
    left, right = st.columns(2, gap="small")
    with left:
        _whole("patches", "Patches a step", config.patches)
    with right:
        _whole("patch_size", "Patch side", config.patch_size)
    st.caption("0 patches: every step sees the whole picture.")
    about = "**custom**: our hand-written one. **torch**: torch's own."
    backends = {name: name for name in BACKENDS}
    _choice("backend", "Convolution", backends, config.backend, configure("backend"), about)


def _choice(
    name: str, label: str, options: dict, value: Any, take: fields.Take, about: str
) -> None:
    fields.choice(f"kernel_learning.{name}", label, options, value, take, about)


def _real(name: str, label: str, value: float, about: str) -> None:
    fields.real(f"kernel_learning.{name}", label, value, configure(name), about)


def _whole(name: str, label: str, value: int) -> None:
    """Draw a whole number; its bounds are the config's own, which says them in a sentence."""
    fields.whole(f"kernel_learning.{name}", label, value, configure(name), _help(name))


def _pair(name: str, labels: tuple[str, str], config: "LearnConfig") -> None:
    """Draw a setting that has a number for rows and one for columns."""
    rows, columns = getattr(config, name)
    take, about, key = configure(name), _help(name), f"kernel_learning.{name}"
    left, right = st.columns(2, gap="small")
    with left:
        fields.whole(f"{key}.rows", labels[0], rows, lambda n: take((n, columns)), about)
    with right:
        fields.whole(f"{key}.columns", labels[1], columns, lambda n: take((rows, n)), about)


def _matrix(
    name: str,
    label: str,
    rows: Sequence,
    make: "Callable[[Experiment, Sequence], Experiment]",
) -> None:
    from lab.playground.numbers import parse_matrix

    def take(text: str) -> None:
        change(lambda experiment: make(experiment, parse_matrix(text)))

    height = min(180, 60 + 24 * len(rows))
    fields.numbers(f"kernel_learning.{name}", label, rows, take, _ROWS_HELP, height)


def _help(name: str) -> str:
    from convcore.kernel_learning.config import LearnConfig

    return next(spec.metadata["help"] for spec in fields_of(LearnConfig) if spec.name == name)


def _setting(name: str) -> fields.Take:
    return lambda value: change(lambda experiment: experiment.changed(**{name: value}))


def _set_task(task: str) -> None:
    from lab.kernel_learning.begin import begun

    change(lambda experiment: begun(experiment, task))


def _set_filter(name: str) -> None:
    from lab.kernel_learning.begin import with_filter

    change(lambda experiment: with_filter(experiment, name))


def _with_own_filter(experiment: "Experiment", rows: Sequence) -> "Experiment":
    from lab.kernel_learning.begin import with_filter

    return with_filter(experiment.changed(own_filter=rows), "own")


def _with_start_weight(experiment: "Experiment", rows: Sequence) -> "Experiment":
    return experiment.configured(start_weight=rows)


def _set_start(start: str) -> None:
    """Choose how to start; a given start begins as the zeros of the kernel's shape."""
    change(lambda experiment: _started(experiment, start))


def _started(experiment: "Experiment", start: str) -> "Experiment":
    from convcore.kernel_learning import pose
    from lab.kernel_learning.tasks import task_of

    if start != "given":
        return experiment.configured(start=start)
    task = task_of(experiment)
    shape = pose(task.x, task.y, experiment.config).weight_shape
    zeros = task.y.new_zeros(shape if shape[:2] != (1, 1) else shape[2:]).tolist()
    return experiment.configured(start=start, start_weight=zeros)


def _flat(config: "LearnConfig") -> bool:
    """Whether the given start is one matrix, which a text can hold."""
    return not isinstance(config.start_weight[0][0], tuple)
