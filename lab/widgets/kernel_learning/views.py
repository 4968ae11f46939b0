"""The run from other sides: a race, the path over the loss, a gradient, and LeNet's lesson."""

from itertools import pairwise

import streamlit as st

from lab.widgets.kernel_learning.state import Now

_RIVALS = {
    "half": "This, half the rate",
    "double": "This, double the rate",
    "sgd": "Plain gradient, best rate",
    "momentum": "Momentum, best rate",
    "adam": "Adam, rate 0.05",
    "newton": "Newton",
}
_MOST_SECONDS = 3.0  # of a race that starts by itself


def race(shown: Now) -> None:
    """Draw the loss of several ways to learn, from the same start."""
    chosen = st.pills(
        "Against",
        list(_RIVALS),
        format_func=_RIVALS.get,
        selection_mode="multi",
        default=["half", "adam", "newton"],
        key="kernel_learning.rivals",
        persist_state="session",
        help="All begin at the same kernel and take as many steps.",
    )
    if shown.learned.coming:
        st.caption("The race begins when the kernel is learned.")
        return
    from lab.kernel_learning.race import seconds_of

    seconds = seconds_of(shown.setup, chosen)
    if seconds > _MOST_SECONDS and not st.toggle(
        f"Race (about {seconds:.0f} s)", key="kernel_learning.race_on", persist_state="session"
    ):
        return
    from lab.components.live_chart import live_chart

    with st.spinner("Racing …", show_time=True):
        figure = _raced(shown.setup.to_link(), tuple(sorted(chosen)))
    live_chart(figure, key="kernel_learning.race", label="Loss by step of each rival", height=400)
    st.caption(
        "Straight lines on this scale lose the same share every step. Plain gradient is slow where "
        "the bowl is long and narrow; double the rate may run away; Newton is there at step 1."
    )


def path(shown: Now) -> None:
    """Draw the way of two weights over the loss."""
    film = shown.learned.film
    if film is None:
        st.caption("Learn the kernel first.")
        return
    from lab.kernel_learning.path import places, walked

    names = places(film)
    if len(names) < 2:
        st.caption("This kernel has one number only; a path needs two.")
        return
    left, right = st.columns(2)
    options = list(range(len(names)))
    first = left.selectbox(
        "Weight across",
        options,
        format_func=names.__getitem__,
        key="kernel_learning.across",
        persist_state="session",
    )
    others = [option for option in options if option != first]
    second = right.selectbox(
        "Weight up",
        others,
        format_func=names.__getitem__,
        key="kernel_learning.up",
        persist_state="session",
    )
    from lab.components.live_chart import live_chart
    from lab.figures.kernels import path as drawn

    surface, way = walked(film, first, second)
    figure = drawn(
        surface.first.numpy(), surface.second.numpy(), surface.losses.numpy(), way,
        names=(names[first], names[second]),
    )  # fmt: skip
    label = "Contours of the loss over two weights, and the path of descent"
    live_chart(figure, key="kernel_learning.path", label=label, height=420)
    more = "" if len(names) == 2 else " The other weights are held at the kernel that fits best."
    st.caption(
        f"Darker is lower. Plain descent leaves a contour at a right angle, and in a narrow valley "
        f"swings from wall to wall.{more}"
    )


def gradient(shown: Now) -> None:
    """Draw what one weight's gradient is made of."""
    film = shown.learned.film
    if film is None:
        st.caption("Learn the kernel first.")
        return
    from lab.components.live_chart import live_chart
    from lab.figures.kernels import signed_map
    from lab.kernel_learning.path import anatomy

    picked = shown.learned.picked or {"position": [0, 0, 0, 0], "step": 0}
    found, by_autograd = anatomy(film, tuple(picked["position"]), picked["step"])
    _, _, row, column = picked["position"]
    st.markdown(
        f"The gradient of weight **row {row}, column {column}** at step **{picked['step']:,}**: "
        f"{found.factor:.4g} × Σ residual × pixel = **{float(found.gradient):.6g}**; autograd "
        f"says **{by_autograd:.6g}**."
    )
    maps = [
        (found.residual, "Residual: prediction − Y"),
        (found.pixel, "Pixel that the weight meets"),
        (found.product, "Share of the gradient"),
    ]
    for index, ((values, title), place) in enumerate(zip(maps, st.columns(3), strict=True)):
        with place:
            figure = signed_map(values[0].double().numpy(), title=title)
            live_chart(figure, key=f"kernel_learning.part.{index}", label=title, height=260)
    st.caption(
        "Multiply the first two maps cell by cell and you get the third; added up it is the "
        "gradient. More red: the weight goes down. Click another weight in the film."
    )
    if shown.setup.config.patches:
        st.caption("Autograd saw this step's random patches only; the maps show the whole picture.")


def lenet(_: Now) -> None:
    """Draw what too large a rate does to a whole network."""
    st.markdown(
        "LeNet on ten random pictures with soft labels. *Try:* learn at 0.03 and at the rate that "
        "its curvature suggests. *See:* one jumps up and down, the other falls steadily."
    )
    left, right = st.columns(2)
    rate = left.number_input(
        "Rate", value=0.03, step=0.005, format="%.5g", key="kernel_learning.lenet_rate",
        persist_state="session", help="Size of a step on the summed loss.",
    )  # fmt: skip
    steps = right.slider(
        "Steps of LeNet", 10, 200, 60, key="kernel_learning.lenet_steps", persist_state="session",
        help="Each takes some milliseconds.",
    )  # fmt: skip
    if not st.toggle("Learn both", key="kernel_learning.lenet_on", persist_state="session"):
        return
    from lab.components.live_chart import live_chart

    with st.spinner("Learning …", show_time=True):
        figure, suggested, rises = _lenets(rate, steps)
    live_chart(figure, key="kernel_learning.lenet", label="LeNet's loss by step", height=400)
    st.caption(
        f"At {rate:.4g} the loss rises in {rises[0]} of {steps} steps, at the suggested "
        f"{suggested:.4g} in {rises[1]}. A step beyond 2 / curvature climbs the far wall of the "
        "valley instead of descending."
    )


@st.cache_data(max_entries=30, show_spinner=False)
def _raced(link: str, chosen: tuple[str, ...]) -> str:
    from lab.figures.kernels import race as drawn
    from lab.kernel_learning import Experiment
    from lab.kernel_learning.race import raced

    return drawn(raced(Experiment.from_link(link), chosen), log=True).to_json()


@st.cache_data(max_entries=20, show_spinner=False)
def _lenets(rate: float, steps: int) -> tuple[str, float, tuple[int, int]]:
    """Return the chart, the suggested rate, and how often the loss rose at each."""
    from convcore.kernel_learning import learn_lenet, suggest_lenet_rate
    from lab.figures.kernels import race as drawn

    suggested = suggest_lenet_rate()
    both = [list(learn_lenet(each, steps)) for each in (rate, suggested)]
    names = [f"your rate, {rate:.4g}", f"suggested, {suggested:.4g}"]
    curves = {name: (range(steps + 1), losses) for name, losses in zip(names, both, strict=True)}
    rises = tuple(sum(b > a for a, b in pairwise(each)) for each in both)
    return drawn(curves, log=False).to_json(), suggested, rises
