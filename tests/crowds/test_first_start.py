"""The first moment of a lab, when nothing is there yet and everybody comes at once."""

import subprocess
import sys
import time

import pytest

from lab import jobs, processes, settings
from lab.settings import PROJECT
from lab.store import Store, embedded
from tests.crowds.openers import race

CROWD = 8


def is_whole(store: Store, names: set[str]) -> None:
    assert {run.name for run in store.runs()} == names
    assert embedded.damage(store.settings) == []
    assert embedded.orphans(store.settings) == []
    locks = {path.name for path in store.settings.mlruns.glob("*.lock")}
    assert locks <= {"mlflow.lock", "examples.lock"}  # one a thing that is made once


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_eight_may_be_the_first_at_once(bare_house, tmp_path, monkeypatch, capfd, rounds):
    for number in range(rounds(2, whole=50)):
        mlruns = tmp_path / f"round {number}"
        monkeypatch.setenv("CONVLAB_MLRUNS", str(mlruns))
        assert race(CROWD, mlruns) == [0] * CROWD, capfd.readouterr().err
        is_whole(Store(settings.current()), {f"run {n}" for n in range(CROWD)})


# As people start them; each in a process that knows nothing yet.
TRAIN = ["-m", "lab", "train", "--epochs", "1", "--channels", "4", "--detach"]
PAGE = [
    "-c",
    "from tests.pages.test_pages import opened; assert not opened('pages/runs.py').exception",
]
COMMANDS = [TRAIN, PAGE, ["-m", "lab", "runs"], TRAIN, ["-m", "lab", "doctor"], TRAIN, TRAIN, PAGE]


@pytest.mark.soak_only
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_commands_and_pages_may_be_the_first_at_once(bare_house):
    crowd = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for command in COMMANDS
    ]  # fmt: skip
    told = [process.communicate(timeout=600)[1] for process in crowd]
    assert [process.returncode for process in crowd] == [0] * len(crowd), told
    assert not [text for text in told if "Traceback" in text]
    store = Store(bare_house)
    runs = store.runs()
    for run in runs:
        jobs.stop(store, run.run_id)
    assert len(runs) == COMMANDS.count(TRAIN)
    is_whole(store, {run.name for run in runs})
    while any(processes.process_of(store, store.run(run.run_id)) for run in runs):
        time.sleep(0.1)
