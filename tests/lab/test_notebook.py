"""What a training writes down, epoch by epoch, and when."""

import io

import pytest
import torch

from convcore import models, training
from convcore.config import TrainConfig
from convcore.datasets import Dataset, Pictures
from lab.notebook import Notebook

CONFIG = TrainConfig(epochs=6, channels=1, blocks=1, batch_size=8)


class Pen:
    """A recorder that keeps what it is told, in order."""

    stopped = None

    def __init__(self, *, idle: bool) -> None:
        self.idle, self.entries = idle, []

    def log(self, metrics, step, tags=None, when=None) -> None:
        self.entries.append((metrics, step, tags or {}, when))

    def put(self, name, content) -> None:
        self.entries.append((name, content))

    def show(self, progress) -> None:
        pass

    def epochs(self) -> list[int]:
        """The epochs told of, in order; the checkpoint that each names has to hold it already."""
        files, found = {}, []
        for entry in self.entries:
            if len(entry) == 2:
                files[entry[0]] = entry[1]
                continue
            metrics, step, tags, _ = entry
            if "epoch" not in metrics:
                continue
            found.append(step)
            state = torch.load(io.BytesIO(files[tags["convlab.checkpoint"]]), weights_only=True)
            assert state["epoch"] >= step
        assert state["epoch"] == found[-1]
        return found

    def checkpoints(self) -> int:
        return sum(entry[0].startswith("checkpoint/") for entry in self.entries if len(entry) == 2)


@pytest.fixture
def dataset() -> Dataset:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (16, 1, 8, 8), generator=generator, dtype=torch.uint8)
    pictures = Pictures(images, torch.arange(16) % 2)
    return Dataset("made up", ("a", "b"), pictures, pictures, "")


def written(pen: Pen, dataset: Dataset, epochs: int = CONFIG.epochs) -> None:
    """Train for so many epochs of the config's, writing down."""
    notebook = Notebook(pen, dataset, CONFIG)
    model = models.build(CONFIG, dataset.in_shape, len(dataset.classes))
    for event in training.train(model, training.prepare(dataset, CONFIG), CONFIG):
        notebook.take(event)
        if isinstance(event, training.EpochDone) and event.epoch == epochs:
            break
    notebook.close()


def test_each_epoch_has_its_checkpoint_where_the_store_keeps_up(dataset):
    pen = Pen(idle=True)
    written(pen, dataset)
    assert pen.epochs() == [1, 2, 3, 4, 5, 6]
    assert pen.checkpoints() == 6


@pytest.mark.parametrize("epochs", [3, 6])  # broken off, and whole
def test_quick_epochs_share_one_where_it_does_not(dataset, epochs):
    pen = Pen(idle=False)
    written(pen, dataset, epochs)
    assert pen.epochs() == list(range(1, epochs + 1))
    assert pen.checkpoints() == 2  # the first epoch's and the last one's
    times = [entry[3] for entry in pen.entries if len(entry) == 4 and "epoch" in entry[0]]
    assert sorted(set(times)) == times  # the epochs' own
