"""Pictures whose edges are known, noise, scores, and the table over all kernels."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage, spatial

from convcore import edges, kernels
from convcore.errors import ConvcoreError

DOUBLE = torch.float64
# Brightness across a step edge of each angle through the middle of a pixel, by the share of the
# pixel on the bright side.
STEPS = [
    pytest.param(0, [0, 0.5, 1], id="0"),
    pytest.param(180, [1, 0.5, 0], id="180"),
    pytest.param(45, [0, 0.5, 1], id="45"),
    pytest.param(math.degrees(math.atan(2)), [1 / 16, 0.5, 15 / 16], id="one-in-two"),
    pytest.param(90, [0.5, 0.5, 0.5], id="90"),
]


@pytest.mark.parametrize(("angle", "across"), STEPS)
def test_a_step_edge_shares_the_pixels_it_passes_through(angle, across):
    picture = edges.step_edge(angle, size=33).picture
    expected = torch.tensor(across, dtype=DOUBLE)
    # of a pixel's 64 points, half of those that the edge passes by may be on the wrong side
    torch.testing.assert_close(picture[16, 15:18], expected, atol=1 / 64, rtol=0)


@pytest.mark.parametrize("angle", [0, 17, 30, 45, 60, 90, 135, 200])
@pytest.mark.parametrize("size", [64, 65], ids=["between-pixels", "through-a-pixel"])
def test_the_true_edge_has_one_pixel_for_each_line_and_lies_on_the_edge(angle, size):
    mask = edges.step_edge(angle, size).edges
    x, y = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    assert mask.sum(1 if abs(x) >= abs(y) else 0).max() == 1
    rows, columns = (places - (size - 1) / 2 for places in mask.nonzero().double().unbind(1))
    assert (x * columns + y * rows).abs().max() <= 0.5 + 1e-9
    assert size * 0.98 <= mask.sum() <= size


def test_the_true_edge_of_a_circle_lies_on_it_all_round():
    mask = edges.circle(65).edges
    rows, columns = (places - 32 for places in mask.nonzero().double().unbind(1))
    assert (torch.hypot(rows, columns) - 16).abs().max() < 0.55
    assert ndimage.label(mask.numpy(), np.ones((3, 3)))[1] == 1
    assert not ndimage.binary_fill_holes(mask.numpy())[0].any()
    assert ndimage.binary_fill_holes(mask.numpy()).sum() > math.pi * 15**2


def test_the_true_edge_of_a_square_is_its_outline():
    truth = edges.corners(0, 33)
    expected = torch.zeros(33, 33, dtype=torch.bool)
    expected[8:25, 8:25] = True
    expected[9:24, 9:24] = False
    corner = truth.edges ^ expected
    assert truth.picture[16, 16] == 1
    assert truth.picture[0, 0] == 0
    assert corner.sum() <= 4  # an edge has no direction right at a corner


def test_contrast_blur_and_noise():
    plain = edges.step_edge(30)
    half = edges.step_edge(30, contrast=0.5)
    torch.testing.assert_close(half.picture, 0.25 + plain.picture / 2)
    soft = edges.step_edge(30, blur=2)
    smooth = ndimage.gaussian_filter(plain.picture.numpy(), 2, mode="nearest")
    torch.testing.assert_close(soft.picture, torch.from_numpy(smooth))
    noisy = [edges.step_edge(30, noise=0.1, seed=s) for s in (1, 1, 2)]
    assert torch.equal(noisy[0].picture, noisy[1].picture)
    assert not torch.equal(noisy[0].picture, noisy[2].picture)
    assert (noisy[0].picture - plain.picture).std().item() == pytest.approx(0.1, rel=0.05)
    assert torch.equal(noisy[0].edges, plain.edges)


def test_salt_and_pepper_hits_its_share_of_pixels_in_all_channels():
    picture = 0.2 + 0.6 * torch.rand(3, 200, 200)
    picture[:, 0, :2] = torch.tensor([0.0, 1.0])
    noisy = edges.add_noise(picture, salt_and_pepper=0.1, seed=4)
    hit = (noisy != picture)[:, 1:]
    assert hit.any(0).float().mean().item() == pytest.approx(0.1, abs=0.01)
    assert torch.equal(hit.any(0), hit.all(0))
    values = noisy[:, 1:][hit]
    assert set(values.tolist()) == {0, 1}
    assert values.mean().item() == pytest.approx(0.5, abs=0.05)
    assert torch.equal(edges.add_noise(picture), picture)


def test_ramp_and_wave_by_their_formulas():
    x, y = torch.meshgrid(*(torch.arange(-4, 5, dtype=DOUBLE),) * 2, indexing="xy")
    torch.testing.assert_close(edges.ramp(90, 9, 0.1), 0.5 + 0.1 * y)
    torch.testing.assert_close(
        edges.wave(0, 4, 9), 0.5 + 0.5 * torch.tensor([0, 1, 0, -1], dtype=DOUBLE)[x.long() % 4]
    )


@pytest.mark.parametrize("name", ["Prewitt", "Sobel", "Scharr", "Derivative", "Roberts"])
@pytest.mark.parametrize("angle", [0, 30, 77, -110])
def test_every_pair_reads_a_ramp_exactly(name, angle):
    _, direction = edges.gradient(edges.ramp(angle, 33), *edges.pair(name, DOUBLE))
    assert ((direction[2:-2, 2:-2] - angle + 180) % 360 - 180).abs().max() < 1e-9
    assert edges.ramp_error(*edges.pair(name, DOUBLE), angle) < 1e-9


def misread_by_formula(side, middle, wavelength):
    """A wave e^(ikx) passes (−1, 0, 1) as 2i sin k, and (side, middle, side) as m + 2s cos k."""
    angle = np.radians(np.arange(0, 180, 5))
    k = 2 * np.pi / wavelength * np.stack((np.cos(angle), np.sin(angle)))
    slope, smooth = np.sin(k), middle + 2 * side * np.cos(k)
    read = np.degrees(np.arctan2(slope[1] * smooth[0], slope[0] * smooth[1]) - angle)
    return np.abs((read + 90) % 180 - 90)


WAVES = [
    ("Prewitt", 1, 1, 7.6),
    ("Sobel", 1, 2, 3.2),
    ("Scharr", 3, 10, 0.3),
    ("Derivative", 0, 1, 7.2),
]


@pytest.mark.parametrize("wavelength", [4, 8])
@pytest.mark.parametrize(("name", "side", "middle", "most"), WAVES)
def test_angle_error_matches_the_formula(name, side, middle, most, wavelength):
    error = edges.angle_error(*edges.pair(name, DOUBLE), wavelength)
    expected = misread_by_formula(side, middle, wavelength)
    assert error.mean == pytest.approx(expected.mean(), abs=1e-5)
    assert error.most == pytest.approx(expected.max(), abs=1e-5)
    if wavelength == 4:
        assert error.most == pytest.approx(most, abs=0.05)


def test_the_error_on_a_wave_is_one_of_those_of_all_directions():
    sobel = edges.pair("Sobel", DOUBLE)
    each = [edges.wave_error(*sobel, angle) for angle in range(0, 180, 5)]
    assert edges.angle_error(*sobel).most == pytest.approx(max(each), abs=1e-5)


def line(*columns, size=9):
    mask = torch.zeros(size, size, dtype=torch.bool)
    mask[:, list(columns)] = True
    return mask


SCORES = [  # found, merit, precision, recall
    pytest.param(line(4), 1, 1, 1, id="perfect"),
    pytest.param(line(5), 0.9, 1, 1, id="one-off"),
    pytest.param(line(7), 0.5, 0, 0, id="three-off"),
    pytest.param(line(4, 7), 0.75, 0.5, 1, id="one-too-many"),
    pytest.param(line(4) & line(4).mT, 1 / 9, 1, 3 / 9, id="one-pixel"),
    pytest.param(line(), 0, 0, 0, id="none"),
]


@pytest.mark.parametrize(("found", "merit", "precision", "recall"), SCORES)
def test_scores_by_hand(found, merit, precision, recall):
    got = edges.scores(found, line(4))
    assert (got.merit, got.precision, got.recall) == pytest.approx((merit, precision, recall))
    both = precision + recall
    assert got.f1 == pytest.approx(2 * precision * recall / both if both else 0)


def test_scores_of_random_masks_match_scipy():
    found, true = torch.rand(40, 50) > 0.9, torch.rand(40, 50) > 0.95
    to_true = spatial.distance.cdist(*(np.argwhere(m.numpy()) for m in (found, true)))
    got = edges.scores(found, true, tolerance=1.5)
    nearest = to_true.min(1)
    assert got.merit == pytest.approx((1 / (1 + nearest**2 / 9)).sum() / max(to_true.shape))
    assert got.precision == pytest.approx((nearest <= 1.5).mean())
    assert got.recall == pytest.approx((to_true.min(0) <= 1.5).mean())


def test_a_pair_is_positive_where_brightness_grows():
    for name in edges.PAIRS:
        across, down = edges.pair(name, DOUBLE)
        assert edges.respond(edges.ramp(0, 65), across)[32, 32] > 0, name
        assert edges.respond(edges.ramp(90, 65), down)[32, 32] > 0, name


def test_zero_crossings_lie_where_the_sign_changes():
    response = torch.tensor([[0, 0, 3, -1, -4, 0, 0.0]]).expand(3, 7)
    assert edges.zero_crossings(response).tolist() == [[0, 0, 0, 4, 0, 4, 0]] * 3
    assert torch.equal(edges.zero_crossings(response.mT), edges.zero_crossings(response).mT)


def test_kirsch_finds_a_dark_and_a_bright_side():
    strength = edges.strengths(edges.step_edge(45, 33).picture, "Kirsch")
    assert strength[1:-1, 1:-1].argmax(1).tolist() == list(range(30, -1, -1))


def test_compare_scores_every_filter_and_noise_costs():
    plain, noisy = (edges.compare(noise=noise) for noise in (0, 0.3))
    assert [row.kernel for row in plain] == list(edges.DETECTORS)
    rows = {row.kernel: row for row in plain}
    assert rows["Sobel"].f1 > 0.98
    assert rows["Scharr"].angle_most < rows["Sobel"].angle_most / 5
    assert rows["Kirsch"].angle_mean is None
    for before, after in zip(plain, noisy, strict=True):
        assert after.merit < before.merit, before.kernel


def test_every_name_is_in_the_catalogue():
    assert set(edges.DETECTORS) <= {kernel.name for kernel in kernels.CATALOGUE}


MASK = line(4)
WRONG = [
    pytest.param(lambda: edges.scores(MASK, line()), "0 edge pixels", id="no-truth"),
    pytest.param(lambda: edges.scores(MASK.float(), MASK), "torch.float32", id="no-mask"),
    pytest.param(lambda: edges.scores(line(size=8), MASK), "(8, 8)", id="sizes"),
    pytest.param(lambda: edges.scores(MASK, MASK, -1), "tolerance=-1", id="tolerance"),
    pytest.param(lambda: edges.add_noise(torch.rand(4, 4), -1), "gaussian=-1", id="gaussian"),
    pytest.param(lambda: edges.add_noise(torch.rand(4, 4), 0, 5), "salt_and_pepper=5", id="share"),
    pytest.param(lambda: edges.step_edge(size=3), "size=3", id="size"),
    pytest.param(lambda: edges.step_edge(math.nan), "angle=nan", id="angle"),
    pytest.param(lambda: edges.circle(contrast=0), "contrast=0", id="contrast"),
    pytest.param(lambda: edges.circle(blur=-1), "sigma=-1", id="blur"),
    pytest.param(lambda: edges.wave(0, 0), "wavelength=0", id="wavelength"),
    pytest.param(lambda: edges.pair("Laplacian"), "name='Laplacian'", id="no-pair"),
    pytest.param(lambda: edges.strengths(MASK.float(), "Box"), "name='Box'", id="no-edge-filter"),
    pytest.param(lambda: edges.compare(["Sobel", "Box"]), "'Box'", id="compare-name"),
    pytest.param(lambda: edges.compare(noise=-1), "noise=-1", id="compare-noise"),
]


@pytest.mark.parametrize(("call", "told"), WRONG)
def test_each_says_what_is_wrong(call, told):
    with pytest.raises(ConvcoreError) as error:
        call()
    assert told in str(error.value)
