"""How long convcore's operations take, as a multiple of torch's: forward + backward.

Run: python -m benchmarks.conv [--repeats 15]

Each works on what it gets in a network of its own kind: the memory layout that the library's own
layers return (ours channels-last, torch's plain) in input and upstream gradient; a first layer
(3 channels) gets plain pictures and has no input gradient to compute. The further columns: both on
plain inputs; torch given channels-last tensors, its faster layout on many machines; and the common
shortcut of `F.unfold` and one matrix product.
"""

import argparse
import time
from collections.abc import Callable
from math import prod
from statistics import geometric_mean, median

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.timing import machine, ratio, side_by_side
from convcore import layers, reference

CONVS = [  # layer, input (N, C, pixels …), out_channels, kernel_size, groups
    ("Conv2d", (128, 3, 32, 32), 32, 3, 1),
    ("Conv2d", (128, 32, 32, 32), 32, 3, 1),
    ("Conv2d", (128, 64, 32, 32), 64, 3, 1),
    ("Conv2d", (128, 64, 16, 16), 128, 3, 1),
    ("Conv2d", (128, 128, 8, 8), 256, 3, 1),
    ("Conv2d", (128, 3, 32, 32), 16, 5, 1),
    ("Conv2d", (128, 32, 32, 32), 32, 3, 32),
    ("Conv2d", (128, 64, 32, 32), 64, 1, 1),
    ("Conv1d", (128, 32, 1024), 32, 3, 1),
    ("Conv3d", (8, 32, 16, 32, 32), 32, 3, 1),
]
POOLS = ["MaxPool2d", "AvgPool2d"]
SLICE = 1 / 64  # of the output channels that the loops are timed on


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15, help="timed steps of each")
    repeats = parser.parse_args().repeats
    print(f"{machine()}; float32, forward + backward, medians of {repeats}\n")
    print("| operation | input | ours ms | torch ms | ours/torch ", end="")
    print("| both plain | torch channels-last | ours/unfold |")
    print("|---|---|---|---|---|---|---|---|")
    ratios = [convolution(*case, repeats) for case in CONVS]
    for name in POOLS:
        pair = [getattr(module, name)(2) for module in (layers, nn)]
        report(f"{name}, k2", pair, (128, 32, 32, 32), None, repeats)
    print(f"\nConvolutions, geometric mean of ours/torch: {geometric_mean(ratios):.2f}")
    loops()


def convolution(
    name: str, shape: tuple[int, ...], out: int, kernel: int, groups: int, repeats: int
) -> float:
    """Print one line of the table and return ours/torch."""
    arguments = {"padding": kernel // 2, "groups": groups}
    pair = [getattr(m, name)(shape[1], out, kernel, **arguments) for m in (layers, nn)]
    pair[1].load_state_dict(pair[0].state_dict())
    label = f"{name} {shape[1]}→{out}, k{kernel}" + (f", groups {groups}" if groups > 1 else "")
    unfolded = Unfolded(pair[1]) if name == "Conv2d" and groups == 1 else None
    return report(label, pair, shape, unfolded, repeats)


def report(
    label: str, pair: list[nn.Module], shape: tuple[int, ...], unfolded: nn.Module | None, repeats
) -> float:
    """Print one line of the table and return ours/torch."""
    ours, theirs = pair
    plain = torch.randn(shape)
    last = plain.movedim(1, -1).contiguous().movedim(-1, 1)
    steps = [step(ours, plain if first(shape) else last), step(theirs, plain)]
    steps += [step(ours, plain), step(theirs, last)]
    steps += [step(unfolded, plain)] if unfolded else []
    times = side_by_side(steps, repeats)
    result = ratio(times[0], times[1])
    columns = [ratio(times[2], times[1]), ratio(times[0], times[3])]
    columns += [ratio(times[0], times[4])] if unfolded else []
    figures = " | ".join(f"{each:.2f}" for each in [result, *columns]) + " |" * (not unfolded)
    own, other = (f"{median(each):.1f}" for each in times[:2])
    sizes = "×".join(map(str, shape))
    print(f"| {label} | {sizes} | {own} | {other} | {figures} |", flush=True)
    return result


def first(shape: tuple[int, ...]) -> bool:
    """Whether an input of this shape is that of a network's first layer: pictures."""
    return shape[1] == 3


def step(layer: nn.Module, x: Tensor) -> Callable[[], object]:
    """One forward and backward pass; pictures themselves need no gradient."""
    upstream = torch.randn_like(layer(x).detach())
    wanted = list(layer.parameters())
    if not first(x.shape):
        x = x.clone().requires_grad_()
        wanted.append(x)
    return lambda: torch.autograd.grad(layer(x), wanted, upstream)


class Unfolded(nn.Module):
    """The shortcut that many write: every patch of the batch in one matrix, then one product."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.weight, self.bias, self.padding = conv.weight, conv.bias, conv.padding

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of `x` (N, C, H, W)."""
        patches = F.unfold(x, self.weight.shape[2:], padding=self.padding)
        y = self.weight.flatten(1) @ patches + self.bias[:, None]
        return y.unflatten(2, x.shape[2:])


def loops() -> None:
    """Print how many times as long plain loops take, forward only, measured on a slice."""
    x, weight = torch.randn(8, 3, 32, 32), torch.randn(16, 3, 3, 3)
    share = weight[: max(1, round(len(weight) * SLICE))]
    start = time.perf_counter()
    reference.conv2d(x[:1], share, padding=1)
    slow = (time.perf_counter() - start) * len(x) * len(weight) / len(share)
    layer = layers.Conv2d(3, 16, 3, padding=1)
    with torch.no_grad():
        (quick,) = side_by_side([lambda: layer(x)], 50)
    print(
        f"Plain loops, {'×'.join(map(str, x.shape))} → 16: {slow:.1f} s, "
        f"{1000 * slow / median(quick):,.0f} times ours "
        f"(timed on {prod(x[:1].shape)} numbers and {len(share)} of 16 channels)"
    )


if __name__ == "__main__":
    main()
