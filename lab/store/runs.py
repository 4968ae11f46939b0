"""Runs in MLflow: made, written to, searched, read."""

import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.entities import Run as MlflowRun
from mlflow.exceptions import MlflowException

from lab.records import Point, Run
from lab.settings import Settings
from lab.store import embedded
from lab.store.answers import speaking

_ENDED = ("FINISHED", "KILLED", "FAILED")
_PAGE = 500  # runs asked for at a time


class Store:
    """Runs, in the embedded SQLite file or on an MLflow server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        with speaking(settings.tracking_uri):
            if settings.tracking_uri.startswith("sqlite:"):
                embedded.prepare(settings)
            self._client = MlflowClient(settings.tracking_uri)

    def create(
        self, name: str, *, experiment: str, params: Mapping[str, object], tags: Mapping[str, str]
    ) -> str:
        """Return the id of a new run, SCHEDULED, with `params` and `tags`."""
        own = {"mlflow.user": self.settings.author, "mlflow.source.name": "convolution-lab"}
        with speaking(self.settings.tracking_uri):
            run = self._client.create_run(
                self._experiment(experiment), tags=own | dict(tags), run_name=name
            )
            run_id = run.info.run_id
            self._client.update_run(run_id, status="SCHEDULED")
        self.log(run_id, params=params)
        return run_id

    def create_begun(
        self, name: str, *, experiment: str, started: float, tags: Mapping[str, str]
    ) -> str:
        """Return the id of a new run, RUNNING since `started`, in seconds since 1970."""
        with speaking(self.settings.tracking_uri):
            run = self._client.create_run(
                self._experiment(experiment), round(1000 * started), dict(tags), name
            )
        return run.info.run_id

    def rename(self, run_id: str, name: str) -> None:
        """Give the run another name."""
        with speaking(self.settings.tracking_uri):
            self._client.update_run(run_id, name=name)

    def delete(self, run_id: str) -> None:
        """Put the run into MLflow's trash."""
        with speaking(self.settings.tracking_uri):
            self._client.delete_run(run_id)

    def restore(self, run_id: str) -> None:
        """Take the run out of MLflow's trash."""
        with speaking(self.settings.tracking_uri):
            self._client.restore_run(run_id)

    def log(
        self,
        run_id: str,
        *,
        metrics: Sequence[Point] = (),
        params: Mapping[str, object] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log everything in as few calls as MLflow takes; the same point twice counts once."""
        points = [Metric(p.name, p.value, p.milliseconds, p.step) for p in metrics]
        values = [Param(name, str(value)) for name, value in (params or {}).items()]
        notes = [RunTag(name, value) for name, value in (tags or {}).items()]
        with speaking(self.settings.tracking_uri):
            self._client.log_batch(run_id, points[:900], values, notes)
            for start in range(900, len(points), 900):
                self._client.log_batch(run_id, points[start : start + 900])

    def untag(self, run_id: str, name: str) -> None:
        """Take the tag `name`, which must be there, from the run."""
        with speaking(self.settings.tracking_uri):
            self._client.delete_tag(run_id, name)

    def set_status(self, run_id: str, status: str, *, ended: float | None = None) -> None:
        """Set RUNNING or SCHEDULED, or end the run as FINISHED, KILLED or FAILED.

        Args:
            ended: when it did, in seconds since 1970; by default now.
        """
        with speaking(self.settings.tracking_uri):
            if status in ("RUNNING", "SCHEDULED"):
                self._client.update_run(run_id, status=status)
            else:
                self._client.set_terminated(run_id, status, ended and round(1000 * ended))

    def put(self, run_id: str, name: str, content: bytes) -> None:
        """Keep `content` as the artifact `name`, a path such as `plots/curves.html`."""
        folder, _, file = name.rpartition("/")
        with tempfile.TemporaryDirectory() as scratch, speaking(self.settings.tracking_uri):
            path = Path(scratch) / file
            path.write_bytes(content)
            self._client.log_artifact(run_id, str(path), folder or None)

    def get(self, run_id: str, name: str) -> bytes | None:
        """Return the artifact `name`, or None where the run has none of that name."""
        with tempfile.TemporaryDirectory() as scratch:
            try:
                path = self._client.download_artifacts(run_id, name, scratch)
            except (MlflowException, OSError):
                return None
            return Path(path).read_bytes()

    def artifacts(self, run_id: str) -> list[str]:
        """Return the names of the run's artifacts, those in folders too."""
        found, folders = [], [None]
        with speaking(self.settings.tracking_uri):
            while folders:
                for each in self._client.list_artifacts(run_id, folders.pop()):
                    (folders if each.is_dir else found).append(each.path)
        return sorted(found)

    def experiment_of(self, run: Run) -> str:
        """Return the name of the run's experiment."""
        with speaking(self.settings.tracking_uri):
            return self._client.get_experiment(run.experiment_id).name

    def run(self, run_id: str) -> Run:
        """Return the run.

        Raises:
            StoreError: there is no such run, or the store cannot be reached.
        """
        with speaking(self.settings.tracking_uri):
            return _run(self._client.get_run(run_id))

    def runs(
        self,
        *,
        filter_string: str = "",
        without: Sequence[str] = (),
        deleted: bool = False,
        limit: int = 1000,
    ) -> list[Run]:
        """Return runs that MLflow's `filter_string` admits, newest first.

        Args:
            without: names of experiments that are left out.
            deleted: those in the trash, and no others.
        """
        found: list[Run] = []
        view = ViewType.DELETED_ONLY if deleted else ViewType.ACTIVE_ONLY
        with speaking(self.settings.tracking_uri):
            ids = [
                each.experiment_id
                for each in self._client.search_experiments()
                if each.name not in without
            ]
            token = None
            while len(found) < limit:
                page = self._client.search_runs(
                    ids,
                    filter_string,
                    view,
                    min(limit - len(found), _PAGE),
                    ["attributes.start_time DESC"],
                    token,
                )
                found += [_run(run) for run in page]
                token = page.token
                if not token:
                    break
        return found

    def active(self) -> list[Run]:
        """Return the runs that train or wait, oldest first."""
        found = [
            run
            for status in ("RUNNING", "SCHEDULED")
            for run in self.runs(filter_string=f"attributes.status = '{status}'")
        ]
        return sorted(found, key=lambda run: run.started)

    def points(self, run_id: str, name: str) -> list[Point]:
        """Return every value of a metric that was logged, by step and then by time."""
        with speaking(self.settings.tracking_uri):
            found = self._client.get_metric_history(run_id, name)
        points = [Point(name, each.value, each.step, each.timestamp) for each in found]
        return sorted(points, key=lambda point: (point.step, point.milliseconds))

    def history(self, run_id: str, names: Sequence[str]) -> dict[str, dict[int, float]]:
        """Return {name: {step: value}} of the metrics; of a step logged again, the latest."""
        return {
            name: {point.step: point.value for point in self.points(run_id, name)} for name in names
        }

    def curves(self, run_id: str, names: Sequence[str]) -> dict[str, list[float]]:
        """Return each metric that the run has as a list by epoch, from 1, as long as all have."""
        history = {name: steps for name, steps in self.history(run_id, names).items() if steps}
        epochs = min((max(steps) for steps in history.values()), default=0)
        return {
            name: [steps.get(epoch, float("nan")) for epoch in range(1, epochs + 1)]
            for name, steps in history.items()
        }

    def _experiment(self, name: str) -> str:
        """Return the id of the experiment, made if it is not there."""
        found = self._client.get_experiment_by_name(name)
        if found:
            return found.experiment_id
        location = None
        if self.settings.embedded:
            folder = embedded.artifacts_of(self.settings) / name
            folder.mkdir(parents=True, exist_ok=True)  # by it a moved lab is known
            location = folder.as_uri()
        try:
            return self._client.create_experiment(name, artifact_location=location)
        except MlflowException:  # another process was a moment faster
            found = self._client.get_experiment_by_name(name)
            if not found:
                raise
            return found.experiment_id


@lru_cache(maxsize=64)  # in team mode one a person
def opened(settings: Settings) -> Store:
    """Return the store of `settings`, opened once a process.

    Raises:
        StoreError: it cannot be reached.
    """
    return Store(settings)


def _run(run: MlflowRun) -> Run:
    info, data = run.info, run.data
    return Run(
        run_id=info.run_id,
        experiment_id=info.experiment_id,
        name=info.run_name or info.run_id[:8],
        status=info.status,
        started=info.start_time / 1000,
        # A resumed run keeps the end of its first life until it ends again.
        ended=info.end_time / 1000 if info.end_time and info.status in _ENDED else None,
        params=data.params,
        metrics=data.metrics,
        tags=data.tags,
    )
