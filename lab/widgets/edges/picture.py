"""Which picture is looked at, and which of its colours."""

import streamlit as st

from lab.edges.setup import CAMERA, UPLOAD
from lab.widgets import fields
from lab.widgets.edges.state import Now, bring, change, setting

_COLOURS = {
    "luminance": "Luminance",
    "channels": "Each channel",
    "red": "Red",
    "green": "Green",
    "blue": "Blue",
}
_COLOUR_HELP = (
    "**Luminance**: one grey value a pixel (0.21 red + 0.72 green + 0.07 blue). **Each channel** "
    "is filtered for itself, and at every pixel the strongest answer is shown: it sees edges "
    "between colours that are equally bright."
)
_KINDS = ["png", "jpg", "jpeg", "webp"]


def picture(shown: Now) -> None:
    """Draw the choice of the picture, of what brings it here, and of its colour."""
    from lab.edges import pictures

    titles, setup = pictures.titles(), shown.setup
    kind, _, number = setup.picture.partition(":")
    about = "Photographs, pictures made to show one thing, and your own: a file or the camera."
    fields.choice("edges.picture", "Picture", titles, kind, setting("picture"), about)
    if kind == UPLOAD:
        st.file_uploader(
            "PNG, JPEG or WebP, up to 20 megapixels",
            type=_KINDS,
            key="edges.upload",
            on_change=lambda: _brought(UPLOAD, "edges.upload"),
            help="It is looked at on this machine and nowhere kept, unless you log it to MLflow.",
        )
    if kind == CAMERA:
        st.camera_input(
            "Take a picture",
            key="edges.camera",
            on_change=lambda: _brought(CAMERA, "edges.camera"),
            help="The browser asks first. It is nowhere kept, unless you log it to MLflow.",
        )
    if kind == pictures.CIFAR:
        fields.whole(
            "edges.cifar",
            "Number in the test set",
            int(number or 0),
            lambda n: change(lambda setup: setup.changed(picture=f"{kind}:{n}")),
            least=0,
            most=9_999,
        )
    if not shown.missing and not shown.picture.grey:
        colour = setting("colour")
        fields.choice("edges.colour", "Colour", _COLOURS, setup.colour, colour, _COLOUR_HELP)


def _brought(kind: str, key: str) -> None:
    if file := st.session_state[key]:
        bring(kind, file.getvalue(), file.name)
