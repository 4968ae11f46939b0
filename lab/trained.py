"""What a training has left, opened again: its first layer, and the pictures that it confuses."""

import io
import zipfile
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from convcore import augment, datasets, models, training
from convcore.errors import ConvcoreError
from lab import images
from lab.playground import Setup
from lab.records import Run
from lab.store import Store

PREDICTIONS = "predictions.npz"  # of the test pictures: predictions, confidences
_MOST_MAPS = 4  # output channels that go to the playground: with more, it would be slow
_MOST_CONFUSED = 18  # pictures shown of a cell
_ZOOM = 3


def first_layer(store: Store, run: Run) -> Tensor:
    """Return the kernels (out channels, in channels, H, W) of the first convolution.

    Raises:
        ConvcoreError: the run has kept no weights, or they do not fit its settings.
    """
    return _first(_model(store, run)).weight.detach()


def drawn(kernels: Tensor) -> bytes:
    """Return a PNG of kernels (N, C, H, W), a column each, its channels below each other."""
    limit = float(kernels.abs().max()) or 1.0
    values = kernels.repeat_interleave(8 * _ZOOM, 2).repeat_interleave(8 * _ZOOM, 3)
    padded = nn.functional.pad(values, (0, 16, 0, 2)) / limit
    return images.signed(
        padded.transpose(0, 1).permute(0, 2, 1, 3).flatten(2).flatten(0, 1).numpy()
    )


def in_playground(store: Store, run: Run, picture: int) -> Setup:
    """Return the first layer on a test picture: what the model itself computes there.

    Raises:
        ConvcoreError: the data set is not here or is another one, or the run has no weights.
    """
    dataset = _dataset(store, run)
    splits = training.prepare(dataset, run.config)
    chosen = splits.test.images[picture : picture + 1]
    conv = _first(_model(store, run))
    few = conv.weight[:_MOST_MAPS].detach()
    return Setup.plain(
        augment.normalize(chosen, splits.mean, splits.std)[0].tolist(),
        few.tolist(),
        bias=None if conv.bias is None else tuple(conv.bias[:_MOST_MAPS].tolist()),
        stride=tuple(conv.stride),
        padding=tuple(conv.padding),
    )


def confused(store: Store, run: Run, true: int, called: int) -> tuple[bytes | None, int]:
    """Return a PNG of test pictures of the class `true` that were called `called`, and how many.

    The surest come first; there is no PNG where there are none.

    Raises:
        ConvcoreError: the run kept no predictions, or its data set is not here.
    """
    content = store.get(run.run_id, PREDICTIONS)
    if content is None:
        raise ConvcoreError(
            f"{run.name} has kept no predictions: it was made by an older version. Fork it and "
            "train it again to see the pictures."
        )
    test = _dataset(store, run).test
    predictions, confidences = _predicted(content, len(test))
    (found,) = np.nonzero((test.labels.numpy() == true) & (predictions == called))
    found = found[np.argsort(-confidences[found], kind="stable")]
    if not len(found):
        return None, 0
    few = found[:_MOST_CONFUSED]
    captions = [f"{confidences[index]:.0%}\nno. {index}" for index in few]
    return images.grid(test.images[torch.as_tensor(few)].numpy(), captions), len(found)


def _predicted(content: bytes, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the predictions and confidences of `count` pictures that the file holds."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            predictions, confidences = kept["predictions"], kept["confidences"].astype(float)
        if predictions.shape == confidences.shape == (count,):
            return predictions, confidences
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, AttributeError):
        pass  # brought along from elsewhere it may be anything
    raise ConvcoreError(
        f"{PREDICTIONS} of this run does not hold the predictions of {count:,} test pictures. "
        "Fork the run and train it again to see them."
    )


def _dataset(store: Store, run: Run) -> datasets.Dataset:
    """Return the data set of the run, seen to be the very same."""
    if run.config is None:
        raise ConvcoreError(
            f"{run.name} is no training of this lab, so its pictures are not known."
        )
    settings = store.settings
    dataset = _loaded(run.config.data, settings.data_root, settings.cache)
    if dataset.fingerprint != run.params.get("data_fingerprint"):
        raise ConvcoreError(
            f"{run.name} was trained on other pictures than those that {run.config.data!r} holds "
            "now. Put the old ones back to see them."
        )
    return dataset


@lru_cache(maxsize=1)
def _loaded(name: str, root, cache) -> datasets.Dataset:
    return datasets.load_now(name, root=root, cache=cache)


def _model(store: Store, run: Run) -> nn.Module:
    content = store.get(run.run_id, "weights.pt")
    if content is None or run.config is None:
        raise ConvcoreError(f"{run.name} has kept no weights. Choose a run that has ended.")
    try:
        in_shape = tuple(int(n) for n in run.params["in_shape"].split("×"))
        model = models.build(run.config, in_shape, int(run.params["classes"]))
        model.load_state_dict(torch.load(io.BytesIO(content), weights_only=True))
    except Exception as error:  # a damaged file fails in nearly any way
        raise ConvcoreError(
            f"{run.name}: weights.pt does not fit its settings. Import or train the run again."
        ) from error
    return model.eval()


def _first(model: nn.Module) -> nn.Module:
    """Return the first convolution, of either backend."""
    return next(
        each for each in model.modules() if getattr(each, "weight", torch.empty(0)).ndim == 4
    )
