"""Taking the screen along: as code, as files, as a link, as a run."""

import streamlit as st

from lab.widgets.edges.state import Now, show_run
from lab.widgets.edges.views import nothing_yet
from lab.widgets.keeping import keeping


def code(shown: Now) -> None:
    """Draw PyTorch code that computes the same."""
    from lab.edges.snippet import snippet

    if nothing_yet(shown):
        return
    st.caption(
        "Runs by itself with torch and the package that holds the picture. In faint pixels that "
        "tie with a neighbour, rounding may thin otherwise than here."
    )
    text = snippet(shown.setup, grey=shown.picture.grey)
    st.code(text, language="python", wrap_lines=True)


def keep(shown: Now) -> None:
    """Draw the link, the downloads, and the button that logs to MLflow."""
    if nothing_yet(shown):
        return
    st.markdown(
        "The address of this page holds the whole screen, but for pictures that you bring: copy "
        "it to share what you see."
    )
    _downloads(shown)
    from lab.edges.keeping import KIND, title
    from lab.edges.keeping import keep as put

    setup, picture = shown.setup, shown.picture
    keeping(
        KIND,
        title(setup),
        setup.to_link() + picture.title,
        lambda store, name: put(store, setup, picture, name),
        show_run,
    )


def _downloads(shown: Now) -> None:
    from lab import images
    from lab.edges import compute, drawing
    from lab.keeping import npy

    setup, picture = shown.setup, shown.picture
    whole = max(compute.seen(setup, picture).shape)
    with st.container(horizontal=True):
        st.download_button(
            "Picture (PNG)",
            lambda: images.as_png(drawing.after(setup, picture, most=whole)),
            f"{setup.view}.png",
            key="edges.png",
            on_click="ignore",
            icon=":material/download:",
            help="What is shown, every pixel of it.",
        )
        st.download_button(
            "Exact values (NPY)",
            lambda: npy(compute.view(setup, picture)),
            f"{setup.view}.npy",
            key="edges.npy",
            on_click="ignore",
            icon=":material/download:",
            help="numpy.load reads it.",
        )
