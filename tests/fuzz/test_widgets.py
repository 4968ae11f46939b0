"""Whatever is moved, typed, uploaded or linked to: every page stays a page."""

import random

import pytest
import streamlit as st

from convcore.config import TrainConfig
from lab import jobs, run_list
from lab.records import Point
from lab.settings import PROJECT
from lab.store import Store
from tests.fuzz.walker import Walker
from tests.pages.test_pages import words
from tests.trained import trained

SUBJECTS = {  # a page, and how many runs its address names; None: the store is empty
    "home": ("home", None),
    "home with runs": ("home", 0),
    "playground": ("playground", None),
    "kernel learning": ("kernel_learning", None),
    "edges": ("edges", None),
    "train": ("cifar10", None),
    "no runs": ("runs", None),
    "runs": ("runs", 0),
    "one run": ("runs", 1),
    "comparison": ("runs", 4),
}
_TITLES = {
    "home": "Convolution Lab",
    "playground": "Playground",
    "kernel_learning": "Kernel learning",
    "edges": "Edge detection",
    "cifar10": "Train a CNN",
    "runs": "Runs",
}

_WALKS = 8  # of each subject, at full length

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def pytest_generate_tests(metafunc) -> None:
    """Give each walk a test of its own, so that one alone can be walked again."""
    if "walk" in metafunc.fixturenames:
        count = _WALKS if metafunc.config.getoption("soak") else 1
        walks = [(subject, seed) for subject in SUBJECTS for seed in range(count)]
        ids = [f"{subject}-{seed}" for subject, seed in walks]
        metafunc.parametrize("walk", walks, ids=ids)


@pytest.fixture(autouse=True)
def nothing_remembered():
    st.cache_data.clear()
    run_list.run_list.cache_clear()


def several_runs(store: Store) -> list[str]:
    """Make runs as they are found in a store: two seeds of one config, another, a foreign one."""
    ids = [trained(store, f"seed {seed}", seed=seed, note="# why") for seed in range(2)]
    ids.append(trained(store, "<b>wide</b>", config=TrainConfig(channels=8), epochs=3))
    foreign = store.create("elsewhere", experiment="theirs", params={"lr": "0.1"}, tags={})
    losses = [2.0, 1.0, 0.9, float("nan"), 1.5, float("inf")]
    store.log(foreign, metrics=[Point("val_loss", loss, s, s) for s, loss in enumerate(losses)])
    store.set_status(foreign, "FAILED")
    return [*ids, foreign]


def test_nothing_that_a_person_does_breaks_a_page(walk, rounds, house, caplog):
    subject, seed = walk
    page, named = SUBJECTS[subject]
    run_ids = [] if named is None else several_runs(Store(house))
    walker = Walker(page, random.Random(f"{subject} {seed}"), run_ids)
    try:
        walker.open(**({"run": ",".join(run_ids[:named])} if named else {}))
        _is_a_page(walker, house)
        for _ in range(rounds(6, whole=25)):
            walker.step()
            _end_trainings()
            _is_a_page(walker, house)
        assert not [record.getMessage() for record in caplog.records if record.exc_info]
    except Exception as fault:
        fault.add_note(f"{subject}, seed {seed}:\n" + "\n".join(walker.story))
        raise


def _is_a_page(walker: Walker, house) -> None:
    app = walker.app
    assert not app.exception, [each.message for each in app.exception]
    assert [title.value for title in app.title] == [_TITLES[walker.page]]
    told = words(app)
    for inner in ("Traceback", str(PROJECT), str(house.mlruns)):
        assert inner not in told, told


def _end_trainings() -> None:
    """End what a press of Start has begun: only that it starts matters here."""
    for process in jobs._children.values():
        process.kill()
