"""How good the kernels are on pictures whose edges and directions are known."""

import streamlit as st

from lab.widgets.edges.state import Now


def scores(shown: Now) -> None:
    """Draw a table of all filters on pictures whose edges are known."""
    from lab.edges import scoring

    setup = shown.setup
    st.markdown(
        "On straight edges, corners and a circle whose true edges are known, with the **noise** "
        "and the **blur** of the sliders. Each filter marks as many pixels as there are true ones."
    )
    with st.spinner("Measuring …"):
        lines = _table(setup.noise, setup.blur)
    columns = {
        "Kernel": [("▸ " if each.kernel == setup.kernel else "") + each.kernel for each in lines],
        "Pratt's merit": [each.merit for each in lines],
        "Precision": [each.precision for each in lines],
        "Recall": [each.recall for each in lines],
        "Angle off, mean (°)": [each.angle_mean for each in lines],
        "Angle off, most (°)": [each.angle_most for each in lines],
    }
    shares = st.column_config.NumberColumn(format="%.3f")
    names = list(columns)
    st.dataframe(
        columns,
        hide_index=True,
        column_config=dict.fromkeys(names[1:], shares),
        placeholder="–",
        key="edges.scores",
        alt="How well each kernel finds the edges",
    )
    st.caption(
        "*See:* 1 is perfect. A pixel found counts as right within 1 pixel of a true one. Angles: "
        "of waves 4 pixels long in all directions, without noise; Scharr reads them better than "
        "Sobel. Add noise, and small kernels fall first."
    )
    angle = scoring.angle(setup)
    st.caption(
        f"The pair in use now reads angles {angle.mean:.3g}° off in the mean, {angle.most:.3g}° at "
        "most."
    )
    _readings()


def _readings() -> None:
    """Draw how far off three pairs read one direction, from a ramp and from a wave."""
    from lab.edges import scoring

    lines = scoring.readings()
    st.markdown(f"**{scoring.ANGLE}° on a ramp and on a wave 4 pixels long**, degrees off")
    degrees = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        {
            "Kernel": [each.kernel for each in lines],
            "Ramp (°)": [each.ramp for each in lines],
            "Wave (°)": [each.wave for each in lines],
        },
        hide_index=True,
        column_config={"Ramp (°)": degrees, "Wave (°)": degrees},
        key="edges.readings",
        alt="How far off each pair reads one direction",
    )
    st.caption(
        "*See:* on an even ramp all three tie: each is exact there, so a ramp cannot tell them "
        "apart. The wave can: Scharr weakens both axes nearly alike, Prewitt does not."
    )


@st.cache_data(max_entries=50, show_spinner=False)
def _table(noise: float, blur: float):
    from lab.edges import scoring

    return scoring.table(noise, blur)
