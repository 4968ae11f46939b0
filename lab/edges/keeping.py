"""Screens as runs in MLflow: put there, and found again."""

import json
import time
from dataclasses import asdict

from convcore.errors import ConvcoreError
from lab import images, keeping
from lab.edges import compute, drawing
from lab.edges.pictures import Picture
from lab.edges.scoring import score
from lab.edges.setup import EdgeSetup
from lab.records import Point
from lab.store import Store

KIND = "edges"


def keep(store: Store, setup: EdgeSetup, picture: Picture, name: str = "") -> str:
    """Return the id of a new run with the settings, the scores, the pictures and the exact map.

    Raises:
        ConvcoreError: the settings do not fit together.
        StoreError: the store cannot be reached.
    """
    params = asdict(setup) | {"picture_title": picture.title}
    params |= {"parameters": dict(setup.parameters), "numbers": len(setup.numbers)}
    files = {
        "before.png": _as_file(drawing.before(setup, picture)),
        f"{setup.view}.png": _as_file(drawing.after(setup, picture)),
        f"{setup.view}.npy": keeping.npy(compute.view(setup, picture)),
        "kernel.npy": keeping.npy(compute.kernel(setup)),
    }
    return keeping.keep(
        store,
        KIND,
        name=name or title(setup),
        setup=json.dumps(setup.to_query()),
        params=params,
        files=files,
        metrics=_metrics(setup),
    )


def kept_setup(store: Store, run_id: str) -> EdgeSetup:
    """Return what the run has kept.

    Raises:
        ConvcoreError: it is no run of this page, or its setup was altered.
        StoreError: there is no such run, or the store cannot be reached.
    """
    text = keeping.kept_setup(store, KIND, run_id)
    try:
        query = json.loads(text)
    except ValueError:
        query = None
    if not isinstance(query, dict) or not all(isinstance(each, str) for each in query.values()):
        raise ConvcoreError(f"edges: the setup of the run {run_id} was altered. Choose another.")
    return EdgeSetup.from_query(query)


def title(setup: EdgeSetup) -> str:
    """Return what a run of `setup` is called if nobody named it."""
    return f"Edges: {setup.kernel} on {setup.picture}, {setup.view}"


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
