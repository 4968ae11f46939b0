"""How long a kernel takes on a 12-megapixel photograph, beside OpenCV's `filter2D`; and its memory.

Run: python -m benchmarks.edges [--repeats 7]

Without OpenCV the other side is `torch.nn.functional.conv2d` with the picture padded beforehand,
and the table says so. Memory is measured in a process of its own: what one call adds to its highest
resident size, and the picture itself, in copies of the picture.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.memory import peak
from benchmarks.timing import machine, ratio, side_by_side
from convcore import edges, kernels

try:
    import cv2
except ImportError:
    cv2 = None

HEIGHT, WIDTH = 3000, 4000


def main() -> None:
    """Measure and print the table, or take one measurement as a child process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="timed calls of each")
    parser.add_argument("--child", metavar="kernel", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(taken_by(weights()[arguments.child]))
        return
    other = f"OpenCV {cv2.__version__} filter2D" if cv2 else "torch conv2d (no OpenCV here)"
    print(f"{machine()}; {WIDTH}×{HEIGHT}, float32, medians of {arguments.repeats}\n")
    print(f"| kernel | ours ms | {other} ms | ours/other | memory, copies of the picture |")
    print("|---|---|---|---|---|")
    # Taken first: a new process begins with the highest size of the one that starts it.
    copies = [measured(name) for name in weights()]
    picture = torch.rand(HEIGHT, WIDTH)
    for (name, weight), memory in zip(weights().items(), copies, strict=True):
        report(name, picture, weight, memory, arguments.repeats)


def weights() -> dict[str, Tensor]:
    """Return the kernels by name."""
    torch.manual_seed(0)
    return {
        "3×3": torch.randn(3, 3),
        "7×7": torch.randn(7, 7),
        "7×7, separable": kernels.gaussian(7, 1.5),
        "3×3 Sobel": kernels.sobel(),
    }


def measured(name: str) -> float:
    """Return the memory of one call, in copies of the picture, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.edges", "--child", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def report(name: str, picture: Tensor, weight: Tensor, memory: float, repeats: int) -> None:
    """Print one line of the table."""
    times = side_by_side([lambda: edges.respond(picture, weight), beside(picture, weight)], repeats)
    own, other = (f"{median(each):.1f}" for each in times)
    print(f"| {name} | {own} | {other} | {ratio(*times):.2f} | {memory:.1f} |", flush=True)


def beside(picture: Tensor, weight: Tensor) -> Callable[[], object]:
    """Return the same response by OpenCV, or by torch."""
    if cv2:
        array, kernel = picture.numpy(), weight.numpy()
        return lambda: cv2.filter2D(array, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    padding = [k // 2 for k in reversed(weight.shape) for _ in range(2)]
    padded = F.pad(picture[None, None], padding, "reflect")
    return lambda: F.conv2d(padded, weight[None, None])


def taken_by(weight: Tensor) -> float:
    """Return the picture and what a call adds to the highest resident size, in copies of it."""
    edges.respond(torch.rand(64, 64), weight)  # what a first call loads is not the picture's
    before = peak()
    picture = torch.rand(HEIGHT, WIDTH)
    edges.respond(picture, weight)
    return (peak() - before) * 2**20 / (picture.numel() * picture.element_size())


if __name__ == "__main__":
    main()
