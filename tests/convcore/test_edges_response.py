import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from convcore import edges, functional, kernels
from convcore.edges import response
from convcore.errors import ConvcoreError
from tests.convcore.oracle import MEMORY

DOUBLE = torch.float64
MODES = {"reflect": "mirror", "replicate": "nearest", "circular": "wrap", "zeros": "constant"}


def by_scipy(picture, weight, padding_mode):
    """SciPy puts the later of two middle cells on the pixel; its origin −1 is the earlier one."""
    origin = tuple(-1 if k % 2 == 0 else 0 for k in weight.shape)
    answer = ndimage.correlate(
        picture.numpy(), weight.numpy(), None, MODES[padding_mode], 0, origin
    )
    return torch.from_numpy(answer)


KERNELS = [
    pytest.param(torch.randn(3, 3, dtype=DOUBLE), id="3×3"),
    pytest.param(torch.randn(7, 5, dtype=DOUBLE), id="7×5"),
    pytest.param(torch.randn(4, 2, dtype=DOUBLE), id="even"),
    pytest.param(torch.randn(1, 1, dtype=DOUBLE), id="1×1"),
    pytest.param(torch.randn(31, 31, dtype=DOUBLE), id="31×31"),
    pytest.param(torch.tensor([[1.0, -1.0]], dtype=DOUBLE), id="row"),
    pytest.param(kernels.sobel("y", dtype=DOUBLE), id="separable"),
    pytest.param(torch.zeros(3, 5, dtype=DOUBLE), id="all-zero"),
    pytest.param(torch.eye(3, dtype=torch.int64), id="integers"),
]


@pytest.mark.parametrize("padding_mode", MODES)
@pytest.mark.parametrize("weight", KERNELS)
def test_respond_matches_scipy(weight, padding_mode):
    picture = torch.randn(33, 40, dtype=DOUBLE)
    expected = by_scipy(picture, weight.double(), padding_mode)
    torch.testing.assert_close(edges.respond(picture, weight, padding_mode), expected)


@pytest.mark.parametrize("padding_mode", MODES)
@pytest.mark.parametrize("rows", [1, 4])
def test_strips_of_few_rows_fit_together(monkeypatch, rows, padding_mode):
    """Strips shorter than the kernel, where the picture's end is several strips away."""
    monkeypatch.setattr(response, "numbers_at_once", lambda x: rows * 3 * (15 + 8))
    picture, weight = torch.randn(21, 15, dtype=DOUBLE), torch.randn(9, 9, dtype=DOUBLE)
    expected = by_scipy(picture, weight, padding_mode)
    torch.testing.assert_close(edges.respond(picture, weight, padding_mode), expected)


@settings(deadline=None, max_examples=100)
@given(*(st.integers(1, n) for n in (12, 12, 7, 7)), st.sampled_from(list(MODES)), st.booleans())
def test_any_size_matches_scipy_or_says_what_would_do(h, w, kh, kw, padding_mode, separable):
    picture, weight = torch.randn(h, w, dtype=DOUBLE), torch.randn(kh, kw, dtype=DOUBLE)
    if separable:
        weight = torch.outer(weight[:, 0], weight[0])
    beyond = {"reflect": 1, "circular": 0}.get(padding_mode, -math.inf)
    if kh // 2 + beyond > h or kw // 2 + beyond > w:
        with pytest.raises(ConvcoreError, match="'replicate'"):
            edges.respond(picture, weight, padding_mode)
    else:
        expected = by_scipy(picture, weight, padding_mode)
        torch.testing.assert_close(edges.respond(picture, weight, padding_mode), expected)


@pytest.mark.parametrize("way", MEMORY.values(), ids=MEMORY)
@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
def test_channels_are_answered_one_by_one_in_any_memory(dtype, way):
    picture = torch.rand(1, 3, 17, 18, dtype=dtype)
    weight = torch.randn(3, 3, dtype=dtype)
    answer = edges.respond(way(picture)[0], weight, "zeros")
    expected = functional.conv2d(picture.movedim(1, 0), weight[None, None], padding=1)[:, 0]
    assert answer.dtype == dtype
    torch.testing.assert_close(answer, expected)


def test_the_picture_stays_and_records_no_gradient():
    picture = torch.rand(9, 9, requires_grad=True)
    before = picture.detach().clone()
    assert not edges.respond(picture, kernels.sobel().requires_grad_()).requires_grad
    assert torch.equal(picture.detach(), before)


@pytest.mark.parametrize("size", [(20, 31), (600, 1023)])
@pytest.mark.parametrize("make", [kernels.prewitt, kernels.sobel, kernels.scharr])
def test_a_kernel_for_vertical_edges_is_silent_on_horizontal_ones(make, size):
    picture = torch.rand(size[0], 1).expand(size)
    assert not edges.respond(picture, make("x")).any()
    assert not edges.respond(picture.mT, make("y")).any()


def test_black_bar_is_system_c1():
    bar = edges.black_bar()
    answer = edges.respond(bar.picture, bar.kernel)
    assert bar.picture[0].tolist() == [1, 1, 0, 0, 0, 0, 1, 1]
    assert answer[:, :7].tolist() == [[0, 1, 0, 0, 0, -1, 0]] * 6
    assert torch.equal(answer[:, :7], bar.expected)
    assert not edges.respond(bar.picture, bar.kernel.mT).any()


def test_diagonal_is_system_c2():
    example = edges.diagonal()
    expected = torch.eye(8)[:, :7] - torch.eye(8).roll(1, 0)[:, :7]
    assert expected.diagonal().tolist() == [1] * 7
    assert expected.diagonal(-1).tolist() == [-1] * 7
    for picture in (example.picture, example.picture.mT):
        answer = edges.respond(picture, example.kernel, "zeros")[:, :7]
        assert torch.equal(answer, expected)
        assert torch.equal(answer, example.expected)
    upright = edges.respond(example.picture, example.kernel.mT, "zeros")[:7]
    assert torch.equal(upright, expected.mT)


PICTURE, SOBEL = torch.rand(8, 9), kernels.sobel()
WRONG = [
    pytest.param(np.zeros((8, 9)), SOBEL, "reflect", "type=ndarray", id="array"),
    pytest.param(torch.rand(1, 1, 8, 9), SOBEL, "reflect", "(1, 1, 8, 9)", id="batch"),
    pytest.param(torch.rand(9), SOBEL, "reflect", "(9,)", id="row"),
    pytest.param(torch.rand(0, 9), SOBEL, "reflect", "(0, 9)", id="empty"),
    pytest.param(PICTURE.byte(), SOBEL, "reflect", "uint8", id="bytes"),
    pytest.param(PICTURE.half(), SOBEL, "reflect", "float16", id="half"),
    pytest.param(PICTURE / 0 * 0, SOBEL, "reflect", "not numbers", id="nan"),
    pytest.param(PICTURE / 0, SOBEL, "reflect", "infinite", id="infinite"),
    pytest.param(PICTURE, [[1]], "reflect", "type=list", id="list"),
    pytest.param(PICTURE, torch.ones(3), "reflect", "kernels.along()", id="kernel-of-one-axis"),
    pytest.param(PICTURE, torch.ones(3, 0), "reflect", "(3, 0)", id="empty-kernel"),
    pytest.param(PICTURE, SOBEL / 0, "reflect", "kernel holds", id="kernel-nan"),
    pytest.param(PICTURE, SOBEL, "Reflect", "padding_mode='Reflect'", id="mode"),
    pytest.param(PICTURE, torch.ones(3, 19), "reflect", "9 pixels", id="reflect-too-far"),
    pytest.param(PICTURE, torch.ones(3, 20), "circular", "'replicate'", id="circular-too-far"),
    pytest.param(torch.rand(1, 1), SOBEL, "reflect", "'replicate'", id="one-pixel"),
]


@pytest.mark.parametrize(("picture", "weight", "padding_mode", "told"), WRONG)
def test_respond_says_what_is_wrong(picture, weight, padding_mode, told):
    with pytest.raises(ConvcoreError) as error:
        edges.respond(picture, weight, padding_mode)
    assert told in str(error.value)
    assert str(error.value).startswith("respond: ")


def test_large_finite_numbers_are_no_infinity():
    """Their sum is, in float32."""
    answer = edges.respond(torch.full((9, 9), 3e38), kernels.identity())
    assert torch.equal(answer, torch.full((9, 9), 3e38))


@pytest.mark.parametrize("padding_mode", ["replicate", "zeros"])
def test_a_kernel_may_be_larger_than_the_picture(padding_mode):
    for size, weight in product([1, 2, 5], [torch.randn(31, 31), kernels.gaussian(31, 4)]):
        picture = torch.rand(size, size).double()
        expected = by_scipy(picture, weight.double(), padding_mode)
        torch.testing.assert_close(edges.respond(picture, weight, padding_mode), expected)
