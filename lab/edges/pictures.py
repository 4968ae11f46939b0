"""The pictures to choose from: the two to begin with, photographs, CIFAR-10, one's own."""

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from convcore.errors import ConvcoreError
from lab import images
from lab.edges.setup import CAMERA, UPLOAD


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it came, and what was done to it on the way in.

    Shape:
        pixels (H, W), or (H, W, 3): uint8
    """

    title: str
    pixels: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def grey(self) -> bool:
        """Whether it has no colour."""
        return self.pixels.ndim == 2


@dataclass(frozen=True)
class Photograph:
    """A file that comes inside an installed package."""

    title: str
    package: str
    path: str

    @property
    def code(self) -> tuple[str, str]:
        """An import, and the call that gives the same pixels."""
        name = Path(self.path)
        if self.package == "skimage":
            return "from skimage import data", f"data.{name.stem}()"
        return "from sklearn.datasets import load_sample_image", f'load_sample_image("{name.name}")'


EXAMPLES = {"bar": "C1 · black bar, 6×8", "diagonal": "C2 · white diagonal, 8×8"}
PHOTOGRAPHS = {
    "camera": Photograph("Cameraman", "skimage", "data/camera.png"),
    "coins": Photograph("Coins", "skimage", "data/coins.png"),
    "astronaut": Photograph("Astronaut", "skimage", "data/astronaut.png"),
    "chelsea": Photograph("Cat", "skimage", "data/chelsea.png"),
    "coffee": Photograph("Coffee", "skimage", "data/coffee.png"),
    "rocket": Photograph("Rocket", "skimage", "data/rocket.jpg"),
    "brick": Photograph("Brick wall", "skimage", "data/brick.png"),
    "page": Photograph("Printed page", "skimage", "data/page.png"),
    "moon": Photograph("Moon", "skimage", "data/moon.png"),
    "deep-field": Photograph("Galaxies", "skimage", "data/hubble_deep_field.jpg"),
    "retina": Photograph("Retina, 2 megapixels", "skimage", "data/retina.jpg"),
    "china": Photograph("Temple", "sklearn", "datasets/images/china.jpg"),
    "flower": Photograph("Flower", "sklearn", "datasets/images/flower.jpg"),
}
CIFAR = "cifar10"


def titles() -> dict[str, str]:
    """Return what can be chosen here, by name; CIFAR-10 only where it has been downloaded."""
    found = dict(EXAMPLES)
    found |= {name: photo.title for name, photo in PHOTOGRAPHS.items() if _path(photo).is_file()}
    if _cifar_is_ready():
        found[CIFAR] = "CIFAR-10 test picture"
    return found | {UPLOAD: "Your own picture", CAMERA: "Camera of this device"}


def bundled(name: str) -> Picture:
    """Return one of the pictures that need nobody to bring them.

    Raises:
        ConvcoreError: there is none of that name here.
    """
    kind, _, number = name.partition(":")
    if kind == CIFAR:
        return _cifar(int(number) if number.isdecimal() else 0)
    return _bundled(name)


def own(data: bytes, name: str) -> Picture:
    """Return an uploaded picture.

    Raises:
        ConvcoreError: as `images.read`.
    """
    pixels, notes = images.read(data, name)
    return Picture(name, pixels, notes)


@lru_cache(maxsize=4)
def _bundled(name: str) -> Picture:
    if name in EXAMPLES:
        from convcore import edges

        example = edges.black_bar() if name == "bar" else edges.diagonal()
        return Picture(EXAMPLES[name], (255 * example.picture).byte().numpy())
    if name not in PHOTOGRAPHS or not (path := _path(PHOTOGRAPHS[name])).is_file():
        raise ConvcoreError(
            f"edges: picture={name!r} is not here. Choose one of the list, or upload your own."
        )
    pixels, _ = images.read(path.read_bytes(), path.name)
    return Picture(PHOTOGRAPHS[name].title, pixels)


def _path(photograph: Photograph) -> Path:
    # Found, not imported: that would take a second and more.
    spec = importlib.util.find_spec(photograph.package)
    return Path(spec.origin).parent / photograph.path if spec and spec.origin else Path("missing")


def _cifar_is_ready() -> bool:
    from convcore import datasets
    from lab.settings import current

    return datasets.describe(CIFAR, current().data_root).ready


@lru_cache(maxsize=4)
def _cifar(number: int) -> Picture:
    from convcore import datasets
    from lab.settings import current

    if not _cifar_is_ready():
        raise ConvcoreError(
            f"edges: picture='{CIFAR}' is not here. Download CIFAR-10 on the page “Train”, or "
            "choose another picture."
        )
    house = current()
    dataset = datasets.load_now(CIFAR, root=house.data_root, cache=house.cache)
    if number >= len(dataset.test):
        raise ConvcoreError(
            f"edges: picture number {number} is not among the {len(dataset.test):,} of the test "
            "set. Choose a smaller one."
        )
    label = dataset.classes[int(dataset.test.labels[number])]
    pixels = dataset.test.images[number].permute(1, 2, 0).contiguous().numpy()
    return Picture(f"CIFAR-10, test picture {number}: {label}", pixels)
