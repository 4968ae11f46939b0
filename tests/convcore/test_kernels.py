import inspect
import math
from fractions import Fraction
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import functional, kernels
from convcore.errors import ConvcoreError
from tests.convcore.oracle import numbers

DOUBLE = torch.float64
COMPASS = ("NW", "N", "NE", "E", "SE", "S", "SW", "W")
MIDDLE = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def respond(kernel, picture):
    """What the kernel makes of one picture, wherever it fits on it."""
    return functional.conv2d(picture.to(kernel.dtype)[None, None], kernel[None, None])[0, 0]


def grid(height=9, width=11):
    """(x, y): where each pixel lies."""
    return torch.meshgrid(
        torch.arange(width, dtype=DOUBLE), torch.arange(height, dtype=DOUBLE), indexing="xy"
    )


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


@pytest.mark.parametrize(
    ("make", "smooth"),
    [(kernels.prewitt, [1, 1, 1]), (kernels.sobel, [1, 2, 1]), (kernels.scharr, [3, 10, 3])],
)
def test_gradients_are_a_derivative_times_a_smoothing(make, smooth):
    expected = torch.outer(torch.tensor(smooth).float(), 2 * kernels.derivative(1, accuracy=2))
    assert torch.equal(make("x"), expected)
    assert torch.equal(make("y"), expected.mT)


@pytest.mark.parametrize("make", [kernels.kirsch, kernels.emboss])
def test_a_quarter_turn_of_the_direction_turns_the_kernel(make):
    for here, there in zip(COMPASS, COMPASS[2:] + COMPASS[:2], strict=True):  # clockwise
        assert torch.equal(make(there), make(here).rot90(-1)), (here, there)


def test_emboss_along_an_axis_is_the_picture_and_sobel():
    assert torch.equal(kernels.emboss("E") - kernels.identity(), kernels.sobel("x"))
    assert torch.equal(kernels.emboss("S") - kernels.identity(), kernels.sobel("y"))


def test_unsharp_adds_what_the_gaussian_takes_away():
    same, smooth = kernels.identity(7), kernels.gaussian(7, 1.5)
    torch.testing.assert_close(kernels.unsharp(7, 1.5, 2.0), same + 2 * (same - smooth))
    torch.testing.assert_close(kernels.unsharp(7, 1.5, -1.0), smooth)


def test_gaussian_by_hand():
    kernel = kernels.gaussian(3, sigma=1.0, dtype=DOUBLE)
    near = math.exp(-1 / 2)
    expected = torch.tensor([near, 1, near], dtype=DOUBLE) / (1 + 2 * near)
    torch.testing.assert_close(kernel, torch.outer(expected, expected))
    assert torch.equal(kernels.gaussian(3, sigma=1e-3), kernels.identity(3))
    torch.testing.assert_close(kernels.gaussian(5, sigma=1e200), kernels.box(5))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10), st.floats(0.3, 8))
def test_gaussian_adds_up_to_1_and_is_separable(reach, sigma):
    size = 2 * reach + 1
    kernel = kernels.gaussian(size, sigma, dtype=DOUBLE)
    assert kernel.sum().item() == pytest.approx(1, abs=1e-12)
    assert torch.equal(kernel, kernel.mT)
    torch.testing.assert_close(torch.outer(kernel.sum(1), kernel.sum(0)), kernel)
    column, row = kernels.separate(kernel)
    torch.testing.assert_close(torch.outer(column, row), kernel)


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


def test_motion_blur_along_the_axes():
    row = torch.zeros(5, 5)
    row[2] = 1 / 5
    assert torch.equal(kernels.motion_blur(5, 0), row)
    assert torch.equal(kernels.motion_blur(5, 180), row)
    assert torch.equal(kernels.motion_blur(5, 90), row.mT)
    assert kernels.motion_blur(1, 30).tolist() == [[1]]


def test_motion_blur_of_an_even_length_is_shared_among_cells():
    assert kernels.motion_blur(2).tolist() == [[0, 0, 0], [0.25, 0.5, 0.25], [0, 0, 0]]


def test_motion_blur_at_45_degrees_runs_down_to_the_right():
    kernel = kernels.motion_blur(9, 45)
    assert torch.equal(kernel, kernel.mT)
    assert kernel.diagonal().sum() > 0.5
    assert not kernel.flip(1).diagonal()[[0, 1, 2, 6, 7, 8]].any()


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 15), st.floats(-720, 720))
def test_motion_blur_adds_up_to_1_round_the_middle(length, angle):
    kernel = kernels.motion_blur(length, angle, dtype=DOUBLE)
    assert kernel.shape == (length // 2 * 2 + 1,) * 2
    assert kernel.min() >= 0
    assert kernel.sum().item() == pytest.approx(1, abs=1e-9)
    torch.testing.assert_close(kernel, kernel.rot90(2))


@pytest.mark.parametrize(
    ("order", "accuracy", "expected"),
    [
        (1, 1, {0: "-1", 1: "1"}),
        (1, 4, {-2: "1/12", -1: "-2/3", 0: "0", 1: "2/3", 2: "-1/12"}),
        (2, 2, {-1: "1", 0: "-2", 1: "1"}),
        (2, 4, {-2: "-1/12", -1: "4/3", 0: "-5/2", 1: "4/3", 2: "-1/12"}),
        (3, 2, {-2: "-1/2", -1: "1", 0: "0", 1: "-1", 2: "1/2"}),
        (0, 4, {-1: "0", 0: "1", 1: "0"}),
    ],
    ids=str,
)
def test_stencil_is_exact(order, accuracy, expected):
    weights = {position: Fraction(weight) for position, weight in expected.items()}
    assert kernels.stencil(order, accuracy) == weights


orders, accuracies = st.integers(0, 8), st.sampled_from([1, 2, 4, 6, 8])


@settings(deadline=None, max_examples=60)
@given(orders, accuracies)
def test_stencil_annihilates_other_powers_and_gives_the_factorial(order, accuracy):
    weights = kernels.stencil(order, accuracy)
    cells = order + 1 if accuracy == 1 else 2 * ((order + 1) // 2) - 1 + accuracy
    assert len(weights) == cells
    for power in range(order + accuracy):
        moment = sum(weight * position**power for position, weight in weights.items())
        assert moment == (math.factorial(order) if power == order else 0), power


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 6), accuracies, st.sampled_from(["x", "y"]))
def test_derivative_of_polynomials_in_a_picture(order, accuracy, axis):
    """System C5, wherever the kernel lies on the picture."""
    weights = kernels.derivative(order, accuracy, dtype=DOUBLE)
    x, y = grid(17, 17)
    t = (x if axis == "x" else y) - 8
    for power in range(order + 1):
        response = respond(kernels.along(weights, axis), t**power)
        expected = math.factorial(order) if power == order else 0.0
        assert response.numel()
        tolerance = 1e-15 * 20 * 8**power * weights.abs().sum().item()  # rounding of the products
        assert (response - expected).abs().max() <= tolerance


@pytest.mark.parametrize("accuracy", [2, 4, 6])
def test_derivative_error_shrinks_with_the_accuracy(accuracy):
    def error(width):
        t = torch.tensor([p * width for p in kernels.stencil(1, accuracy)], dtype=DOUBLE)
        weights = kernels.derivative(1, accuracy, dtype=DOUBLE)
        return abs((weights @ torch.exp(t)).item() / width - 1)

    assert error(0.2) / error(0.1) == pytest.approx(2**accuracy, rel=0.05)


def test_derivative_of_the_highest_order_is_still_exact():
    weights = kernels.derivative(56, dtype=DOUBLE)
    assert [int(weight) for weight in weights] == [
        (-1) ** (56 - cell) * math.comb(56, cell) for cell in range(57)
    ]


def test_integral_undoes_the_derivative():
    signal = torch.tensor([3.0, 1, 4, 1, 5, 9, 2, 6])[None]
    changes = respond(kernels.along(kernels.derivative(1), "x"), signal)
    back = respond(kernels.along(kernels.integral(3), "x"), changes)
    assert torch.equal(back, signal[:, 3:] - signal[:, :-3])


def test_the_classic_kernel_finds_the_edges_of_a_black_bar():
    """System C1: [1, −1] is the first derivative with its sign changed."""
    picture = torch.ones(6, 8)
    picture[:, 2:6] = 0
    lying = -kernels.along(kernels.derivative(1), "x")
    assert lying.tolist() == [[1, -1]]
    assert respond(lying, picture).tolist() == [[0, 1, 0, 0, 0, -1, 0]] * 6
    assert not respond(-kernels.along(kernels.derivative(1), "y"), picture).any()


def test_the_classic_kernel_on_a_diagonal():
    """System C2."""
    lying, upright = (-kernels.along(kernels.derivative(1), axis) for axis in "xy")
    response = respond(lying, torch.eye(8))
    assert torch.equal(response, (torch.eye(8) - torch.diag(torch.ones(7), -1))[:, :7])
    assert torch.equal(respond(lying, torch.eye(8).mT), response)
    assert torch.equal(respond(upright, torch.eye(8)), response.mT)


@pytest.mark.parametrize(
    ("make", "times"), [(kernels.prewitt, 6), (kernels.sobel, 8), (kernels.scharr, 32)]
)
def test_gradients_on_ramps_and_steps(make, times):
    x, y = grid()
    slope, step = 3, (x >= 5).double()
    for axis, along, across in (("x", x, y), ("y", y, x)):
        assert (respond(make(axis), slope * along) == slope * times).all()
        assert not respond(make(axis), slope * across).any()
    assert respond(make("x"), step)[0].tolist() == [0, 0, 0, times / 2, times / 2, 0, 0, 0, 0]
    assert not respond(make("y"), step).any()


def worst_angle(make, picture, angle):
    """Degrees by which the angle read from the kernel along x and along y is out, at the worst."""
    along_x, along_y = (respond(make(axis, dtype=DOUBLE), picture) for axis in "xy")
    strength = torch.hypot(along_x, along_y)
    read = torch.rad2deg(torch.atan2(along_y, along_x))[strength > strength.max() / 2]
    return ((read - angle + 90) % 180 - 90).abs().max().item()


def test_angles_of_a_ramp_and_of_a_wave_at_30_degrees():
    x, y = grid(48, 48)
    across = x * math.cos(math.pi / 6) + y * math.sin(math.pi / 6)
    wave = torch.sin(2 * math.pi * across / 8)
    for make in (kernels.prewitt, kernels.sobel, kernels.scharr):
        assert worst_angle(make, across, 30) < 1e-10
    prewitt, sobel, scharr = (
        worst_angle(make, wave, 30) for make in (kernels.prewitt, kernels.sobel, kernels.scharr)
    )
    assert scharr < 0.2 < sobel < 1 < prewitt


@pytest.mark.parametrize(
    ("kernel", "towards"),
    [pytest.param(kernels.kirsch(way), way, id=f"kirsch-{way}") for way in COMPASS]
    + [pytest.param(kernels.roberts(way), way, id=f"roberts-{way}") for way in ("NW", "NE")]
    + [
        pytest.param(kernels.emboss(way) - kernels.identity(), way, id=f"emboss-{way}")
        for way in COMPASS
    ],
)
def test_compass_kernels_answer_positively_towards_the_bright_side(kernel, towards):
    x, y = grid()
    east = ("E" in towards) - ("W" in towards)
    south = ("S" in towards) - ("N" in towards)
    ramp = east * x + south * y
    assert (respond(kernel, ramp) > 0).all()
    assert torch.equal(respond(kernel, -ramp), -respond(kernel, ramp))
    assert not respond(kernel, torch.ones(9, 11)).any()
    if kernel.shape == (3, 3):
        answers = {way: respond(kernels.kirsch(way), ramp)[0, 0].item() for way in COMPASS}
        assert max(answers, key=answers.get) == towards


@pytest.mark.parametrize(("neighbours", "times"), [(4, 1), (8, 3)])
def test_laplacian_is_silent_on_ramps_and_constant_on_bowls(neighbours, times):
    x, y = grid()
    kernel = kernels.laplacian(neighbours)
    assert not respond(kernel, 2 * x - 5 * y + 3).any()
    assert (respond(kernel, x**2 + y**2) == 4 * times).all()


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 8), st.floats(0.1, 20))
def test_laplacian_of_gaussian_is_exact_on_ramps_and_bowls(reach, sigma):
    x, y = grid(2 * reach + 2, 2 * reach + 3)
    kernel = kernels.laplacian_of_gaussian(2 * reach + 1, sigma, dtype=DOUBLE)
    assert abs(kernel.sum().item()) < 1e-12
    for picture, expected in ((2 * x - 5 * y + 3, 0), (x**2 + y**2, 4), (x * y, 0)):
        response = respond(kernel, picture)
        torch.testing.assert_close(response, torch.full_like(response, expected), atol=1e-9, rtol=0)


def test_laplacian_of_gaussian_follows_its_formula():
    sigma, x = 2.0, torch.arange(-10, 11, dtype=DOUBLE)
    square = x.square() + x.square().unsqueeze(1)
    bell = torch.exp(-square / (2 * sigma**2)) / (2 * math.pi * sigma**2)
    formula = (square - 2 * sigma**2) / sigma**4 * bell
    kernel = kernels.laplacian_of_gaussian(21, sigma, dtype=DOUBLE)
    torch.testing.assert_close(kernel, formula, atol=1e-5, rtol=0)


def test_laplacian_of_gaussian_at_size_3_smooths_a_second_derivative():
    smooth = kernels.gaussian(3, 0.8, dtype=DOUBLE).sum(0)
    along_x = torch.outer(smooth, kernels.derivative(2, dtype=DOUBLE))
    kernel = kernels.laplacian_of_gaussian(3, 0.8, dtype=DOUBLE)
    torch.testing.assert_close(kernel, along_x + along_x.mT)


def test_laplacian_of_gaussian_changes_sign_at_the_edge():
    x, _ = grid(15, 24)
    row = respond(kernels.laplacian_of_gaussian(9, 1.4), (x >= 12).double())[0]
    assert (row[:8] > -1e-6).all()  # columns 4 … 11 of the picture, the dark side
    assert (row[8:] < 1e-6).all()
    assert row[7] > 0.05
    assert row[8] < -0.05


def test_gabor_follows_its_formula():
    kernel = kernels.gabor(5, 4.0, 0.0, 2.0, 0.5, 60.0, dtype=DOUBLE)
    assert kernel[2, 2].item() == pytest.approx(0.5)  # cos 60°
    assert kernel[2, 3].item() == pytest.approx(math.exp(-1 / 8) * math.cos(math.radians(150)))
    assert kernel[3, 2].item() == pytest.approx(math.exp(-1 / 32) * 0.5)
    turned = kernels.gabor(5, 4.0, 90.0, 2.0, 0.5, 60.0, dtype=DOUBLE)
    torch.testing.assert_close(turned, kernel.mT)


def test_gabor_answer_to_even_brightness():
    """The integral of the formula: 0 for the odd one, a known number for the even one."""
    even, odd = (
        kernels.gabor(41, 8.0, 30.0, 3.0, 0.8, phase, dtype=DOUBLE).sum().item()
        for phase in (0, 90)
    )
    ripple = math.exp(-2 * (math.pi * 3 / 8) ** 2)
    assert even == pytest.approx(2 * math.pi * 3**2 / 0.8 * ripple, rel=1e-4)
    assert abs(odd) < 1e-12


def test_gabor_picks_its_own_stripes():
    x, y = grid(40, 40)
    kernel = kernels.gabor(21, wavelength=8, angle=30)

    def loudest(wavelength, angle):
        turn = math.radians(angle)
        across = x * math.cos(turn) + y * math.sin(turn)
        return respond(kernel, torch.cos(2 * math.pi * across / wavelength)).abs().max()

    others = [loudest(*stripes) for stripes in ((8, 75), (8, 120), (8, -30), (4, 30), (24, 30))]
    assert loudest(8, 30) > 4 * max(others)


@pytest.mark.parametrize("kernel", kernels.CATALOGUE, ids=lambda kernel: kernel.name)
def test_separate_finds_the_separable_ones(kernel):
    weights = kernel.make()
    if weights.dim() == 1:
        weights = kernels.along(weights, "y")
    parts = kernels.separate(weights)
    two_axes = {"Identity", "Box", "Gaussian", "Motion blur", "Prewitt", "Sobel", "Scharr", "Gabor"}
    assert (parts is not None) == (kernel.name in two_axes | {"Integral", "Derivative"})
    if parts:
        torch.testing.assert_close(torch.outer(*parts), weights, rtol=1e-6, atol=0)


def test_slanted_lines_and_waves_are_not_separable():
    assert kernels.separate(kernels.motion_blur(7, 30)) is None
    assert kernels.separate(kernels.gabor(angle=30)) is None


def test_separate_keeps_zeros_and_gives_two_passes():
    column, row = kernels.separate(kernels.sobel())
    assert column.tolist() == [0.5, 1, 0.5]
    assert row.tolist() == [-2, 0, 2]
    picture = torch.rand(8, 9, generator=torch.Generator().manual_seed(0))
    twice = respond(kernels.along(column, "y"), respond(kernels.along(row, "x"), picture))
    torch.testing.assert_close(twice, respond(kernels.sobel(), picture))


@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32, torch.bfloat16, torch.float16], ids=str)
@settings(deadline=None, max_examples=40)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 2**31))
def test_separate_sees_through_rounding(dtype, height, width, seed):
    torch.manual_seed(seed)
    kernel = torch.outer(numbers(height), numbers(width)).to(dtype)
    column, row = kernels.separate(kernel)
    assert column.dtype == row.dtype == dtype
    assert column.shape == (height,)
    assert row.shape == (width,)
    tolerance = 6 * torch.finfo(dtype).eps * kernel.double().abs().max().item()
    torch.testing.assert_close(
        torch.outer(column.double(), row.double()), kernel.double(), rtol=0, atol=tolerance
    )


@pytest.mark.parametrize(
    ("dtype", "rounding", "change"), [(DOUBLE, 1e-16, 1e-12), (torch.float32, 1e-7, 1e-4)], ids=str
)
def test_separate_tells_rounding_from_a_change(dtype, rounding, change):
    spoilt = kernels.scharr(dtype=dtype) / 7
    spoilt[1, 1] += rounding
    assert kernels.separate(spoilt) is not None
    spoilt[1, 1] += change
    assert kernels.separate(spoilt) is None


def test_separate_of_integers_of_nothing_and_of_one_cell():
    column, row = kernels.separate(kernels.prewitt(dtype=torch.int16))
    assert column.dtype == row.dtype == torch.float32
    assert torch.equal(torch.outer(column, row), kernels.prewitt())
    assert not torch.outer(*kernels.separate(torch.zeros(2, 3))).any()
    assert kernels.separate(torch.tensor([[-3.0]])) == (torch.ones(1), torch.tensor([-3.0]))


def test_along():
    weights = kernels.derivative(2)
    assert kernels.along(weights, "x").tolist() == [[1, -2, 1]]
    assert kernels.along(weights, "y").tolist() == [[1], [-2], [1]]


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
