"""The picture and what the kernel makes of it, one over the other."""

import streamlit as st

from lab.widgets.edges.state import Now, looked

_SMALL = 10  # rows and columns, up to which every number is written out
_SEE = {
    "response": "White is 0, red positive, blue negative: both sides of every edge.",
    "strength": "White is the steepest change of brightness, black none.",
    "direction": "The colour is the way to the bright side, as on the wheel; black is no edge.",
    "threshold": "White: the response, of either sign, reaches the level.",
    "thinned": "Only where the strength is greatest along its own direction.",
    "edges": "What is above “high”, and what is above “low” and touches it.",
}


def compared(shown: Now) -> None:
    """Draw both, with the slider between them, and say what to see and how large it is."""
    from lab.components.compare import compare
    from lab.edges import anatomy, compute, drawing

    setup, picture = shown.setup, shown.picture
    size = tuple(compute.noisy(setup, picture).shape[-2:])
    box = drawing.cut_box(size, shown.region) if shown.region and max(size) > drawing.SEEN else None
    panes = [
        {
            "label": label,
            "picture": drawing.as_url(draw(setup, picture)),
            "detail": drawing.as_url(draw(setup, picture, box)) if box else None,
        }
        for label, draw in (("before", drawing.before), (setup.view, drawing.after))
    ]
    compare(
        panes,
        size,
        key=f"edges.compare.{setup.picture}",
        beside=max(size) <= _SMALL,
        box=box,
        pin=shown.pin,
        on_event=looked,
    )
    if setup.view == "direction":
        wheel, text = st.columns([1, 9], vertical_alignment="center")
        wheel.image(drawing.legend(), alt="Colour wheel of the directions", width=64)
        text.caption(_told(shown, size))
    else:
        st.caption(_told(shown, size))
    if max(size) <= _SMALL and setup.view == "response":
        st.latex(anatomy.as_latex(compute.response(setup, picture)))
    for note in picture.notes:
        st.caption(note)


def nothing_yet(shown: Now) -> bool:
    """Say so where there is no picture."""
    if shown.missing:
        st.caption("There will be something here once there is a picture.")
    return shown.missing


def _told(shown: Now, size: tuple[int, int]) -> str:
    from lab.edges import compute, drawing

    setup = shown.setup
    values = compute.view(setup, shown.picture)
    parts = [f"*See:* {_SEE[setup.view]}", f"{size[1]:,} × {size[0]:,} pixels."]
    if setup.view in ("threshold", "edges"):
        parts.append(f"{100 * float(values.double().mean()):.2f} % of the pixels are marked.")
    else:
        least, most = (f"{float(value):.4g}".replace("-", "−") for value in values.aminmax())
        parts.append(f"From {least} to {most}.")
        if setup.view != "direction":
            limit = drawing.limit_of(compute.strongest_channel(values))
            parts.append(f"Colours are full from {limit:.4g} on.")
    if setup.colour == "channels" and not shown.picture.grey:
        parts.append("Of red, green and blue the strongest answer is shown.")
    if max(size) > drawing.SEEN:
        parts.append("Sent smaller than it is, the strongest of each block; zoom in for all of it.")
    return " ".join(parts)
