"""What a page shows as a run in MLflow: put there with what came of it, and found again.

A page, its experiment and the tag `convlab.kind` have one name, with `_` in the page's address.
"""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcore.errors import ConvcoreError
from lab.records import NOTE, Point, Run
from lab.store import Store

if TYPE_CHECKING:
    from torch import Tensor

_SETUP = "setup.json"


def keep(
    store: Store,
    kind: str,
    *,
    name: str,
    setup: str,
    params: Mapping[str, object],
    files: Mapping[str, bytes],
    metrics: Sequence[Point] = (),
    tags: Mapping[str, str] | None = None,
) -> str:
    """Return the id of a new, finished run.

    Args:
        kind: one of `records.KEPT`.
        setup: everything that decides the screen, as text that `kept_setup` gives back.

    Raises:
        StoreError: the store cannot be reached.
    """
    tags = {"convlab.kind": kind} | dict(tags or {})
    run_id = store.create(name, experiment=kind, params=params, tags=tags)
    note = f"Opens in the app at `/{kind.replace('-', '_')}?run={run_id}`."
    try:
        store.set_status(run_id, "RUNNING")
        store.log(run_id, metrics=metrics, tags={NOTE: note})
        for file, content in {_SETUP: setup.encode(), **files}.items():
            store.put(run_id, file, content)
    except BaseException:
        store.set_status(run_id, "FAILED")
        raise
    store.set_status(run_id, "FINISHED")
    return run_id


def kept(store: Store, kind: str) -> list[Run]:
    """Return the runs of that kind, newest first."""
    return store.runs(filter_string=f"tags.`convlab.kind` = '{kind}'", limit=50)


def kept_setup(store: Store, kind: str, run_id: str) -> str:
    """Return the setup of a run, as it was given to `keep`.

    Raises:
        ConvcoreError: the run is of another kind.
        StoreError: there is no such run, or the store cannot be reached.
    """
    own = store.run(run_id).tags.get("convlab.kind") == kind
    text = store.get(run_id, _SETUP) if own else None
    if text is None:
        raise ConvcoreError(
            f"{kind}: the run {run_id} holds no setup of this page. Open one that was logged here."
        )
    return text.decode("utf-8", "replace")


def npy(values: "Tensor") -> bytes:
    """Return the exact values as a file for `numpy.load`."""
    stream = io.BytesIO()
    np.save(stream, values.numpy(), allow_pickle=False)
    return stream.getvalue()
