"""Pictures of one colour, and data sets of them as a folder or a .zip."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

RED, GREEN, GREY = (200, 0, 0), (0, 200, 0), 90


def encoded(value=RED, size=(8, 8), mode="RGB", file_format="PNG", **options) -> bytes:
    """Return a picture of one colour as a file's bytes."""
    file = io.BytesIO()
    Image.new(mode, size, value).save(file, file_format, **options)
    return file.getvalue()


def pets(cats=10, dogs=10, top="", **options) -> dict[str, bytes]:
    """Return one level of two classes: red cats and green dogs."""
    red, green = encoded(RED, **options), encoded(GREEN, **options)
    files = {f"{top}cat/{index:03}.png": red for index in range(cats)}
    return files | {f"{top}dog/{index:03}.png": green for index in range(dogs)}


def parted(train=6, test=2, **options) -> dict[str, bytes]:
    return pets(train, train, "train/", **options) | pets(test, test, "test/", **options)


def make_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


MAKERS = [
    pytest.param(lambda root, files: make_folder(root / "pets", files).name, id="folder"),
    pytest.param(lambda root, files: make_zip(root / "pets.zip", files).name, id="zip"),
]
