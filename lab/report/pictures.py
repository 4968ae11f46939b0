"""What a run has learned and where it errs, as pictures: kernels, confusions, mistakes."""

import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from convcore.errors import ConvcoreError
from lab import figures, images
from lab.report.charts import place
from lab.report.markup import png, swatch, text
from lab.report.subjects import Subject
from lab.store import Store

MOST_PICTURED = 12  # runs whose pictures are kept: each adds up to 0.2 MB
_MOST_KERNELS, _MOST_CHANNELS, _LARGEST = 64, 3, 32
_COLUMNS, _ZOOM, _GAP = 16, 8, 3  # kernels a row; pixels
_MOST_CLASSES = 40  # of a matrix; its hover says a sentence a cell
_COLOURS = 128  # of a picture with many small ones, which then weighs a third


def kernels(store: Store, subjects: Sequence[Subject]) -> str:
    """Return the first layer's kernels of each run that kept its weights."""
    parts = []
    for each in subjects[:MOST_PICTURED]:
        found = _first_kernels(store.get(each.run.run_id, "weights.pt"))
        if found is None:
            continue
        limit = float(np.abs(found).max()) or 1.0
        about = (
            f"{_counted(found)} Blue is negative, white zero, red positive; "
            f"full colour is ±{limit:.3g}."
        )
        sheet = png(_sheet(found / limit), f"First-layer kernels of {each.name}", "kernels")
        parts.append(f'<div class="run">{_heading(each, subjects)}{_framed(sheet, about)}</div>')
    return f'<div class="tiles">{"".join(parts)}</div>' if len(parts) > 1 else "".join(parts)


def confusions(store: Store, subjects: Sequence[Subject], baseline: Subject) -> str:
    """Return each run's confusion matrix and worst mistakes, and what differs from `baseline`."""
    matrices = {
        each.run.run_id: _matrix(store.get(each.run.run_id, "confusion.json"))
        for each in subjects[:MOST_PICTURED]
    }
    own, parts = matrices.get(baseline.run.run_id), []
    for each in subjects[:MOST_PICTURED]:
        drawn, told = "", matrices[each.run.run_id]
        if told:
            about = "Rows are what a picture shows, columns what it was called."
            drawn += place(figures.confusion_matrix(*told), about)
        if told and own and each is not baseline and told[1] == own[1]:
            pair = (baseline.name, each.name)
            change = figures.confusion_difference(own[0], *told, names=pair)
            about = f"In points, less {baseline.name}: red is more often, blue less often."
            drawn += place(change, about)
        sheet = _small(store.get(each.run.run_id, "mistakes.png"))
        if sheet:
            drawn += _framed(
                png(sheet, f"Worst mistakes of {each.name}", "sheet"),
                "Its worst mistakes: sure of itself, and wrong.",
            )
        if drawn:
            parts.append(f'<div class="run">{_heading(each, subjects)}{drawn}</div>')
    return "".join(parts)


def left_out(subjects: Sequence[Subject]) -> str:
    """Return a sentence on the runs whose pictures are not here, if there are any."""
    if len(subjects) <= MOST_PICTURED:
        return ""
    said = f"Pictures are of the first {MOST_PICTURED} of {len(subjects)} runs, to keep this small."
    return f'<p class="quiet">{said}</p>'


def _first_kernels(content: bytes | None) -> np.ndarray | None:
    """Return (N, C, H, W) of the first convolution; None where there is none to be read."""
    if content is None:
        return None
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        found = next(
            each for each in state.values() if isinstance(each, torch.Tensor) and each.ndim == 4
        )
        few = found[:_MOST_KERNELS, :_MOST_CHANNELS, :_LARGEST, :_LARGEST].float().numpy()
    except Exception:  # a damaged or foreign file fails in nearly any way
        return None
    return few if few.size and np.isfinite(few).all() else None


def _counted(kernels: np.ndarray) -> str:
    count, channels, height, width = kernels.shape
    size = f"{count} kernels of {height}×{width}"
    size = f"The first {size}" if count == _MOST_KERNELS else size
    return f"{size}, a channel below the other." if channels > 1 else f"{size}."


def _sheet(kernels: np.ndarray) -> bytes:
    """Return (N, C, H, W) in [−1, 1] as a PNG: channels below each other, 16 kernels a row."""
    count, channels, height, width = kernels.shape
    columns, tile = min(count, _COLUMNS), (height * _ZOOM + 1, width * _ZOOM + 1)
    rows = -(-count // columns)
    down = channels * tile[0] + _GAP * 3
    values = np.zeros((rows * down, columns * (tile[1] + _GAP)))
    for index, kernel in enumerate(kernels):
        top, left = index // columns * down, index % columns * (tile[1] + _GAP)
        for channel, cells in enumerate(kernel):
            begin = top + channel * tile[0]
            large = np.kron(cells, np.ones((_ZOOM, _ZOOM)))
            values[begin : begin + large.shape[0], left : left + large.shape[1]] = large
    return images.signed(values)


def _matrix(content: bytes | None) -> tuple[np.ndarray, list[str]] | None:
    """Return counts (true, predicted) and classes; None where there are none to be drawn."""
    found = figures.confusion_counts(content)
    return found if found and len(found[1]) <= _MOST_CLASSES else None


def _small(content: bytes | None) -> bytes | None:
    """Return a picture with fewer colours, as a PNG; None where it can't be read."""
    try:
        pixels, _ = images.read(content or b"")
    except ConvcoreError:
        return None
    stream = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").quantize(_COLOURS).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _framed(content: str, about: str) -> str:
    return f"<figure>{content}<figcaption>{text(about)}</figcaption></figure>"


def _heading(subject: Subject, subjects: Sequence[Subject]) -> str:
    return f"<h3>{swatch(subject.name, subject.color)}</h3>" if len(subjects) > 1 else ""
