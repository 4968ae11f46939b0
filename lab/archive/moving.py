"""Runs out of a store as archives, and archives into a store as runs."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice

from convcore.errors import ConvcoreError
from lab.archive.packing import Archive, pack, read
from lab.archive.record import Record
from lab.records import Run, StoreError
from lab.store import Store

_BATCH = 100  # params or tags that MLflow takes at a time
_ORIGIN, _CHECKSUM = "convlab.imported_from", "convlab.imported_checksum"
# What binds a run to a process that is not here, or is said anew where it is written.
_LEFT = frozenset(
    {
        "convlab.process",
        "convlab.progress",
        "convlab.stop",
        "convlab.follows",
        "mlflow.runName",
        _ORIGIN,
        _CHECKSUM,
    }
)
_LINKS = frozenset({"convlab.rival", "mlflow.parentRunId"})  # hold the id of another run
_CUT_OFF = (
    "Its import was cut off, so parts of it are missing. Delete it, then import the file again."
)


def export(store: Store, run_id: str) -> bytes:
    """Return the archive of an ended run; the same run gives the same bytes.

    Raises:
        ConvcoreError: the run is still at work, or holds more than an archive can.
        StoreError: there is no such run, or the store cannot be reached.
    """
    run = store.run(run_id)
    _check_ended(run)

    def content(name: str) -> bytes:
        found = store.get(run_id, name)
        if found is None:
            raise ConvcoreError(
                f"export: the file {name!r} of run={run_id!r} can't be read. See that the "
                "artifacts of the store can be reached, then try again."
            )
        return found

    try:
        data = pack(_record(store, run), store.artifacts(run_id), content)
    except StoreError:
        raise
    except ConvcoreError as error:
        raise ConvcoreError(f"export: run={run_id!r} can't be packed. {error}") from None
    _check_ended(store.run(run_id))  # or it was taken up again meanwhile
    return data


def take_in(store: Store, data: bytes) -> str:
    """Return the id of the run that the archive `data` became: a new one, or the one it was before.

    An archive that has been imported and whose run has not been deleted since makes no second one.
    A tag that names another run stays if that one is in this store. If anything goes wrong on the
    way, nothing is left but a run in MLflow's trash.

    Raises:
        ConvcoreError: the archive is damaged or not sound; nothing was written.
        StoreError: the store cannot be reached, or does not take it.
    """
    archive = read(data)
    here = store.runs(filter_string=f"tags.`{_CHECKSUM}` = '{archive.checksum}'", limit=1)
    if here:
        return here[0].run_id
    record = archive.record
    run_id = store.create_begun(
        record.name,
        experiment=record.experiment,
        started=record.started / 1000,
        tags={_ORIGIN: record.run_id, "convlab.reason": _CUT_OFF},
    )
    try:
        store.set_status(run_id, "FAILED")  # or somebody takes it for one whose process has died
        _write(store, run_id, archive)
    except BaseException:
        with suppress(StoreError):  # then it stays as FAILED, and says why
            store.delete(run_id)
        raise
    return run_id


def _check_ended(run: Run) -> None:
    if run.active:
        raise ConvcoreError(
            f"export: run={run.run_id!r} is {run.status}; only an ended run can be exported. "
            "Stop it, or wait for its end."
        )


def _record(store: Store, run: Run) -> Record:
    points = [
        point
        for name in sorted(run.metrics)
        for point in sorted(
            store.points(run.run_id, name), key=lambda p: (p.step, p.milliseconds, repr(p.value))
        )
    ]
    return Record(
        run_id=run.run_id,
        name=run.name,
        experiment=store.experiment_of(run),
        status=run.status,
        started=round(1000 * run.started),
        ended=round(1000 * (run.ended or run.started)),
        params=dict(sorted(run.params.items())),
        tags=dict(sorted(run.tags.items())),
        points=tuple(points),
        files={},
    )


def _write(store: Store, run_id: str, archive: Archive) -> None:
    """Write all of it; that it is whole, and how it ended, comes last."""
    record = archive.record
    store.log(run_id, metrics=record.points)
    for batch in _batches(record.params):
        store.log(run_id, params=batch)
    for name, content in archive.files():
        store.put(run_id, name, content)
    tags = _tags(store, record)
    for batch in _batches(tags):
        store.log(run_id, tags=batch)
    if "convlab.reason" not in tags:
        store.untag(run_id, "convlab.reason")
    store.set_status(run_id, record.status, ended=record.ended / 1000)
    store.log(run_id, tags={_CHECKSUM: archive.checksum})


def _tags(store: Store, record: Record) -> dict[str, str]:
    """Return the tags that hold in this store too."""
    tags = {name: text for name, text in record.tags.items() if name not in _LEFT}
    for name in _LINKS & tags.keys():
        if not _is_there(store, tags[name]):
            del tags[name]
    # It is opened by that name: it must not lead to elsewhere.
    if tags.get("convlab.checkpoint", "") not in record.files:
        tags.pop("convlab.checkpoint", None)
    return tags


def _is_there(store: Store, run_id: str) -> bool:
    try:
        store.run(run_id)
    except StoreError as error:
        if not error.permanent:
            raise
        return False
    return True


def _batches(found: Mapping[str, str]) -> Iterator[dict[str, str]]:
    rest = iter(found.items())
    while batch := dict(islice(rest, _BATCH)):
        yield batch
