"""Which picture is looked at, and which of its colours."""

import streamlit as st

from lab.edges.setup import CAMERA, UPLOAD
from lab.widgets.edges.fields import set_to, take
from lab.widgets.edges.state import Now, bring, change

_COLOURS = {
    "luminance": "Luminance",
    "channels": "Each channel",
    "red": "Red",
    "green": "Green",
    "blue": "Blue",
}
_KINDS = ["png", "jpg", "jpeg", "webp"]


def picture(shown: Now) -> None:
    """Draw the choice of the picture, of what brings it here, and of its colour."""
    from lab.edges import pictures

    titles, setup = pictures.titles(), shown.setup
    kind, _, number = setup.picture.partition(":")
    set_to("picture", kind)
    st.selectbox(
        "Picture",
        list(titles),
        format_func=titles.get,
        key="edges.picture",
        on_change=take,
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
        set_to("cifar", int(number or 0))
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
        set_to("colour", setup.colour)
        st.selectbox(
            "Colour",
            list(_COLOURS),
            format_func=_COLOURS.get,
            key="edges.colour",
            on_change=take,
            args=("colour",),
            help="**Luminance**: one grey value a pixel (0.21 red + 0.72 green + 0.07 blue). "
            "**Each channel** is filtered for itself, and at every pixel the strongest answer is "
            "shown: it sees edges between colours that are equally bright.",
        )


def _brought(kind: str, key: str) -> None:
    if file := st.session_state[key]:
        bring(kind, file.getvalue(), file.name)
