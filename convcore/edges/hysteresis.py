"""Two thresholds: strong pixels are edges, and so are the weak ones that touch an edge."""

import torch
import torch.nn.functional as F
from torch import Tensor

from convcore.edges.checks import check_levels, check_map


def hysteresis(magnitude: Tensor, low: float, high: float) -> Tensor:
    """True where the magnitude is at least `high`, or at least `low` and connected to such a pixel.

    Connected means: through neighbours, the diagonal ones included, all of at least `low`.

    Shape:
        (H, W) -> (H, W), torch.bool

    Raises:
        ConvcoreError: not a map of finite numbers, or not 0 ≤ low ≤ high.

    Source: Canny 1986, "A Computational Approach to Edge Detection", IEEE Transactions on Pattern
        Analysis and Machine Intelligence 8, §VI (thresholding with hysteresis).
    """
    check_map("hysteresis", "magnitude", magnitude)
    check_levels("hysteresis", low, high)
    weak = magnitude >= low
    group = _groups(weak)
    held = torch.zeros(len(group), dtype=torch.bool, device=magnitude.device)
    held[group[magnitude[weak] >= high]] = True
    edges = torch.zeros_like(weak)
    edges[weak] = held[group]
    return edges


def _groups(mask: Tensor) -> Tensor:
    """For each True pixel, in reading order, the number of its group: that of its first pixel.

    Groups that touch are joined all at once, and each pixel then looks up its group's group until
    nothing changes. That takes a few rounds even for a spiral through the whole picture, which a
    flood would follow pixel by pixel.

    Source: Shiloach & Vishkin 1982, "An O(log n) Parallel Connectivity Algorithm", Journal of
        Algorithms 3.
    """
    one, other = _touching(mask)
    group = torch.arange(int(mask.sum()), device=mask.device)
    while True:
        a, b = group[one], group[other]
        apart = a != b
        if not apart.any():
            return group
        one, other, a, b = one[apart], other[apart], a[apart], b[apart]
        group = group.scatter_reduce(0, torch.maximum(a, b), torch.minimum(a, b), "amin")
        while not torch.equal(group, further := group[group]):
            group = further


def _touching(mask: Tensor) -> tuple[Tensor, Tensor]:
    """All pairs of True neighbours, by their place among the True pixels in reading order."""
    frame = F.pad(mask, (1, 1, 1, 1))  # so that no step leads from one end of a row to the next
    pixels = frame.flatten().nonzero().squeeze(1)
    place = pixels.new_full((frame.numel(),), -1)
    place[pixels] = torch.arange(len(pixels), device=mask.device)
    down = frame.shape[1]
    pairs = []
    for step in (1, down - 1, down, down + 1):  # the other four see the pair from its other end
        neighbour = place[pixels + step]
        one = (neighbour >= 0).nonzero().squeeze(1)
        pairs.append(torch.stack((one, neighbour[one])))
    return torch.cat(pairs, 1).unbind()
