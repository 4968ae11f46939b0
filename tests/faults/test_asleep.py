"""A machine asleep: trainings and whoever watches them stand still, and go on as they wake up."""

import os
import signal
import subprocess
import sys
import time

import pytest

from lab import jobs
from lab.settings import PROJECT
from tests.trainings import CONFIG, assert_same, at_epoch, ended, left, pid_of

# Looks after the trainings as an open page does, every time with a line.
_WATCHER = """
import time
from lab import jobs, settings, store
opened = store.opened(settings.current())
while True:
    print(len(jobs.reconcile(opened)), flush=True)
    time.sleep(0.1)
"""


@pytest.fixture
def watcher(house):
    process = subprocess.Popen(
        [sys.executable, "-c", _WATCHER], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.soak_only
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_training_that_slept_longer_than_anybody_waits_ends_as_if_it_had_not(
    store, watcher, undisturbed
):
    run_id, queued = jobs.start(store, CONFIG), jobs.start(store, CONFIG.changed({"epochs": 2}))
    at_epoch(store, run_id, 2)
    assert watcher.stdout.readline()
    asleep = [pid_of(store, run_id), pid_of(store, queued), watcher.pid]
    for pid in asleep:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(620)  # the longest patience of the code is 600 s
    for pid in reversed(asleep):  # the watcher looks before the others are awake
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.5)
    for each in (run_id, queued):
        run = ended(store, each)
        assert run.status == "FINISHED", run.tags
        assert "convlab.reason" not in run.tags
    assert_same(left(store, run_id), undisturbed(CONFIG))
    assert watcher.poll() is None
