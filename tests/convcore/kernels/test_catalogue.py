"""What holds for every kernel: its weights, dtypes, mistakes and what the catalogue says of it."""

import inspect
import math
from itertools import product

import pytest
import torch

from convcore import kernels
from convcore.errors import ConvcoreError
from tests.convcore.kernels.responses import DOUBLE, respond

MIDDLE = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]

CLASSIC = [
    pytest.param(kernels.identity(), MIDDLE, id="identity"),
    pytest.param(kernels.sobel(), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], id="sobel-x"),
    pytest.param(kernels.sobel("y"), [[-1, -2, -1], [0, 0, 0], [1, 2, 1]], id="sobel-y"),
    pytest.param(kernels.prewitt(), [[-1, 0, 1]] * 3, id="prewitt-x"),
    pytest.param(kernels.prewitt("y"), [[-1] * 3, [0] * 3, [1] * 3], id="prewitt-y"),
    pytest.param(kernels.scharr(), [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]], id="scharr-x"),
    pytest.param(kernels.roberts("NW"), [[1, 0], [0, -1]], id="roberts-nw"),
    pytest.param(kernels.roberts("NE"), [[0, 1], [-1, 0]], id="roberts-ne"),
    pytest.param(kernels.kirsch("N"), [[5, 5, 5], [-3, 0, -3], [-3, -3, -3]], id="kirsch-n"),
    pytest.param(kernels.kirsch("SE"), [[-3, -3, -3], [-3, 0, 5], [-3, 5, 5]], id="kirsch-se"),
    pytest.param(kernels.laplacian(), [[0, 1, 0], [1, -4, 1], [0, 1, 0]], id="laplacian-4"),
    pytest.param(kernels.laplacian(8), [[1, 1, 1], [1, -8, 1], [1, 1, 1]], id="laplacian-8"),
    pytest.param(kernels.sharpen(), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], id="sharpen-4"),
    pytest.param(kernels.sharpen(1, 8), [[-1] * 3, [-1, 9, -1], [-1] * 3], id="sharpen-8"),
    pytest.param(kernels.sharpen(0), MIDDLE, id="sharpen-by-0"),
    pytest.param(kernels.emboss(), [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], id="emboss-se"),
    pytest.param(kernels.derivative(1), [-1, 1], id="first-derivative"),
    pytest.param(kernels.derivative(2), [1, -2, 1], id="second-derivative"),
    pytest.param(kernels.derivative(3), [-1, 3, -3, 1], id="third-derivative"),
    pytest.param(kernels.derivative(0), [1], id="derivative-0"),
    pytest.param(kernels.derivative(1, 2), [-0.5, 0, 0.5], id="central-derivative"),
    pytest.param(kernels.integral(4), [1, 1, 1, 1], id="integral"),
]


@pytest.mark.parametrize(("kernel", "expected"), CLASSIC)
def test_classic_weights(kernel, expected):
    assert kernel.dtype == torch.float32
    assert kernel.tolist() == expected


EVEN = ("Identity", "Box", "Gaussian", "Motion blur", "Sharpen", "Unsharp", "Emboss")
TOTALS = dict.fromkeys(EVEN, 1) | {"Integral": 3}  # the rest 0; Gabor's has a test of its own


@pytest.mark.parametrize(
    "kernel",
    [kernel for kernel in kernels.CATALOGUE if kernel.name != "Gabor"],
    ids=lambda kernel: kernel.name,
)
def test_what_is_evenly_bright_stays_or_vanishes(kernel):
    total = kernel.make(dtype=DOUBLE).sum().item()
    assert total == pytest.approx(TOTALS.get(kernel.name, 0), abs=1e-14)


@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("kernel", kernels.CATALOGUE, ids=lambda kernel: kernel.name)
def test_kernels_take_a_dtype(kernel, dtype):
    exact, weights = kernel.make(dtype=DOUBLE), kernel.make(dtype=dtype)
    assert weights.dtype == dtype
    assert torch.equal(weights, exact.to(dtype))


def test_kernels_of_integers():
    picture = torch.arange(25).view(5, 5)
    assert (respond(kernels.sobel(dtype=torch.int64), picture) == 8).all()
    assert kernels.box(1, dtype=torch.uint8).tolist() == [[1]]


WRONG = [
    pytest.param(kernels.identity, {"size": 2}, "size=2", id="even"),
    pytest.param(kernels.box, {"size": 0}, "size=0", id="zero"),
    pytest.param(kernels.gaussian, {"size": -3}, "size=-3", id="negative"),
    pytest.param(kernels.unsharp, {"size": 3.0}, "size=3.0", id="not-whole"),
    pytest.param(kernels.gabor, {"size": "3"}, "size='3'", id="word-for-a-size"),
    pytest.param(kernels.laplacian_of_gaussian, {"size": 1}, "size=1", id="too-small-to-bend"),
    pytest.param(kernels.integral, {"size": 0}, "size=0", id="no-cells"),
    pytest.param(kernels.motion_blur, {"length": 0}, "length=0", id="no-length"),
    pytest.param(kernels.motion_blur, {"length": True}, "length=True", id="yes-for-a-length"),
    pytest.param(kernels.motion_blur, {"angle": math.inf}, "angle=inf", id="endless-angle"),
    pytest.param(kernels.gaussian, {"sigma": 0}, "sigma=0", id="sigma-0"),
    pytest.param(kernels.gaussian, {"sigma": -1.0}, "sigma=-1.0", id="sigma-negative"),
    pytest.param(kernels.unsharp, {"sigma": math.nan}, "sigma=nan", id="sigma-nan"),
    pytest.param(kernels.unsharp, {"amount": math.inf}, "amount=inf", id="amount-infinite"),
    pytest.param(kernels.sharpen, {"amount": "a lot"}, "amount='a lot'", id="amount-word"),
    pytest.param(kernels.sharpen, {"amount": 10**400}, "amount=1000", id="amount-over-floats"),
    pytest.param(kernels.sharpen, {"amount": 1e308}, "to inf", id="weights-over-floats"),
    pytest.param(kernels.sharpen, {"neighbours": 6}, "neighbours=6", id="neighbours"),
    pytest.param(kernels.laplacian, {"neighbours": "4"}, "neighbours='4'", id="neighbours-word"),
    pytest.param(
        kernels.laplacian_of_gaussian, {"sigma": 0.01}, "sigma=0.01", id="sigma-below-a-cell"
    ),
    pytest.param(kernels.sobel, {"axis": "X"}, "axis='X'", id="axis-capital"),
    pytest.param(kernels.prewitt, {"axis": "z"}, "axis='z'", id="axis"),
    pytest.param(kernels.scharr, {"axis": 0}, "axis=0", id="axis-number"),
    pytest.param(kernels.roberts, {"direction": "E"}, "direction='E'", id="no-diagonal"),
    pytest.param(kernels.kirsch, {"direction": "NNE"}, "direction='NNE'", id="kirsch-direction"),
    pytest.param(kernels.emboss, {"direction": 45}, "direction=45", id="emboss-direction"),
    pytest.param(kernels.gabor, {"wavelength": 1.5}, "wavelength=1.5", id="wave-too-short"),
    pytest.param(kernels.gabor, {"wavelength": -8}, "wavelength=-8", id="wave-negative"),
    pytest.param(kernels.gabor, {"aspect": 0.0}, "aspect=0.0", id="aspect"),
    pytest.param(kernels.gabor, {"phase": None}, "phase=None", id="phase"),
    pytest.param(kernels.derivative, {"order": -1}, "order=-1", id="order-negative"),
    pytest.param(kernels.derivative, {"order": 1.0}, "order=1.0", id="order-not-whole"),
    pytest.param(kernels.derivative, {"order": 57}, "order=57", id="order-too-high"),
    pytest.param(kernels.derivative, {"accuracy": 0}, "accuracy=0", id="accuracy-0"),
    pytest.param(kernels.derivative, {"accuracy": 3}, "accuracy=3", id="accuracy-odd"),
    pytest.param(kernels.stencil, {"order": 1, "accuracy": -2}, "accuracy=-2", id="stencil"),
    pytest.param(
        kernels.derivative, {"order": 20, "dtype": torch.float16}, "float16", id="over-float16"
    ),
    pytest.param(kernels.box, {"dtype": torch.int32}, "int32", id="fractions-as-integers"),
    pytest.param(kernels.sobel, {"dtype": torch.uint8}, "uint8", id="negative-as-unsigned"),
    pytest.param(kernels.identity, {"dtype": torch.complex64}, "complex64", id="complex"),
    pytest.param(
        kernels.along, {"weights": torch.ones(3, 3), "axis": "x"}, r"(3, 3)", id="along-2d"
    ),
    pytest.param(
        kernels.along, {"weights": torch.ones(3), "axis": "t"}, "axis='t'", id="along-axis"
    ),
    pytest.param(kernels.separate, {"kernel": torch.ones(3)}, "shape=(3,)", id="separate-1d"),
    pytest.param(
        kernels.separate, {"kernel": torch.ones(0, 3)}, "shape=(0, 3)", id="separate-empty"
    ),
    pytest.param(
        kernels.separate,
        {"kernel": torch.ones(2, 2, dtype=torch.complex64)},
        "complex64",
        id="separate-complex",
    ),
    pytest.param(
        kernels.separate,
        {"kernel": torch.tensor([[1, math.nan]])},
        "not numbers",
        id="separate-nan",
    ),
]


@pytest.mark.parametrize(("make", "arguments", "told"), WRONG)
def test_wrong_arguments_are_told(make, arguments, told):
    with pytest.raises(ConvcoreError) as raised:
        make(**arguments)
    message = str(raised.value)
    assert told in message
    assert message.startswith(f"{'derivative' if make is kernels.stencil else make.__name__}: ")
    assert message.split(". ")[-1].startswith(("Use", "Take", "Lay")), "no way out"


def test_the_catalogue_names_every_filter_once():
    helpers = {"CATALOGUE", "Choice", "Kernel", "Number", "along", "separate", "stencil"}
    made = [kernel.make.__name__ for kernel in kernels.CATALOGUE]
    assert sorted(made) == sorted(set(kernels.__all__) - helpers)
    assert len({kernel.name for kernel in kernels.CATALOGUE}) == len(kernels.CATALOGUE)


@pytest.mark.parametrize("kernel", kernels.CATALOGUE, ids=lambda kernel: kernel.name)
def test_the_catalogue_says_what_the_function_says(kernel):
    told = " ".join(inspect.getdoc(kernel.make).split("Source:")[1].split())
    assert kernel.source == told
    assert kernel.formula
    assert kernel.notice.endswith(".")
    taken = inspect.signature(kernel.make).parameters
    defaults = {name: p.default for name, p in taken.items() if name != "dtype"}
    offered = {parameter.name: parameter.default for parameter in kernel.parameters}
    assert offered == defaults
    assert list(map(type, offered.values())) == [type(default) for default in defaults.values()]


@pytest.mark.parametrize("kernel", kernels.CATALOGUE, ids=lambda kernel: kernel.name)
def test_whatever_the_catalogue_offers_can_be_made(kernel):
    corners = [
        parameter.options
        if isinstance(parameter, kernels.Choice)
        else (parameter.least, parameter.default + parameter.step, parameter.most)
        for parameter in kernel.parameters
    ]
    for values in product(*corners):
        names = (parameter.name for parameter in kernel.parameters)
        weights = kernel.make(**dict(zip(names, values, strict=True)))
        assert weights.isfinite().all()
        assert max(weights.shape) <= 31
