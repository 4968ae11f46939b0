"""The app killed while its training runs: the training goes on, and a new app finds it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import pytest
from playwright.sync_api import expect

from convcore.config import TrainConfig, preset
from lab import jobs
from lab.settings import PROJECT
from tests.browser.conftest import App
from tests.browser.test_train import start, status
from tests.trainings import (
    CONFIG,
    PATIENCE,
    announced,
    assert_same,
    at_epoch,
    ended,
    epoch_of,
    left,
    pid_of,
)

# Starts a training and dies before it has told which process that is.
_STARTER = """
import os, signal, sys
from convcore.config import TrainConfig
from lab import jobs, settings, store
jobs.announce = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
jobs.start(store.opened(settings.current()), TrainConfig.from_json(sys.argv[1]))
"""


def address(config: TrainConfig) -> str:
    """The page's address with the form filled in."""
    first, labels = preset("first-steps"), {"one-cycle": "One-cycle"}
    given = {name: value for name, value in asdict(config).items() if value != getattr(first, name)}
    return "/cifar10?" + "&".join(
        f"cifar10.{name}={labels.get(value, value)}" for name, value in given.items()
    )


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    """Keep a training from its end for as long as a slow machine needs to start an app."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def app(store, tmp_path):
    made = App(tmp_path)  # which takes the house's environment
    made.start()
    yield made
    made.kill()
    for run in store.active():  # of a test that failed
        os.kill(pid_of(store, run.run_id), signal.SIGKILL)
    assert not made.faults()


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(1800)
def test_a_training_outlives_its_app_and_a_new_app_finds_it(
    app, page, store, undisturbed, draw, rounds
):
    page.set_default_timeout(1000 * PATIENCE)
    kills = rounds(1, whole=10)
    while kills:
        run_id = start(page, app.url + address(CONFIG))
        assert store.run(run_id).config == CONFIG
        for _ in range(min(kills, 3)):
            announced(store, run_id, 30)
            time.sleep(draw.uniform(0, 3))
            app.kill()
            kills -= 1
            at_epoch(store, run_id, epoch_of(store, run_id) + 1)
            with standing_still(pid_of(store, run_id)):
                app.start()
                page.goto(f"{app.url}/cifar10?run={run_id}")
                expect(status(page)).to_have_text(re.compile("training"), timeout=1000 * PATIENCE)
                progress = re.compile(f"Epoch .* of {CONFIG.epochs}|Reading the pictures|Starting")
                expect(page.get_by_text(progress)).to_be_visible()
        expect(status(page)).to_have_text(re.compile("finished"), timeout=1000 * PATIENCE)
        assert_same(left(store, run_id), undisturbed(CONFIG))


@pytest.mark.slow
def test_a_training_whose_starter_died_before_it_told_of_it_is_no_dead_one(store, monkeypatch):
    started = subprocess.run(
        [sys.executable, "-c", _STARTER, CONFIG.changed({"epochs": 2}).to_json()],
        cwd=PROJECT, check=False,
    )  # fmt: skip
    assert started.returncode == -signal.SIGKILL
    (run,) = store.active()
    assert not run.said("process")
    announced(store, run.run_id, 60)
    monkeypatch.setattr(jobs, "_START", 0.0)
    assert ended(store, run.run_id).status == "FINISHED"
