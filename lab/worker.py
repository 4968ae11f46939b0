"""The training process: `python -m lab.worker <run_id> <place in the queue>`.

Waits for its turn before it imports anything heavy, then trains. SIGTERM asks it to stop: it
ends its run as KILLED with everything so far kept.
"""

import logging
import os
import signal
import sys
import threading

from lab.settings import current
from lab.turns import turn


def main(run_id: str, place: str) -> None:
    """Wait for a turn, then train the run `run_id`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    settings = current()
    queue = settings.mlruns / "queue"
    with turn(queue, f"{place}-{run_id}", settings.parallel, stopped.is_set) as ours:
        if not ours:
            return  # whoever cancelled it has ended the run
        # Only now: a process that waits must cost next to nothing.
        from lab import processes, store, trainer

        opened = store.opened(settings)
        trainer.patiently(stopped, processes.announce, opened, run_id, os.getpid())
        trainer.run(opened, run_id, stopped)


if __name__ == "__main__":
    main(*sys.argv[1:])
