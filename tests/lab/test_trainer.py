import threading

import pytest

from lab import trainer
from lab.records import StoreError

AWAY, REFUSES = StoreError("away", permanent=False), StoreError("no", permanent=True)


@pytest.fixture
def ask(monkeypatch):
    """A store that gives what is in a list, one at a time; errors are raised."""
    monkeypatch.setattr(trainer, "_PAUSE", 0.0)

    def asked(answers: list):
        answer = answers.pop(0)
        if isinstance(answer, StoreError):
            raise answer
        return answer

    return asked


def test_a_store_that_is_away_is_asked_until_it_is_back(ask):
    assert trainer.patiently(threading.Event(), ask, [AWAY, AWAY, "here"]) == "here"


def test_a_store_that_refuses_is_not_asked_again(ask):
    answers = [REFUSES, "here"]
    with pytest.raises(StoreError, match="no"):
        trainer.patiently(threading.Event(), ask, answers)
    assert answers == ["here"]


def test_who_is_to_stop_waits_for_nobody(ask):
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(StoreError, match="away"):
        trainer.patiently(stopped, ask, [AWAY, "here"])
