import pytest
import torch
import torch.nn.functional as F

from convcore import shapes
from convcore.errors import ConvcoreError
from convcore.functional import geometry
from convcore.reference import anatomy as loops
from tests.convcore.oracle import numbers

WAYS = [
    pytest.param((7,), (3,), {"stride": 2, "padding": 2}, id="1d"),
    pytest.param((7, 6), (3, 2), {}, id="2d"),
    pytest.param((6, 7), (3, 2), {"stride": (2, 3), "padding": (1, 2)}, id="2d-per-axis"),
    pytest.param((6, 7), (4, 2), {"padding": "same", "dilation": (1, 3)}, id="2d-same-uneven"),
    pytest.param((4, 3, 5), (2, 3, 2), {"padding": 1, "dilation": (1, 2, 1)}, id="3d"),
]


def way(size, kernel_size, stride=1, padding=0, dilation=1):
    return geometry.conv_way("test", size, kernel_size, stride, padding, dilation)


@pytest.mark.parametrize("padding_mode", shapes.PADDING_MODES)
@pytest.mark.parametrize(("size", "kernel_size", "kwargs"), WAYS)
def test_sources_reached_and_met_tell_what_the_loops_do(size, kernel_size, kwargs, padding_mode):
    window = way(size, kernel_size, **kwargs)
    meetings = list(loops.meetings(window, padding_mode))
    pixels = torch.arange(window.size[0] * torch.Size(window.size[1:]).numel()).view(size)
    table = geometry.sources(window, padding_mode)
    assert table.shape == (*window.out_size, *kernel_size)
    for output, cell, source in meetings:
        assert table[(*output, *cell)] == (-1 if source is None else pixels[source])
    for pixel in {source for *_, source in meetings} - {None}:
        outputs, cells = geometry.reached(window, pixel, padding_mode)
        hits = [(*output, *cell) for output, cell, source in meetings if source == pixel]
        assert torch.cat([outputs, cells], 1).tolist() == [list(hit) for hit in hits]
    for cell in {cell for _, cell, _ in meetings}:
        outputs, sources = geometry.met(window, cell, padding_mode)
        hits = [(*o, *s) for o, c, s in meetings if c == cell and s is not None]
        assert torch.cat([outputs, sources], 1).tolist() == [list(hit) for hit in hits]


def test_a_pixel_that_no_window_sees_reaches_nothing():
    outputs, cells = geometry.reached(way(8, 3, stride=3), 7)
    assert outputs.shape == cells.shape == (0, 1)


def test_sources_picks_what_a_pooling_window_sees_beyond_the_edge_too():
    x = numbers(1, 1, 6, 7)
    window = shapes.pool_window("test", x, 3, 2, 1, 1, True, axes=2)
    table = geometry.sources(window)
    assert window.frame_size[0] > 8  # the last window hangs over the padding
    seen = F.pad(x.flatten(2), (0, 1), value=-torch.inf)[..., table]
    expected = F.max_pool2d(x, 3, 2, 1, ceil_mode=True)
    assert torch.equal(seen.amax((-2, -1)), expected)


def test_a_transposed_convolution_is_made_from_what_its_output_pixel_reaches():
    x, weight = numbers(3, 4, 5), numbers(3, 2, 3, 2)
    y = F.conv_transpose2d(x, weight, stride=2, padding=1, output_padding=(0, 1))
    window = shapes.transposed_window("test", x, weight, None, 2, 1, (0, 1), 1, 1, axes=2)
    assert window.size == y.shape[1:]
    for pixel in [(0, 0), (3, 4), (6, 8)]:
        inputs, cells = geometry.reached(window, pixel)
        met = x[:, *inputs.T, None] * weight.movedim(1, -1)[:, *cells.T]
        torch.testing.assert_close(met.sum((0, 1)), y[:, *pixel])


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        pytest.param(
            lambda w: geometry.reached(w, (6, 0)),
            ["reached", "pixel=(6, 0)", "within (6, 5)", "(0, 0) to (5, 4)"],
            id="pixel-outside",
        ),
        pytest.param(lambda w: geometry.reached(w, 2), ["pixel=2", "2 ints"], id="one-for-two"),
        pytest.param(
            lambda w: geometry.met(w, (0, -1)),
            ["met", "cell=(0, -1)", "(0, 0) to (2, 1)"],
            id="cell-outside",
        ),
        pytest.param(lambda w: geometry.met(w, (0, 1.0)), ["cell=(0, 1.0)"], id="no-int"),
        pytest.param(
            lambda w: geometry.sources(w, "mirror"), ["padding_mode='mirror'", "reflect"], id="mode"
        ),
    ],
)
def test_wrong_questions_are_told_what_is_right(ask, words):
    with pytest.raises(ConvcoreError) as error:
        ask(way((6, 5), (3, 2)))
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize(
    ("padding_mode", "most"), [("reflect", 2), ("circular", 3), ("replicate", 9)]
)
def test_padding_modes_repeat_no_more_pixels_than_there_are(padding_mode, most):
    geometry.sources(way(3, 2, padding=most), padding_mode)
    if padding_mode != "replicate":
        with pytest.raises(ConvcoreError, match=r"Use less padding or a larger input"):
            geometry.sources(way(3, 2, padding=most + 1), padding_mode)
