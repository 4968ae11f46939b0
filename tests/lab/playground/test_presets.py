import subprocess
import sys

import numpy as np
import pytest
import scipy.fft
import torch
import torch.nn.functional as F

from convcore.errors import ConvcoreError
from lab.playground.compute import compute, tensor
from lab.playground.presets import PRESETS, labels_of, name_of, preset, sequences, sound
from lab.playground.scene import scene
from lab.playground.setup import Setup

GROUPS = ["Operations", "Arithmetic", "Sound and text", "Volumes", "Pooling", "Edges"]
BAR = [[0, 1, 0, 0, 0, -1, 0]] * 6
STAIRS = [[int(i == j) - int(i == j + 1) for j in range(7)] for i in range(8)]
A2 = [[3, 8, 13, 6], [14, 28, 36, 15], [23, 42, 50, 20], [10, 17, 20, 7]]
MEAN = [[0.25, 0.75, 1.25, 0.75], [1.25, 3, 4, 2.25], [2.25, 5, 6, 3.25], [1.25, 2.75, 3.25, 1.75]]

FIGURES = [
    ("a1", [[28, 36], [42, 50]]),
    ("a2-padding", A2),
    ("a2-stride", [[3, 13], [23, 50]]),
    ("a4", [[[16, 22]]]),
    ("a7-mean", [[3.5], [5.5]]),
    ("a7-mean-padding", MEAN),
    ("a7-max", [[5, 6], [6, 7]]),
    ("a7-max-3d", [[[8, 9]]]),
    ("a8-l2", [[5, 160**0.5], [5, 12]]),
    ("a8-range", [[0, 0, 8, 8], [0, 8, 8, 0], [8, 8, 0, 0], [8, 0, 0, 0]]),
    ("a9", [[4]]),
    ("c1", BAR),
    ("c1-upright", [[0] * 8] * 5),
    ("c2", STAIRS),
    ("c2-transposed", np.transpose(STAIRS).tolist()),
    ("impulse-correlation", [[9, 8, 7], [6, 5, 4], [3, 2, 1]]),
    ("impulse-convolution", [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
    # Dumoulin & Visin 2016, figures 1.1 and 1.2; the strides of 2.5 keep the corners of 1.1.
    ("arithmetic-strides", [[12, 17], [9, 14]]),
    ("arithmetic-padding-strides", [[6, 17, 3], [8, 17, 13], [6, 4, 4]]),
    ("padding-reflect", [[9] * 5] * 5),
]

SIZES = [
    ("a2-halved", (4, 4)),
    ("a3", (2, 2)),
    ("arithmetic-plain", (2, 2)),
    ("arithmetic-padding", (6, 6)),
    ("arithmetic-same", (5, 5)),
    ("arithmetic-full", (7, 7)),
    ("arithmetic-strides", (2, 2)),
    ("arithmetic-padding-strides", (3, 3)),
    ("arithmetic-dilation", (3, 3)),
    ("arithmetic-transposed", (4, 4)),
    ("arithmetic-transposed-strides", (5, 5)),
    ("unused-columns", (1, 2)),
]


def _names(cases):
    return [name for name, _ in cases]


@pytest.mark.parametrize(("name", "expected"), FIGURES, ids=_names(FIGURES))
def test_a_preset_gives_the_known_figures(name, expected):
    result = compute(preset(name).make())
    torch.testing.assert_close(result, torch.tensor([expected], dtype=torch.float64))


@pytest.mark.parametrize(("name", "size"), SIZES, ids=_names(SIZES))
def test_a_preset_gives_the_known_size(name, size):
    assert compute(preset(name).make()).shape[1:] == size


@pytest.mark.parametrize("name", ["a5", "a6", "a6-groups", "a6-depthwise"])
def test_channels_add_up_as_torch_has_it(name):
    setup = preset(name).make()
    bias = None if setup.bias is None else tensor(setup.bias)
    expected = F.conv2d(tensor(setup.x), tensor(setup.weight), bias, groups=setup.groups)
    torch.testing.assert_close(compute(setup), expected)


def test_one_by_one_is_a_fully_connected_layer():
    setup = preset("a10").make()
    x, weight = tensor(setup.x).flatten(), tensor(setup.weight).flatten(1)
    assert weight.shape == (10, 15)
    torch.testing.assert_close(
        compute(setup).flatten(), F.linear(x, weight, tensor(setup.bias)), atol=1e-6, rtol=0
    )


def test_the_l2_formula_is_lp_pooling():
    setup = preset("a8-l2").make()
    expected = F.lp_pool2d(tensor(setup.x), 2, 2, stride=1)
    torch.testing.assert_close(compute(setup), expected)


def test_transposing_the_diagonal_picture_changes_nothing():
    setup = preset("c2").make()
    turned = setup.changed(x=tensor(setup.x).transpose(1, 2).tolist())
    assert torch.equal(compute(turned), compute(setup))


def test_the_last_two_columns_are_never_used():
    setup = preset("unused-columns").make()
    other = tensor(setup.x)
    other[..., 6:] += 1
    assert torch.equal(compute(setup.changed(x=other.tolist())), compute(setup))
    other[..., 5] += 1
    assert not torch.equal(compute(setup.changed(x=other.tolist())), compute(setup))


def test_the_checkerboard_counts_the_copies_that_meet():
    inside = compute(preset("checkerboard").make())[0, 2:-2, 2:-2]
    assert inside.tolist() == [[4, 2, 4, 2, 4], [2, 1, 2, 1, 2]] * 2 + [[4, 2, 4, 2, 4]]


def test_what_leaves_on_one_side_comes_in_on_the_other():
    setup = preset("padding-circular").make()
    kernel = F.pad(tensor(setup.weight)[0, 0], (0, 2, 0, 2))
    assert torch.equal(compute(setup)[0], kernel.roll((-1, -1), (0, 1)))


def test_the_kernel_answers_to_the_blob_that_moves_its_way():
    response = compute(preset("moving-blob").make())[0]
    upper, lower = response[:, :3], response[:, 4:]
    assert upper.amax((1, 2)).tolist() == [4] * 4
    assert lower.max() <= 2


def test_the_median_forgets_the_outlier():
    assert compute(preset("median-outlier").make()).max() <= 6


def test_the_text_responds_with_the_letters_that_fit():
    sentence, word = "the cat sat on the mat", "cat"
    windows = [sentence[at : at + 3] for at in range(len(sentence) - 2)]
    fitting = [sum(a == b for a, b in zip(seen, word, strict=True)) for seen in windows]
    assert compute(preset("a11-text").make()).tolist() == [fitting]
    assert fitting.count(3) == 1


def test_the_sound_responds_where_its_pattern_is():
    setup = preset("a11-sound").make()
    response = compute(setup)[0]
    kernel, x = tensor(setup.weight)[0], tensor(setup.x)
    at = response.argmax().item()
    assert at == 25
    assert torch.equal(x[:, at : at + 6], kernel)
    others = torch.cat([response[: at - 1], response[at + 2 :]])
    assert response.max() > 1.8 * others.max()


def test_the_features_are_mfcc_with_their_derivatives():
    samples = sound._sound(40)
    got = torch.tensor(sound.features(13, 40)).double()
    frames = np.lib.stride_tricks.sliding_window_view(samples.numpy(), 256)[::160]
    turned = 2 * np.pi * np.arange(256) / 256
    power = np.abs(np.fft.rfft(frames * (0.5 - 0.5 * np.cos(turned)))) ** 2
    hertz = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 4000 / 700), 28) / 2595) - 1)
    bins = np.arange(129) * 8000 / 256
    bands = [np.interp(bins, hertz[i : i + 3], [0, 1, 0]) for i in range(26)]
    mfcc = scipy.fft.dct(np.log(power @ np.transpose(bands) + 1e-3), norm="ortho")[:, :13].T
    framed = np.pad(mfcc, ((0, 0), (1, 1)), mode="edge")
    first = (framed[:, 2:] - framed[:, :-2]) / 2
    second = framed[:, 2:] - 2 * mfcc + framed[:, :-2]
    rows = torch.tensor(np.concatenate([mfcc, first, second]))
    expected = (rows - rows.mean(1, keepdim=True)) / rows.std(1, keepdim=True)
    torch.testing.assert_close(got, expected, atol=0.0051, rtol=0)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_drawn_told_and_linked(name):
    chosen = preset(name)
    setup = chosen.make()
    assert scene(setup)["operation"] == setup.operation
    link = setup.to_link()
    assert len(link) < 12_000
    assert Setup.from_link(link) == setup
    assert chosen.group in GROUPS
    for text in (chosen.about, chosen.notice, chosen.try_this):
        assert text.endswith(".")
        assert len(text) < 200


def test_presets_have_titles_of_their_own_and_stand_by_group():
    titles = [each.title for each in PRESETS.values()]
    assert len(set(titles)) == len(titles)
    assert list(dict.fromkeys(each.group for each in PRESETS.values())) == GROUPS


@pytest.mark.parametrize("name", PRESETS)
def test_labels_name_every_row_and_column(name):
    setup = preset(name).make()
    labels = labels_of(setup)
    assert labels.keys() == {"x_rows", "x_columns", "y_rows"}
    lengths = {
        "x_rows": setup.in_channels, "x_columns": setup.size[-1], "y_rows": setup.out_channels
    }  # fmt: skip
    for which, names in labels.items():
        assert names is None or len(names) == lengths[which]


def test_the_text_is_labelled_with_its_letters():
    text = preset("a11-text").make()
    labels = labels_of(text)
    assert "".join(labels["x_columns"]).replace("␣", " ") == sequences._SENTENCE
    x = text.x
    for column, letter in enumerate(labels["x_columns"]):
        assert [row[column] for row in x] == [known == letter for known in labels["x_rows"]]


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        pytest.param("a2-pading", "Did you mean a2-padding", id="slip"),
        pytest.param("C1", "Did you mean c1", id="capital"),
        pytest.param("", "Use one of a1, ", id="empty"),
        pytest.param("%" * 10_000, "Use one of a1, ", id="long"),
    ],
)
def test_an_unknown_preset_is_refused_with_the_close_ones(name, way_out):
    with pytest.raises(ConvcoreError, match=way_out) as refused:
        preset(name)
    assert len(str(refused.value)) < 1000


def test_a_setup_is_known_by_its_numbers_and_its_input_keeps_its_names():
    text = preset("a11-text").make()
    changed = text.changed(weight=text.weight * 2)
    assert (name_of(text), name_of(changed)) == ("a11-text", None)
    assert labels_of(changed) == labels_of(text) | {"y_rows": None}  # two outputs, one name


def test_importing_the_presets_imports_no_torch():
    code = "import sys, lab.playground.presets; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
