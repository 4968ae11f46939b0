"""Training processes stopped, or killed at random moments, and resumed: their runs end the same."""

import time
from itertools import cycle

import pytest

from lab import jobs
from tests.trainings import (
    CONFIG,
    PATIENCE,
    assert_same,
    at_epoch,
    ended,
    epoch_of,
    kill,
    left,
    until,
)

KINDS = [
    CONFIG,
    CONFIG.changed({"backend": "torch", "optimizer": "adam", "schedule": "cosine"}),
    CONFIG.changed({"optimizer": "adamw", "patience": 30, "weight_decay": 0.01}),
    CONFIG.changed({"backend": "torch", "crop_padding": 0, "dropout": 0.0, "momentum": 0.5}),
    CONFIG.changed({"pooling": "mean", "validation_fraction": 0.0, "schedule": "constant"}),
]


class Moments:
    """Ways to wait for the moment at which a training dies."""

    def __init__(self, store, draw, run_id: str) -> None:
        self._store, self._draw, self._run_id = store, draw, run_id

    def in_an_epoch(self) -> None:
        """Some epochs on, wherever in the next one."""
        wanted = epoch_of(self._store, self._run_id) + self._draw.randint(1, 3)
        at_epoch(self._store, self._run_id, wanted)
        time.sleep(self._draw.uniform(0, 0.3))

    def while_writing(self) -> None:
        """As a file is on its way to the disk."""
        at_epoch(self._store, self._run_id, epoch_of(self._store, self._run_id) + 1)
        outbox = self._store.settings.mlruns / "outbox" / self._run_id
        deadline = time.monotonic() + PATIENCE
        while all(path.suffix == ".json" for path in outbox.iterdir()):
            assert time.monotonic() < deadline, "nothing is written"

    def while_starting(self) -> None:
        """Anywhere between its start and its first words."""
        time.sleep(self._draw.uniform(0, 4))


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_training_killed_again_and_again_ends_as_if_nothing_had_happened(
    store, undisturbed, draw, rounds, tell
):
    kills, waits = rounds(2, whole=20), []
    for config in cycle(KINDS):
        run_id = jobs.start(store, config)
        at_epoch(store, run_id, 1)
        moments = Moments(store, draw, run_id)
        ways = [moments.while_writing, moments.in_an_epoch]
        while len(waits) < kills and epoch_of(store, run_id) < CONFIG.epochs / 2:
            draw.choice(ways)()
            waits.append(kill(store, run_id))
            jobs.resume(store, run_id)
            ways = [moments.while_writing, moments.in_an_epoch, moments.while_starting]
        run = ended(store, run_id)
        assert run.status == "FINISHED", run.tags
        assert_same(left(store, run_id), undisturbed(config))
        if len(waits) == kills:
            break
    tell(f"{len(waits)} kills, known after {max(waits):.1f} s at most")


def test_a_training_killed_before_its_first_epoch_says_that_it_must_start_anew(store):
    run_id = jobs.start(store, CONFIG)
    until(lambda: store.run(run_id).said("process"), 30, "its process")
    kill(store, run_id)
    assert "before its first epoch was done" in jobs.why_not_resumable(store.run(run_id))


@pytest.mark.slow
def test_a_training_that_was_stopped_goes_on_as_if_nothing_had_happened(store, undisturbed):
    run_id = jobs.start(store, CONFIG)
    at_epoch(store, run_id, 2)
    jobs.stop(store, run_id)
    stopped = ended(store, run_id)
    assert stopped.status == "KILLED"
    assert stopped.metrics["epoch"] < CONFIG.epochs
    jobs.resume(store, run_id)
    assert ended(store, run_id).status == "FINISHED"
    assert_same(left(store, run_id), undisturbed(CONFIG))
