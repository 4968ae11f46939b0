import os
import subprocess
import sys

import pytest

from lab.__main__ import main
from lab.settings import PROJECT
from lab.store import Store


def lab(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "lab", *arguments]
    return subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=timeout, env=os.environ
    )


def test_train_follows_a_run_to_its_end(house):
    done = lab("train", "--epochs", "2", "--channels", "4", "--name", "mine")
    assert done.returncode == 0, done.stderr
    run = Store(house).runs()[0]
    assert (run.name, run.status, run.params["epochs"]) == ("mine", "FINISHED", "2")
    assert run.run_id in done.stdout
    assert "epoch   2  train loss" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["train", "--data", "/no/such"], "no data set '/no/such'", id="path"),
        pytest.param(["train", "--model", "lenet"], "shrinks the picture", id="too deep"),
        pytest.param(["train", "--patience", "3"], "validation_fraction", id="patience"),
        pytest.param(["resume", "0" * 32], "not found", id="unknown run"),
        pytest.param(["train", "--kernel-size", "2"], "Use 1 or 3", id="even kernel"),
    ],
)
def test_what_a_person_can_put_right_is_a_sentence_and_exit_code_2(house, capsys, arguments, says):
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told


def test_a_training_that_fails_tells_why_and_exits_with_2(house):
    failed = lab("train", "--learning-rate", "10", "--no-batch-norm", "--momentum", "0.99")
    assert failed.returncode == 2
    assert "diverged" in failed.stdout
    assert "Traceback" not in failed.stderr


def test_data_lists_what_there_is(house, capsys):
    assert main(["data"]) == 0
    assert "digits" in capsys.readouterr().out


@pytest.mark.parametrize("command", [[], ["train"], ["duel"], ["data"], ["runs"]])
def test_help_is_worth_reading(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])
    assert stopped.value.code == 0
    assert len(capsys.readouterr().out) > 100
