"""Which process works for a run, told in the run itself; found again, and told from others."""

import json
import math

import psutil

from lab.records import Run
from lab.store import Store


def announce(store: Store, run_id: str, pid: int) -> None:
    """Tell everybody which process works for a run."""
    process = {"host": store.settings.host, "pid": pid} | _began(psutil.Process(pid))
    store.log(run_id, tags={"convlab.process": json.dumps(process)})


def process_of(store: Store, job: Run) -> psutil.Process | None:
    """Return the living process of a run on this host, if it has one."""
    told = job.said("process")
    if told.get("host") != store.settings.host:
        return None
    try:
        process = psutil.Process(told.get("pid", -1))
        began = _began(process).items()
        # Seconds, by rounding; a process id is used again only much later.
        same = any(abs(when - told.get(clock, math.inf)) < 2 for clock, when in began)
        alive = same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError):  # gone, or never known
        return None
    return process if alive else None


def _began(process: psutil.Process) -> dict[str, float]:
    """Return when a process began, on two clocks, in seconds."""
    born = process.create_time()  # on Linux it moves as the clock is set, say on waking up
    return {"born": born, "uptime": born - psutil.boot_time()}
