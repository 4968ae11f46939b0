"""Screens as runs in MLflow: put there, and found again."""

import io
import time
from dataclasses import asdict

import numpy as np
from torch import Tensor

from lab import images
from lab.edges import compute, drawing
from lab.edges.pictures import Picture
from lab.edges.scoring import score
from lab.edges.setup import EdgeSetup
from lab.records import Point, Run
from lab.store import Store

EXPERIMENT = "edges"
_LONGEST_TAG = 5000  # characters that every MLflow server takes


def keep(store: Store, setup: EdgeSetup, picture: Picture, name: str = "") -> str:
    """Return the id of a new run with the settings, the scores, the pictures and the exact map.

    Raises:
        ConvcoreError: the settings do not fit together.
        StoreError: the store cannot be reached.
    """
    values = compute.view(setup, picture)
    params = asdict(setup) | {"picture_title": picture.title}
    params |= {"parameters": dict(setup.parameters), "numbers": len(setup.numbers)}
    tags = {"convlab.kind": "edges"}
    if len(setup.to_link()) <= _LONGEST_TAG:
        tags["convlab.setup"] = setup.to_link()
    run_id = store.create(name or title(setup), experiment=EXPERIMENT, params=params, tags=tags)
    try:
        store.set_status(run_id, "RUNNING")
        store.put(run_id, "setup.txt", setup.to_link().encode())
        store.put(run_id, "before.png", _as_file(drawing.before(setup, picture)))
        store.put(run_id, f"{setup.view}.png", _as_file(drawing.after(setup, picture)))
        store.put(run_id, f"{setup.view}.npy", npy(values))
        store.put(run_id, "kernel.npy", npy(compute.kernel(setup)))
        store.log(run_id, metrics=_metrics(setup))
    except BaseException:
        store.set_status(run_id, "FAILED")
        raise
    store.set_status(run_id, "FINISHED")
    return run_id


def kept(store: Store) -> list[Run]:
    """Return the screens that were kept, newest first."""
    return store.runs(filter_string="tags.`convlab.kind` = 'edges'", limit=50)


def title(setup: EdgeSetup) -> str:
    """Return what a run of `setup` is called if nobody named it."""
    return f"Edges: {setup.kernel} on {setup.picture}, {setup.view}"


def npy(values: Tensor) -> bytes:
    """Return the exact values as a file for NumPy."""
    stream = io.BytesIO()
    np.save(stream, values.numpy(), allow_pickle=False)
    return stream.getvalue()


def _metrics(setup: EdgeSetup) -> list[Point]:
    line = score(setup)
    if line is None:
        return []
    names = ("merit", "precision", "recall", "f1", "angle_mean", "angle_most")
    return [
        Point(name, getattr(line, name), 0, int(1000 * time.time()))
        for name in names
        if getattr(line, name) is not None
    ]


def _as_file(picture: bytes) -> bytes:
    """Return a PNG, whatever the browser was sent."""
    return picture if picture.startswith(b"\x89PNG") else images.as_png(picture)
