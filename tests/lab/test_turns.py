import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.settings import PROJECT
from lab.turns import turn, waiting

# Takes a turn, says so on a line of its own, and holds it until its standard input closes.
_HOLDER = """
import sys
from pathlib import Path
from lab.turns import turn
with turn(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), lambda: False) as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(tmp_path):
    """Start processes that queue; whatever happens, they end with the test."""
    processes = []

    def started(name: str, slots: int = 1) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, tmp_path, name, str(slots)],
            cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        processes.append(process)
        return process

    yield started
    for process in processes:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def queued(folder: Path, names: list[str]) -> None:
    deadline = time.monotonic() + 20
    while waiting(folder) != names:
        assert time.monotonic() < deadline, f"queue is {waiting(folder)}, not {names}"
        time.sleep(0.05)


def test_turns_come_in_order_and_one_at_a_time(tmp_path, hold):
    first = hold("1")
    assert first.stdout.readline() == "True\n"
    third = hold("3")
    queued(tmp_path, ["3"])
    second = hold("2")
    queued(tmp_path, ["2", "3"])
    first.stdin.close()
    assert second.stdout.readline() == "True\n"
    queued(tmp_path, ["3"])
    second.stdin.close()
    assert third.stdout.readline() == "True\n"
    queued(tmp_path, [])


def test_a_killed_holder_frees_its_slot_and_a_killed_waiter_its_place(tmp_path, hold):
    first, second = hold("1"), None
    assert first.stdout.readline() == "True\n"
    second = hold("2")
    queued(tmp_path, ["2"])
    third = hold("3")
    queued(tmp_path, ["2", "3"])
    os.kill(second.pid, signal.SIGKILL)
    second.wait()
    queued(tmp_path, ["3"])
    os.kill(first.pid, signal.SIGKILL)
    assert third.stdout.readline() == "True\n"


def test_two_slots_serve_two(tmp_path, hold):
    assert hold("1", 2).stdout.readline() == "True\n"
    assert hold("2", 2).stdout.readline() == "True\n"
    hold("3", 2)
    queued(tmp_path, ["3"])


def test_who_is_stopped_while_waiting_gets_no_turn(tmp_path, hold):
    assert hold("1").stdout.readline() == "True\n"
    with turn(tmp_path, "2", 1, lambda: True) as ours:
        assert not ours
    assert waiting(tmp_path) == []


def test_no_queue_is_an_empty_queue(tmp_path):
    assert waiting(tmp_path / "none") == []
