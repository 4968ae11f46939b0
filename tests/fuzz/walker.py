"""Somebody who tries anything on a page: random widgets, values, tabs and addresses, by seed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields

from streamlit.runtime.state.common import TESTING_KEY
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

from lab.edges.setup import EdgeSetup
from tests.fuzz import nonsense
from tests.pages.test_pages import opened

TABS = {  # page: the key of its tabs
    "playground": "playground.tab",
    "edges": "edges.tabs",
    "kernel_learning": "kernel_learning.tabs",
    "runs": "runs.tab",
}
ADDRESSES = {  # page: parameters that its address may hold
    "home": ("run",),
    "playground": ("preset", "setup", "pin", "run", "hidden"),
    "edges": ("run", *(spec.name for spec in fields(EdgeSetup))),
    "kernel_learning": ("experiment", "run"),
    "cifar10": ("run", "cifar10.data", "cifar10.epochs"),
    "runs": ("run", "runs.q", "runs.show", "runs.filter", "runs.measure"),
}
_LEADS = {"runs.fork": "cifar10"}  # a button's key: the page that it opens
_ELSEWHERE = ("cifar10.download", "mlflow.start")  # the network; a server of half a gigabyte
_SHORT = 120  # characters of a value in the story


@dataclass
class Walker:
    """One walk over a page; `story` tells what was done, so that it can be done again."""

    page: str
    draw: random.Random
    run_ids: Sequence[str] = ()
    story: list[str] = field(default_factory=list)
    app: AppTest | None = None

    def open(self, **address: str) -> None:
        """Open the page, as a link does."""
        self._tell(f"open {self.page} {address}")
        self.app = opened(f"pages/{self.page}.py", **address)

    def step(self) -> None:
        """Do one thing more, and let the page be drawn."""
        chance, moved = self.draw.random(), None
        if chance < 0.08:
            self._follow_a_link()
        elif chance < 0.2 and self.page in TABS and self.app.tabs:
            self._open_a_tab()
        else:
            moved = self._move_a_widget()
        for widget in (*self.app.selectbox, *self.app.get("button_group")):
            _sends_labels(widget)
        self.app.run()
        if moved in _LEADS:
            self.page = _LEADS[moved]
            self.app.switch_page(f"pages/{self.page}.py")  # AppTest would stay where it was

    def _follow_a_link(self) -> None:
        name = self.draw.choice(ADDRESSES[self.page])
        value = self._address(str(self.app.query_params.get(name, "")))
        self._tell(f"address {name}={value!r}")
        self.app.query_params[name] = value

    def _address(self, before: str) -> str:
        kind = self.draw.choice(("nonsense", "runs", "cut", "altered"))
        if kind == "runs" and self.run_ids:
            count = self.draw.randrange(1, 4)
            return ",".join(self.draw.choice(self.run_ids) for _ in range(count))
        if kind == "nonsense" or not before:
            return nonsense.text(self.draw)
        place = self.draw.randrange(len(before))
        return before[:place] + ("" if kind == "cut" else "A" + before[place + 1 :])

    def _open_a_tab(self) -> None:
        name = self.draw.choice(self.app.tabs).label
        self._tell(f"tab {name!r}")
        self.app.session_state[TABS[self.page]] = name

    def _move_a_widget(self) -> str | None:
        """Move one; return its key."""
        kinds = {kind: found for kind in _VALUES if (found := self._widgets(kind))}
        if not kinds:
            return None
        kind = self.draw.choice(list(kinds))
        widget = self.draw.choice(kinds[kind])
        value = _VALUES[kind](widget, self.draw)
        self._tell(f"{kind} {widget.key or widget.proto.label!r} = {value!r}")
        widget.set_value(value)
        return widget.key

    def _widgets(self, kind: str) -> list[Widget]:
        return [
            widget
            for widget in self.app.get(kind)
            if not widget.proto.disabled and not (widget.key or "").startswith(_ELSEWHERE)
        ]

    def _tell(self, what: str) -> None:
        self.story.append(what if len(what) < _SHORT else f"{what[:_SHORT]} … ({len(what):,})")


def _sends_labels(widget) -> None:
    """Let a choice send what is read on it, as a browser does; AppTest asks for what is meant."""
    labels = widget.root.session_state[TESTING_KEY]
    label = labels[widget.id]
    labels[widget.id] = lambda value: value if value in widget.options else label(value)
    if getattr(widget.proto, "accept_new_options", False) and widget.value not in widget.options:
        widget.options.append(widget.value)  # typed


def _option(widget, draw: random.Random) -> object:
    if getattr(widget.proto, "accept_new_options", False) and draw.random() < 0.5:
        return nonsense.text(draw)
    return draw.choice(widget.options) if widget.options else None


def _options(widget, draw: random.Random) -> object:
    if widget.proto.click_mode == widget.proto.SINGLE_SELECT:
        return draw.choice(widget.options)
    return [option for option in widget.options if draw.random() < 0.5]


def _on_the_slider(widget, draw: random.Random) -> float:
    low, high, step = widget.min, widget.max, widget.step
    count = round((high - low) / step)
    value = draw.choice((low, high, low + step * draw.randint(0, count)))
    return min(high, value)


def _number(widget, draw: random.Random) -> float:
    whole = widget.proto.data_type == widget.proto.INT
    low = nonsense.WHOLE[0] if widget.min is None else widget.min
    high = nonsense.WHOLE[-1] if widget.max is None else widget.max
    offered = [low, high, *(nonsense.WHOLE if whole else nonsense.REAL)]
    value = draw.choice([value for value in offered if low <= value <= high])
    return int(value) if whole else float(value)


_VALUES: dict[str, Callable[[Widget, random.Random], object]] = {
    "button": lambda widget, draw: True,
    "button_group": _options,
    "camera_input": lambda widget, draw: nonsense.upload(draw, [".jpg"]),
    "checkbox": lambda widget, draw: not widget.value,
    "file_uploader": lambda widget, draw: nonsense.upload(draw, widget.allowed_type),
    "multiselect": lambda widget, draw: [o for o in widget.options if draw.random() < 0.5],
    "number_input": _number,
    "selectbox": _option,
    "slider": _on_the_slider,
    "text_area": lambda widget, draw: nonsense.text(draw, widget.proto.max_chars),
    "text_input": lambda widget, draw: nonsense.text(draw, widget.proto.max_chars),
    "toggle": lambda widget, draw: not widget.value,
}
