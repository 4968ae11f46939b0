"""Start, stop and resume trainings, each a process of its own; find those that died.

The run in the store is the one channel: a page, the command line or a teammate's machine sees
a training only through it. Only what must touch the process itself asks for the same host.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict

from convcore import datasets, models
from convcore.config import BACKENDS, TrainConfig
from convcore.errors import ConvcoreError
from lab import SHORT_SPIN
from lab.processes import announce, process_of
from lab.recorder import deliver_last, deliver_left
from lab.records import TRAINING, Run, StoreError
from lab.settings import PROJECT
from lab.store import Store
from lab.turns import waiting

# A worker's process id is known within moments; a run without one for longer never started.
_START = 30.0  # seconds
# A training frees and asks for the same large pieces of memory at every step. Given back to the
# system and fetched anew, page by page, they cost a fifth of the time; so glibc's malloc keeps them
# (other systems know no such variables). 32 MiB is the most that all its versions take.
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(8 << 30)}
# Half a millisecond: long enough that threads meet the next parallel loop awake, a third of the
# time of our convolutions; short enough that a busy neighbour costs a factor of 2.5, not of 20.
_LONG_SPIN = "20000"
_children: dict[int, subprocess.Popen] = {}  # kept so that the dead ones can be reaped


def start(store: Store, config: TrainConfig, *, name: str = "", parent: str | None = None) -> str:
    """Return the id of a new run whose training has started, or waits for its turn.

    Args:
        parent: the run that this one is a remedy for, or a variation of.

    Raises:
        ConvcoreError: the data set is unknown or the model does not fit it; nothing was started.
        StoreError: the store cannot be reached.
    """
    check(store, config)
    tags = _tags(config) | ({"mlflow.parentRunId": parent} if parent else {})
    run_id = store.create(
        name or title(config), experiment=TRAINING, params=asdict(config), tags=tags
    )
    _spawn(store, run_id)
    return run_id


def start_duel(store: Store, config: TrainConfig, steps: int) -> list[str]:
    """Return the ids of two linked runs, custom's and torch's, that one process trains."""
    check(store, config)
    if not 1 <= steps <= 100_000:
        raise ConvcoreError(f"duel: steps={steps} must lie between 1 and 100,000.")
    run_ids = []
    for backend in reversed(BACKENDS):
        own = config.changed({"backend": backend})
        tags = _tags(own) | {"convlab.kind": "duel", "convlab.steps": str(steps)}
        if run_ids:
            tags["convlab.rival"] = run_ids[0]
        name = f"duel · {title(own)}"
        run_ids.append(store.create(name, experiment=TRAINING, params=asdict(own), tags=tags))
    torch_run, custom_run = run_ids
    store.log(torch_run, tags={"convlab.rival": custom_run, "convlab.follows": custom_run})
    _spawn(store, custom_run)
    return [custom_run, torch_run]


def check(store: Store, config: TrainConfig) -> datasets.Source:
    """Return the data set of `config` if a training could start.

    Raises:
        ConvcoreError: it could not; the message says why.
    """
    source = datasets.describe(config.data, store.settings.data_root)
    if not source.ready:
        raise ConvcoreError(f"{source.title} is not here yet. {source.about}")
    models.build(config, source.in_shape, source.classes)
    pictures = config.subset or source.train
    if pictures and config.batch_size > pictures * (1 - config.validation_fraction):
        raise ConvcoreError(
            f"batch_size={config.batch_size} exceeds the training pictures "
            f"({pictures:,}, less a validation share of {config.validation_fraction:.0%}). "
            "Use a smaller batch or more pictures."
        )
    return source


def stop(store: Store, run_id: str) -> None:
    """Ask a run to stop; it ends as KILLED within two seconds, with everything so far kept."""
    job = store.run(_leader(store.run(run_id)))
    if not job.active:
        return
    store.log(job.run_id, tags={"convlab.stop": store.settings.author})
    if job.status == "SCHEDULED":  # it waits, or has only just begun: its worker will see
        for each in _both(job):
            store.set_status(each, "KILLED")
    process = process_of(store, job)
    if process:
        process.send_signal(signal.SIGTERM)


def resume(store: Store, run_id: str) -> None:
    """Let a stopped or failed run go on from its last finished epoch.

    Raises:
        ConvcoreError: it is still at work, has finished, or has no checkpoint.
    """
    # What its last life has left may say how it ended, and how far it came.
    deliver_last(store, store.run(run_id).run_id)
    job = store.run(run_id)
    reason = why_not_resumable(job)
    if reason:
        raise ConvcoreError(f"{job.name} cannot go on: {reason}")
    check(store, job.config)
    called = json.dumps({"host": store.settings.host, "called": time.time()})
    store.log(run_id, tags={"convlab.stop": "", "convlab.reason": "", "convlab.process": called})
    store.set_status(run_id, "SCHEDULED")
    _spawn(store, run_id)


def why_not_resumable(job: Run) -> str:
    """Return why a run cannot go on, or nothing if it can."""
    if job.active:
        return "it is still at work."
    if job.status == "FINISHED":
        return "it has finished. Start a new one with more epochs."
    if not job.config or not job.tags.get("convlab.checkpoint"):
        return "it ended before its first epoch was done. Start it anew."
    return ""


def reconcile(store: Store) -> list[Run]:
    """Return the runs at work or waiting, after ending those whose process died as FAILED."""
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            del _children[pid]
    deliver_left(store)
    living = []
    for job in store.active():
        if "convlab.kind" not in job.tags:
            continue  # another program's: only that can know
        if is_dead(store, job):
            _bury(store, job)
        else:
            living.append(job)
    return living


def progress_of(store: Store, job: Run) -> tuple[float, str]:
    """Return how far a run is, 0 to 1, and in words."""
    told_last = job.said("progress")
    if job.status == "SCHEDULED":
        queue = _queue(store)
        if _leader(job) not in queue:
            return 0.0, "Starting …"
        ahead = queue.index(_leader(job))
        return 0.0, "Waits for its turn: " + (f"{ahead} more before it." if ahead else "next.")
    phase, epoch, epochs = (told_last.get(name) for name in ("phase", "epoch", "epochs"))
    done, total = told_last.get("done") or 0, told_last.get("total") or 0
    share = done / total if total else 0.0
    counts = f"{done:,} of {total:,} {told_last.get('unit', '')}" if total else ""
    if phase in ("training", "scoring"):
        text = f"Epoch {epoch} of {epochs}: {counts}" + (" scored" if phase == "scoring" else "")
        if told_last.get("images_per_second"):
            text += f", {told_last['images_per_second']:,.0f} pictures/s"
        if told_last.get("eta_seconds") is not None:
            text += f", about {_duration(told_last['eta_seconds'])} left"
        return min(1.0, (epoch - 1 + share * (0.9 if phase == "training" else 1)) / epochs), text
    if phase == "loading":
        return share, f"Reading the pictures: {counts}" if counts else "Reading the pictures …"
    if phase == "duel":
        return share, f"Both backends, step by step: {counts}"
    return 0.0, "Starting …"


def title(config: TrainConfig) -> str:
    """Return a short name for a run of `config`."""
    size = "LeNet" if config.model == "lenet" else f"N = {config.blocks}"
    data = config.data.rstrip("/").rpartition("/")[2]
    few = f" ({config.subset:,})" if config.subset else ""
    return f"{config.backend} {size} · {data}{few}"


def _tags(config: TrainConfig) -> dict[str, str]:
    return {"convlab.kind": "training", "convlab.config": config.to_json()}


def environment() -> dict[str, str]:
    """The environment of a training's process; what the user has set stays."""
    own = dict(os.environ)
    if own.get("GOMP_SPINCOUNT") == SHORT_SPIN:
        own["GOMP_SPINCOUNT"] = _LONG_SPIN
    return _KEEP_MEMORY | own | {"PYTHONUNBUFFERED": "1"}


def _spawn(store: Store, run_id: str) -> None:
    """Start the worker of a run in a session of its own, so that it outlives this process."""
    settings = store.settings
    logs, place = settings.mlruns / "logs", f"{time.time_ns():020d}"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{run_id}.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "lab.worker", run_id, place],
            cwd=PROJECT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    announce(store, run_id, child.pid)


def _queue(store: Store) -> list[str]:
    """Return the runs whose processes wait for their turn, the next one first."""
    return [name.rpartition("-")[2] for name in waiting(store.settings.mlruns / "queue")]


def _leader(job: Run) -> str:
    """Return the run that the process works for: the other one, for the second of a duel."""
    return job.tags.get("convlab.follows", job.run_id)


def _both(job: Run) -> list[str]:
    return [job.run_id, *filter(None, [job.tags.get("convlab.rival")])]


def is_dead(store: Store, job: Run) -> bool:
    """Return whether the process of a run that claims to be at work is gone for certain."""
    if job.run_id != _leader(job):
        return is_dead(store, store.run(_leader(job)))
    told = job.said("process")
    if told.get("host", store.settings.host) != store.settings.host:
        return False  # only its own host can know
    if "pid" not in told:  # it tells itself as its turn comes, should its starter have died
        late = time.time() - told.get("called", job.started) > _START
        return late and job.run_id not in _queue(store)
    if process_of(store, job):
        return False
    return store.run(job.run_id).active  # it may have ended between the two looks


def _bury(store: Store, job: Run) -> None:
    """End a run whose process is gone, saying how far it came."""
    if not deliver_last(store, job.run_id):
        return  # it is not gone for good; the next look will see
    job = store.run(job.run_id)  # its last words may have been that it ended
    if not job.active:
        return
    progress = job.said("progress")
    where = f" in epoch {progress['epoch']} of {progress['epochs']}" if "epoch" in progress else ""
    way_on = " Resume goes on from its last epoch." if job.tags.get("convlab.checkpoint") else ""
    reason = (
        f"The training process ended without a word{where}: killed, out of memory, or the "
        f"machine was switched off.{way_on}"
    )
    try:
        store.log(job.run_id, tags={"convlab.reason": reason})
        store.set_status(job.run_id, "FAILED")
    except StoreError as error:
        if not error.permanent:
            raise


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
