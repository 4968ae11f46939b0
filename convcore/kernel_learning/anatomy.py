"""Where a gradient comes from, and the loss over two weights."""

from dataclasses import dataclass

import torch
from torch import Tensor

from convcore.errors import ConvcoreError
from convcore.kernel_learning.config import LearnConfig
from convcore.kernel_learning.problem import Problem, given, pose
from convcore.kernel_learning.quadratic import reduce, to_columns

Place = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class GradientAnatomy:
    """One weight's gradient as a sum over the output pixels: factor × residual × pixel."""

    residual: Tensor  # (N, H_out, W_out): prediction − Y, of the weight's output channel
    pixel: Tensor  # (N, H_out, W_out): what of X the weight met; 1 for a bias
    product: Tensor  # (N, H_out, W_out): each output pixel's share of the gradient
    factor: float  # 2 for the summed loss, 2 / outputs for the mean
    gradient: Tensor  # (): the shares added up


def gradient_anatomy(
    x: Tensor,
    y: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    config: LearnConfig,
    position: Place,
) -> GradientAnatomy:
    """Return what the gradient of the loss by one weight is made of, on the whole picture.

    Args:
        position: (output channel, input channel, row, column) of a weight, or (output channel,)
            of its bias.

    Raises:
        ConvcoreError: there is no such weight; as `learn`.
    """
    problem, weight, bias = _with_kernel(x, y, weight, bias, config)
    position = _place("gradient_anatomy", position, problem)
    o = position[0]
    residual = (problem.predict(problem.x, weight, bias) - problem.y)[:, o]
    if len(position) == 1:
        pixel = torch.ones_like(residual)
    else:
        _, c, i, j = position
        height, width = residual.shape[1:]
        pixel = problem.x[:, c, i : i + height, j : j + width]
    factor = 2.0 if config.loss == "sum" else 2 / problem.y.numel()
    product = factor * residual * pixel
    return GradientAnatomy(residual, pixel, product, factor, product.sum())


@dataclass(frozen=True, eq=False)
class LossSurface:
    """The loss over two weights, the others held; where they are held is the middle."""

    first: Tensor  # (points,): values of the first weight
    second: Tensor  # (points,)
    losses: Tensor  # (points of the first, points of the second)


def loss_surface(
    x: Tensor,
    y: Tensor,
    config: LearnConfig,
    positions: tuple[Place, Place],
    weight: Tensor,
    bias: Tensor | None = None,
    span: float = 1.0,
    points: int = 41,
) -> LossSurface:
    """Return the exact loss of the whole picture over two weights, each `span` to both sides.

    Args:
        positions: two places as for `gradient_anatomy`.

    Raises:
        ConvcoreError: the places are alike or not there, or there are too few points or no span.
    """
    if not span > 0 or not 2 <= points <= 501:
        raise ConvcoreError(
            f"loss_surface: span={span}, points={points}: the span must be above 0 and the points "
            "from 2 to 501. Use span=1, points=41, say."
        )
    problem, weight, bias = _with_kernel(x, y, weight, bias, config)
    places = [_place("loss_surface", position, problem) for position in positions]
    if places[0] == places[1]:
        raise ConvcoreError(f"loss_surface: positions={positions} are the same. Choose two.")
    columns, bowl = to_columns(weight, bias), reduce(problem)
    offsets = torch.linspace(-span, span, points, dtype=columns.dtype)
    cells = [_cell(place, problem) for place in places]
    # The residual is linear in the two weights, so three of them make the whole grid.
    held = bowl.design @ columns - bowl.target
    moves = [torch.zeros_like(held) for _ in cells]
    for move, (row, output) in zip(moves, cells, strict=True):
        move[:, output] = bowl.design[:, row]
    grid = torch.stack([held, *moves]).flatten(1)
    steps = torch.cartesian_prod(offsets, offsets)
    losses = (torch.cat([steps.new_ones(len(steps), 1), steps], 1) @ grid).square().sum(1)
    values = [columns[cell] + offsets for cell in cells]
    return LossSurface(*values, bowl.scale * losses.view(points, points))


def _with_kernel(
    x: Tensor, y: Tensor, weight: Tensor, bias: Tensor | None, config: LearnConfig
) -> tuple[Problem, Tensor, Tensor | None]:
    """Return the problem, and the kernel as its own; a config with a bias needs one."""
    problem = pose(x, y, config)
    outputs = problem.y.shape[1]
    if config.bias != (bias is not None) or (bias is not None and tuple(bias.shape) != (outputs,)):
        shape = None if bias is None else tuple(bias.shape)
        raise ConvcoreError(
            f"kernel learning: config.bias={config.bias} but the bias given is {shape}. Give "
            f"{f'one of shape ({outputs},)' if config.bias else 'None'}, or change the config."
        )
    weight = given("weight", weight.detach(), problem)
    return problem, weight, None if bias is None else bias.detach().to(weight.dtype)


def _place(operation: str, position: Place, problem: Problem) -> Place:
    """Return `position` as ints, seen to lie in the kernel."""
    place, shape = tuple(position), problem.weight_shape
    if len(place) == 1 and problem.config.bias:
        shape = shape[:1]
    if len(place) != len(shape) or not all(0 <= p < n for p, n in zip(place, shape, strict=True)):
        raise ConvcoreError(
            f"{operation}: position={position} is no place in a kernel of shape={shape}. Count "
            "from 0: (output channel, input channel, row, column)."
        )
    return place


def _cell(place: Place, problem: Problem) -> tuple[int, int]:
    """Return where a place stands in the columns of a kernel: (row, output channel)."""
    if len(place) == 1:
        return -1, place[0]
    _, _, height, width = problem.weight_shape
    o, c, i, j = place
    return (c * height + i) * width + j, o
