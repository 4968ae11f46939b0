"""How much memory a training step takes at its peak: ours as a multiple of torch's.

Run: python -m benchmarks.memory

Each step runs in a process of its own, which is told apart from its twin by the backend alone; the
figure is what the step adds to the process's highest resident size.
"""

import argparse
import resource
import subprocess
import sys

import torch
from torch import nn

from benchmarks.conv import CONVS
from benchmarks.timing import machine
from convcore import layers, models
from convcore.config import TrainConfig


def main() -> None:
    """Measure and print the table, or take one measurement as a child process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--child", nargs=2, metavar=("case", "backend"), help=argparse.SUPPRESS)
    child = parser.parse_args().child
    if child:
        print(taken_by(*child))
        return
    print(f"{machine()}; float32, forward + backward\n")
    print("| step | ours MiB | torch MiB | ours/torch |")
    print("|---|---|---|---|")
    cases = [str(number) for number in range(len(CONVS))]
    for case in [*cases, "ConvNet N=1", "ConvNet N=3"]:
        ours, theirs = (measured(case, backend) for backend in ("custom", "torch"))
        print(f"| {label(case)} | {ours:.0f} | {theirs:.0f} | {ours / theirs:.2f} |", flush=True)


def label(case: str) -> str:
    """Return what a case is called in the table."""
    if not case.isdigit():
        return case + ", batch 128"
    name, shape, out, kernel, groups = CONVS[int(case)]
    grouped = f", groups {groups}" if groups > 1 else ""
    return f"{name} {'×'.join(map(str, shape))} → {out}, k{kernel}{grouped}"


def measured(case: str, backend: str) -> float:
    """Return the MiB that a step takes, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory", "--child", case, backend]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def taken_by(case: str, backend: str) -> float:
    """Return the MiB that a step adds to this process's highest resident size."""
    if case.isdigit():
        name, shape, out, kernel, groups = CONVS[int(case)]
        layer = getattr({"custom": layers, "torch": nn}[backend], name)
        model = layer(shape[1], out, kernel, padding=kernel // 2, groups=groups)
    else:
        shape = (128, 3, 32, 32)
        config = TrainConfig(blocks=int(case[-1]), backend=backend)
        model = models.build(config, shape[1:], 10)
    small = torch.randn(2, *shape[1:])
    model(small).sum().backward()  # what a first call loads is not the step's
    x = torch.randn(shape, requires_grad=shape[1] > 3)
    before = peak()
    model(x).sum().backward()
    return peak() - before


def peak() -> float:
    """Return the highest resident size of this process so far, in MiB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10


if __name__ == "__main__":
    main()
