"""Which kernel is laid on the picture: of the list, saved by somebody, or one's own numbers."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from lab.edges.setup import OWN, EdgeSetup
from lab.settings import current
from lab.widgets import fields
from lab.widgets.edges.state import change, setting
from lab.widgets.errors import plain, told


def kernel(setup: EdgeSetup) -> None:
    """Draw the choice of the kernel, what it is made from, and the shelf of saved ones."""
    from convcore.kernels import CATALOGUE

    names = [each.name for each in CATALOGUE]
    kept = _kept()
    # A link holds the numbers, not the name, so it works where nobody has saved them.
    numbers = None if setup.transpose_kernel else setup.numbers
    mine = next((name for name, each in kept.items() if each == numbers), None)
    fields.choice(
        "edges.kernel",
        "Kernel",
        {name: name for name in (*names, *kept, OWN)},
        mine or setup.kernel,
        lambda name: change(lambda setup: _with_kernel(setup, name, kept)),
        "All of them are made for cross-correlation: laid on the picture as printed. Saved "
        "ones stand after those that come with the page.",
    )
    for spec in CATALOGUE:
        if spec.name == setup.kernel:
            for parameter in spec.parameters:
                _parameter(parameter, dict(setup.parameters).get(parameter.name, parameter.default))
    if setup.kernel == OWN:
        fields.numbers(
            "edges.numbers",
            "Numbers",
            setup.numbers,
            lambda text: change(lambda setup: _with_numbers(setup, text)),
            "A row a line, up to 31 × 31; paste from a spreadsheet or a Python list.",
            140,
        )
    fields.toggle(
        "edges.transpose_kernel",
        "Transpose it",
        setup.transpose_kernel,
        setting("transpose_kernel"),
        "Rows become columns: what looked for upright edges looks for flat ones.",
    )
    _shelf(mine, (*names, OWN))


# What the parameters of all kernels mean.
_ABOUT = {
    "size": "How many cells the kernel is wide and high.",
    "sigma": "Standard deviation of the bell: 68 % of its weight lie within it.",
    "length": "How far the camera moved while the shutter was open.",
    "angle": "The direction, anticlockwise from the right.",
    "order": "How often it is differentiated: 1 is the slope, 2 the curvature.",
    "accuracy": "How fine its formula is: the error shrinks with the step to this power.",
    "direction": "The side that should be brighter, as on a compass.",
    "axis": "Along which the brightness changes: x finds upright edges, y flat ones.",
    "neighbours": "4: above, below and beside. 8: the diagonals too.",
    "wavelength": "From one stripe to the next like it.",
    "aspect": "How round the bell is: 1 is a circle, less is longer along the stripes.",
    "phase": "0 is a bright stripe in the middle, 90 an edge.",
    "amount": "How much of the detail is added.",
}


def _parameter(parameter: Any, value: Any) -> None:
    """Draw one parameter of a kernel: a slider over its range, or its choices."""
    key, label = f"edges.parameter.{parameter.name}", parameter.name.capitalize()

    def take(value: Any) -> None:
        change(lambda setup: setup.with_parameter(parameter.name, value))

    if hasattr(parameter, "options"):
        options = {each: str(each) for each in parameter.options}
        fields.choice(key, label, options, value, take, _ABOUT[parameter.name])
        return
    label += f" ({parameter.unit})" if parameter.unit else ""
    kind = int if isinstance(parameter.default, int) else float
    bounds = parameter.least, parameter.most
    fields.slider(key, label, value, bounds, kind(parameter.step), take, _ABOUT[parameter.name])


def _shelf(mine: str | None, taken: tuple[str, ...]) -> None:
    """Draw what saves a kernel under a name, and what renames or deletes a saved one."""
    with st.popover("Saved kernels", icon=":material/bookmark:", width="stretch"):
        st.caption(
            f"“{plain(mine)}” is saved, for all who share this lab."
            if mine
            else "Save the numbers of this kernel under a name, for all who share this lab. They "
            "then stand in the list of kernels."
        )
        st.text_input(
            "New name" if mine else "Name",
            max_chars=40,
            key="edges.saved_name",
            help="Under it the kernel stands in the list; one name, one kernel.",
        )
        if mine:
            about = "The kernel stays, under the name above."
            _act("Rename", "edit", lambda setup: _rename(setup, mine, taken), about)
            about = "Takes it from the list for all. Its numbers stay on your screen."
            _act("Delete", "delete", lambda setup: _delete(setup, mine), about)
        else:
            about = "Keeps the numbers under the name above."
            _act("Save", "save", lambda setup: _save(setup, taken), about)


def _act(label: str, icon: str, make: Callable[[EdgeSetup], EdgeSetup], about: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"edges.saved_{label.lower()}",
        on_click=change,
        args=(make,),
        width="stretch",
        help=about,
    )


def _save(setup: EdgeSetup, taken: tuple[str, ...]) -> EdgeSetup:
    from lab.edges import saved

    own = _as_own(setup)
    saved.save(current().mlruns, st.session_state["edges.saved_name"], own.numbers, taken)
    st.session_state["edges.saved_name"] = ""
    return own


def _rename(setup: EdgeSetup, old: str, taken: tuple[str, ...]) -> EdgeSetup:
    from lab.edges import saved

    saved.rename(current().mlruns, old, st.session_state["edges.saved_name"], taken)
    st.session_state["edges.saved_name"] = ""
    return setup


def _delete(setup: EdgeSetup, name: str) -> EdgeSetup:
    """Delete what is saved; its numbers stay on the screen."""
    from lab.edges import saved

    saved.delete(current().mlruns, name)
    return setup


def _kept() -> dict[str, tuple]:
    """Return the saved kernels; none, and why, where they cannot be read."""
    from lab.edges import saved

    with told():
        return saved.saved(current().mlruns)
    return {}


def _as_own(setup: EdgeSetup) -> EdgeSetup:
    """The same kernel, by its numbers."""
    from lab.edges import compute

    numbers = tuple(map(tuple, compute.kernel(setup).tolist()))
    return setup.changed(kernel=OWN, parameters=(), numbers=numbers, transpose_kernel=False)


def _with_kernel(setup: EdgeSetup, name: str, kept: dict[str, tuple]) -> EdgeSetup:
    """Another kernel; one's own begins with the numbers of the last one."""
    if name == OWN:
        return _as_own(setup)
    if name in kept:
        return setup.changed(kernel=OWN, parameters=(), numbers=kept[name], transpose_kernel=False)
    return setup.changed(kernel=name, parameters=(), numbers=())


def _with_numbers(setup: EdgeSetup, text: str) -> EdgeSetup:
    from convcore.errors import ConvcoreError
    from lab.playground import parse_matrix
    from lab.playground.setup import floats

    numbers = floats(parse_matrix(text))
    if not isinstance(numbers[0], tuple):
        numbers = (numbers,)
    if isinstance(numbers[0][0], tuple):
        raise ConvcoreError(
            f"edges: {len(numbers)} matrices were given, but a kernel here is one. Leave out the "
            "blank lines between rows."
        )
    return setup.changed(numbers=numbers, transpose_kernel=False)
