"""An experiment's X, Y and hidden kernel."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from convcore import kernels
from convcore.kernel_learning import LearnConfig, diagonal_task, edge_task, filter_task
from lab.kernel_learning.experiment import Experiment
from lab.kernel_learning.photographs import middle, photograph


@dataclass(frozen=True, eq=False)
class Task:
    """What is learned from, and what there is to find where that is known."""

    x: Tensor  # (1, C_in, H, W)
    y: Tensor  # (1, C_out, H_out, W_out)
    true_weight: Tensor | None  # (C_out, C_in, K_h, K_w)

    def truth(self, experiment: Experiment) -> Tensor | None:
        """Return the true weight if the kernel to be learned is of its size, else None."""
        size = experiment.config.kernel_size
        fits = self.true_weight is not None and tuple(self.true_weight.shape[2:]) == size
        return self.true_weight if fits else None


def task_of(experiment: Experiment) -> Task:
    """Return the task, its sizes as the kernel to be learned needs them where that can be."""
    config = experiment.config
    match experiment.task:
        case "bar":
            return Task(*edge_task())
        case "diagonal":
            return Task(*diagonal_task())
        case "constant":
            return Task(*filter_task(torch.ones(6, 8), torch.tensor([[1.0, -1.0]])))
        case "checkerboard":
            board = (torch.arange(8)[:, None] + torch.arange(8)) % 2
            return _filtered(board, hidden_filter(experiment), config)
        case "photograph":
            return _filtered(_crop(experiment).mean(0), hidden_filter(experiment), config)
        case "colour":
            return _filtered(_crop(experiment), colour_filter(), config)
    x, y = (torch.tensor(each, dtype=torch.float64) for each in (experiment.x, experiment.y))
    if experiment.task == "pictures" and x.shape == y.shape:
        y = _inside(y, config.kernel_size)
    return Task(x[None, None], y[None, None], None)


def hidden_filter(experiment: Experiment) -> Tensor:
    """Return the filter (K_h, K_w) that the photograph's response was made by."""
    match experiment.filter:
        case "sobel":
            return kernels.sobel(dtype=torch.float64)
        case "gaussian":
            return kernels.gaussian(dtype=torch.float64)
        case "emboss":
            return kernels.emboss(dtype=torch.float64)
        case "random":
            chance = torch.Generator().manual_seed(7)
            return torch.randn(7, 7, generator=chance, dtype=torch.float64)
    return torch.tensor(experiment.own_filter, dtype=torch.float64)


def colour_filter() -> Tensor:
    """Return a filter (2, 3, 3, 3): upright edges of the green, and red against blue, smoothed."""
    edges = torch.tensor((0, 1, 0))[:, None, None] * kernels.sobel(dtype=torch.float64)
    contrast = torch.tensor((1, 0, -1))[:, None, None] * kernels.box(3, dtype=torch.float64)
    return torch.stack([edges, contrast])


def _filtered(picture: Tensor, hidden: Tensor, config: LearnConfig) -> Task:
    """Return `picture` and its response; a larger kernel may hold the hidden one in its middle.

    For a smaller kernel X loses the border that only the hidden one sees.
    """
    spare = [ours - its for ours, its in zip(config.kernel_size, hidden.shape[-2:], strict=True)]
    if any(n % 2 for n in spare):
        return Task(*filter_task(picture, hidden, config.padding))  # no middle: learning says so
    above, left = (max(0, n // 2) for n in spare)
    hidden = F.pad(hidden, (left, left, above, above))
    x, y, weight = filter_task(picture, hidden, config.padding)
    above, left = (max(0, -n // 2) for n in spare)
    height, width = x.shape[2:]
    return Task(x[..., above : height - above, left : width - left], y, weight)


def _crop(experiment: Experiment) -> Tensor:
    """Return the middle of the photograph, (3, H, W)."""
    pixels = middle(photograph(experiment.photograph), experiment.crop)
    return torch.tensor(pixels).permute(2, 0, 1)


def _inside(y: Tensor, kernel_size: tuple[int, int]) -> Tensor:
    """Return Y without its border, which other programs make up in other ways."""
    (top, left), (height, width) = ((k - 1) // 2 for k in kernel_size), y.shape
    tall, wide = (n - k + 1 for n, k in zip((height, width), kernel_size, strict=True))
    return y[top : top + max(tall, 0), left : left + max(wide, 0)]
