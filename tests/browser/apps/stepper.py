"""What tests/browser/stepper drives: one scene, by its name; what was heard stands below."""

import json
import random

import streamlit as st

from convcore.errors import ConvcoreError
from lab.components.stepper import stepper
from lab.playground import Setup, parse_number
from lab.playground.scene import scene

st.set_page_config(layout="wide")


def numbers(*shape: int, low: int = -4, high: int = 4) -> list:
    """Whole numbers that are always the same."""
    source = random.Random(str(shape))

    def fill(sizes):
        if not sizes:
            return source.randint(low, high)
        return [fill(sizes[1:]) for _ in range(sizes[0])]

    return fill(shape)


def tuples(value):
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def plain(x, weight, **settings) -> Setup:
    return Setup.plain(tuples(x), tuples(weight), **settings)


SETUPS = {
    "plain": lambda: plain(
        numbers(2, 6, 5),
        numbers(2, 2, 3, 3),
        bias=(0.5, -1.0),
        padding=(1, 1),
        stride=(2, 1),
    ),
    "single": lambda: plain(numbers(1, 7, 7), numbers(1, 1, 3, 3)),
    "fast": lambda: plain(numbers(3, 32, 32), numbers(4, 3, 5, 5), padding=(1, 1)),
    "reflect": lambda: plain(
        numbers(1, 5, 5),
        numbers(1, 1, 3, 3),
        padding=(1, 1),
        padding_mode="reflect",
        operation="convolution",
    ),
    "strided": lambda: plain(numbers(1, 8, 8), numbers(1, 1, 3, 3), stride=(3, 3)),
    "transposed": lambda: plain(
        numbers(2, 3, 3), numbers(2, 1, 3, 3), operation="transposed", stride=(2, 2)
    ),
    "max": lambda: plain(
        numbers(2, 6, 6),
        numbers(1, 1, 2, 2),
        operation="pooling",
        stride=(2, 2),
        padding=(1, 1),
    ),
    "formula": lambda: plain(
        numbers(1, 6, 6), numbers(1, 1, 3, 3), operation="pooling", rule="formula", stride=(3, 3)
    ),
    "row": lambda: plain(
        numbers(4, 12), numbers(2, 4, 3), bias=(1.0, 0.0), padding=(1,), dilation=(2,)
    ),
    "sound": lambda: plain(numbers(39, 30), numbers(3, 39, 5), padding=(2,)),
    "volume": lambda: plain(numbers(1, 5, 6, 6), numbers(2, 1, 3, 3, 3), padding=(0, 1, 1)),
    "one": lambda: plain(numbers(1, 1, 1), numbers(1, 1, 1, 1)),
    "odd": lambda: plain(
        [[[1e6, -1e-6, 0.125], [123456.0, 12.3456, -0.001234], [99999.0, 1 / 3, -1234.5]]],
        [[[[1e6, -1e-6], [0.001, 2.5]]]],
        padding=(1, 1),
    ),
    "fields": lambda: plain(numbers(5, 64), numbers(2, 5, 9), padding=(4,)),
}


@st.cache_data
def drawn(text: str, hidden: bool, pin: tuple | None) -> dict:
    return scene(Setup.from_json(text), hidden=hidden, pin=pin and list(pin))


def changed(setup: Setup, edit: dict) -> Setup:
    """`setup` with one number typed; what is no number changes nothing."""
    rows = json.loads(json.dumps(getattr(setup, edit["grid"])))
    *path, last = edit["index"]
    level = rows
    for index in path:
        level = level[index]
    level[last] = parse_number(edit["text"])
    return setup.changed(**{edit["grid"]: tuples(rows)})


# "plain hidden pin=[0,1,2] 7": a scene and how it opens; other words only make it another one.
asked = st.text_input("Scene", "plain", key="scene", bind="query-params")
name, *words = asked.split()
pin = next((json.loads(word[4:]) for word in words if word.startswith("pin=")), None)
state = st.session_state
if state.get("asked") != asked:
    state.update(asked=asked, setup=SETUPS[name](), events=[])
if "larger" in state and state.pop("larger"):
    state.setup = SETUPS["fast"]()
result = stepper(
    drawn(state.setup.to_json(), "hidden" in words, pin and tuple(pin)), key=f"stepper {asked}"
)
said = {name: result[name] for name in ("edit", "paste", "undo") if result[name]}
if said:
    state.events.append(said)
if result.edit:
    try:
        state.setup = changed(state.setup, result.edit)
        st.rerun()
    except ConvcoreError as error:
        st.error(str(error))
st.button("Larger", on_click=state.update, kwargs={"larger": True})
said = {"asked": asked, "pin": result.pin, "events": state.events}
st.code(json.dumps(said | {"setup": json.loads(state.setup.to_json())}), language=None)
