"""Below the picture: the kernel, the threshold, Canny's steps, a pixel, the scores, keeping it."""

from typing import TYPE_CHECKING

import streamlit as st

from lab.widgets.edges.keeping import code, keep
from lab.widgets.edges.quality import scores
from lab.widgets.edges.state import Now, change
from lab.widgets.edges.views import nothing_yet

if TYPE_CHECKING:
    import numpy as np

_MOST_IN_FORMULA = 7  # rows and columns of a matrix that is written out


def kernel(shown: Now) -> None:
    """Draw the kernel as a matrix, with its formula, its source and what it does to waves."""
    from lab import images
    from lab.components.live_chart import live_chart
    from lab.edges import anatomy, compute

    setup = shown.setup
    weights, spec = compute.kernel(setup), compute.spec(setup.kernel)
    matrix, text = st.columns(2)
    with matrix:
        if max(weights.shape) <= _MOST_IN_FORMULA:
            st.latex(anatomy.as_latex(weights))
        else:
            limit = float(weights.abs().max()) or 1.0
            caption = "×".join(map(str, weights.shape)) + f"\n±{limit:.3g}"
            picture = images.signed_maps([(weights / limit).numpy()], [caption])
            st.image(picture, alt="The kernel's weights: blue below 0, red above")
    with text:
        if spec:
            st.markdown(f"**{spec.name}**: {spec.formula}")
            st.markdown(f"*See:* {spec.notice}")
            st.caption(f"Source: {spec.source}")
        st.caption(anatomy.passes(weights))
        if anatomy.separates(weights) and not shown.missing:
            _time_saved(shown, weights)
        if setup.kernel == "Derivative":
            _polynomials(setup)
    waves, hills = st.columns(2)
    response, surface = _figures(weights.numpy())
    with waves:
        live_chart(
            response,
            key="edges.frequency",
            label="How strongly the kernel passes waves of each frequency",
        )
        st.caption("The middle is an even picture, the rim the finest stripes: dark is not passed.")
    with hills:
        if surface:
            live_chart(surface, key="edges.surface", label="The kernel's weights as a landscape")
            st.caption("Hills add, hollows subtract; turn it with the mouse.")


@st.cache_data(max_entries=50, show_spinner=False)
def _figures(weights: "np.ndarray") -> tuple[str, str | None]:
    """Return the frequency response and, of more than a line, the landscape as Plotly JSON."""
    import torch

    from lab import figures
    from lab.edges import anatomy

    gain = anatomy.frequency_response(torch.from_numpy(weights)).numpy()
    surface = figures.kernel_surface(weights).to_json() if min(weights.shape) > 1 else None
    return figures.frequency_response(gain).to_json(), surface


def _time_saved(shown: Now, weights) -> None:
    """Draw the button that measures two passes beside one, and what came of it."""
    from lab.edges import anatomy, compute

    if st.button(
        "Measure the time that saves",
        icon=":material/timer:",
        key="edges.measure",
        help="Runs both on this picture, taking turns.",
    ):
        seen = compute.seen(shown.setup, shown.picture)
        two, one = anatomy.measured(weights, seen)
        saves = f"{one - two:.3g} ms saved" if two < one else "no time saved"
        st.markdown(
            f"On this picture, {seen.shape[-1]:,} × {seen.shape[-2]:,}: **{two:.3g} ms** in two "
            f"passes, **{one:.3g} ms** in one; {saves}."
        )


def _polynomials(setup) -> None:
    from lab.edges import anatomy, compute

    order = dict(setup.parameters).get("order", 1)
    answers = anatomy.on_polynomials(compute.kernel(setup), order)
    st.table({"on": [name for name, _ in answers], "answers": [f"{a:g}" for _, a in answers]})
    st.caption(
        f"Silent on every lower power, {anatomy.expected(order)} = {order}! on its own; fewer than "
        f"{order + 1} cells cannot do that."
    )


def threshold(shown: Now) -> None:
    """Draw the histogram of the response with the level in it."""
    from convcore import edges
    from lab import figures
    from lab.components.live_chart import live_chart
    from lab.edges import compute

    if nothing_yet(shown):
        return
    setup = shown.setup
    values = compute.strongest_channel(compute.response(setup, shown.picture))
    most = float(values.abs().max())
    parts = edges.histogram(values, 128)
    level = setup.level / 100 * most
    live_chart(
        figures.response_histogram(parts.counts.numpy(), parts.borders.numpy(), level),
        key="edges.histogram",
        label="How many pixels answer how strongly",
        height=260,
    )
    st.caption(
        "*See:* most of a picture is flat, so nearly all pixels answer about 0; edges are the "
        f"tails beyond the lines, at ±{level:.4g}. Choose “Threshold” above to see where they are."
    )
    if st.button(
        "Take Otsu's level",
        key="edges.otsu",
        icon=":material/auto_fix_high:",
        help="The level that parts weak and strong answers best in two groups.",
    ):
        chosen = 100 * edges.otsu(values.abs()) / (most or 1.0)
        change(lambda s: s.changed(view="threshold", level=min(round(chosen, 1), 100.0)))
        st.rerun()


def canny(shown: Now) -> None:
    """Draw every step from the picture to its edges, and scikit-image's edges beside them."""
    from lab.edges import compute, drawing, scoring

    if nothing_yet(shown):
        return
    setup, picture = shown.setup, shown.picture
    taken, size = compute.gradient(setup, picture), 420
    limit = drawing.limit_of(taken.strength)
    along_x, along_y = map(compute.strongest_channel, (taken.along_x, taken.along_y))
    low, high = compute.levels(setup, picture)
    steps = [
        ("1 · smoothed", drawing.before(setup, picture, most=size)),
        ("2 · along x", drawing.signed(along_x, drawing.limit_of(along_x), size)),
        ("3 · along y", drawing.signed(along_y, drawing.limit_of(along_y), size)),
        ("4 · strength", drawing.grey(taken.strength, limit, size)),
        ("5 · direction", drawing.wheel(taken.strength, taken.direction, limit, size)),
        ("6 · thinned", drawing.grey(compute.thinned(setup, picture), limit, size)),
    ]
    ours, theirs = compute.found(setup, picture), scoring.scikit_edges(setup, picture)
    steps.append((f"7 · edges, {low:.3g} to {high:.3g}", drawing.grey(ours.float(), 1.0, size)))
    if theirs is not None and theirs.shape == ours.shape:
        steps.append(("scikit-image's Canny", drawing.grey(theirs.float(), 1.0, size)))
    for first in range(0, len(steps), 4):
        for (title, drawn), column in zip(steps[first : first + 4], st.columns(4), strict=False):
            column.image(drawn, caption=title, alt=title, width="stretch")
    if theirs is not None and theirs.shape == ours.shape:
        both, either = int((ours & theirs).sum()), int((ours | theirs).sum())
        share = both / either if either else 1.0
        st.caption(
            f"*See:* of all pixels that either marks, both mark {100 * share:.1f} %. scikit-image "
            "always takes Sobel's pair and has its own way with the border; the rest is the same "
            "method."
        )
    else:
        st.caption("scikit-image's Canny takes one channel with a border, so it has none to show.")


def pixel(shown: Now) -> None:
    """Draw what the kernel meets at the pixel that was clicked, and the way to the playground."""
    from lab.edges import anatomy, inspecting

    if nothing_yet(shown):
        return
    if shown.pin is None:
        st.info("Click a pixel of the picture to see its numbers.", icon=":material/ads_click:")
        return
    row, column = shown.pin
    met = inspecting.inspect(shown.setup, shown.picture, shown.pin)
    st.markdown(f"**Row {row}, column {column}**, counted from 0 at the top left.")
    if met is None:
        st.caption("The kernel reaches beyond the picture here; the border's rule fills in.")
    elif max(met.weights.shape) <= _MOST_IN_FORMULA:
        numbers, weights = map(anatomy.as_latex, (met.met, met.weights))
        st.latex(rf"\sum {numbers} \cdot {weights} = {met.total:.6g}")
        st.caption("Brightness from 0 to 1, times the kernel, cell by cell, added up.")
    else:
        st.markdown(f"{met.weights.numel()} products add up to **{met.total:.6g}**.")
    near = inspecting.in_playground(shown.setup, shown.picture, shown.pin)
    st.page_link(
        "pages/playground.py",
        label="Open these numbers in the playground",
        icon=":material/grid_on:",
        query_params={"setup": near.to_link()},
    )


PANELS = {
    "Kernel": kernel,
    "Threshold": threshold,
    "Canny, step by step": canny,
    "Pixel": pixel,
    "How good": scores,
    "PyTorch code": code,
    "Keep and share": keep,
}
