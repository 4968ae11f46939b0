"""Setups as runs in MLflow: put there, and found again."""

import json

from lab import images, keeping
from lab.playground.compute import compute, tensor
from lab.playground.setup import Setup
from lab.store import Store

KIND = "playground"
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
    arrays = {"x": setup.x, "weight": setup.weight, "bias": setup.bias, "y": y.tolist()}
    files = {
        "numbers.json": json.dumps(arrays).encode(),
        "output.npy": keeping.npy(y),
        "picture.png": picture(setup),
    }
    name = name or title(setup)
    return keeping.keep(store, KIND, name=name, setup=setup.to_json(), params=params, files=files)


def kept_setup(store: Store, run_id: str) -> Setup:
    """Return what the run has kept.

    Raises:
        ConvcoreError: it is no run of the playground.
        StoreError: there is no such run, or the store cannot be reached.
    """
    return Setup.from_json(keeping.kept_setup(store, KIND, run_id))


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
