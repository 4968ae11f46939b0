"""What the kernel learning page shows now: one `Experiment`, and the address that says the same.

The address is `?experiment=…` with everything in it, or `?run=…` for one that was kept. Whoever
changes the address (a link, the back button) wins over what the session remembers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from convcore.errors import ConvcoreError

if TYPE_CHECKING:
    from convcore.kernel_learning import Event
    from lab.kernel_learning import Experiment
    from lab.kernel_learning.film import Film

_KEY = "kernel_learning.now"


@dataclass
class Learned:
    """What has been learned of the experiment on the screen; a list that grows while it runs."""

    events: "list[Event]" = field(default_factory=list)
    coming: "Iterator[Event] | None" = None  # the steps that are still to be taken, while it runs
    whole: bool = False
    film: "Film | None" = None


@dataclass
class Now:
    """What one session shows."""

    experiment: "Experiment"
    error: str | None = None  # why the last change was not made
    run: str | None = None  # the kept run that this is, while nothing of it has been changed
    learned: Learned = field(default_factory=Learned)
    picked: dict[str, Any] | None = None  # the weight whose gradient is looked at, and the step
    address: dict[str, str] = field(default_factory=dict)  # as this session wrote it last


def now() -> Now:
    """Return what to show: the address if it is new, else what the session has.

    Raises:
        ConvcoreError: the address asks for what there is not; what was there stays.
    """
    asked = {
        name: st.query_params[name] for name in ("experiment", "run") if name in st.query_params
    }
    shown: Now | None = st.session_state.get(_KEY)
    if shown is None:
        from lab.kernel_learning import Experiment

        shown = st.session_state[_KEY] = Now(Experiment())
    if asked and asked != shown.address:
        shown.address = asked  # told once, if it is of no use
        _follow(shown, asked)
    return shown


def change(make: "Callable[[Experiment], Experiment]") -> None:
    """Show what `make` makes of the experiment; if that can't be learned, say why instead."""
    shown: Now = st.session_state[_KEY]
    try:
        candidate = make(shown.experiment)
        _check(candidate)
    except ConvcoreError as error:
        shown.error = str(error)
        return
    shown.error = None
    if candidate != shown.experiment:
        _show(shown, candidate)


def pick(picked: dict[str, Any]) -> None:
    """Look at the gradient of a weight that was clicked in the film."""
    shown: Now = st.session_state[_KEY]
    shown.picked = picked


def write_address(shown: Now) -> None:
    """Put what is shown into the address."""
    address = {"run": shown.run} if shown.run else {"experiment": shown.experiment.to_link()}
    if address != shown.address:
        shown.address = address
        st.query_params.from_dict(address)


def _follow(shown: Now, asked: dict[str, str]) -> None:
    """Show what an address asks for."""
    from lab.kernel_learning import Experiment

    if "run" in asked:
        from lab.kernel_learning.keeping import opened
        from lab.widgets.reading import opened_store

        candidate = opened(opened_store(), asked["run"])
    else:
        candidate = Experiment.from_link(asked["experiment"])
    _check(candidate)
    shown.error = None
    if candidate != shown.experiment:
        _show(shown, candidate)
    shown.run = asked.get("run")


def _check(candidate: "Experiment") -> None:
    """See that X, Y and the kernel fit.

    Raises:
        ConvcoreError: they don't.
    """
    from convcore.kernel_learning import pose
    from lab.kernel_learning.tasks import task_of

    task = task_of(candidate)
    pose(task.x, task.y, candidate.config).start()


def _show(shown: Now, experiment: "Experiment") -> None:
    shown.experiment, shown.run, shown.picked, shown.learned = experiment, None, None, Learned()
