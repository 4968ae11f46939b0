"""What the playground shows now: one `Setup`, its past, and the address that says the same.

The address is `?preset=a1`, or `?setup=…` with every number in it, and `&pin=0,1,2` for a pinned
output, `&hidden=1` for one to be predicted; `?run=…` opens what a run has kept. Whoever changes the
address (a link, the back button) wins over what the session remembers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from convcore.errors import ConvcoreError
from lab.playground import Setup
from lab.widgets.reading import opened_store

FIRST = "a1"
_KEY = "playground.now"
_MOST_STEPS = 100  # of undo


@dataclass
class Now:
    """What one session shows."""

    setup: Setup
    preset: str | None  # its name, while nothing of it has been changed
    pin: list[int] | None = None
    hidden: bool = False  # the output is to be predicted first
    size_known: bool = False  # its size has been predicted
    error: str | None = None  # why the last change was not made
    labels: str | None = None  # the preset that names the rows and columns of this input
    refused: str | None = None  # a formula as it was typed, while it is wrong
    past: list[tuple[Setup, str | None]] = field(default_factory=list)  # with the preset's name
    undone: list[tuple[Setup, str | None]] = field(default_factory=list)
    address: dict[str, str] = field(default_factory=dict)  # as this session wrote it last
    followed: int = 0  # addresses that came from outside; each has a stepper of its own


def now() -> Now:
    """Return what to show: the address if it is new, else what the session has.

    Raises:
        ConvcoreError: the address asks for what there is not; what was there stays.
    """
    asked = {
        name: st.query_params[name]
        for name in ("preset", "setup", "labels", "pin", "run", "hidden")
        if name in st.query_params
    }
    shown: Now | None = st.session_state.get(_KEY)
    if shown is None:
        shown = st.session_state[_KEY] = _started(FIRST)
    if asked and asked != shown.address:
        shown.address = asked  # told once, if it is of no use
        _follow(shown, asked)
    return shown


def change(make: Callable[[Setup], Setup]) -> None:
    """Show what `make` makes of the setup; if that does not fit together, say why instead."""
    from lab.playground.compute import compute

    shown: Now = st.session_state[_KEY]
    try:
        candidate = make(shown.setup)
        compute(candidate)
    except ConvcoreError as error:
        shown.error = str(error)
        return
    if candidate == shown.setup:
        return  # what was told last still holds
    shown.error = shown.refused = None
    _remember(shown)
    _show(shown, candidate, None)


def take_preset(name: str) -> None:
    """Show a preset; undo leads back."""
    from lab.playground.presets import preset

    shown: Now = st.session_state[_KEY]
    shown.error = shown.refused = None
    if shown.preset != name:
        _remember(shown)
        _show(shown, preset(name).make(), name)


def take_formula(key: str) -> None:
    """Pool by the formula typed into the widget `key`; a wrong one stays there to be mended."""
    text = st.session_state[key]
    change(lambda setup: setup.changed(formula=text))
    shown: Now = st.session_state[_KEY]
    shown.refused = text if text != shown.setup.formula else None


def undo() -> None:
    """Go one change back."""
    shown: Now = st.session_state[_KEY]
    _walk(shown, shown.past, shown.undone)


def redo() -> None:
    """Take back the last undo."""
    shown: Now = st.session_state[_KEY]
    _walk(shown, shown.undone, shown.past)


def write_address(shown: Now) -> None:
    """Put what is shown into the address."""
    address = {"preset": shown.preset} if shown.preset else {"setup": shown.setup.to_link()}
    if shown.labels and not shown.preset:
        address["labels"] = shown.labels
    if shown.pin is not None:
        address["pin"] = ",".join(map(str, shown.pin))
    if shown.hidden:
        address["hidden"] = "1"
    if address != shown.address:
        shown.address = address
        st.query_params.from_dict(address)


def hide(wanted: bool) -> None:
    """Hide the output, so that it can be predicted, or show it again."""
    shown: Now = st.session_state[_KEY]
    shown.hidden, shown.size_known = wanted, False


def stepper(shown: Now) -> None:
    """Draw the stepper; what is done in it changes the setup."""
    from lab.components import stepper as component
    from lab.playground.presets import labels_of
    from lab.playground.scene import scene

    hidden = shown.hidden and ("values" if shown.size_known else "size")
    drawn = scene(shown.setup, hidden=hidden, pin=shown.pin)
    if shown.labels:
        drawn["labels"] = labels_of(shown.labels)
    component.stepper(drawn, key=f"playground.stepper.{shown.followed}", on_event=_done)


def _done(event: Any) -> None:
    """Do what was done in the stepper: a number typed, a matrix pasted, undo, a pin."""
    from lab.playground import edits

    shown: Now = st.session_state[_KEY]
    if event.edit:
        change(lambda setup: edits.with_number(setup, **event.edit))
    elif event.paste:
        change(lambda setup: edits.with_matrix(setup, **event.paste))
    elif event.undo:
        undo()
    shown.pin = event.pin if event.pin and _fits(event.pin, shown.setup) else None


def _remember(shown: Now) -> None:
    """Make a change one that undo leads back from."""
    shown.past = [*shown.past[-_MOST_STEPS:], (shown.setup, shown.preset)]
    shown.undone = []


def _walk(shown: Now, back: list, forth: list) -> None:
    """Show the last of `back`, and put what was shown onto `forth`."""
    shown.error = shown.refused = None
    if back:
        forth.append((shown.setup, shown.preset))
        _show(shown, *back.pop())


def _show(shown: Now, setup: Setup, preset: str | None) -> None:
    if preset or setup.x != shown.setup.x:
        shown.labels = preset  # other numbers have other names
    shown.setup, shown.preset, shown.size_known = setup, preset, False
    if shown.pin is not None and not _fits(shown.pin, setup):
        shown.pin = None


def _follow(shown: Now, asked: dict[str, str]) -> None:
    """Show what an address asks for."""
    from lab.playground.compute import compute
    from lab.playground.presets import PRESETS

    setup, preset = _asked(asked)
    compute(setup)
    shown.error, shown.refused, shown.pin = None, None, _pin(asked.get("pin", ""))
    shown.hidden = "hidden" in asked
    shown.followed += 1
    if setup != shown.setup and shown.followed > 1:  # a fresh session has nothing to go back to
        _remember(shown)
    _show(shown, setup, preset)
    if asked.get("labels") in PRESETS and PRESETS[asked["labels"]].make().x == setup.x:
        shown.labels = asked["labels"]


def _asked(asked: dict[str, str]) -> tuple[Setup, str | None]:
    """Return the setup that an address asks for, and the preset's name if it is one."""
    if "setup" in asked:
        return Setup.from_link(asked["setup"]), None
    if "run" in asked:
        from lab.playground.keeping import kept_setup

        return kept_setup(opened_store(), asked["run"]), None
    name = asked.get("preset", FIRST)
    return _started(name).setup, name


def _started(name: str) -> Now:
    from lab.playground.presets import preset

    return Now(preset(name).make(), name, labels=name)


def _fits(pin: list[int], setup: Setup) -> bool:
    from lab.playground.compute import compute

    shape = compute(setup).shape
    return len(pin) == len(shape) and all(at < n for at, n in zip(pin, shape, strict=True))


def _pin(text: str) -> list[int] | None:
    parts = text.split(",")
    return (
        [int(part) for part in parts] if all(p.isdecimal() and len(p) < 6 for p in parts) else None
    )
