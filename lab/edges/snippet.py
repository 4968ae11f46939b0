"""The screen as PyTorch code that anyone can run: it needs nothing of this project."""

from lab.edges import compute
from lab.edges.pictures import EXAMPLES, PHOTOGRAPHS
from lab.edges.setup import EdgeSetup

# The program's way to `edges.thin` and `edges.hysteresis`.
_THIN = """
# Thin: a pixel stays where it is greatest along its own direction.
angle = torch.deg2rad(direction[1:-1, 1:-1])  # the outermost pixels lack neighbours
cos, sin = angle.cos(), angle.sin()
right, down = cos.sign().long(), strength.shape[1] * sin.sign().long()
flat = cos.abs() >= sin.abs()
straight, slanted = torch.where(flat, right, down), right + down
share = torch.where(flat, sin / cos, cos / sin).abs()
here = torch.arange(strength.numel()).view_as(strength)[1:-1, 1:-1]
values, middle = strength.flatten(), strength[1:-1, 1:-1]
ahead = values[here + straight].lerp(values[here + slanted], share)
behind = values[here - straight].lerp(values[here - slanted], share)
thinned = torch.zeros_like(strength)
thinned[1:-1, 1:-1] = middle * ((middle > ahead) & (middle >= behind))
""".rstrip().split("\n")
_HOLD = """
# Strong pixels are edges, and so are weak ones that touch an edge.
edges, grown = None, thinned >= high
while edges is None or not torch.equal(edges, grown):
    edges = grown
    grown = F.max_pool2d(edges[None].float(), 3, 1, 1)[0].bool() & (thinned >= low)
""".strip().split("\n")
_LUMINANCE = "picture @ torch.tensor([0.2126, 0.7152, 0.0722])"


def snippet(setup: EdgeSetup, *, grey: bool) -> str:
    """Return a program that computes the map that is shown, and prints it.

    Args:
        setup: what is shown.
        grey: whether its picture has no colour.
    """
    imports, picture = _picture(setup)
    lines = [
        *imports,
        "import torch",
        "import torch.nn.functional as F",
        "",
        *picture,
        *([] if grey else _colour(setup)),
        *(["x = x.mT"] if setup.transpose_picture else []),
        *_noise(setup),
        *_blur(setup),
        "",
        *_respond(setup),
        *_view(setup),
    ]
    return "\n".join(lines) + "\n"


def _picture(setup: EdgeSetup) -> tuple[list[str], list[str]]:
    if setup.picture == "bar":
        return [], ["x = torch.ones(1, 6, 8)  # (channels, rows, columns)", "x[:, :, 2:6] = 0"]
    if setup.picture in EXAMPLES:
        return [], ["x = torch.eye(8)[None]  # (channels, rows, columns)"]
    if setup.picture in PHOTOGRAPHS:
        load, call = PHOTOGRAPHS[setup.picture].code
        imports, pixels = [load], f"torch.tensor({call})"
    else:
        imports = ["import numpy as np", "from PIL import Image"]
        pixels = 'torch.tensor(np.array(Image.open("your picture.png")))'
    return imports, [
        f"picture = {pixels} / 255",
        "x = picture[None]  # (channels, rows, columns)",
    ]


def _colour(setup: EdgeSetup) -> list[str]:
    match setup.colour:
        case "luminance":
            return [f"x = ({_LUMINANCE})[None]"]
        case "channels":
            return ["x = picture.permute(2, 0, 1)"]
    number = ("red", "green", "blue").index(setup.colour)
    return [f"x = picture[None, ..., {number}]  # {setup.colour}"]


def _noise(setup: EdgeSetup) -> list[str]:
    if not setup.noise and not setup.salt:
        return []
    lines = [
        "generator = torch.Generator().manual_seed(0)",
        "darkest, brightest = x.aminmax()",
        f"x = x + {setup.noise} * torch.randn(x.shape, generator=generator)",
    ]
    if setup.salt:
        half = setup.salt / 200
        lines += [
            "chance = torch.rand(x.shape[-2:], generator=generator)",
            f"x = torch.where(chance < {half}, darkest, x)",
            f"x = torch.where(chance >= 1 - {half}, brightest, x)",
        ]
    return lines


def _blur(setup: EdgeSetup) -> list[str]:
    if not setup.blur:
        return []
    reach = int(4 * setup.blur + 0.5)
    return [
        f"places = torch.arange(-{reach}, {reach + 1}).float()",
        f"bell = torch.exp(-(places**2) / (2 * {float(setup.blur)}**2))",
        "bell = bell / bell.sum()",
        f'x = F.pad(x, ({reach},) * 4, mode="replicate")[:, None]',
        "x = F.conv2d(F.conv2d(x, bell[None, None, None]), bell[None, None, :, None])[:, 0]",
    ]


def _respond(setup: EdgeSetup) -> list[str]:
    if setup.view in ("response", "threshold"):
        names, weights = ["kernel"], [compute.kernel(setup)]
    else:
        names, weights = ["kernel_x", "kernel_y"], list(compute.pair(setup))
    lines = [
        f"{name} = torch.tensor({_rows(each.tolist())})"
        for name, each in zip(names, weights, strict=True)
    ]
    tall, wide = (max(each.shape[axis] for each in weights) for axis in (0, 1))
    for name, each in zip(names, weights, strict=True):
        height, width = each.shape
        if setup.border == "valid" and (height, width) != (tall, wide):
            # Both results are to be of one size, so both kernels are.
            top, left = (tall - 1) // 2 - (height - 1) // 2, (wide - 1) // 2 - (width - 1) // 2
            frame = (left, wide - width - left, top, tall - height - top)
            lines.append(f"{name} = F.pad({name}, {frame})")
            height, width = tall, wide
        x = "x[:, None]"
        if setup.border != "valid":
            around = ((width - 1) // 2, width // 2, (height - 1) // 2, height // 2)
            mode = "" if setup.border == "zeros" else f', mode="{setup.border}"'
            x = f"F.pad(x, {around}{mode})[:, None]"
        result = {"kernel": "response", "kernel_x": "along_x", "kernel_y": "along_y"}[name]
        lines.append(f"{result} = F.conv2d({x}, {name}[None, None])[:, 0]")
    return lines


def _view(setup: EdgeSetup) -> list[str]:
    match setup.view:
        case "response":
            return ["print(response)"]
        case "threshold":
            return [
                "response = response.gather(0, response.abs().argmax(0, keepdim=True))[0]",
                f"mask = response.abs() >= {setup.level / 100} * response.abs().max()",
                "print(mask)",
            ]
    lines = [
        "strength, strongest = torch.hypot(along_x, along_y).max(0)  # over the channels",
        "direction = torch.rad2deg(torch.atan2(along_y, along_x)).gather(0, strongest[None])[0]",
    ]
    if setup.view in ("strength", "direction"):
        return [*lines, "print(strength, direction)"]
    lines += _THIN
    if setup.view == "thinned":
        return [*lines, "print(thinned)"]
    return [
        *lines,
        "",
        f"low = {setup.low / 100} * strength.max().item()",
        f"high = {setup.high / 100} * strength.max().item()",
        *_HOLD,
        "print(edges)",
    ]


def _rows(numbers: list[list[float]]) -> str:
    rows = ["[" + ", ".join(f"{float(cell)!r}" for cell in row) + "]" for row in numbers]
    return "[" + ",\n    ".join(rows) + "]"
