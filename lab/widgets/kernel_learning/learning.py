"""Learning the experiment on the screen, and its film."""

import time

import streamlit as st

from lab.widgets.errors import plain
from lab.widgets.kernel_learning.state import Learned, Now, pick

_AT_ONCE = 4.0  # seconds that learning may take without being asked for
_UNSEEN = 0.7  # seconds that it may take before it is looked at while it runs
_TICK = 0.4  # seconds of learning between two looks: Stop waits no longer
_ICONS = {
    "converged": ":material/check_circle:",
    "too slow": ":material/hourglass_top:",
    "diverged": ":material/trending_up:",
    "not identifiable": ":material/call_split:",
}


def learned_film(shown: Now) -> None:
    """Learn if it is quick or asked for, and draw it as it goes; then the verdict and the film."""
    place = st.empty()
    with place.container():
        _begin(shown)
    learned = shown.learned
    if learned.coming:
        place.empty()  # the button goes at once, not when all of the page has been drawn
    if not learned.events:
        st.info(
            "This takes a while, so it waits for you: press **Learn**.",
            icon=":material/play_circle:",
        )
        return

    if learned.coming:
        _live(shown)
    else:
        _draw(shown)


def _begin(shown: Now) -> None:
    """Start what has not been learned yet; a run that was stopped waits to be asked for."""
    from convcore.kernel_learning import learn
    from lab.kernel_learning.film import seconds_needed
    from lab.kernel_learning.tasks import task_of

    learned, experiment = shown.learned, shown.setup
    if learned.whole or learned.coming:
        return
    task = task_of(experiment)
    seconds = seconds_needed(experiment, task)
    if (seconds <= _AT_ONCE and not learned.events) or _asked(learned, seconds):
        coming = learn(task.x, task.y, experiment.config, task.truth(experiment))
        shown.learned = Learned(experiment, coming=coming)
        _advance(shown.learned, _UNSEEN)


def _asked(learned: Learned, seconds: float) -> bool:
    """Draw the button, and tell of a run that was stopped."""
    if learned.events:
        st.warning(
            f"Stopped after {len(learned.events) - 1:,} steps; this is what was learned until "
            "then.",
            icon=":material/pause_circle:",
        )
    return st.button(
        f"Learn (about {max(1, round(seconds))} s)",
        key="kernel_learning.learn",
        icon=":material/play_arrow:",
        type="primary",
    )


def _advance(learned: Learned, seconds: float) -> None:
    """Take steps for so long, or to the end."""
    until = time.monotonic() + seconds
    for event in learned.coming:
        learned.events.append(event)
        if time.monotonic() > until:
            return
    learned.coming, learned.whole = None, True


@st.fragment(run_every=0.1)  # a tick that is due waits for the one before it: no time is lost
def _live(shown: Now) -> None:
    """Learn for a moment more and draw the film so far; Stop ends the run where it is."""
    from convcore.kernel_learning import Step
    from lab.components.film import film
    from lab.kernel_learning.film import Film, scene
    from lab.kernel_learning.tasks import task_of

    learned, experiment = shown.learned, shown.setup
    with st.container():
        told_side, stop_side = st.columns([5, 1], vertical_alignment="center")
    if stop_side.button(
        "Stop", key="kernel_learning.stop", icon=":material/stop:", width="stretch"
    ):
        learned.coming = None
    else:
        _advance(learned, _TICK)
    if not learned.coming:
        st.rerun()  # the rest of the page waits for the film
    steps = tuple(event for event in learned.events if isinstance(event, Step))
    last = steps[-1]
    told_side.info(
        f"Learning … Step {last.step:,} of {experiment.config.steps:,}, loss {last.loss:.4g}",
        icon=":material/hourglass_top:",
    )
    so_far = Film(experiment, task_of(experiment), steps, None, None)
    film(scene(so_far, live=True), key="kernel_learning.film", on_pick=pick)
    st.caption("The slider and the player wait until it is learned, or stopped.")


def _draw(shown: Now) -> None:
    """Draw the verdict and the film."""
    from lab.components.film import film
    from lab.kernel_learning.film import filmed, scene
    from lab.kernel_learning.tasks import task_of

    learned = shown.learned
    if learned.film is None:
        learned.film = filmed(shown.setup, task_of(shown.setup), learned.events)
    taken = learned.film
    with st.container():  # as in `_live`, so that the film keeps its place and its node
        if taken.verdict:
            kind, sentence = taken.verdict.kind, plain(taken.verdict.sentence)
            tell = st.success if kind == "converged" else st.warning
            tell(sentence, icon=_ICONS[kind])
    film(scene(taken), key="kernel_learning.film", on_pick=pick)
    st.caption(
        "Play, or drag the slider: the loss falls, and the numbers turn into the hidden kernel. "
        "Red is above zero, blue below, white zero. Click a weight to see what moves it."
    )
