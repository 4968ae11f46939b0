"""Learning the experiment on the screen, and its film."""

import time

import streamlit as st

from lab.widgets.errors import plain
from lab.widgets.kernel_learning.state import Learned, Now, pick

_AT_ONCE = 4.0  # seconds that learning may take without being asked for
_UNSEEN = 0.7  # seconds that it may take without a sign of progress
_TICK = 0.25  # seconds between two signs of progress
_ICONS = {
    "converged": ":material/check_circle:",
    "too slow": ":material/hourglass_top:",
    "diverged": ":material/trending_up:",
    "not identifiable": ":material/call_split:",
}


def learned_film(shown: Now) -> None:
    """Learn if it is quick or asked for, then draw the verdict and the film."""
    from lab.kernel_learning.film import filmed, seconds_needed
    from lab.kernel_learning.tasks import task_of

    task = task_of(shown.experiment)
    learned = shown.learned
    if not learned.whole:
        seconds = seconds_needed(shown.experiment, task)
        if seconds <= _AT_ONCE or _asked(learned, seconds):
            learned = shown.learned = Learned()
            _learn(shown, task, seconds)
    if not learned.events:
        st.info(
            "This takes a while, so it waits for you: press **Learn**.",
            icon=":material/play_circle:",
        )
        return
    if learned.film is None:
        learned.film = filmed(shown.experiment, task, learned.events)
    _draw(shown, learned)


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


def _learn(shown: Now, task, seconds: float) -> None:
    """Learn, with signs of progress; a press of Stop ends this run of the script within a step.

    What was learned stays in the session, event by event.
    """
    from convcore.kernel_learning import Diverged, learn

    experiment, learned = shown.experiment, shown.learned
    events = learn(task.x, task.y, experiment.config, task.truth(experiment))
    place = st.empty()
    drawn = None
    if seconds > _UNSEEN:
        with place.container():
            st.button("Stop", key="kernel_learning.stop", icon=":material/stop:")
            drawn = st.progress(0.0, "Learning …")
    then = time.monotonic()
    for event in events:
        learned.events.append(event)
        if drawn and time.monotonic() - then > _TICK and not isinstance(event, Diverged):
            then = time.monotonic()
            share = event.step / experiment.config.steps
            text = f"Step {event.step:,} of {experiment.config.steps:,}, loss {event.loss:.4g}"
            drawn.progress(min(1.0, share), text)
    learned.whole = True
    place.empty()


def _draw(shown: Now, learned: Learned) -> None:
    from lab.components.film import film
    from lab.kernel_learning.film import scene

    taken = learned.film
    if taken.verdict:
        kind, sentence = taken.verdict.kind, plain(taken.verdict.sentence)
        tell = st.success if kind == "converged" else st.warning
        tell(sentence, icon=_ICONS[kind])
    film(scene(taken), key="kernel_learning.film", on_pick=pick)
    st.caption(
        "Play, or drag the slider: the loss falls, and the numbers turn into the hidden kernel. "
        "Red is above zero, blue below, white zero. Click a weight to see what moves it."
    )
