"""The frame around every page: title, width, navigation."""

import streamlit as st
from streamlit.navigation.page import Page

_FRAMED = "frame.drawn"
# What cannot be read in Streamlit's own colours: white on the dark theme's bright blue, and code.
_STYLE = """
button[data-testid=stBaseButton-primary] { color: light-dark(#fff, #171614) }
[data-testid=stCode] .token { color: light-dark(#0b5cad, #7cc4ff) !important }
[data-testid=stCode] .token:is(.comment, .operator, .punctuation) {
  color: light-dark(#57606a, #a7b0ba) !important
}
"""


def framed_page() -> Page:
    """Draw the frame and return the page that the address asks for."""
    st.session_state[_FRAMED] = True
    page = _navigation()
    # After the navigation, which would set a title and an icon (from the network) of its own.
    title = "Convolution Lab" if page.title == "Home" else f"{page.title} · Convolution Lab"
    st.set_page_config(page_title=title, page_icon="assets/icon.png", layout="wide")
    st.html(f"<style>{_STYLE}</style>")
    return page


def require_frame() -> None:
    """Run the page anew inside app.py if it was opened without it.

    That is how Streamlit treats the first link into a `pages/` folder after a server start,
    before app.py has told it of its own navigation.
    """
    if _FRAMED not in st.session_state:
        _navigation()
        st.rerun()


def next_page(name: str, why: str) -> None:
    """Draw the link to the page that makes sense after this one."""
    st.page_link(f"pages/{name}.py", label=f"Next: {why}", icon=":material/arrow_forward:")


def _navigation() -> Page:
    return st.navigation(
        [
            st.Page(
                "pages/home.py",
                title="Home",
                icon=":material/home:",
                default=True,
                help="What the lab can do, what this machine has, and the latest runs.",
            ),
            st.Page(
                "pages/playground.py",
                title="Playground",
                icon=":material/grid_on:",
                help="See a convolution work, number by number, and change every one of them.",
            ),
            st.Page(
                "pages/kernel_learning.py",
                title="Kernel learning",
                icon=":material/target:",
                help="Watch gradient descent find the kernel between a picture X and its result Y.",
            ),
            st.Page(
                "pages/edges.py",
                title="Edge detection",
                icon=":material/filter_hdr:",
                help="Any kernel on any picture, signed and measured, up to Canny's edges.",
            ),
            st.Page(
                "pages/cifar10.py",
                title="Train",
                icon=":material/model_training:",
                help="Train a CNN on CIFAR-10, digits or your own pictures, and watch it live.",
            ),
            st.Page(
                "pages/runs.py",
                title="Runs",
                icon=":material/table_chart:",
                help="Every run with its best figures; open one, or compare several.",
            ),
        ],
        position="top",
    )
