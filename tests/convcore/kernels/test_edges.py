import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import kernels
from tests.convcore.kernels.responses import DOUBLE, grid, respond

COMPASS = ("NW", "N", "NE", "E", "SE", "S", "SW", "W")


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
