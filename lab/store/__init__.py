"""MLflow, both directions: runs written, runs read back. The only room that imports mlflow.

Tags under `convlab.` are the channel between whoever trains and whoever watches: config,
progress, stop, reason, verdict. Everything else is MLflow's own: params, metrics, status.
"""

import os

# MLflow's own patience (7 tries, 120 s each) would hold a page for minutes; the recorder retries.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")

from lab.store.runs import Store, opened

__all__ = ["Store", "opened"]
