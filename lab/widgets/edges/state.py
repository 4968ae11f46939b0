"""What the edge detection page shows now: one `EdgeSetup`, and the address that says the same.

A picture that somebody brought stays in the session: no address can hold it. `?run=…` opens what a
run has kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import streamlit as st

from convcore.errors import ConvcoreError
from lab.edges.setup import CAMERA, UPLOAD, EdgeSetup
from lab.widgets.errors import told
from lab.widgets.reading import opened_store
from lab.widgets.screen import Screen

if TYPE_CHECKING:
    from lab.edges.pictures import Picture

_KEY = "edges.now"
_NAMES = ["run", *(spec.name for spec in fields(EdgeSetup))]


@dataclass
class Now(Screen[EdgeSetup]):
    """What one session shows."""

    brought: "dict[str, Picture]" = field(default_factory=dict)  # by UPLOAD or CAMERA
    pin: tuple[int, int] | None = None  # row, column
    region: tuple[float, float, float, float] | None = None  # what is seen of the picture, if less
    looked_at: tuple[str, bool] | None = None  # the picture that pin and region belong to

    @property
    def missing(self) -> bool:
        """Whether the picture is one to be brought, and nobody has."""
        return self._is_missing(self.setup)

    @property
    def picture(self) -> "Picture":
        """The picture itself, unless it is missing."""
        return self._picture(self.setup)

    def check(self, setup: EdgeSetup) -> None:
        """See that `setup` can be computed.

        Raises:
            ConvcoreError: it can't.
        """
        from lab.edges import compute

        if self._is_missing(setup):
            compute.kernel(setup)
        else:
            compute.check(setup, self._picture(setup))

    def _is_missing(self, setup: EdgeSetup) -> bool:
        return setup.picture in (UPLOAD, CAMERA) and setup.picture not in self.brought

    def _picture(self, setup: EdgeSetup) -> "Picture":
        from lab.edges import pictures

        return self.brought.get(setup.picture) or pictures.bundled(setup.picture)


def now() -> Now:
    """Return what to show, and write its address; tell of one that asks for what there is not."""
    shown: Now = st.session_state.setdefault(_KEY, Now(EdgeSetup()))
    with told():
        if asked := shown.asked(_NAMES):
            setup = _asked(asked)
            shown.check(setup)
            shown.show(setup)
    looked_at = shown.setup.picture, shown.setup.transpose_picture
    if looked_at != shown.looked_at:
        shown.looked_at, shown.pin, shown.region = looked_at, None, None
    shown.write(shown.setup.to_query())
    return shown


def change(make: Callable[[EdgeSetup], EdgeSetup]) -> None:
    """Show what `make` makes of the setup; if that does not fit together, say why instead."""
    shown: Now = st.session_state[_KEY]
    shown.change(make, shown.check)


def setting(name: str) -> Callable[[Any], None]:
    """Return what sets the field of this name to a value."""
    return lambda value: change(lambda setup: setup.changed(**{name: value}))


def bring(kind: str, data: bytes, name: str) -> None:
    """Show a picture that somebody brought; if it is none, say why instead."""
    from lab.edges import pictures

    shown: Now = st.session_state[_KEY]
    kept = shown.brought.get(kind)
    try:
        shown.brought[kind] = pictures.own(data, name)
    except ConvcoreError as error:
        shown.error = str(error)
        return
    shown.looked_at = ("", False)  # another picture under the same name
    change(lambda setup: setup.changed(picture=kind))
    if shown.error and kept:
        shown.brought[kind] = kept
    elif shown.error:
        del shown.brought[kind]


def show_run(run_id: str) -> None:
    """Show what a run has kept."""
    change(lambda _: _asked({"run": run_id}))


def looked(event: Any) -> None:
    """Remember what was pinned and what part is seen."""
    shown: Now = st.session_state[_KEY]
    shown.pin = _whole(event.pin)
    shown.region = _shares(event.region)


def _asked(asked: dict[str, str]) -> EdgeSetup:
    """Return the setup that an address asks for."""
    if "run" in asked:
        from lab.edges.keeping import kept_setup

        return kept_setup(opened_store(), asked["run"])
    return EdgeSetup.from_query(asked)


def _whole(pin: object) -> tuple[int, int] | None:
    fits = isinstance(pin, list) and len(pin) == 2 and all(type(at) is int for at in pin)
    return tuple(pin) if fits and min(pin) >= 0 else None


def _shares(region: object) -> tuple[float, float, float, float] | None:
    if not isinstance(region, list) or len(region) != 4:
        return None
    fits = all(isinstance(share, int | float) and 0 <= share <= 1 for share in region)
    return tuple(map(float, region)) if fits and min(region[2:]) > 0 else None
