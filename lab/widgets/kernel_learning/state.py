"""What the kernel learning page shows now: one `Experiment`, and the address that says the same.

The address is `?experiment=…` with everything in it; `?run=…` opens one that was kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from lab.widgets.errors import told
from lab.widgets.reading import opened_store
from lab.widgets.screen import Screen

if TYPE_CHECKING:
    from convcore.kernel_learning import Event
    from lab.kernel_learning import Experiment
    from lab.kernel_learning.film import Film

_KEY = "kernel_learning.now"


@dataclass
class Learned:
    """What has been learned of an experiment; a list that grows while it runs."""

    experiment: "Experiment"
    events: "list[Event]" = field(default_factory=list)
    coming: "Iterator[Event] | None" = None  # the steps that are still to be taken, while it runs
    whole: bool = False
    film: "Film | None" = None
    picked: dict[str, Any] | None = None  # the weight whose gradient is looked at, and the step


@dataclass
class Now(Screen["Experiment"]):
    """What one session shows."""

    learned: Learned | None = None  # None until the first look at an experiment


def now() -> Now:
    """Return what to show, and write its address; tell of one that asks for what there is not."""
    if _KEY not in st.session_state:
        from lab.kernel_learning import Experiment

        st.session_state[_KEY] = Now(Experiment())
    shown: Now = st.session_state[_KEY]
    with told():
        if asked := shown.asked(("experiment", "run")):
            experiment = _asked(asked)
            _check(experiment)
            shown.show(experiment)
    if not shown.learned or shown.learned.experiment != shown.setup:
        shown.learned = Learned(shown.setup)
    shown.write({"experiment": shown.setup.to_link()})
    return shown


def change(make: "Callable[[Experiment], Experiment]") -> None:
    """Show what `make` makes of the experiment; if that can't be learned, say why instead."""
    st.session_state[_KEY].change(make, _check)


def configure(name: str) -> Callable[[Any], None]:
    """Return what sets one setting of how the kernel is learned."""
    return lambda value: change(lambda experiment: experiment.configured(**{name: value}))


def show_run(run_id: str) -> None:
    """Show what a run has kept."""
    change(lambda _: _asked({"run": run_id}))


def pick(picked: dict[str, Any]) -> None:
    """Look at the gradient of a weight that was clicked in the film."""
    st.session_state[_KEY].learned.picked = picked


def _asked(asked: dict[str, str]) -> "Experiment":
    """Return the experiment that an address asks for.

    Raises:
        ConvcoreError: there is none, or it is damaged.
    """
    from lab.kernel_learning import Experiment

    if "run" in asked:
        from lab.kernel_learning.keeping import kept_experiment

        return kept_experiment(opened_store(), asked["run"])
    return Experiment.from_link(asked["experiment"])


def _check(experiment: "Experiment") -> None:
    """See that X, Y and the kernel fit.

    Raises:
        ConvcoreError: they don't.
    """
    from convcore.kernel_learning import pose
    from lab.kernel_learning.tasks import task_of

    task = task_of(experiment)
    pose(task.x, task.y, experiment.config).start()
