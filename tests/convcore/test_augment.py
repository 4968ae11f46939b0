import pytest
import torch

from convcore.augment import normalize, random_crop, random_flip, statistics
from convcore.errors import ConvcoreError


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 64, channels: int = 3, height: int = 9, width: int = 7) -> torch.Tensor:
    shape = (count, channels, height, width)
    return torch.randint(1, 256, shape, generator=generator(1)).to(torch.uint8)


def shifted(image: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """Move (C, H, W) values, pixel by pixel; what comes in is 0."""
    moved = torch.zeros_like(image)
    _, height, width = image.shape
    for y in range(height):
        for x in range(width):
            if 0 <= y - down < height and 0 <= x - right < width:
                moved[:, y, x] = image[:, y - down, x - right]
    return moved


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_every_picture_is_cropped_by_its_own_offset(dtype):
    images = pictures().to(dtype)
    cropped = random_crop(images, 2, generator())
    assert cropped.shape == images.shape
    assert cropped.dtype == dtype
    offsets = set()
    for before, after in zip(images, cropped, strict=True):
        fits = [
            (down, right)
            for down in range(-2, 3)
            for right in range(-2, 3)
            if torch.equal(after, shifted(before, down, right))
        ]
        assert len(fits) == 1
        offsets.add(fits[0])
    assert len(offsets) > 10  # of 25; 64 pictures draw about 23
    assert {down for down, _ in offsets} == {-2, -1, 0, 1, 2} == {right for _, right in offsets}


def test_crop_without_padding_changes_nothing():
    assert torch.equal(random_crop(pictures(), 0, generator()), pictures())


def test_crop_and_flip_repeat_by_seed_and_differ_between_seeds():
    images = pictures()
    for change in (lambda g: random_crop(images, 2, g), lambda g: random_flip(images, g)):
        assert torch.equal(change(generator(3)), change(generator(3)))
        assert not torch.equal(change(generator(3)), change(generator(4)))
    assert torch.equal(images, pictures())  # the originals are untouched


def test_crop_and_flip_draw_from_the_given_generator_only():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    random_crop(pictures(), 2, generator())
    random_flip(pictures(), generator())
    assert torch.equal(torch.get_rng_state(), before)


def test_flip_mirrors_about_half_of_the_pictures_left_to_right():
    images = pictures(count=400)
    flipped = random_flip(images, generator())
    mirrored = 0
    for before, after in zip(images, flipped, strict=True):
        if torch.equal(after, before.flip(2)):
            mirrored += 1
        else:
            assert torch.equal(after, before)
    assert 160 < mirrored < 240  # four standard deviations


def test_flip_of_one_row_is_exact():
    row = torch.arange(5, dtype=torch.uint8).view(1, 1, 1, 5)
    seen = {tuple(random_flip(row, generator(seed)).flatten().tolist()) for seed in range(20)}
    assert seen == {(0, 1, 2, 3, 4), (4, 3, 2, 1, 0)}


def test_statistics_equal_torch_over_several_chunks():
    images = pictures(count=9000, height=3, width=4)
    mean, std = statistics(images)
    whole = images.double() / 255
    torch.testing.assert_close(mean, whole.mean((0, 2, 3)).float())
    torch.testing.assert_close(std, whole.std((0, 2, 3), correction=0).float())


def test_statistics_of_a_constant_channel_can_be_divided_by():
    images = pictures()
    images[:, 1] = 7
    mean, std = statistics(images)
    assert mean[1] == pytest.approx(7 / 255)
    assert std[1] == pytest.approx(1 / 255)
    assert normalize(images, mean, std)[:, 1].abs().max() < 1e-5


def test_normalize_is_divide_by_255_once_subtract_divide():
    images = pictures()
    mean, std = (0.1, 0.5, 0.9), (0.2, 0.3, 0.4)
    want = images.double() / 255
    want = (want - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    torch.testing.assert_close(normalize(images, mean, std), want.float(), rtol=1e-5, atol=1e-5)


def test_normalized_by_its_own_statistics_a_set_has_zero_mean_and_unit_spread():
    images = pictures()
    normal = normalize(images, *statistics(images))
    assert normal.dtype == torch.float32
    torch.testing.assert_close(normal.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        normal.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-5, rtol=0
    )


REFUSED = [
    pytest.param(lambda: normalize(pictures() / 255, (0.5,) * 3, (0.5,) * 3), "twice", id="float"),
    pytest.param(lambda: normalize(pictures(), (0.5,), (0.5,)), "3 channels", id="one mean"),
    pytest.param(lambda: normalize(pictures(), (0.5,) * 3, (1, 0, 1)), "above 0", id="zero std"),
    pytest.param(lambda: statistics(pictures() / 255), "uint8", id="float statistics"),
    pytest.param(lambda: statistics(pictures(count=0)), "not empty", id="no pictures"),
    pytest.param(lambda: random_crop(pictures(), -1, generator()), "padding=-1", id="negative"),
    pytest.param(lambda: random_crop(pictures()[0], 1, generator()), "batch", id="crop of one"),
    pytest.param(lambda: random_flip(pictures()[0], generator()), "batch", id="flip of one"),
]


@pytest.mark.parametrize(("call", "says"), REFUSED)
def test_wrong_input_is_refused_in_a_sentence(call, says):
    with pytest.raises(ConvcoreError, match=says):
        call()
