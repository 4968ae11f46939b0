"""Runs as a store tells of them, and the numbers that are none."""

from lab.records import Run

NAN = float("nan")
HUGE = 1.7976931348623157e308  # what MLflow makes of an infinite loss


def a_run(run_id="a", *, config=None, status="FINISHED", params=(), metrics=(), tags=()):
    own = {"convlab.kind": "training", "convlab.config": config.to_json()} if config else {}
    return Run(
        run_id=run_id,
        experiment_id="1",
        name=f"run {run_id}",
        status=status,
        started=1000.0,
        ended=1060.0,
        params=dict(params),
        metrics=dict(metrics),
        tags=own | dict(tags),
    )
