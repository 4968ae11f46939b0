"""What a run has learned: its first kernels, and the pictures that it takes for something else."""

import re
from collections.abc import Sequence

import streamlit as st

from lab.records import Run
from lab.widgets.errors import plain, told
from lab.widgets.reading import opened_store


def kernels(runs: Sequence[Run], colors: Sequence[str]) -> None:
    """Draw the first layer of each run."""
    del colors
    ended = [run for run in runs if run.config and not run.active]
    if not ended:
        st.caption("None of these runs has ended yet; its kernels are kept then.")
    for run in ended:
        with told():
            first_layer(run)


def first_layer(run: Run) -> None:
    """Draw the first kernels of a run, and the way to see one at work."""
    picture = _kernels(run.run_id, run.status)
    st.markdown(f"**First kernels of {plain(run.name)}**")
    st.image(picture, alt=f"The first layer's kernels of {run.name}: blue below 0, red above")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            "Test picture", 0, _last_picture(run), 0,
            key=f"runs.picture.{run.run_id}", width=160,
            help="Its number in the test set, from 0.",
        )  # fmt: skip
        if st.button(
            "See them at work in the playground",
            icon=":material/grid_on:",
            key=f"runs.playground.{run.run_id}",
            help="The first four kernels on this picture, scaled as the model sees it: every "
            "number is the model's own.",
        ):
            from lab.trained import in_playground

            with st.spinner("Opening …"):
                setup = in_playground(opened_store(), run, int(number))
            st.switch_page("pages/playground.py", query_params={"setup": setup.to_link()})


def _last_picture(run: Run) -> int:
    """Return the number of the last test picture; 0 where a run from elsewhere does not tell."""
    told_count = run.params.get("test_pictures", "")
    return max(int(told_count), 1) - 1 if re.fullmatch("[0-9]{1,9}", told_count) else 0


def behind_a_cell(run: Run, classes: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
    """Draw the test pictures of one class that were called another, at first the worst pair."""
    from lab.trained import confused

    left, right = st.columns(2)
    names, most = dict(enumerate(classes)), _most_confused(counts)
    true = left.selectbox(
        "Pictures of", list(names), most[0], format_func=names.get, key=f"run.true.{run.run_id}"
    )
    called = right.selectbox(
        "that were called", list(names), most[1], format_func=names.get,
        key=f"run.called.{run.run_id}",
    )  # fmt: skip
    with told():
        picture, count = confused(opened_store(), run, true, called)
        if picture is None:
            st.caption("There is none.")
            return
        st.image(picture, alt=f"Test pictures of {names[true]} that were called {names[called]}")
        st.caption(f"{count:,} in all, the surest first.")


def _most_confused(counts: Sequence[Sequence[int]]) -> tuple[int, int]:
    """Return the true and the called class of the mistake made most often."""
    cells = [
        (count, true, called)
        for true, row in enumerate(counts)
        for called, count in enumerate(row)
        if true != called
    ]
    return max(cells)[1:] if cells else (0, 0)


@st.cache_data(max_entries=100, show_spinner=False)
def _kernels(run_id: str, status: str) -> bytes:
    from lab.trained import drawn
    from lab.trained import first_layer as weights

    store = opened_store()
    return drawn(weights(store, store.run(run_id))[:32])
