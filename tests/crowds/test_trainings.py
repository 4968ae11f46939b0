"""Many trainings at once on one database: each as if it were alone."""

import pytest

from lab import jobs, settings
from lab.store import Store
from tests.crowds.trainings import CONFIG, logs
from tests.trainings import assert_same, ended, left


@pytest.mark.soak_only
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_eight_at_once_are_each_as_complete_as_one_alone(undisturbed, house, monkeypatch):
    wanted = undisturbed(CONFIG)
    assert [step for step, _ in wanted.series["test_loss"]] == list(range(1, CONFIG.epochs + 1))
    monkeypatch.setenv("CONVLAB_PARALLEL", "8")
    store = Store(settings.current())
    together = [jobs.start(store, CONFIG) for _ in range(8)]
    runs = [ended(store, run_id, 3000) for run_id in together]
    for run in runs:
        assert run.status == "FINISHED", run.tags.get("convlab.reason")
        assert_same(left(store, run.run_id), wanted)
    assert max(run.started for run in runs) < min(run.ended for run in runs)  # all at once
    told = logs(store)
    assert "locked" not in told
    assert "Traceback" not in told
