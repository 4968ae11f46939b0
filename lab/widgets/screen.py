"""What a page shows in one session: a setup, the changes that led to it, and its address.

Whoever changes the address (a link, the back button) wins over what the session remembers, and
whoever moves a widget wins over the address.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import streamlit as st

from convcore.errors import ConvcoreError

S = TypeVar("S")
_MOST_STEPS = 100  # of undo


@dataclass
class Screen(Generic[S]):
    """One page in one session; `setup` is never changed, only replaced."""

    setup: S
    error: str | None = None  # why the last change was not made
    past: list[S] = field(default_factory=list)
    undone: list[S] = field(default_factory=list)
    address: dict[str, str] = field(default_factory=dict)  # as it was written or followed last
    touched: bool = False  # by a widget, since the address was written last
    seen: bool = False  # has been drawn

    def change(self, make: Callable[[S], S], check: Callable[[S], object]) -> None:
        """Show what `make` makes of the setup; what fails there or in `check` is only told."""
        self.touched = True
        try:
            candidate = make(self.setup)
            check(candidate)
        except ConvcoreError as error:
            self.error = str(error)
        else:
            self.show(candidate)

    def show(self, setup: S) -> None:
        """Show `setup`; undo leads back, but for the first of a session."""
        self.error = None
        if setup == self.setup:
            return
        if self.seen:
            self.past, self.undone = [*self.past[-_MOST_STEPS:], self.setup], []
        self.setup = setup

    def undo(self) -> None:
        """Go one change back."""
        self._walk(self.past, self.undone)

    def redo(self) -> None:
        """Take back the last undo."""
        self._walk(self.undone, self.past)

    def asked(self, names: Sequence[str]) -> dict[str, str]:
        """Return what the address asks for, of these parameters, once; nothing if it is no news."""
        asked = {name: st.query_params[name] for name in names if name in st.query_params}
        # A browser sends its address with every click. Where a widget was moved as well, the
        # address may be the one from before the last change: the browser had not been told yet.
        if self.touched or asked == self.address:
            return {}
        self.address = asked
        return asked

    def write(self, address: dict[str, str]) -> None:
        """Put `address` where the browser shows it, before anything else is drawn."""
        self.touched, self.seen = False, True
        if address != self.address:
            self.address = address
            st.query_params.from_dict(address)

    def _walk(self, back: list[S], forth: list[S]) -> None:
        self.touched, self.error = True, None
        if back:
            forth.append(self.setup)
            self.setup = back.pop()


def history_buttons(page: str, shown: Screen[S], reset: Callable[[], None]) -> None:
    """Draw undo, redo and reset."""
    for name, icon, about, act, disabled in (
        ("undo", "undo", "Take back the last change.", shown.undo, not shown.past),
        ("redo", "redo", "Do again what was taken back.", shown.redo, not shown.undone),
        ("reset", "restart_alt", "Back to the beginning. Undo leads back here.", reset, False),
    ):
        st.button(
            name.capitalize(),
            icon=f":material/{icon}:",
            type="tertiary",
            key=f"{page}.{name}",
            on_click=act,
            disabled=disabled,
            help=about,
        )
