"""An experiment as PyTorch code that anyone can run: it needs nothing of this project."""

import json

from lab.kernel_learning.experiment import Experiment
from lab.kernel_learning.film import Film
from lab.kernel_learning.tasks import Task

_PHOTOGRAPHS = ("photograph", "colour")


def snippet(film: Film) -> str:
    """Return a program that learns the film's kernel by torch alone, and prints it.

    Photographs come from scikit-learn, so there it needs that too.
    """
    config = film.experiment.config
    lines = ["import torch", "import torch.nn.functional as F", ""]
    lines += [*_operands(film.experiment, film.task), ""]
    if config.dtype == "float32":
        lines += ["x, y = x.float(), y.float()", ""]
    lines += _start(film)
    lines += ["", *(_newton(film) if config.optimizer == "newton" else _descent(film)), ""]
    lines.append("print(weight.detach())")
    return "\n".join([*lines, *(["print(bias.detach())"] if config.bias else [])]) + "\n"


def _operands(experiment: Experiment, task: Task) -> list[str]:
    config = experiment.config
    if experiment.task in _PHOTOGRAPHS:
        lines = _photograph(experiment, task)
    else:
        lines = [_tensor("x", task.x.tolist()), _tensor("y", task.y.tolist())]
    if config.noise:
        lines += [
            f"chance = torch.Generator().manual_seed({config.noise_seed})",
            f"y = y + {config.noise!r} * torch.randn(y.shape, generator=chance, "
            "dtype=torch.float64)",
        ]
    if any(config.padding):
        rows, columns = config.padding
        lines.append(f"x = F.pad(x, ({columns}, {columns}, {rows}, {rows}))")
    return lines


def _photograph(experiment: Experiment, task: Task) -> list[str]:
    size = experiment.crop
    number = {"china": 0, "flower": 1}[experiment.photograph]
    lines = [
        "from sklearn.datasets import load_sample_images",
        "",
        f"picture = torch.tensor(load_sample_images().images[{number}] / 255)",
        f"top, left = ((n - {size}) // 2 for n in picture.shape[:2])",
        f"picture = picture[top : top + {size}, left : left + {size}].permute(2, 0, 1)",
        "x = picture[None]" + (".mean(1, keepdim=True)" if task.x.shape[1] == 1 else ""),
        _tensor("hidden", task.true_weight.tolist()),
        f"y = F.conv2d(x, hidden, padding={experiment.config.padding})",
    ]
    trimmed = size - task.x.shape[2], size - task.x.shape[3]
    if any(trimmed):  # a kernel smaller than the hidden one sees less of the border
        rows, columns = (n // 2 for n in trimmed)
        ends = (size - rows, size - columns)
        lines.append(f"x = x[..., {rows} : {ends[0]}, {columns} : {ends[1]}]")
    return lines


def _start(film: Film) -> list[str]:
    config, shape = film.experiment.config, tuple(film.last.weight.shape)
    if config.start != "random":
        first = film.steps[0]
        lines = [_tensor("weight", first.weight.tolist(), "y.dtype")]
        return lines + ([_tensor("bias", first.bias.tolist(), "y.dtype")] if config.bias else [])
    bound = (shape[1] * shape[2] * shape[3]) ** -0.5
    drawn = f"uniform_({-bound!r}, {bound!r}, generator=chance)"
    lines = [
        f"chance = torch.Generator().manual_seed({config.seed})",
        f"weight = torch.zeros({shape}, dtype=y.dtype).{drawn}",
    ]
    if config.bias:
        lines.append(f"bias = torch.zeros({shape[0]}, dtype=y.dtype).{drawn}")
    return lines


def _descent(film: Film) -> list[str]:
    config = film.experiment.config
    parts = "[weight, bias]" if config.bias else "[weight]"
    optimizer = f"torch.optim.SGD(parts, lr={config.learning_rate!r})"
    if config.optimizer == "momentum":
        optimizer = optimizer[:-1] + f", momentum={config.momentum!r})"
    if config.optimizer == "adam":
        optimizer = f"torch.optim.Adam(parts, lr={config.learning_rate!r})"
    error = f"(F.conv2d({{x}}, weight{', bias' if config.bias else ''}) - {{y}}).square()"
    lines = [f"parts = [part.requires_grad_() for part in {parts}]", f"optimizer = {optimizer}"]
    names = {"x": "x", "y": "y"}
    if config.patches:
        names = {"x": "x_patches", "y": "y_patches"}
        lines.append(f"chance = torch.Generator().manual_seed({config.seed})")
    lines.append(f"for step in range({film.last.step}):")
    if config.patches:
        lines += [f"    {line}" for line in _patches(film)]
    loss = f"{error.format(**names)}.{config.loss}()"
    if config.patches and config.loss == "sum":
        loss += " * (y.numel() / y_patches.numel())"
    lines += [f"    loss = {loss}", "    optimizer.zero_grad()", "    loss.backward()"]
    return [*lines, "    optimizer.step()"]


def _patches(film: Film) -> list[str]:
    """Lines that draw a step's random patches."""
    config = film.experiment.config
    size = config.patch_size
    rows, columns = (size + k - 1 for k in config.kernel_size)
    return [
        f"limits = [len(y), y.shape[2] - {size - 1}, y.shape[3] - {size - 1}]",
        f"draws = [torch.randint(n, ({config.patches},), generator=chance).tolist() "
        "for n in limits]",
        "places = list(zip(*draws))",
        f"x_patches = torch.stack([x[n, :, i:i + {rows}, j:j + {columns}] for n, i, j in places])",
        f"y_patches = torch.stack([y[n, :, i:i + {size}, j:j + {size}] for n, i, j in places])",
    ]


def _newton(film: Film) -> list[str]:
    """Least squares: the bottom of a quadratic bowl is one of Newton's steps away."""
    bias = film.experiment.config.bias
    lines = [
        f"rows = F.unfold(x, {film.experiment.config.kernel_size}).mT.flatten(0, 1).double()",
        "target = y.flatten(2).mT.flatten(0, 1).double()",
    ]
    if bias:
        lines.append("rows = torch.cat([rows, rows.new_ones(len(rows), 1)], 1)")
    lines.append('found = torch.linalg.lstsq(rows, target, driver="gelsd").solution.mT.to(y.dtype)')
    if bias:
        lines.append("found, bias = found[:, :-1], found[:, -1]")
    return [*lines, "weight = found.reshape(weight.shape)"]


def _tensor(name: str, values: list, dtype: str = "torch.float64") -> str:
    text = json.dumps(values).replace("], [", "],\n    [")
    return f"{name} = torch.tensor(\n    {text},\n    dtype={dtype},\n)"
