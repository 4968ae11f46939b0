"""Taking the screen along: as code, as files, as a link, as a run."""

import time

import streamlit as st

from lab.widgets.edges.state import Now
from lab.widgets.edges.views import nothing_yet
from lab.widgets.errors import told
from lab.widgets.reading import opened_store

_MOST_RUNS = 8


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
    name = st.text_input("Name of the run", max_chars=80, key="edges.run_name")
    if st.button("Log to MLflow", icon=":material/save:", key="edges.log"):
        with told():
            _log(shown, name.strip())
    with told():
        _logged()


def _downloads(shown: Now) -> None:
    from lab import images
    from lab.edges import compute, drawing, keeping

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
            lambda: keeping.npy(compute.view(setup, picture)),
            f"{setup.view}.npy",
            key="edges.npy",
            on_click="ignore",
            icon=":material/download:",
            help="numpy.load reads it.",
        )


def _log(shown: Now, name: str) -> None:
    from lab.edges.keeping import keep as put

    what = shown.setup.to_link() + name
    last, when = st.session_state.get("edges.logged", ("", 0.0))
    if last == what and time.monotonic() - when < 2:
        return  # a double click
    with st.spinner("Logging …"):
        run_id = put(opened_store(), shown.setup, shown.picture, name)
    st.session_state["edges.logged"] = what, time.monotonic()
    st.toast(f"Logged as run {run_id[:8]} in the experiment “edges”.", icon=":material/save:")


def _logged() -> None:
    from lab.edges import EdgeSetup
    from lab.edges.keeping import kept

    runs = [run for run in kept(opened_store()) if "convlab.setup" in run.tags]
    if not runs:
        st.caption("Nothing has been logged from here yet.")
        return
    st.caption("Logged so far, newest first; each opens as it was.")
    for run in runs[:_MOST_RUNS]:
        st.page_link(
            "pages/edges.py",
            label=run.name,
            icon=":material/history:",
            query_params=EdgeSetup.from_link(run.tags["convlab.setup"]).to_query(),
        )
