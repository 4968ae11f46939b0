from itertools import product

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from convcore import functional, reference
from convcore.errors import ConvcoreError
from convcore.shapes import PADDING_MODES
from tests.convcore.oracle import MEMORY, assert_same, gradients, numbers

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")

CONVS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
X = [[1, 2, 3], [4, 5, 6], [5, 6, 7]]
K = [[1, 2], [2, 3]]

CASES = [
    pytest.param((2, 7), (4, 2, 3), {"stride": 2, "padding": 1}, id="1d"),
    pytest.param((2, 5), (2, 2, 4), {"padding": "same"}, id="1d-same-uneven"),
    pytest.param((3, 5, 4), (2, 3, 3, 2), {}, id="2d"),
    pytest.param((2, 4, 5), (3, 2, 2, 3), {"stride": (2, 1), "padding": (1, 2)}, id="2d-per-axis"),
    pytest.param((4, 5, 5), (6, 2, 3, 3), {"groups": 2, "padding": 1}, id="2d-groups"),
    pytest.param((3, 6, 6), (6, 1, 2, 3), {"groups": 3, "dilation": (2, 1)}, id="2d-depthwise"),
    pytest.param((2, 4, 4), (2, 2, 3, 2), {"padding": "same", "dilation": 2}, id="2d-same"),
    pytest.param((2, 3, 4, 3), (2, 2, 2, 3, 2), {"padding": 1, "stride": 2}, id="3d"),
]


def torchs(x, weight, bias=None, **kwargs):
    """What torch's own layer makes of `x` with this weight and bias."""
    conv = CONVS[weight.dim() - 2]
    layer = conv(
        x.shape[-weight.dim() + 1], len(weight), weight.shape[2:], bias=bias is not None, **kwargs
    )
    parameters = {"weight": weight} | ({} if bias is None else {"bias": bias})
    return torch.func.functional_call(layer, parameters, x)


@st.composite
def setups(draw):
    """(x, weight, bias, kwargs) that need not fit each other."""
    axes = draw(st.integers(1, 3))
    most = {1: 12, 2: 6, 3: 4}[axes]

    def each(least, most):
        return tuple(draw(st.integers(least, most)) for _ in range(axes))

    groups, channels, outputs = (draw(st.integers(1, 2)) for _ in range(3))
    x = numbers(groups * channels, *each(1, most)).requires_grad_()
    weight = numbers(groups * outputs, channels, *each(1, 3)).requires_grad_()
    same = draw(st.integers(0, 3)) == 0
    kwargs = {
        "stride": 1 if same else each(1, 3),
        "padding": "same" if same else each(0, 2),
        "dilation": each(1, 2),
        "groups": groups,
        "padding_mode": draw(st.sampled_from(PADDING_MODES)),
    }
    return x, weight, draw(st.sampled_from([None, numbers(len(weight))])), kwargs


@settings(deadline=None, max_examples=80)
@given(setups())
def test_matrix_and_contributions_make_torchs_output_or_raise_where_torch_does(setup):
    x, weight, bias, kwargs = setup
    try:
        y = torchs(x, weight, bias, **kwargs)
    except RuntimeError:
        with pytest.raises(ConvcoreError):
            functional.conv_matrix(weight, tuple(x.shape[1:]), **kwargs)
        with pytest.raises(ConvcoreError):
            functional.contributions(x, weight, bias, **kwargs, position=(0,) * x.dim())
        return
    matrix = functional.conv_matrix(weight, tuple(x.shape[1:]), **kwargs)
    ours = (matrix @ x.flatten()).view(y.shape)
    assert_same(ours, torchs(x, weight, None, **kwargs), (x, weight))
    for position in product(*map(range, y.shape)):
        parts = functional.contributions(x, weight, bias, **kwargs, position=position)
        torch.testing.assert_close(parts.total, y[position])


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CASES)
def test_contributions_are_those_that_the_loops_add_up(x_shape, weight_shape, kwargs, padding_mode):
    x, weight, bias = numbers(*x_shape), numbers(*weight_shape), numbers(weight_shape[0])
    if padding_mode != "zeros":
        kwargs = kwargs | {"padding_mode": padding_mode}
    for position in product(*map(range, torchs(x, weight, **kwargs).shape)):
        parts = functional.contributions(x, weight, bias, **kwargs, position=position)
        rows, total = reference.contributions(x, weight, bias, **kwargs, position=position)
        columns = list(zip(*rows, strict=True))
        assert parts.channels.repeat_interleave(weight[0, 0].numel()).tolist() == list(columns[0])
        where = parts.where.flatten(0, -2).tolist() * weight.shape[1]
        nowhere = (-1,) * (x.dim() - 1)
        assert where == [list(nowhere if pixel is None else pixel) for pixel in columns[1]]
        assert parts.inputs.flatten().tolist() == list(columns[2])
        assert parts.weights.flatten().tolist() == list(columns[3])
        assert parts.products.flatten().tolist() == list(columns[4])
        torch.testing.assert_close(parts.channel_sums, parts.products.flatten(1).sum(1))
        torch.testing.assert_close(parts.total, parts.channel_sums.sum() + parts.bias)
        torch.testing.assert_close(parts.total.item(), total)


def test_contributions_show_where_the_padding_lies_and_what_stands_there():
    x, weight = torch.arange(12.0).view(1, 3, 4), torch.ones(1, 1, 2, 2)
    for padding_mode, inputs in [
        ("zeros", [[0, 0], [0, 0]]),
        ("reflect", [[5, 4], [1, 0]]),
        ("replicate", [[0, 0], [0, 0]]),
        ("circular", [[11, 8], [3, 0]]),
    ]:
        parts = functional.contributions(
            x, weight, padding=1, padding_mode=padding_mode, position=(0, 0, 0)
        )
        assert parts.corner == (-1, -1)
        assert parts.in_padding.tolist() == [[True, True], [True, False]]
        assert parts.inputs[0].tolist() == inputs
        nowhere = padding_mode == "zeros"
        assert parts.where[1, 1].tolist() == [0, 0]
        assert (parts.where[0, 0].tolist() == [-1, -1]) == nowhere


def test_contributions_pass_on_gradients():
    x, weight = numbers(2, 4, 4).requires_grad_(), numbers(4, 1, 3, 3).requires_grad_()
    bias = numbers(4).requires_grad_()
    kwargs = {"padding": 1, "groups": 2}
    parts = functional.contributions(x, weight, bias, **kwargs, position=(3, 0, 2))
    tensors = x, weight, bias
    assert_same(parts.total, torchs(x, weight, bias, **kwargs)[3, 0, 2], tensors)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.bfloat16, torch.float16, torch.int32, torch.int64]
)
def test_all_keep_the_dtype(dtype):
    x, weight = torch.tensor([X]).to(dtype), torch.tensor([[K]]).to(dtype)
    bias = torch.tensor([3]).to(dtype)
    y = torch.tensor([[28, 36], [42, 50]]).to(dtype)
    parts = functional.contributions(x, weight, bias, position=(0, 1, 0))
    assert torch.equal(parts.total, y[1, 0] + 3)
    assert torch.equal(parts.products[0], torch.tensor([[4, 10], [10, 18]]).to(dtype))
    assert torch.equal(parts.channel_sums, y[1, :1])
    matrix = functional.conv_matrix(weight, 3).to_dense()
    assert matrix.dtype == dtype
    assert matrix[1].tolist() == [0, 1, 2, 0, 2, 3, 0, 0, 0]
    assert torch.equal(
        functional.patches(x, (2, 2))[0, 1, 0], torch.tensor([[2, 3], [5, 6]]).to(dtype)
    )


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CASES)
def test_conv_matrix_is_that_of_the_loops(x_shape, weight_shape, kwargs, padding_mode):
    weight, size = numbers(*weight_shape), x_shape[1:]
    if padding_mode != "zeros":
        kwargs = kwargs | {"padding_mode": padding_mode}
    matrix = functional.conv_matrix(weight, size, **kwargs)
    assert matrix.is_coalesced()
    torch.testing.assert_close(matrix.to_dense(), reference.conv_matrix(weight, size, **kwargs))


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_conv_matrix_turned_is_the_transposed_convolution(axes):
    weight, size = numbers(4, 1, *(3, 2, 2)[:axes]), (6, 5, 4)[:axes]
    matrix = functional.conv_matrix(weight, size, stride=2, padding=1, groups=2)
    y = torchs(numbers(2, *size), weight, stride=2, padding=1, groups=2)
    rest = [(n + 2 - k) % 2 for n, k in zip(size, weight.shape[2:], strict=True)]
    back = getattr(F, f"conv_transpose{axes}d")(y, weight, None, 2, 1, rest, groups=2)
    torch.testing.assert_close((matrix.T @ y.flatten()).view(2, *size), back)


def test_conv_matrix_of_a_batch_and_its_gradients():
    x, weight = numbers(3, 2, 4, 5).requires_grad_(), numbers(2, 2, 3, 3).requires_grad_()
    y = torchs(x, weight, padding=1)
    ours = (functional.conv_matrix(weight, (4, 5), padding=1) @ x.flatten(1).T).T.view(y.shape)
    assert_same(ours, y, (x, weight))


def test_conv_matrix_first_and_second_derivatives():
    x, weight = numbers(2, 3, 3).requires_grad_(), numbers(2, 2, 3, 3).requires_grad_()

    def whole(weight):
        return functional.conv_matrix(weight, 3, padding=1, padding_mode="circular").to_dense()

    def convolve(x, weight):
        return functional.conv_matrix(weight, 3, padding=1) @ x.flatten()

    for operation, tensors in [(whole, (weight,)), (convolve, (x, weight))]:
        assert torch.autograd.gradcheck(operation, tensors)
        assert torch.autograd.gradgradcheck(operation, tensors)


def test_conv_matrix_keeps_the_zeros_of_the_kernel():
    weight = torch.tensor([[[1.0, 0.0, 2.0]]])
    assert functional.conv_matrix(weight, 5).indices().shape == (2, 9)


def test_convolution_as_a_matrix_product_figures():
    x, weight = torch.ones(1, 2, 3), torch.ones(1, 1, 2, 3)
    x[..., 1] = 0
    matrix = functional.conv_matrix(weight, (2, 3))
    assert (matrix @ x.flatten()).tolist() == [4]
    assert (functional.patches(x, (2, 3)).flatten(-3) @ weight.flatten(1).T).tolist() == [[[4]]]


whole_numbers = st.integers(-9, 9)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_matrix_and_patches_times_kernel_equal_the_convolution_of_any_numbers(data):
    size, kernel_size = (data.draw(st.tuples(st.integers(3, 7), st.integers(2, 7))) for _ in "xk")
    kernel_size = tuple(min(pair) for pair in zip(size, kernel_size, strict=True))
    rows = (data.draw(st.lists(whole_numbers, min_size=h * w, max_size=h * w))
            for h, w in (size, kernel_size))  # fmt: skip
    x, weight = (torch.tensor(row) for row in rows)
    x, weight = x.view(1, *size), weight.view(1, 1, *kernel_size)
    y = F.conv2d(x, weight)
    assert torch.equal(functional.conv_matrix(weight, size) @ x.flatten(), y.flatten())
    product = functional.patches(x, kernel_size).flatten(-3) @ weight.flatten(1).T
    assert torch.equal(product.movedim(-1, 0), y)


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize(("x_shape", "weight_shape", "kwargs"), CASES)
def test_patches_are_those_of_the_loops_and_make_the_convolution(
    x_shape, weight_shape, kwargs, padding_mode
):
    kwargs = {name: value for name, value in kwargs.items() if name != "groups"}
    if padding_mode != "zeros":
        kwargs = kwargs | {"padding_mode": padding_mode}
    x = numbers(2, *x_shape).requires_grad_()
    weight = numbers(3, x_shape[0], *weight_shape[2:]).requires_grad_()
    seen = functional.patches(x, weight_shape[2:], **kwargs)
    torch.testing.assert_close(
        seen.detach(), reference.patches(x.detach(), weight_shape[2:], **kwargs), rtol=0, atol=0
    )
    ours = (seen.flatten(x.dim() - 1) @ weight.flatten(1).T).movedim(-1, 1)
    assert_same(ours, torchs(x, weight, **kwargs), (x, weight))
    assert torch.equal(functional.patches(x[0], weight_shape[2:], **kwargs), seen[0])


@pytest.mark.parametrize("memory", MEMORY.values(), ids=MEMORY.keys())
@pytest.mark.parametrize("pictures", [0, 1, 3])
def test_patches_are_torchs_unfold(memory, pictures):
    x = memory(numbers(pictures, 2, 6, 7)).requires_grad_()
    kwargs = {"stride": 2, "padding": 1, "dilation": 2}
    seen = functional.patches(x, 3, **kwargs)
    assert seen.shape == (pictures, 2, 3, 2, 3, 3)
    ours = seen.flatten(3).flatten(1, 2).mT
    assert_same(ours, F.unfold(x, 3, **kwargs), (x,))


def test_patches_first_and_second_derivatives():
    x = numbers(1, 2, 3, 4).requires_grad_()
    for padding_mode in PADDING_MODES:

        def look(x, padding_mode=padding_mode):
            return functional.patches(x, 2, padding=1, padding_mode=padding_mode)

        assert torch.autograd.gradcheck(look, (x,))
        assert torch.autograd.gradgradcheck(look, (x,))


def test_patches_of_a_lone_int_are_of_a_batch():
    x = numbers(2, 3, 5)
    assert functional.patches(x, 2).shape == (2, 4, 3, 2)
    assert functional.patches(x, (2, 2)).shape == (2, 4, 2, 2, 2)
    assert functional.patches(x[0], 2).shape == (4, 3, 2)
    assert functional.patches(numbers(2, 3, 5, 5, 5), 2).shape == (2, 4, 4, 4, 3, 2, 2, 2)


@settings(deadline=None, max_examples=80)
@given(setups())
def test_coverage_and_padding_influence_equal_what_a_convolution_of_ones_tells(setup):
    x, weight, _, kwargs = setup
    size, kernel_size = tuple(x.shape[1:]), tuple(weight.shape[2:])
    padding_mode, _ = kwargs.pop("padding_mode"), kwargs.pop("groups")
    ones = torch.ones(1, *size, dtype=torch.float64, requires_grad=True)
    kernel = torch.ones(1, 1, *kernel_size, dtype=torch.float64)
    try:
        plain = torchs(ones, kernel, **kwargs)
        y = torchs(ones, kernel, **kwargs, padding_mode=padding_mode)
    except RuntimeError:
        with pytest.raises(ConvcoreError):
            functional.coverage(size, kernel_size, **kwargs, padding_mode=padding_mode)
        return
    counts = functional.coverage(size, kernel_size, **kwargs, padding_mode=padding_mode)
    assert torch.equal(counts.double(), gradients(y.sum(), None, ones)[0][0])
    way = size, kernel_size
    assert torch.equal(counts, reference.coverage(*way, **kwargs, padding_mode=padding_mode))
    lying_in_padding = functional.padding_influence(*way, **kwargs)
    assert torch.equal(lying_in_padding.double(), kernel.numel() - plain[0].detach())
    assert torch.equal(lying_in_padding, reference.padding_influence(*way, **kwargs))


def test_coverage_flags_the_columns_that_are_never_used():
    assert functional.coverage(8, 3, stride=3).tolist() == [1, 1, 1, 1, 1, 1, 0, 0]
    counts = functional.coverage((8, 8), 3, stride=3)
    assert (counts == 0).all(0).tolist() == [False] * 6 + [True] * 2
    assert counts.sum() == 2 * 2 * 9


def test_coverage_of_a_transposed_convolution_shows_its_chequers():
    assert functional.coverage(9, 3, stride=2).tolist() == [1, 1, 2, 1, 2, 1, 2, 1, 1]
    assert functional.coverage(8, 2, stride=2).tolist() == [1] * 8


@pytest.mark.parametrize("kwargs", [{"padding": 2}, {"padding": (0, 1), "stride": 2}], ids=str)
def test_padding_influence_marks_the_outputs_that_change_with_the_pad_value(kwargs):
    x, weight = numbers(1, 6, 5), torch.rand(1, 1, 3, 3).double() + 0.1
    p = kwargs["padding"] if isinstance(kwargs["padding"], tuple) else (kwargs["padding"],) * 2
    zeros, ones = (
        F.conv2d(F.pad(x, (p[1], p[1], p[0], p[0]), value=value), weight, None,
                 kwargs.get("stride", 1))
        for value in (0.0, 1.0)
    )  # fmt: skip
    counts = functional.padding_influence((6, 5), 3, **kwargs)
    assert torch.equal(counts > 0, (zeros != ones)[0])


WRONG = [
    pytest.param(
        lambda x, w: functional.contributions(x.tolist(), w, position=(0, 0, 0)),
        ["contributions", "type=list", "torch.as_tensor()"],
        id="no-tensor",
    ),
    pytest.param(lambda x, w: functional.conv_matrix(w.numpy(), 5), ["type=ndarray"], id="numpy"),
    pytest.param(lambda x, w: functional.patches(x.tolist(), 2), ["type=list"], id="a-list"),
    pytest.param(
        lambda x, w: functional.contributions(x, w, position=(4, 0, 0)),
        ["contributions", "position=(4, 0, 0)", "within (4, 3, 2)", "(0, 0, 0) to (3, 2, 1)"],
        id="channel-outside",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x, w, position=(0, 0, -1)),
        ["position=(0, 0, -1)", "to (3, 2, 1)"],
        id="pixel-outside",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x, w, position=(0, 0)),
        ["position=(0, 0)", "3 ints"],
        id="position-too-short",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x[None], w, position=(0, 0, 0)),
        ["shape=(1, 2, 5, 4)", "batch", "x[0]"],
        id="a-batch",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x, w, groups=2, position=(0, 0, 0)),
        ["contributions", "groups=2", "Change"],
        id="groups-do-not-fit",
    ),
    pytest.param(
        lambda x, w: functional.contributions(
            x, w, padding=9, padding_mode="reflect", position=(0, 0, 0)
        ),
        ["contributions", "padding=((9, 9), (9, 9))", "reflect", "less padding"],
        id="nothing-to-reflect",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x[0, 0], w[0, 0], position=(0,)),
        ["shape=(3, 3)", "1, 2 or 3"],
        id="weight-without-channels",
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (2, 4)),
        ["conv_matrix", "spans 3×3", "only 2×4", "more padding"],
        id="kernel-too-large",
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4), groups=3),
        ["conv_matrix", "groups=3"],
        id="matrix-groups-do-not-fit",
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4), groups=0), ["groups=0"], id="no-groups"
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4, 3)), ["size=(5, 4, 3)", "2 ints"], id="size"
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4), padding="SAME"),
        ["padding='SAME'"],
        id="SAME",
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4), padding_mode="mirror"),
        ["conv_matrix", "padding_mode='mirror'"],
        id="unknown-mode",
    ),
    pytest.param(
        lambda x, w: functional.patches(x, 6),
        ["patches", "spans 6", "only 4"],
        id="patch-too-large",
    ),
    pytest.param(
        lambda x, w: functional.patches(x, (2, 2), stride=0),
        ["stride=0", "at least 1"],
        id="stride",
    ),
    pytest.param(lambda x, w: functional.patches(x, 2.5), ["kernel_size=2.5"], id="half-a-cell"),
    pytest.param(
        lambda x, w: functional.patches(x[0], (2, 2)),
        ["shape=(5, 4)", "(C, H, W)"],
        id="patch-rank",
    ),
    pytest.param(
        lambda x, w: functional.patches(x, (2, 2, 2, 2)), ["4 spatial axes"], id="too-many-axes"
    ),
    pytest.param(lambda x, w: functional.coverage((), 3), ["size=()", "0 spatial"], id="no-axes"),
    pytest.param(lambda x, w: functional.coverage((8, 0), 3), ["size=(8, 0)"], id="no-pixels"),
    pytest.param(
        lambda x, w: functional.coverage(8, 3, padding=-1),
        ["padding=-1", "at least 0"],
        id="padding",
    ),
    pytest.param(
        lambda x, w: functional.padding_influence((4, 4), (3, 3, 3)),
        ["padding_influence", "kernel_size=(3, 3, 3)", "2 ints"],
        id="kernel-per-axis",
    ),
    pytest.param(
        lambda x, w: functional.padding_influence(4, 3, 2, "same"), ['"same"', "stride"], id="same"
    ),
]


@pytest.mark.parametrize(("call", "words"), WRONG)
def test_wrong_calls_are_told_values_rule_and_a_way_out(call, words):
    with pytest.raises(ConvcoreError) as error:
        call(numbers(2, 5, 4), numbers(4, 2, 3, 3))
    assert all(word in str(error.value) for word in words), str(error.value)
