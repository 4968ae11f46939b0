"""What the playground shows now: one `Setup`, and the address that says the same.

The address is `?preset=a1`, or `?setup=…` with every number in it, and `&pin=0,1,2` for a pinned
output, `&hidden=1` for one to be predicted; `?run=…` opens what a run has kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lab.playground import Setup
from lab.widgets.errors import told
from lab.widgets.reading import opened_store
from lab.widgets.screen import Screen

FIRST = "a1"
_KEY = "playground.now"
_NAMES = ("preset", "setup", "pin", "run", "hidden")


@dataclass
class Now(Screen[Setup]):
    """What one session shows."""

    pin: list[int] | None = None
    hidden: bool = False  # the output is to be predicted first
    predicted: Setup | None = None  # the one whose output size has been predicted
    refused: str | None = None  # a formula as it was typed, while it is wrong
    followed: int = 0  # addresses that came from outside; each has a stepper of its own

    @property
    def preset(self) -> str | None:
        """The name of the preset that this is, if it is one."""
        from lab.playground.presets import name_of

        return name_of(self.setup)

    @property
    def size_known(self) -> bool:
        """Whether the size of the hidden output has been predicted."""
        return self.predicted == self.setup


def now() -> Now:
    """Return what to show, and write its address; tell of one that asks for what there is not."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Now(_preset(FIRST))
    shown: Now = st.session_state[_KEY]
    with told():
        if asked := shown.asked(_NAMES):
            _follow(shown, asked)
    if shown.pin is not None and not _fits(shown.pin, shown.setup):
        shown.pin = None
    if not shown.error:
        shown.refused = None
    shown.write(_address(shown))
    return shown


def change(make: Callable[[Setup], Setup]) -> None:
    """Show what `make` makes of the setup; if that does not fit together, say why instead."""
    from lab.playground.compute import compute

    st.session_state[_KEY].change(make, compute)


def take_preset(name: str) -> None:
    """Show a preset; undo leads back."""
    change(lambda _: _preset(name))


def take_formula(text: str) -> None:
    """Pool by this formula; a wrong one stays where it was typed, to be mended."""
    st.session_state[_KEY].refused = text
    change(lambda setup: setup.changed(formula=text))


def show_run(run_id: str) -> None:
    """Show what a run has kept."""
    from lab.playground.keeping import kept_setup

    change(lambda _: kept_setup(opened_store(), run_id))


def hide(wanted: bool) -> None:
    """Hide the output, so that it can be predicted, or show it again."""
    shown: Now = st.session_state[_KEY]
    shown.hidden, shown.predicted, shown.touched = wanted, None, True


def stepper(shown: Now) -> None:
    """Draw the stepper; what is done in it changes the setup."""
    from lab.components import stepper as component
    from lab.playground.scene import scene

    hidden = shown.hidden and ("values" if shown.size_known else "size")
    drawn = scene(shown.setup, hidden=hidden, pin=shown.pin)
    component.stepper(drawn, key=f"playground.stepper.{shown.followed}", on_event=_done)


def _done(event: Any) -> None:
    """Do what was done in the stepper: a number typed, a matrix pasted, undo, a pin."""
    from lab.playground import edits

    shown: Now = st.session_state[_KEY]
    shown.pin, shown.touched = event.pin or None, True
    if event.edit:
        change(lambda setup: edits.with_number(setup, **event.edit))
    elif event.paste:
        change(lambda setup: edits.with_matrix(setup, **event.paste))
    elif event.undo:
        shown.undo()


def _follow(shown: Now, asked: dict[str, str]) -> None:
    """Show what an address asks for."""
    from lab.playground.compute import compute

    setup = _asked(asked)
    compute(setup)
    shown.pin, shown.hidden = _pin(asked.get("pin", "")), "hidden" in asked
    shown.followed += 1
    shown.show(setup)


def _asked(asked: dict[str, str]) -> Setup:
    """Return the setup that an address asks for."""
    if "setup" in asked:
        return Setup.from_link(asked["setup"])
    if "run" in asked:
        from lab.playground.keeping import kept_setup

        return kept_setup(opened_store(), asked["run"])
    return _preset(asked.get("preset", FIRST))


def _address(shown: Now) -> dict[str, str]:
    address = {"preset": shown.preset} if shown.preset else {"setup": shown.setup.to_link()}
    if shown.pin is not None:
        address["pin"] = ",".join(map(str, shown.pin))
    if shown.hidden:
        address["hidden"] = "1"
    return address


def _preset(name: str) -> Setup:
    from lab.playground.presets import preset

    return preset(name).make()


def _fits(pin: list[int], setup: Setup) -> bool:
    from lab.playground.compute import compute

    shape = compute(setup).shape
    return len(pin) == len(shape) and all(0 <= at < n for at, n in zip(pin, shape, strict=True))


def _pin(text: str) -> list[int] | None:
    parts = text.split(",")
    fits = all(part.isascii() and part.isdecimal() and len(part) < 6 for part in parts)
    return [int(part) for part in parts] if fits else None
