"""Around the film: can it be learned, code, links and kept runs."""

import math
from typing import TYPE_CHECKING

import streamlit as st

from lab.widgets.errors import plain, told
from lab.widgets.keeping import keeping
from lab.widgets.kernel_learning.state import Now, change, show_run
from lab.widgets.kernel_learning.views import gradient, lenet, path, race

if TYPE_CHECKING:
    from convcore.kernel_learning import LearnConfig
    from lab.kernel_learning.film import Film

_PHOTOGRAPHS = ("photograph", "colour")
_PLAYGROUND_SIDE = 16  # pixels of X along each axis that go to the playground


def learnable(shown: Now) -> None:
    """Draw what X says before the first step, and the settings that would do."""
    found, advice, pair = _foretold(shown.setup.to_link())
    config = shown.setup.config
    with st.container(border=True):
        st.markdown("**Can it be learned?** " + plain(found.sentence))
        rate = "none" if found.stable_rate is None else f"{found.stable_rate:.4g}"
        facts = [
            ("rank", f"{found.rank} of {found.weights}"),
            ("steepest / flattest", f"{found.condition:,.3g}"),
            ("largest stable rate", rate),
        ]
        st.markdown(" · ".join(f"{name} **{value}**" for name, value in facts))
        if pair:
            _twins(*pair)
            return
        st.caption(plain(advice.sentence))
        if not _alike(advice.config, config.changed({"patches": 0})):
            st.button(
                "Use these settings",
                key="kernel_learning.advice",
                icon=":material/auto_fix_high:",
                on_click=change,
                args=(lambda experiment: experiment.changed(config=advice.config),),
                help="Sets rate, steps and optimiser as the page would. Undo leads back.",
            )


def code(shown: Now) -> None:
    """Draw PyTorch code that learns the same kernel."""
    film = _film(shown)
    if film:
        from lab.kernel_learning.snippet import snippet

        more = " and scikit-learn's photograph" if shown.setup.task in _PHOTOGRAPHS else ""
        st.caption(f"Runs by itself with nothing but torch{more}, and prints the kernel above.")
        st.code(snippet(film), language="python", wrap_lines=True)


def keep(shown: Now) -> None:
    """Draw the links, the download, the button that logs the run to MLflow, and what was logged."""
    st.markdown("The address of this page holds the whole experiment: copy it to share it.")
    film = _film(shown)
    if not film:
        return
    _take_away(film)
    from lab.kernel_learning.keeping import KIND, title
    from lab.kernel_learning.keeping import keep as put

    keeping(
        KIND,
        title(film),
        film.experiment.to_link(),
        lambda store, name: put(store, film, name),
        show_run,
    )


def _alike(one: "LearnConfig", other: "LearnConfig") -> bool:
    """Whether two configs are the same but for rounding, which differs between machines."""
    return all(
        a == b or (isinstance(a, float) and math.isclose(a, b, rel_tol=1e-6))
        for a, b in zip(vars(one).values(), vars(other).values(), strict=True)
    )


@st.cache_resource(max_entries=30, show_spinner=False)
def _foretold(link: str):
    """Return what is told of the experiment beforehand: learnability, advice, twins."""
    from convcore.kernel_learning import learnability, recommend, twins
    from lab.kernel_learning import Experiment
    from lab.kernel_learning.tasks import task_of

    experiment = Experiment.from_link(link)
    task, config = task_of(experiment), experiment.config
    found = learnability(task.x, config, task.y.shape[1])
    pair = twins(task.x, task.y, config)
    return found, None if pair else recommend(task.x, task.y, config), pair


def _twins(*pair: tuple) -> None:
    """Draw two kernels that fit equally well."""
    from lab.components.live_chart import live_chart
    from lab.figures.kernels import signed_map

    st.markdown("These two kernels, for one, make the same Y:")
    for index, ((weight, _), column) in enumerate(zip(pair, st.columns([1, 1, 1]), strict=False)):
        with column:
            figure = signed_map(weight[0, 0].double().numpy(), title=f"Fits equally, {index + 1}")
            label = f"One of two kernels that fit equally: {weight[0, 0].tolist()}"
            live_chart(figure, key=f"kernel_learning.twin.{index}", label=label, height=200)


def _film(shown: Now) -> "Film | None":
    if shown.learned.film is None:
        st.caption("Learn the kernel first.")
    return shown.learned.film


def _take_away(film: "Film") -> None:
    from lab.keeping import npy

    with st.container(horizontal=True):
        st.download_button(
            "Kernel as .npy",
            npy(film.last.weight),
            "kernel.npy",
            key="kernel_learning.npy",
            icon=":material/download:",
            help="(channels out, channels in, rows, columns), for numpy.load.",
            on_click="ignore",
        )
        with told():  # numbers that ran away are none to calculate with elsewhere
            _links(film)


def _links(film: "Film") -> None:
    """Draw the ways to the other pages with the learned kernel."""
    from lab.edges.setup import OWN, EdgeSetup
    from lab.playground.setup import floats

    st.page_link(
        "pages/playground.py",
        label="Open in the playground",
        icon=":material/grid_on:",
        query_params={"setup": playground_link(film)},
    )
    weight = film.last.weight
    if weight.shape[:2] == (1, 1):
        st.page_link(
            "pages/edges.py",
            label="Use on the Edge page",
            icon=":material/filter_center_focus:",
            query_params=EdgeSetup(kernel=OWN, numbers=floats(weight[0, 0].tolist())).to_query(),
        )


def playground_link(film: "Film") -> str:
    """Return the playground's link for the learned kernel on the middle of X."""
    from lab.playground.setup import Setup, floats

    x, weight, bias = film.task.x[0], film.last.weight, film.last.bias
    side = max(_PLAYGROUND_SIDE, *weight.shape[2:])
    top, left = (max(0, n - side) // 2 for n in x.shape[1:])
    x = x[:, top : top + side, left : left + side]
    setup = Setup.plain(
        floats(x.tolist()),
        floats(weight.tolist()),
        bias=None if bias is None else tuple(bias.tolist()),
        padding=film.experiment.config.padding,
    )
    return setup.to_link()


PANELS = {
    "Race": race,
    "Path": path,
    "Gradient": gradient,
    "Rate too large": lenet,
    "PyTorch code": code,
    "Keep and share": keep,
}
