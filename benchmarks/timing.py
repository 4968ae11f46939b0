"""Taking turns: times of several things in one process, as ratios that a noisy machine leaves."""

import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import torch


def side_by_side(steps: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Return the milliseconds of each step, `repeats` of each; they take turns.

    Whatever else the machine does slows neighbours alike, so their ratio stands. Each step runs
    once untimed before its turn, so that none pays for what the one before left in the cache.
    """
    times = [[] for _ in steps]
    for _ in range(repeats):
        for kept, run in zip(times, steps, strict=True):
            run()
            start = time.perf_counter()
            run()
            kept.append(1000 * (time.perf_counter() - start))
    return times


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median over the turns of `ours` / `theirs`."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def machine() -> str:
    """Return what the figures were measured on: version, threads, processor."""
    return f"torch {torch.__version__}, {torch.get_num_threads()} threads, {_processor()}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
