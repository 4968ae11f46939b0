"""Many people at the playground while a training runs."""

import json
import os
import statistics
import subprocess
import sys

import pytest

from lab import jobs
from lab.settings import PROJECT
from lab.store import Store
from tests.browser.conftest import App
from tests.crowds.trainings import CONFIG, logs
from tests.crowds.visitors import NO_BROWSER
from tests.trainings import assert_same, ended, left


@pytest.fixture
def app(house):
    """The app of this lab, in a process of its own."""
    running = App(house.mlruns.parent)
    running.start()
    yield running
    running.kill()
    assert not running.faults()


def visited(app: App, people: int, moves: int) -> list[float]:
    """Let people change things at the playground; return how long each result took."""
    command = [sys.executable, "-m", "tests.crowds.visitors", app.url, str(people), str(moves)]
    visit = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=3000)
    if visit.returncode == NO_BROWSER and os.environ.get("CI") != "true":
        pytest.skip(f"no browser: install chromium ({visit.stderr})")
    assert visit.returncode == 0, visit.stderr
    found = json.loads(visit.stdout)
    assert found["wrong"] == []
    return found["milliseconds"]


@pytest.mark.browser
@pytest.mark.soak_only
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_everybody_sees_their_own_result_and_the_training_is_not_harmed(
    undisturbed, app, house, capsys
):
    moves = 5
    alone = visited(app, 1, moves)
    store = Store(house)
    run_id = jobs.start(store, CONFIG)
    crowded = visited(app, 20, moves)
    run = ended(store, run_id, 1500)
    assert run.status == "FINISHED", run.tags.get("convlab.reason")
    assert_same(left(store, run_id), undisturbed(CONFIG))
    assert "Traceback" not in logs(store)
    medians = [statistics.median(each) for each in (alone, crowded)]
    with capsys.disabled():
        sys.stdout.write(
            "\nA move until its result is seen, median: {:.0f} ms alone, {:.0f} ms in the crowd; "
            "the training took {:.1f} s.\n".format(*medians, run.metrics["seconds"])
        )
