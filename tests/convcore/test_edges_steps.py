"""From a gradient to edges: thin, hysteresis, canny, threshold."""

import math
from importlib import import_module

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from convcore import edges, kernels
from convcore.errors import ConvcoreError

DOUBLE = torch.float64
ROUND = np.ones((3, 3))


def photographs():
    feature = pytest.importorskip("skimage.feature", reason="scikit-image's Canny is the oracle")
    from skimage import color, data

    pictures = {
        "camera": data.camera() / 255,
        "coins": data.coins() / 255,
        "astronaut": color.rgb2gray(data.astronaut()),
    }
    return feature, pictures


@pytest.mark.parametrize("angle", [0, 30, 90, 135, -60, 180])
def test_gradient_points_to_the_bright_side(angle):
    magnitude, direction = edges.gradient(
        edges.ramp(angle, slope=0.01), *edges.pair("Sobel", DOUBLE)
    )
    inner = (slice(1, -1), slice(1, -1))
    torch.testing.assert_close(magnitude[inner], torch.full((127, 127), 0.08, dtype=DOUBLE))
    off = (direction[inner] - angle + 180) % 360 - 180
    assert off.abs().max() < 1e-9


def thin_by_loops(magnitude, direction):
    """The places one step ahead and behind, on the ring of neighbours, by SciPy's interpolation."""
    kept = np.zeros_like(magnitude)
    for i in range(1, magnitude.shape[0] - 1):
        for j in range(1, magnitude.shape[1] - 1):
            x, y = math.cos(math.radians(direction[i, j])), math.sin(math.radians(direction[i, j]))
            x, y = x / max(abs(x), abs(y)), y / max(abs(x), abs(y))
            places = [[i + y, i - y], [j + x, j - x]]
            ahead, behind = ndimage.map_coordinates(magnitude, places, order=1, mode="nearest")
            if magnitude[i, j] > ahead and magnitude[i, j] >= behind:
                kept[i, j] = magnitude[i, j]
    return kept


@pytest.mark.parametrize("limit", [None, 100], ids=["at-once", "in-strips"])
def test_thin_matches_loops(monkeypatch, limit):
    if limit:
        module = import_module("convcore.edges.gradient")  # the package's name is the function's
        monkeypatch.setattr(module, "numbers_at_once", lambda x: limit)
    magnitude = torch.rand(23, 31, dtype=DOUBLE)
    direction = torch.rand(23, 31, dtype=DOUBLE) * 360 - 180
    expected = thin_by_loops(magnitude.numpy(), direction.numpy())
    np.testing.assert_array_equal(edges.thin(magnitude, direction).numpy(), expected)


@pytest.mark.parametrize("angle", [0, 90, 180, -90])
def test_of_two_equal_pixels_the_one_on_the_bright_side_stays(angle):
    magnitude = torch.tensor([0, 0, 1, 1, 0, 0.0], dtype=DOUBLE).expand(6, 6)
    column = 3 if angle in (0, 90) else 2
    if angle in (90, -90):
        magnitude = magnitude.mT
    thinned = edges.thin(magnitude, torch.full((6, 6), float(angle), dtype=DOUBLE))
    lines = thinned if angle in (0, 180) else thinned.mT
    assert lines[1:-1].any(0).nonzero().flatten().tolist() == [column]


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (9, 2), (3, 3)])
def test_thin_keeps_no_outermost_pixel(shape):
    thinned = edges.thin(torch.rand(shape), torch.zeros(shape))
    assert thinned.shape == shape
    assert not thinned[0].any()
    assert not thinned[:, -1].any()


def hysteresis_by_scipy(magnitude, low, high):
    labels, _ = ndimage.label(magnitude >= low, ROUND)
    strong = np.unique(labels[magnitude >= high])
    return np.isin(labels, strong[strong > 0])


@settings(deadline=None, max_examples=100)
@given(
    st.integers(1, 25), st.integers(1, 25), st.floats(0.01, 0.9), st.floats(0, 1), st.integers(0, 9)
)
def test_hysteresis_matches_scipy(h, w, low, share, seed):
    magnitude = torch.rand(h, w, generator=torch.Generator().manual_seed(seed))
    high = low + share * (1 - low)
    expected = hysteresis_by_scipy(magnitude.double().numpy(), low, high)
    np.testing.assert_array_equal(edges.hysteresis(magnitude.double(), low, high), expected)


def spiral(size):
    """A weak line from the rim to the middle, strong at its very end."""
    line, i, j, step = np.zeros((size, size)), 0, 0, (0, 1)
    while True:
        line[i, j] = 0.5
        for step in (step, (step[1], -step[0])):  # noqa: B020  (on, else to the right)
            there, beyond = ((i + n * step[0], j + n * step[1]) for n in (1, 2))
            free = all(0 <= c < size for c in there) and not line[there]
            if free and not (all(0 <= c < size for c in beyond) and line[beyond]):
                break
        else:
            line[i, j] = 1
            return torch.from_numpy(line)
        i, j = there


def test_hysteresis_follows_a_spiral_to_its_end():
    magnitude = spiral(301)
    assert magnitude.count_nonzero() > 40_000
    assert torch.equal(edges.hysteresis(magnitude, 0.5, 1), magnitude > 0)
    assert not edges.hysteresis(magnitude, 0.5, 1.1).any()


CANNY = [
    pytest.param(name, *settings, id=f"{name}-{settings}")
    for name in ("camera", "coins", "astronaut")
    for settings in ((1, 0.1, 0.2), (2, 0.05, 0.15))
]


@pytest.mark.parametrize(("name", "sigma", "low", "high"), CANNY)
def test_canny_agrees_with_scikit_image(name, sigma, low, high):
    """Not everywhere: at the rim it smooths otherwise, and of equal maxima it keeps both."""
    feature, pictures = photographs()
    theirs = torch.from_numpy(feature.canny(pictures[name], sigma, low, high))
    steps = edges.canny(torch.from_numpy(pictures[name]), sigma, low, high)
    assert (steps.edges & theirs).sum() / (steps.edges | theirs).sum() > 0.97


def test_canny_keeps_every_step():
    picture = torch.rand(40, 50)
    steps = edges.canny(picture, 1.5, 0.2, 0.6)
    smooth = ndimage.gaussian_filter(picture.double().numpy(), 1.5, mode="nearest", truncate=4)
    torch.testing.assert_close(steps.smoothed, torch.from_numpy(smooth).float())
    gx = ndimage.sobel(smooth, axis=1, mode="nearest")
    torch.testing.assert_close(steps.gx, torch.from_numpy(gx).float(), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(steps.magnitude, torch.hypot(steps.gx, steps.gy))
    assert torch.equal(steps.thinned, edges.thin(steps.magnitude, steps.direction))
    assert torch.equal(steps.edges, edges.hysteresis(steps.thinned, 0.2, 0.6))


def test_canny_takes_another_pair_and_no_smoothing():
    picture = torch.rand(20, 20)
    steps = edges.canny(picture, 0, kernel_x=kernels.scharr("x"), kernel_y=kernels.scharr("y"))
    assert torch.equal(steps.smoothed, picture)
    assert torch.equal(steps.gy, edges.respond(picture, kernels.scharr("y"), "replicate"))


def test_canny_finds_nothing_on_one_pixel_or_an_even_picture():
    for picture in (torch.rand(1, 1), torch.full((30, 30), 0.3)):
        assert not edges.canny(picture).edges.any()


def test_histogram_matches_numpy():
    values = torch.randn(50, 40, dtype=DOUBLE)
    counts, borders = np.histogram(values.numpy(), 37)
    ours = edges.histogram(values, 37)
    assert ours.counts.tolist() == counts.tolist()
    np.testing.assert_allclose(ours.borders, borders)


def test_otsu_matches_scikit_image():
    filters = pytest.importorskip("skimage.filters", reason="scikit-image's Otsu is the oracle")
    two = torch.cat((torch.randn(900, dtype=DOUBLE), 4 + torch.randn(300, dtype=DOUBLE)))
    bin_width = (two.max() - two.min()).item() / 256
    expected = filters.threshold_otsu(two.numpy()) + bin_width / 2  # the bin's middle there
    assert edges.otsu(two) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "level"),
    [([0, 0, 0, 9, 9.0], 9 / 256), ([2, 2, 2.0], 2), ([5.0], 5), ([-1, -1, 1.0], -1 + 2 / 256)],
)
def test_otsu_of_few_values(values, level):
    assert edges.otsu(torch.tensor(values)) == pytest.approx(level)


def test_threshold_takes_both_signs():
    mask = edges.threshold(torch.tensor([[-2, -1, 0, 1, 2.0]]), 1.5)
    assert mask.tolist() == [[True, False, False, False, True]]


MAP = torch.rand(5, 6)
WRONG = [
    pytest.param(lambda: edges.hysteresis(MAP, 0.5, 0.2), "low=0.2, high=0.5", id="order"),
    pytest.param(lambda: edges.hysteresis(MAP, -1, 0.2), "low=-1", id="below-0"),
    pytest.param(lambda: edges.canny(MAP, 1, 3, 2), "low=3, high=2", id="canny-order"),
    pytest.param(lambda: edges.canny(MAP, -1), "sigma=-1", id="canny-sigma"),
    pytest.param(lambda: edges.canny(torch.rand(3, 5, 6)), "(3, 5, 6)", id="canny-channels"),
    pytest.param(lambda: edges.thin(MAP, MAP.mT), "(6, 5)", id="thin-sizes"),
    pytest.param(lambda: edges.thin(MAP / 0, MAP), "infinite", id="thin-infinite"),
    pytest.param(lambda: edges.threshold(MAP, math.nan), "level=nan", id="level"),
    pytest.param(lambda: edges.otsu(torch.rand(0)), "0 values", id="no-values"),
    pytest.param(lambda: edges.histogram(MAP, 0), "bins=0", id="bins"),
]


@pytest.mark.parametrize(("call", "told"), WRONG)
def test_each_step_says_what_is_wrong(call, told):
    with pytest.raises(ConvcoreError) as error:
        call()
    assert told in str(error.value)
