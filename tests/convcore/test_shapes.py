import numpy as np
import pytest
import torch

from convcore import functional, reference, shapes
from convcore.errors import ConvcoreError


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride", "padding", "dilation", "expected"),
    [
        pytest.param(3, 2, 1, 0, 1, 2, id="plain"),
        pytest.param(3, 2, 1, 1, 1, 4, id="padding"),
        pytest.param(3, 2, 2, 1, 1, 2, id="stride"),
        pytest.param(8, 3, 2, 1, 1, 4, id="halves"),
        pytest.param(8, 5, 4, 1, 1, 2, id="uneven"),
        pytest.param(8, 3, 1, 0, 2, 4, id="dilation"),
    ],
)
def test_output_size_formula(size, kernel_size, stride, padding, dilation, expected):
    assert shapes.output_size(size, kernel_size, stride, padding, dilation) == expected
    x, weight = torch.ones(1, 1, size, size), torch.ones(1, 1, kernel_size, kernel_size)
    y = functional.conv2d(x, weight, stride=stride, padding=padding, dilation=dilation)
    assert y.shape[2:] == (expected, expected)


def test_per_axis_spreads_one_number():
    assert shapes.per_axis("f", "stride", 2, 3, least=1) == (2, 2, 2)
    assert shapes.per_axis("f", "stride", [2], 3, least=1) == (2, 2, 2)
    assert shapes.per_axis("f", "stride", [1, 2, 3], 3, least=1) == (1, 2, 3)


def test_per_axis_takes_numpys_ints():
    values = shapes.per_axis("f", "stride", (np.int64(1), np.int32(2)), 2, least=1)
    assert values == (1, 2)
    assert [type(value) for value in values] == [int, int]
    assert shapes.per_axis("f", "stride", np.int64(3), 1, least=1) == (3,)


def test_padding_words():
    def pairs(word, kernel_size, dilation=(1, 1)):
        return shapes.padding_pairs("f", word, kernel_size, (1, 1), dilation)

    assert pairs("valid", (3, 3)) == ((0, 0), (0, 0))
    assert pairs("same", (3, 4)) == ((1, 1), (1, 2))  # the odd pixel comes after
    assert pairs("same", (4, 3), (2, 3)) == ((3, 3), (3, 3))


X, WEIGHT = (1, 4, 8, 8), (6, 2, 3, 3)  # fit at groups=2
CONV_MISTAKES = [
    pytest.param(
        {"weight": (6, 4, 5, 5), "dilation": 2}, ["9×9", "8×8", "(5, 5)", "(2, 2)"], id="span"
    ),
    pytest.param({"weight": (6, 4, 9, 3)}, ["9×3", "8×8"], id="kernel-too-large"),
    pytest.param(
        {"weight": (6, 3, 3, 3)}, ["channels=4", "(6, 3, 3, 3)", "groups=1"], id="channels"
    ),
    pytest.param({"groups": 3}, ["channels=4", "groups=3"], id="groups-in"),
    pytest.param({"weight": (5, 2, 3, 3), "groups": 2}, ["(5, 2, 3, 3)"], id="groups-out"),
    pytest.param({"groups": 0}, ["groups=0", "at least 1"], id="groups-zero"),
    pytest.param({"groups": [1]}, ["groups=[1]", "an int"], id="groups-list"),
    pytest.param({"groups": True}, ["groups=True", "an int"], id="groups-bool"),
    pytest.param({"weight": (6, 4, 3)}, ["(6, 4, 3)", "4 axes"], id="weight-rank"),
    pytest.param({"weight": (6, 4, 0, 3)}, ["(6, 4, 0, 3)", "empty"], id="weight-empty"),
    pytest.param({"weight": (0, 4, 3, 3)}, ["(0, 4, 3, 3)", "empty"], id="no-output-channels"),
    pytest.param({"x": (8, 8)}, ["(8, 8)", "(N, C, H, W)"], id="input-rank-2"),
    pytest.param({"x": (1, 1, 4, 8, 8)}, ["(1, 1, 4, 8, 8)", "5 axes"], id="input-rank-5"),
    pytest.param({"x": (1, 4, 0, 8), "padding": 2}, ["(1, 4, 0, 8)", "pixels"], id="no-pixels"),
    pytest.param({"stride": 0}, ["stride=0", "at least 1"], id="stride-zero"),
    pytest.param({"stride": (1, 2, 3)}, ["stride=(1, 2, 3)", "2 ints"], id="stride-three"),
    pytest.param({"stride": 1.5}, ["stride=1.5", "int"], id="stride-float"),
    pytest.param({"stride": True}, ["stride=True", "int"], id="stride-bool"),
    pytest.param({"stride": ()}, ["stride=()"], id="stride-empty"),
    pytest.param({"dilation": 0}, ["dilation=0", "at least 1"], id="dilation-zero"),
    pytest.param({"padding": -1}, ["padding=-1", "at least 0"], id="padding-negative"),
    pytest.param({"padding": "SAME"}, ["padding='SAME'", "lower case"], id="padding-upper-case"),
    pytest.param(
        {"padding": "same", "stride": 2}, ["same", "stride=(2, 2)"], id="same-with-stride"
    ),
    pytest.param({"bias": (5,)}, ["(5,)", "(6,)"], id="bias-length"),
    pytest.param({"bias": (6, 1)}, ["(6, 1)", "(6,)"], id="bias-rank"),
]


CALLS = [
    pytest.param(name, *case.values, id=f"{name}-{case.id}")
    for name in ("conv2d", "convolve")
    for case in CONV_MISTAKES
    if (name, case.id) != ("convolve", "weight-rank")  # which tells it how many axes there are
]


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize(("name", "mistake", "told"), CALLS)
def test_conv_mistakes(module, name, mistake, told):
    arguments = {"x": X, "weight": (6, 4, 3, 3), "bias": (6,)} | mistake
    x, weight, bias = (torch.ones(arguments.pop(name)) for name in ("x", "weight", "bias"))
    with pytest.raises((RuntimeError, TypeError)):  # what torch calls a mistake, too
        torch.nn.functional.conv2d(x, weight, bias, **arguments)
    with pytest.raises(ConvcoreError) as error:
        getattr(module, name)(x, weight, bias, **arguments)
    assert str(error.value).startswith(f"{name}: ")
    assert [part for part in told if part not in str(error.value)] == []


AXES_MISTAKES = [
    pytest.param(1, {"x": (8,)}, ["(8,)", "(N, C, L) or (C, L)"], id="1d-rank"),
    pytest.param(3, {"x": (8, 8, 8)}, ["(8, 8, 8)", "(N, C, D, H, W)"], id="3d-rank"),
    pytest.param(1, {"weight": (2, 4, 9)}, ["9", "8"], id="1d-kernel"),
    pytest.param(3, {"weight": (2, 4, 3, 9, 3)}, ["3×9×3", "8×8×8"], id="3d-kernel"),
    pytest.param(1, {"stride": (1, 1)}, ["stride=(1, 1)", "1 ints"], id="1d-stride"),
    pytest.param(3, {"padding": (1, 1)}, ["padding=(1, 1)", "3 ints"], id="3d-padding"),
    pytest.param(1, {"weight": (2, 4, 3, 3)}, ["3 axes"], id="1d-weight"),
    pytest.param(3, {"x": (1, 4, 8, 0, 8)}, ["no pixels"], id="3d-no-pixels"),
]


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize(("axes", "mistake", "told"), AXES_MISTAKES)
def test_conv1d_and_conv3d_mistakes(module, axes, mistake, told):
    name = f"conv{axes}d"
    arguments = {"x": (1, 4, *(8,) * axes), "weight": (2, 4, *(3,) * axes)} | mistake
    x, weight = (torch.ones(arguments.pop(name)) for name in ("x", "weight"))
    with pytest.raises(RuntimeError):
        getattr(torch.nn.functional, name)(x, weight, **arguments)
    with pytest.raises(ConvcoreError) as error:
        getattr(module, name)(x, weight, **arguments)
    assert str(error.value).startswith(f"{name}: ")
    assert [part for part in told if part not in str(error.value)] == []


TRANSPOSED_MISTAKES = [
    pytest.param({"output_padding": 1}, ["(1, 1)", "stride=(1, 1)"], id="output-padding"),
    pytest.param(
        {"output_padding": (0, 3), "stride": 2, "dilation": 3},
        ["output_padding=(0, 3)", "stride=(2, 2)", "dilation=(3, 3)"],
        id="output-padding-one-axis",
    ),
    pytest.param({"output_padding": -1}, ["output_padding=-1"], id="output-padding-negative"),
    pytest.param({"output_padding": (1, 1, 1)}, ["2 ints"], id="output-padding-three"),
    pytest.param({"padding": 4}, ["padding=(4, 4)", "(5, 5)", "-1×-1"], id="nothing-left"),
    pytest.param({"padding": (0, 4)}, ["7×-1"], id="nothing-left-on-one-axis"),
    pytest.param({"padding": -1}, ["padding=-1", "at least 0"], id="padding-negative"),
    pytest.param({"padding": "same"}, ["padding='same'", "2 ints"], id="padding-word"),
    pytest.param({"stride": 0}, ["stride=0", "at least 1"], id="stride-zero"),
    pytest.param({"stride": (1, 2, 3)}, ["stride=(1, 2, 3)", "2 ints"], id="stride-three"),
    pytest.param({"dilation": 0}, ["dilation=0", "at least 1"], id="dilation-zero"),
    pytest.param({"groups": 3}, ["channels=4", "groups=3"], id="groups"),
    pytest.param({"groups": 0}, ["groups=0", "at least 1"], id="groups-zero"),
    pytest.param({"groups": [1]}, ["groups=[1]", "an int"], id="groups-list"),
    pytest.param({"weight": (3, 2, 3, 3)}, ["channels=4", "(3, 2, 3, 3)"], id="channels"),
    pytest.param({"weight": (4, 2, 3)}, ["(4, 2, 3)", "4 axes"], id="weight-rank"),
    pytest.param({"weight": (4, 0, 3, 3)}, ["(4, 0, 3, 3)", "empty"], id="no-output-channels"),
    pytest.param({"weight": (4, 2, 0, 3)}, ["(4, 2, 0, 3)", "empty"], id="weight-empty"),
    pytest.param({"bias": (3,)}, ["(3,)", "(2,)"], id="bias-length"),
    pytest.param({"bias": (2, 1)}, ["(2, 1)", "(2,)"], id="bias-rank"),
    pytest.param({"x": (5, 5)}, ["(5, 5)", "(N, C, H, W)"], id="rank-2"),
    pytest.param({"x": (1, 1, 4, 5, 5)}, ["5 axes"], id="rank-5"),
    pytest.param({"x": (1, 4, 0, 5)}, ["(1, 4, 0, 5)", "pixels"], id="no-pixels"),
    pytest.param({"x": (1, 0, 5, 5), "weight": (0, 2, 3, 3)}, ["channels"], id="no-channels"),
]


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize(("mistake", "told"), TRANSPOSED_MISTAKES)
def test_conv_transpose2d_mistakes(module, mistake, told):
    arguments = {"x": (1, 4, 5, 5), "weight": (4, 2, 3, 3), "bias": (2,)} | mistake
    x, weight, bias = (torch.ones(arguments.pop(name)) for name in ("x", "weight", "bias"))
    with pytest.raises((RuntimeError, TypeError)):  # what torch calls a mistake, too
        torch.nn.functional.conv_transpose2d(x, weight, bias, **arguments)
    with pytest.raises(ConvcoreError) as error:
        module.conv_transpose2d(x, weight, bias, **arguments)
    assert str(error.value).startswith("conv_transpose2d: ")
    assert [part for part in told if part not in str(error.value)] == []


@pytest.mark.parametrize("which", ["weight", "bias"])
def test_conv_transpose3d_mistaken_dtype(which):
    """In three axes torch refuses both; in one and two it lets a bias of another dtype pass."""
    inputs = {"input": torch.ones(1, 4, 2, 2, 2), "weight": torch.ones(4, 2, 2, 2, 2)}
    inputs |= {"bias": torch.ones(2)}
    inputs[which] = inputs[which].double()
    with pytest.raises(RuntimeError):
        torch.nn.functional.conv_transpose3d(**inputs)
    with pytest.raises(ConvcoreError, match=rf"float32 on cpu but the {which} is torch\.float64"):
        functional.conv_transpose3d(**inputs)


OPERATIONS = ["conv1d", "conv2d", "conv3d", "convolve", "conv_transpose2d"]


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(("place", "called"), [(0, "input"), (1, "weight"), (2, "bias")])
def test_what_is_no_tensor(module, name, place, called):
    axes = int(name[-2]) if name.endswith("d") else 2
    inputs = [torch.ones(1, 1, *(3,) * axes), torch.ones(1, 1, *(2,) * axes), torch.ones(1)]
    inputs[place] = inputs[place].numpy()
    with pytest.raises(ConvcoreError, match=f"{name}: the {called} is of type=ndarray"):
        getattr(module, name)(*inputs)


@pytest.mark.parametrize("which", ["weight", "bias"])
def test_conv2d_mistaken_dtype(which):
    tensors = {"input": torch.ones(X), "weight": torch.ones(6, 4, 3, 3), "bias": torch.ones(6)}
    tensors[which] = tensors[which].double()
    with pytest.raises(ConvcoreError, match=rf"float32 on cpu but the {which} is torch\.float64"):
        functional.conv2d(**tensors)


@pytest.mark.parametrize("dtype", [torch.bool, torch.complex64, torch.uint16])
def test_numbers_must_be_real(dtype):
    x = torch.ones(1, 1, 4, 4).to(dtype)
    with pytest.raises(ConvcoreError, match=str(dtype)):
        functional.conv2d(x, x)
    with pytest.raises(ConvcoreError, match=str(dtype)):
        functional.max_pool2d(x, 2)


POOL_MISTAKES = [
    pytest.param({"kernel_size": 9}, ["9×9", "8×8"], id="kernel-too-large"),
    pytest.param({"kernel_size": 0}, ["kernel_size=0"], id="kernel-zero"),
    pytest.param(
        {"kernel_size": (2, 2, 2)}, ["kernel_size=(2, 2, 2)", "2 ints"], id="kernel-three"
    ),
    pytest.param({"stride": 0}, ["stride=0"], id="stride-zero"),
    pytest.param({"padding": 2}, ["padding=(2, 2)", "kernel_size=(3, 3)", "half"], id="padding"),
    pytest.param({"padding": -1}, ["padding=-1"], id="padding-negative"),
    pytest.param({"x": (8, 8)}, ["(8, 8)"], id="rank-2"),
    pytest.param({"x": (1, 1, 1, 8, 8)}, ["(1, 1, 1, 8, 8)"], id="rank-5"),
    pytest.param({"x": (1, 1, 0, 8), "padding": 1}, ["(1, 1, 0, 8)"], id="no-pixels"),
    pytest.param({"x": (1, 0, 8, 8)}, ["(1, 0, 8, 8)"], id="no-channels"),
]


@pytest.mark.parametrize("module", [functional, reference], ids=["fast", "loops"])
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize(("mistake", "told"), POOL_MISTAKES)
def test_pool_mistakes(module, name, mistake, told):
    arguments = {"x": X, "kernel_size": 3} | mistake
    x = torch.ones(arguments.pop("x"))
    with pytest.raises((RuntimeError, IndexError)):
        getattr(torch.nn.functional, name)(x, **arguments)
    with pytest.raises(ConvcoreError) as error:
        getattr(module, name)(x, **arguments)
    assert str(error.value).startswith(f"{name}: ")
    assert [part for part in told if part not in str(error.value)] == []


def test_pool_mistakes_of_one_kind_only():
    with pytest.raises(ConvcoreError, match="dilation=0"):
        functional.max_pool2d(torch.ones(X), 2, dilation=0)
    with pytest.raises(ConvcoreError, match="spans 9×9"):
        functional.max_pool2d(torch.ones(X), 3, dilation=4)
    with pytest.raises(ConvcoreError, match="divisor_override=0"):
        functional.avg_pool2d(torch.ones(X), 2, divisor_override=0)
