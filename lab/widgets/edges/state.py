"""What the edge detection page shows now: one `EdgeSetup`, and the address that says the same.

Whoever changes the address (a link, the back button) wins over what the session remembers. A
picture that somebody brought stays in the session: no address can hold it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import streamlit as st

from convcore.errors import ConvcoreError
from lab.edges.setup import CAMERA, UPLOAD, EdgeSetup

if TYPE_CHECKING:
    from lab.edges.pictures import Picture

_KEY = "edges.now"
_NAMES = [spec.name for spec in fields(EdgeSetup)]


@dataclass
class Now:
    """What one session shows."""

    setup: EdgeSetup = field(default_factory=EdgeSetup)
    brought: "dict[str, Picture]" = field(default_factory=dict)  # by UPLOAD or CAMERA
    pin: tuple[int, int] | None = None  # row, column
    region: tuple[float, float, float, float] | None = None  # what is seen of the picture, if less
    error: str | None = None  # why the last change was not made
    address: dict[str, str] = field(default_factory=dict)  # as this session wrote it last

    @property
    def missing(self) -> bool:
        """Whether the picture is one to be brought, and nobody has."""
        return self.setup.picture in (UPLOAD, CAMERA) and self.setup.picture not in self.brought

    @property
    def picture(self) -> "Picture":
        """The picture itself, unless it is missing."""
        from lab.edges import pictures

        return self.brought.get(self.setup.picture) or pictures.bundled(self.setup.picture)


def now() -> Now:
    """Return what to show: the address if it is new, else what the session has.

    Raises:
        ConvcoreError: the address asks for what there is not; what was there stays.
    """
    asked = {name: st.query_params[name] for name in _NAMES if name in st.query_params}
    shown: Now = st.session_state.setdefault(_KEY, Now())
    if asked and asked != shown.address:
        shown.address = asked  # told once, if it is of no use
        _take(shown, EdgeSetup.from_query(asked))
        shown.error = None
    return shown


def change(make: Callable[[EdgeSetup], EdgeSetup]) -> None:
    """Show what `make` makes of the setup; if that does not fit together, say why instead."""
    shown: Now = st.session_state[_KEY]
    try:
        _take(shown, make(shown.setup))
        shown.error = None
    except ConvcoreError as error:
        shown.error = str(error)


def bring(kind: str, data: bytes, name: str) -> None:
    """Show a picture that somebody brought; if it is none, say why instead."""
    from lab.edges import pictures

    shown: Now = st.session_state[_KEY]
    kept = shown.brought.get(kind)
    try:
        shown.brought[kind] = pictures.own(data, name)
        shown.pin = shown.region = None
        _take(shown, shown.setup.changed(picture=kind))
        shown.error = None
    except ConvcoreError as error:
        shown.error = str(error)
        if kept:
            shown.brought[kind] = kept
        else:
            shown.brought.pop(kind, None)


def looked(event: Any) -> None:
    """Remember what was pinned and what part is seen."""
    shown: Now = st.session_state[_KEY]
    shown.pin = _whole(event.pin)
    shown.region = _shares(event.region)


def write_address(shown: Now) -> None:
    """Put what is shown into the address."""
    address = shown.setup.to_query()
    if address != shown.address:
        shown.address = address
        st.query_params.from_dict(address)


def _take(shown: Now, setup: EdgeSetup) -> None:
    """Show `setup` if it can be computed."""
    from lab.edges import compute

    candidate = Now(setup, shown.brought)
    if candidate.missing:
        compute.kernel(setup)
    else:
        compute.check(setup, candidate.picture)
    old = shown.setup
    if (setup.picture, setup.transpose_picture) != (old.picture, old.transpose_picture):
        shown.pin = shown.region = None
    shown.setup = setup


def _whole(pin: object) -> tuple[int, int] | None:
    fits = isinstance(pin, list) and len(pin) == 2 and all(type(at) is int for at in pin)
    return tuple(pin) if fits and min(pin) >= 0 else None


def _shares(region: object) -> tuple[float, float, float, float] | None:
    if not isinstance(region, list) or len(region) != 4:
        return None
    fits = all(isinstance(share, int | float) and 0 <= share <= 1 for share in region)
    return tuple(map(float, region)) if fits and min(region[2:]) > 0 else None
