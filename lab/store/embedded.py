"""The embedded store's own file and folder: made, led back after a move, looked over.

MLflow keeps an absolute address of the artifacts in every experiment and every run, so these go
astray when the folder is moved or copied. The folder `artifacts` beside the database is where they
belong; what lies anywhere else by somebody's choice is never touched.
"""

import json
import os
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from filelock import FileLock
from mlflow import MlflowClient

from lab.records import KEPT
from lab.settings import Settings

_PATIENCE = 30.0  # seconds that a writer waits for another
_RUN_ID = re.compile("[0-9a-f]{32}")


def prepare(settings: Settings) -> None:
    """Make or migrate the database, one process at a time: several at once would crash."""
    path = Path(settings.tracking_uri.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock"), timeout=120):
        MlflowClient(settings.tracking_uri).search_experiments(max_results=1)
        with closing(sqlite3.connect(path, timeout=_PATIENCE)) as database:
            # Write-ahead logging persists in the file; readers then never wait for a writer.
            database.execute("PRAGMA journal_mode=WAL")
            if settings.embedded:
                known = database.execute("SELECT artifact_location FROM experiments")
                _lead_here(database, settings, [each for (each,) in known])


def artifacts_of(settings: Settings) -> Path:
    """Return the folder of the embedded store's artifacts; inside, a folder an experiment."""
    return settings.mlruns / "artifacts"


def settle(settings: Settings, run_id: str, name: str) -> None:
    """Let an artifact reach the disk itself, as what the database says of it does."""
    for path in artifacts_of(settings).glob(f"*/{run_id}/artifacts/{name}"):
        with path.open("r+b") as file:
            os.fsync(file.fileno())


def astray(settings: Settings) -> list[str]:
    """Return the ids of runs whose artifacts are here while the database leads elsewhere."""
    here = artifacts_of(settings)
    with closing(_reading(settings)) as database:
        known = database.execute("SELECT run_uuid, artifact_uri FROM runs").fetchall()
    return [run_id for run_id, location in known if _old_home(location, here)]


def lead_back(settings: Settings) -> None:
    """Let the runs of which `astray` tells lead here."""
    with closing(sqlite3.connect(_database(settings), timeout=_PATIENCE)) as database:
        known = database.execute("SELECT artifact_uri FROM runs")
        _lead_here(database, settings, [each for (each,) in known])


def damage(settings: Settings) -> list[str]:
    """Return what SQLite finds wrong with the database: nothing, if it is sound or not there."""
    if not _database(settings).exists():
        return []
    try:
        with closing(_reading(settings)) as database:
            found = [text for (text,) in database.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if found == ["ok"] else found


def orphans(settings: Settings) -> list[Path]:
    """Return the artifact folders that belong to no run, not even to one in the trash."""
    # The folders first: a run is in the database before it has a folder.
    found = [
        folder
        for folder in sorted(artifacts_of(settings).glob("*/*"))
        if _RUN_ID.fullmatch(folder.name) and folder.is_dir()
    ]
    with closing(_reading(settings)) as database:
        known = {run_id for (run_id,) in database.execute("SELECT run_uuid FROM runs")}
    return [folder for folder in found if folder.name not in known]


def lost(settings: Settings) -> list[tuple[str, str, Path]]:
    """Return id, name and folder of each run that lacks a file which it must have kept.

    That is the checkpoint of a training, a finished one's weights, and what a page has kept.
    """
    kinds = ", ".join(f"'{kind}'" for kind in KEPT)
    with closing(_reading(settings)) as database:
        kept = database.execute(
            "SELECT run_uuid, runs.name, artifact_uri, CASE"
            " WHEN tags.key = 'convlab.checkpoint' THEN tags.value"
            " WHEN tags.value = 'training' THEN 'weights.pt' ELSE 'setup.json' END"
            " FROM runs JOIN tags USING (run_uuid)"
            " WHERE lifecycle_stage = 'active' AND (tags.key = 'convlab.checkpoint'"
            " OR tags.key = 'convlab.kind' AND status = 'FINISHED'"
            f" AND tags.value IN ('training', {kinds}))"
        ).fetchall()
    found = {}
    for run_id, name, location, file in kept:
        folder = _local(location)
        if folder and not (folder / file).exists():
            found[run_id] = (run_id, name, folder)
    return list(found.values())


def _database(settings: Settings) -> Path:
    return Path(settings.tracking_uri.removeprefix("sqlite:///"))


def _reading(settings: Settings) -> sqlite3.Connection:
    """Return a connection that cannot write, so that nobody at work is disturbed."""
    address = f"{_database(settings).as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=_PATIENCE)


def _lead_here(
    database: sqlite3.Connection, settings: Settings, known: Iterable[str | None]
) -> None:
    """Let all that lay beside the database before it came here lead to where it is now.

    A copy leads here too, even while the place that it was copied from is still there: two labs
    that shared a folder would write into and tidy away each other's files. Only a run whose files
    are there and not here goes on leading there.

    Args:
        known: addresses that may tell where it was before.
    """
    artifacts = artifacts_of(settings)
    before = {home for each in known if (home := _old_home(each, artifacts))}
    if not before:
        return
    copied = any(_is_there(home.parent / _database(settings).name) for home in before)

    def moved(location: str | None) -> Path | None:
        folder = _local(location)
        if folder is None or folder.is_relative_to(artifacts):
            return None
        homes = (home for home in before if folder.is_relative_to(home))
        return next((artifacts / folder.relative_to(home) for home in homes), None)

    def here(location: str | None) -> str | None:
        folder = moved(location)
        if folder is None:
            return location
        return folder.as_uri() if location.startswith("file:") else str(folder)

    def only_there(location: str | None) -> bool:
        folder = moved(location)
        return folder is not None and not _is_there(folder) and _is_there(_local(location))

    database.create_function("here", 1, here)
    database.create_function("only_there", 1, only_there)
    with database:  # all or nothing
        database.execute("UPDATE experiments SET artifact_location = here(artifact_location)")
        database.execute(
            "UPDATE runs SET artifact_uri = here(artifact_uri) WHERE NOT only_there(artifact_uri)"
        )
        # Processes of the lab that this is a copy of, or of another machine, train for it and not
        # for us; without a process these runs are found dead. After a move ours may still live.
        database.execute(
            "DELETE FROM tags WHERE key = 'convlab.process' AND (? OR NOT instr(value, ?))"
            " AND run_uuid IN (SELECT run_uuid FROM runs WHERE status IN ('RUNNING', 'SCHEDULED'))",
            (copied, json.dumps({"host": settings.host})[1:-1]),
        )


def _old_home(location: str | None, artifacts: Path) -> Path | None:
    """Return the other folder `artifacts` that leads to `location`, if ours holds the same."""
    folder = _local(location)
    if folder is None or folder.is_relative_to(artifacts):
        return None
    for home in folder.parents:
        if home.name == artifacts.name and _is_there(artifacts / folder.relative_to(home)):
            # One folder under two names, as a mount gives, is no other place.
            return None if _is_there(home) and home.samefile(artifacts) else home
    return None


def _local(location: str | None) -> Path | None:
    """Return the folder of an address on this machine's disk, None for any other."""
    parts = urlsplit(location or "")
    path = Path(url2pathname(parts.path) if parts.scheme == "file" else location or "")
    return None if parts.netloc or not path.is_absolute() else path


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # somebody else's folder, which we may not even look into
        return False
