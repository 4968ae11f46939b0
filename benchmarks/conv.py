"""How long convcore's convolutions and poolings take, as a multiple of torch's: forward + backward.

Run: python -m benchmarks.conv [--repeats 15]

Both take turns in one process, so that whatever else the machine is doing slows both alike; the
figures are medians. Each is given what it gets inside a network of its own kind: the first layer
plain pictures and no input gradient to compute; the others the memory layout that a layer of the
same library returns. The third column gives torch channels-last tensors, its faster layout here.
"""

import argparse
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn

from convcore import layers

BATCH = 128  # pictures
CONVS = [  # label, in_channels, out_channels, pixels per side, kernel_size, groups
    ("first layer 3→32, k3", 3, 32, 32, 3, 1),
    ("32→32, k3", 32, 32, 32, 3, 1),
    ("64→64, k3", 64, 64, 32, 3, 1),
    ("64→128, k3", 64, 128, 16, 3, 1),
    ("128→256, k3", 128, 256, 8, 3, 1),
    ("first layer 3→16, k5", 3, 16, 32, 5, 1),
    ("depthwise 32, k3", 32, 32, 32, 3, 32),
    ("1×1 64→64", 64, 64, 32, 1, 1),
]
POOLS = ["MaxPool2d", "AvgPool2d"]
CHANNELS_LAST = torch.channels_last


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15, help="timed steps of each")
    repeats = parser.parse_args().repeats
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {processor()}")
    print(f"batch {BATCH}, float32, forward + backward, median of {repeats}\n")
    print("| operation | input | ours ms | torch ms | ours/torch | ours/torch channels-last |")
    print("|---|---|---|---|---|---|")
    for label, channels, out, side, kernel, groups in CONVS:
        arguments = {"padding": kernel // 2, "groups": groups}
        pair = [m.Conv2d(channels, out, kernel, **arguments) for m in (layers, nn)]
        report(label, pair, (BATCH, channels, side, side), repeats)
    for name in POOLS:
        pair = [getattr(m, name)(2) for m in (layers, nn)]
        report(f"{name} 2×2", pair, (BATCH, 32, 32, 32), repeats)


def report(label: str, pair: list[nn.Module], shape: tuple[int, ...], repeats: int) -> None:
    """Print one line of the table."""
    ours, theirs = pair
    plain, last = torch.randn(shape), torch.randn(shape).contiguous(memory_format=CHANNELS_LAST)
    first = shape[1] == 3
    steps = [
        step(ours, plain if first else last, not first),
        step(theirs, plain, not first),
        step(theirs, last, not first),
    ]
    times = side_by_side(steps, repeats)
    sizes = "×".join(map(str, shape[1:]))
    print(
        f"| {label} | {sizes} | {times[0]:.1f} | {times[1]:.1f} | {times[0] / times[1]:.2f} "
        f"| {times[0] / times[2]:.2f} |",
        flush=True,
    )


def step(layer: nn.Module, x: Tensor, input_gradient: bool) -> Callable[[], object]:
    """One forward and backward pass, with an upstream gradient that lies as the output does."""
    upstream = torch.randn_like(layer(x).detach())
    x = x.requires_grad_(input_gradient) if input_gradient else x.detach()
    wanted = [*([x] if input_gradient else []), *layer.parameters()]
    return lambda: torch.autograd.grad(layer(x), wanted, upstream)


def side_by_side(steps: list[Callable[[], object]], repeats: int) -> list[float]:
    """Median milliseconds of each step, taking turns; each runs once untimed before its turn."""
    times = [[] for _ in steps]
    for _ in range(repeats):
        for kept, run in zip(times, steps, strict=True):
            run()
            start = time.perf_counter()
            run()
            kept.append(1000 * (time.perf_counter() - start))
    return [median(kept) for kept in times]


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
