"""What picture, what kernel, how it is looked at, as widgets; each change goes through `state`."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from lab.edges.setup import BORDERS, CAMERA, MOST_BLUR, OWN, UPLOAD, VIEWS, EdgeSetup
from lab.widgets.edges.state import Now, bring, change

_COLOURS = {
    "luminance": "Luminance",
    "channels": "Each channel",
    "red": "Red",
    "green": "Green",
    "blue": "Blue",
}
_VIEWS = {
    "response": "Response",
    "strength": "Strength",
    "direction": "Direction",
    "threshold": "Threshold",
    "thinned": "Thinned",
    "edges": "Edges",
}
_BORDERS = {
    "reflect": "mirror image",
    "replicate": "last pixel again",
    "circular": "the other side",
    "zeros": "zeros (black)",
    "valid": "nothing: only where it fits",
}
_KINDS = ["png", "jpg", "jpeg", "webp"]


def settings(shown: Now) -> None:
    """Draw every setting."""
    _start(shown.setup)
    _picture(shown)
    _kernel(shown.setup)
    _spoil(shown.setup)


def view(setup: EdgeSetup) -> None:
    """Draw the choice of what is shown, with the levels that it takes."""
    _set_to("view", setup.view)
    st.segmented_control(
        "Shown",
        VIEWS,
        format_func=_VIEWS.get,
        key="edges.view",
        required=True,
        on_change=_take,
        args=("view",),
        help="**Response**: what the kernel answers, signed. **Strength** and **direction**: of "
        "the kernel and its partner across. **Threshold**: response beyond a level. **Thinned** "
        "and **edges**: the last steps of Canny's method.",
    )
    if setup.view == "threshold":
        _slider("level", "Level (% of the strongest response)", setup.level, 100.0, 0.5)
    if setup.view == "edges":
        low, high = st.columns(2)
        with low:
            _slider("low", "Low (% of the greatest strength)", setup.low, 100.0, 0.5)
        with high:
            _slider("high", "High (%): begins an edge", setup.high, 100.0, 0.5)


def _start(setup: EdgeSetup) -> None:
    from lab.edges.starts import STARTS

    current = next((name for name, start in STARTS.items() if start.setup == setup), None)
    _set_to("start", current)
    st.selectbox(
        "Start",
        list(STARTS),
        index=None,
        placeholder="Your own",
        format_func=lambda name: STARTS[name].title,
        key="edges.start",
        on_change=lambda: _begin(st.session_state["edges.start"]),
        help="Sets the whole screen.",
    )
    if current:
        st.caption(f"*See:* {STARTS[current].notice}")


def _begin(name: str | None) -> None:
    from lab.edges.starts import STARTS

    if name:
        change(lambda _: STARTS[name].setup)


def _picture(shown: Now) -> None:
    from lab.edges import pictures

    titles, setup = pictures.titles(), shown.setup
    kind, _, number = setup.picture.partition(":")
    _set_to("picture", kind)
    st.selectbox(
        "Picture",
        list(titles),
        format_func=titles.get,
        key="edges.picture",
        on_change=_take,
        args=("picture",),
    )
    if kind == UPLOAD:
        st.file_uploader(
            "PNG, JPEG or WebP, up to 20 megapixels",
            type=_KINDS,
            key="edges.upload",
            on_change=lambda: _brought(UPLOAD, "edges.upload"),
        )
    if kind == CAMERA:
        st.camera_input(
            "Take a picture",
            key="edges.camera",
            on_change=lambda: _brought(CAMERA, "edges.camera"),
        )
    if kind == pictures.CIFAR:
        _set_to("cifar", int(number or 0))
        st.number_input(
            "Number in the test set",
            0,
            9_999,
            key="edges.cifar",
            on_change=lambda: change(
                lambda s: s.changed(picture=f"{kind}:{st.session_state['edges.cifar']}")
            ),
        )
    if not shown.missing and not shown.picture.grey:
        _set_to("colour", setup.colour)
        st.selectbox(
            "Colour",
            list(_COLOURS),
            format_func=_COLOURS.get,
            key="edges.colour",
            on_change=_take,
            args=("colour",),
            help="**Luminance**: one grey value a pixel (0.21 red + 0.72 green + 0.07 blue). "
            "**Each channel** is filtered for itself, and at every pixel the strongest answer is "
            "shown: it sees edges between colours that are equally bright.",
        )


def _brought(kind: str, key: str) -> None:
    if file := st.session_state[key]:
        bring(kind, file.getvalue(), file.name)


def _kernel(setup: EdgeSetup) -> None:
    from convcore.kernels import CATALOGUE

    names = [each.name for each in CATALOGUE]
    _set_to("kernel", setup.kernel)
    st.selectbox(
        "Kernel",
        [*names, OWN],
        key="edges.kernel",
        on_change=lambda: change(_with_kernel),
        help="All of them are made for cross-correlation: laid on the picture as printed.",
    )
    for spec in CATALOGUE:
        if spec.name == setup.kernel:
            for parameter in spec.parameters:
                _parameter(parameter, dict(setup.parameters).get(parameter.name, parameter.default))
    if setup.kernel == OWN:
        _own(setup)
    _set_to("transpose_kernel", setup.transpose_kernel)
    st.toggle(
        "Transpose it",
        key="edges.transpose_kernel",
        on_change=_take,
        args=("transpose_kernel",),
        help="Rows become columns: what looked for upright edges looks for flat ones.",
    )


def _parameter(parameter: Any, value: Any) -> None:
    """Draw one parameter of a kernel: a slider over its range, or its choices."""
    key = f"edges.parameter.{parameter.name}"
    st.session_state[key] = value

    def take() -> None:
        change(lambda s: s.with_parameter(parameter.name, st.session_state[key]))

    label = parameter.name.capitalize()
    if hasattr(parameter, "options"):
        st.selectbox(label, parameter.options, key=key, on_change=take)
        return
    label += f" ({parameter.unit})" if parameter.unit else ""
    whole = isinstance(parameter.default, int)
    kind = int if whole else float
    st.session_state[key] = kind(value)
    low, high, step = (kind(n) for n in (parameter.least, parameter.most, parameter.step))
    st.slider(label, low, high, step=step, key=key, on_change=take)


def _own(setup: EdgeSetup) -> None:
    text = "\n".join("  ".join(f"{cell:g}" for cell in row) for row in setup.numbers)
    _set_to("numbers", text)
    st.text_area(
        "Numbers",
        key="edges.numbers",
        height=140,
        on_change=lambda: change(_with_numbers),
        help="A row a line, up to 31 × 31; paste from a spreadsheet or a Python list.",
    )


def _with_kernel(setup: EdgeSetup) -> EdgeSetup:
    """Another kernel; one's own begins with the numbers of the last one."""
    from lab.edges import compute

    name = st.session_state["edges.kernel"]
    if name == OWN:
        numbers = tuple(map(tuple, compute.kernel(setup).tolist()))
        return setup.changed(kernel=OWN, parameters=(), numbers=numbers, transpose_kernel=False)
    return setup.changed(kernel=name, parameters=(), numbers=())


def _with_numbers(setup: EdgeSetup) -> EdgeSetup:
    from convcore.errors import ConvcoreError
    from lab.playground import parse_matrix
    from lab.playground.setup import floats

    numbers = floats(parse_matrix(st.session_state["edges.numbers"]))
    if not isinstance(numbers[0], tuple):
        numbers = (numbers,)
    if isinstance(numbers[0][0], tuple):
        raise ConvcoreError(
            f"edges: {len(numbers)} matrices were given, but a kernel here is one. Leave out the "
            "blank lines between rows."
        )
    return setup.changed(numbers=numbers, transpose_kernel=False)


def _spoil(setup: EdgeSetup) -> None:
    with st.expander("Noise, blur, border", expanded=bool(setup.noise or setup.salt or setup.blur)):
        _slider(
            "noise",
            "Noise (standard deviation, 1 = black to white)",
            setup.noise,
            0.5,
            0.01,
            "A random number on every pixel, always the same ones.",
        )
        _slider(
            "salt",
            "Salt and pepper (% of the pixels)",
            setup.salt,
            50.0,
            0.5,
            "Pixels that turn black or white.",
        )
        _slider(
            "blur",
            "Blur (σ, pixels)",
            setup.blur,
            MOST_BLUR,
            0.1,
            "A Gaussian over the noisy picture: the first step of Canny's method.",
        )
        _set_to("border", setup.border)
        st.selectbox(
            "Beyond the border",
            BORDERS,
            format_func=_BORDERS.get,
            key="edges.border",
            on_change=_take,
            args=("border",),
        )
        _set_to("transpose_picture", setup.transpose_picture)
        st.toggle(
            "Transpose the picture",
            key="edges.transpose_picture",
            on_change=_take,
            args=("transpose_picture",),
        )


def _slider(
    name: str, label: str, value: float, most: float, step: float, about: str | None = None
) -> None:
    _set_to(name, float(value))
    st.slider(
        label,
        0.0,
        max(most, float(value)),  # a link may hold more than is offered
        step=step,
        key=f"edges.{name}",
        on_change=_take,
        args=(name,),
        help=about,
    )


def _set_to(name: str, value: Any) -> None:
    st.session_state[f"edges.{name}"] = value


def _take(name: str) -> None:
    change(_changed(name))


def _changed(name: str) -> Callable[[EdgeSetup], EdgeSetup]:
    """Set one field; of the two levels, the other one gives way."""
    value = st.session_state[f"edges.{name}"]

    def make(setup: EdgeSetup) -> EdgeSetup:
        also = {}
        if name == "low":
            also = {"high": max(value, setup.high)}
        elif name == "high":
            also = {"low": min(value, setup.low)}
        return setup.changed(**{name: value, **also})

    return make
