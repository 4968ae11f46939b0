"""Setups as runs in MLflow: put there, and found again."""

import io
import json

import numpy as np

from convcore.errors import ConvcoreError
from lab import images
from lab.playground.compute import compute, tensor
from lab.playground.setup import Setup
from lab.records import Run
from lab.store import Store

EXPERIMENT = "playground"
_SETUP = "setup.json"
_SETTINGS = (
    "operation",
    "stride",
    "padding",
    "dilation",
    "output_padding",
    "groups",
    "padding_mode",
    "rule",
    "power",
    "formula",
)


def keep(store: Store, setup: Setup, name: str = "") -> str:
    """Return the id of a new run with the setup, its numbers, its output and a picture of them.

    Raises:
        ConvcoreError: the setup does not fit together.
        StoreError: the store cannot be reached.
    """
    y = compute(setup)
    params = {each: getattr(setup, each) for each in _SETTINGS}
    params |= {"input_shape": tuple(tensor(setup.x).shape), "output_shape": tuple(y.shape)}
    params |= {"kernel_size": setup.kernel_size}
    tags = {"convlab.kind": "playground"}
    run_id = store.create(name or title(setup), experiment=EXPERIMENT, params=params, tags=tags)
    note = f"Opens in the app at `/playground?run={run_id}`."
    try:
        store.log(run_id, tags={"mlflow.note.content": note})
        store.set_status(run_id, "RUNNING")
        store.put(run_id, _SETUP, setup.to_json().encode())
        arrays = {"x": setup.x, "weight": setup.weight, "bias": setup.bias, "y": y.tolist()}
        store.put(run_id, "numbers.json", json.dumps(arrays).encode())
        store.put(run_id, "output.npy", _npy(y.numpy()))
        store.put(run_id, "picture.png", picture(setup))
    except BaseException:
        store.set_status(run_id, "FAILED")
        raise
    store.set_status(run_id, "FINISHED")
    return run_id


def kept(store: Store) -> list[Run]:
    """Return the setups that were kept, newest first."""
    return store.runs(filter_string="tags.`convlab.kind` = 'playground'", limit=50)


def kept_setup(store: Store, run_id: str) -> Setup:
    """Return what the run has kept.

    Raises:
        ConvcoreError: it is no run of the playground.
        StoreError: there is no such run, or the store cannot be reached.
    """
    kind = store.run(run_id).tags.get("convlab.kind")
    text = store.get(run_id, _SETUP) if kind == "playground" else None
    if text is None:
        raise ConvcoreError(
            f"playground: the run {run_id} has kept no setup. Open one that was logged here."
        )
    return Setup.from_json(text.decode("utf-8", "replace"))


def title(setup: Setup) -> str:
    """Return what a run of `setup` is called if nobody named it."""
    kernel = "×".join(map(str, setup.kernel_size))
    what = setup.rule + " pooling" if setup.operation == "pooling" else setup.operation
    return f"Playground: {what} {kernel}"


def picture(setup: Setup) -> bytes:
    """Return a PNG of input, kernel and output, zero white, blue below and red above."""
    maps, captions = [], []
    grids = [("input", tensor(setup.x)), ("output", compute(setup))]
    if setup.operation != "pooling":
        grids.insert(1, ("kernel", tensor(setup.weight).flatten(0, 1)))
    for name, grid in grids:
        limit = float(grid.nan_to_num(0, 0, 0).abs().max()) or 1.0
        for number, channel in enumerate(grid[:12]):
            maps.append(
                channel.nan_to_num(0, limit, -limit).reshape(-1, channel.shape[-1]).numpy() / limit
            )
            captions.append(f"{name} {number}\n±{limit:.3g}")
    return images.signed_maps(maps, captions)


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()
