"""An archive of one run, and others made from it."""

import io
import json
import math
import random
import zipfile
from collections.abc import Callable

from convcore.config import TrainConfig
from lab.archive.packing import pack
from lab.archive.record import Record
from lab.records import Point

FILES = {
    "checkpoint/0.pt": random.Random(0).randbytes(5000),
    "checkpoint/1.pt": random.Random(1).randbytes(5000),
    "confusion.json": b'{"classes": ["cat", "dog"], "counts": [[5, 1], [2, 4]]}',
    "plots/curves.html": b"<p>curves</p>" * 200,
    "weights.pt": b"",
}
POINTS = (
    Point("test_loss", 1.5, 1, 1000),
    Point("test_loss", math.nan, 2, 2000),
    Point("test_loss", 0.1 + 0.2, 3, 3000),
)
RECORD = Record(
    run_id="a" * 32,
    name="first",
    experiment="training",
    status="KILLED",
    started=1_700_000_000_123,
    ended=1_700_000_100_456,
    params={"blocks": "3", "in_shape": "1×8×8"},
    tags={"convlab.config": TrainConfig(blocks=3).to_json(), "convlab.kind": "training"},
    points=POINTS,
    files={},
)
DATA = pack(RECORD, list(FILES), FILES.__getitem__)


def unpacked() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(DATA)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(contents: dict[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return stream.getvalue()


def bent(change: Callable[[dict], object], **files: bytes) -> bytes:
    """The archive with `run.json` changed, and with files more."""
    contents = unpacked()
    told = json.loads(contents["run.json"])
    change(told)
    contents["run.json"] = json.dumps(told).encode()
    return packed(contents | files)
