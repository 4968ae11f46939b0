"""How long an epoch of ConvNet takes: our convolution, torch's, and the loop of most tutorials.

Run: python -m benchmarks.training [--repeats 5]

All train the same ConvNet on the same made-up pictures of CIFAR-10's size, a few batches a turn.
The tutorial's loop is a Dataset of PIL pictures, torchvision's transforms (random crop and flip, as
ours has them here) and a DataLoader, with torch's layers. The last line measures what recording a
training to MLflow takes from it. All of it runs in the environment of a training's own process.
"""

import argparse
import dataclasses
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from benchmarks.timing import machine, ratio, side_by_side
from convcore import models, training
from convcore.config import TrainConfig
from convcore.datasets import Dataset, Pictures
from convcore.datasets.cifar import _torchvision
from convcore.training.loop import optimizer_for
from lab import jobs, settings
from lab.notebook import Notebook
from lab.recorder import Recorder
from lab.store import Store

BATCHES = 12  # a turn
EPOCH = 50_000  # pictures of CIFAR-10's training set
CONFIG = TrainConfig(batch_size=128, epochs=1, crop_padding=4, flip=True, device="cpu")


def main() -> None:
    """Measure and print the tables."""
    wanted = jobs.environment()
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        command = [sys.executable, "-m", "benchmarks.training", *sys.argv[1:]]
        os.execve(sys.executable, command, wanted)  # memory and threads are set up as it starts
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="timed turns of each")
    repeats = parser.parse_args().repeats
    print(f"{machine()}; batch 128, {BATCHES} batches a turn, medians of {repeats}\n")
    print(
        "| ConvNet | ours pictures/s | torch pictures/s | time ours/torch | speed ours/tutorial |"
    )
    print("|---|---|---|---|---|")
    for blocks in (1, 3):
        report(CONFIG.changed({"blocks": blocks}), repeats)
    print()
    recording()


def report(config: TrainConfig, repeats: int) -> None:
    """Print one line: our loop with either backend, and the tutorial's with torch's."""
    dataset = made_up(BATCHES * config.batch_size)
    ours, theirs = (ours_of(dataset, config.changed({"backend": b})) for b in ("custom", "torch"))
    times = side_by_side([ours, theirs, tutorial_of(dataset, config)], repeats)
    speeds = [f"{1000 * len(dataset.train) / median(each):,.0f}" for each in times]
    print(
        f"| N = {config.blocks} | {speeds[0]} | {speeds[1]} | {ratio(times[0], times[1]):.2f} "
        f"| {ratio(times[2], times[0]):.2f} |"
    )


def made_up(count: int) -> Dataset:
    """Return random pictures of CIFAR-10's size and classes."""

    def pictures(number: int) -> Pictures:
        images = torch.randint(0, 256, (number, 3, 32, 32), dtype=torch.uint8)
        return Pictures(images, torch.arange(number) % 10)

    return Dataset("made-up", tuple("abcdefghij"), pictures(count), pictures(10), "none")


def ours_of(dataset: Dataset, config: TrainConfig) -> Callable[[], None]:
    """Our loop over the training pictures, once."""
    splits = training.prepare(dataset, config)
    model = models.build(config, dataset.in_shape, len(dataset.classes))

    def steps() -> None:
        for event in training.train(model, splits, config):
            if isinstance(event, training.StepDone) and event.step == event.steps:
                return

    return steps


class PilPictures(TorchDataset):
    """The pictures one by one, as torchvision's CIFAR10 hands them out."""

    def __init__(self, pictures: Pictures, transform: Callable[[Image.Image], Tensor]) -> None:
        self.images = pictures.images.permute(0, 2, 3, 1).numpy()
        self.labels, self.transform = pictures.labels.tolist(), transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]


def tutorial_of(dataset: Dataset, config: TrainConfig) -> Callable[[], None]:
    """The loop of most tutorials, with torch's layers."""
    _torchvision()
    from torchvision import transforms

    steps_of_a_picture = [
        transforms.RandomCrop(32, padding=config.crop_padding),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    ]
    pictures = PilPictures(dataset.train, transforms.Compose(steps_of_a_picture))
    loader = DataLoader(pictures, batch_size=config.batch_size, shuffle=True)
    model: nn.Module = models.build(config.changed({"backend": "torch"}), dataset.in_shape, 10)
    optimizer = optimizer_for(model, config)

    def steps() -> None:
        model.train()
        running = 0.0
        for images, labels in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item()

    return steps


def recording() -> None:
    """Print the share of an epoch at N = 1 that recording takes: its calls, and its own thread."""
    dataset = made_up(EPOCH)
    model = models.build(CONFIG, dataset.in_shape, 10)
    with tempfile.TemporaryDirectory() as folder:
        mlruns, own = Path(folder), settings.current()
        uri = settings.embedded_uri(mlruns)
        store = Store(dataclasses.replace(own, mlruns=mlruns, tracking_uri=uri))
        run_id = store.create("bench", experiment="bench", params={}, tags={})
        recorder = Recorder(store, run_id, threading.Event())
        notebook = Notebook(recorder, dataset, CONFIG)
        (thread,) = (each for each in threading.enumerate() if each.name == "recorder")
        clock = time.pthread_getcpuclockid(thread.ident)
        took, started = 0.0, time.perf_counter()
        events: Iterator = training.train(model, training.prepare(dataset, CONFIG), CONFIG)
        for event in events:
            before = time.perf_counter()
            notebook.take(event)
            took += time.perf_counter() - before
        whole = time.perf_counter() - started
        thread_took = time.clock_gettime(clock)
        notebook.close()
        recorder.end("FINISHED")
    share = (took + thread_took) / whole
    print(f"Recording to MLflow and progress: {share:.1%} of an epoch ({whole:.0f} s measured).")


if __name__ == "__main__":
    main()
