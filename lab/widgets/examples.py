"""Example runs for an empty store: offered, followed while they train, compared in the end."""

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from convcore.errors import ConvcoreError
from lab.records import Run
from lab.widgets.errors import plain, told
from lab.widgets.reading import living, opened_store, trainings
from lab.widgets.runs.status import STATUS

_TICK = 1.0  # seconds


@st.fragment(parallel=True)
def example_runs() -> None:
    """Draw the offer, or the examples; nothing where there are runs of one's own."""
    from lab import examples

    with suppress(ConvcoreError):  # the list of runs says it
        runs = examples.found(opened_store())
        active = any(run.active for run in runs.values())
        own = any(examples.TAG not in run.tags for run in trainings(len(examples.CONFIGS) + 1))
        if own and not active:
            return
        if len(runs) < len(examples.CONFIGS):
            _offer(bool(runs))
        if active:
            _followed(_states(runs))
        elif runs:
            _shown(runs)
            _ended(runs)


def _offer(some: bool) -> None:
    from lab import examples

    with st.container(border=True):
        st.markdown(
            "**Nothing to look at yet?** Train three small networks on the digits: one that is "
            "healthy, one that overfits, and the same one with a remedy. Half a minute, and you "
            "can lay their curves over each other."
        )
        if st.button(
            "Make the missing example runs" if some else "Make three example runs",
            icon=":material/auto_awesome:",
            type="primary",
            key="home.examples",
            help="Real trainings with our own convolution, one after another; nothing is "
            "downloaded, and you may close the page.",
        ):
            with told():
                with st.spinner("Starting …"):
                    examples.begin(opened_store())
                st.rerun()


@st.fragment(run_every=_TICK)
def _followed(drawn: dict[str, str]) -> None:
    """Draw the examples once a second; the whole page anew when one of them has begun or ended."""
    from lab import examples

    with told():
        living()
        runs = examples.found(opened_store())
        if _states(runs) != drawn:
            st.rerun()
        _shown(runs)


def _states(runs: Mapping[str, Run]) -> dict[str, str]:
    return {kind: run.status for kind, run in runs.items()}


def _shown(runs: Mapping[str, Run]) -> None:
    """Draw a bar for each run: its state, and how far it is."""
    from lab import jobs

    ended = sum(not run.active for run in runs.values())
    st.markdown(f"**Example runs**: {ended} of {len(runs)} done")
    for run in runs.values():
        share = jobs.progress_of(opened_store(), run)[0] if run.active else 1.0
        st.progress(share, f"{STATUS[run.status].icon} **{plain(run.name)}**: {_said(run, share)}")


def _said(run: Run, share: float) -> str:
    if run.status == "SCHEDULED":
        return "waits for its turn"
    if run.status == "RUNNING":
        return f"training, {share:.0%}"
    if run.status == "FINISHED":
        return f"{run.tags['convlab.verdict']}, best loss {run.metrics['best_loss']:.3f}"
    return f"{STATUS[run.status].word}. {plain(run.tags.get('convlab.reason', ''))}"


def _ended(runs: Mapping[str, Run]) -> None:
    """Lead to the comparison, and say what to see there."""
    from lab import examples

    st.page_link(
        "pages/runs.py",
        label="Compare the three" if len(runs) > 2 else "Open them",
        icon=":material/compare_arrows:",
        query_params={"run": ",".join(run.run_id for run in runs.values())},
    )
    sentence = examples.what_to_see(runs)
    if sentence:
        st.caption(f"*See:* {sentence}")
