import pytest
import torch
import torch.nn.functional as F

from convcore.errors import ConvcoreError
from lab.playground.compute import compute
from lab.playground.predict import judge_value
from lab.playground.setup import Setup


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    """Numbers of which no two sums are alike by chance."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


ROUNDED = [
    pytest.param(2 / 3, 0.667, True, id="three digits"),
    pytest.param(2 / 3, 0.6667, True, id="four digits"),
    pytest.param(2 / 3, 0.67, False, id="two digits"),
    pytest.param(2 / 3, 0.6669, False, id="four digits, the last one wrong"),
    pytest.param(2.125, 2.13, True, id="half upwards"),
    pytest.param(2.125, 2.12, True, id="half to even"),
    pytest.param(-12345, -12300, True, id="large and negative"),
    pytest.param(1, 1 + 5e-7, True, id="one part in a million"),
    pytest.param(0, 1e-9, False, id="not zero"),
    pytest.param(1e-300, 1e9, False, id="far away"),
]


@pytest.mark.parametrize(("truth", "answer", "right"), ROUNDED)
def test_how_exact_an_answer_must_be(truth, answer, right):
    setup = Setup.plain([[truth]], [[[1]]])
    assert judge_value(setup, (0, 0), answer).right == right


def test_a_sum_that_floating_point_leaves_just_off_zero_is_zero():
    setup = Setup.plain([[0.1, 0.2, -0.3]], [[[1, 1, 1]]])
    assert compute(setup).item() != 0
    assert judge_value(setup, (0, 0), 0).right


def test_a_right_value_is_confirmed():
    setup = Setup.plain([[[1, 2, 3], [4, 5, 6], [5, 6, 7]]], [[[[1, 2], [2, 3]]]])
    assert judge_value(setup, (0, 1, 0), 42).sentence == "Right: 42."


X, W, BIAS = numbers(3, 8, 9), numbers(2, 3, 3, 3, seed=1), torch.tensor([0.7, -1.3]).double()
WAY = {"stride": (2, 2), "padding": (1, 2), "dilation": (2, 1)}
RICH = Setup.plain(X.tolist(), W.tolist(), bias=BIAS.tolist(), **WAY)
TWIN = RICH.changed(operation="convolution")
BACK_X, BACK_W = numbers(2, 6, 6), numbers(2, 2, 3, 3, seed=1)
BACK_WAY = {"stride": (2, 2), "padding": (2, 2)}
BACK = Setup.plain(
    BACK_X.tolist(), BACK_W.tolist(), bias=BIAS.tolist(), operation="transposed", **BACK_WAY
)
AT = (1, 1, 2)


def forwards(x=X, weight=W, bias=BIAS, at=AT, **others) -> float:
    return F.conv2d(x, weight, bias, **(WAY | others))[at].item()


def backwards(x=BACK_X, weight=BACK_W, bias=BIAS, at=AT, **others) -> float:
    return F.conv_transpose2d(x, weight, bias, **(BACK_WAY | others))[at].item()


def kept(x: torch.Tensor, *channels: int) -> torch.Tensor:
    """`x` with zeros in all other channels."""
    return torch.stack([x[c] if c in channels else 0 * x[c] for c in range(len(x))])


def without(weight: torch.Tensor, *cell: int) -> torch.Tensor:
    changed = weight.clone()
    changed[cell] = 0
    return changed


TURNED, BACK_TURNED = W.flip(2, 3), BACK_W.flip(2, 3)
SUMS = [
    pytest.param(RICH, forwards(weight=TURNED), "turning the kernel round, which", id="turned"),
    pytest.param(TWIN, forwards(), "laying the kernel on as it is typed", id="not turned"),
    pytest.param(RICH, forwards(bias=None), "forgetting the bias, −1.3", id="bias"),
    pytest.param(RICH, forwards(kept(X, 1)), "taking channel 1 alone", id="one channel"),
    pytest.param(RICH, forwards(kept(X, 0, 1)), "leaving out channel 2", id="two channels"),
    pytest.param(RICH, forwards(bias=3 * BIAS), "adding the bias for every input", id="bias × 3"),
    pytest.param(RICH, forwards(weight=W.mT), "swapping the kernel's rows", id="mirrored kernel"),
    pytest.param(RICH, forwards(stride=1), "ignoring the stride", id="stride"),
    pytest.param(RICH, forwards(dilation=1), "ignoring the dilation", id="dilation"),
    pytest.param(RICH, forwards(padding=0), "ignoring the padding: the first", id="padding"),
    pytest.param(RICH, forwards(at=(1, 2, 1)), "reading the position as (column", id="swapped"),
    pytest.param(RICH, forwards(at=(0, 1, 2)), "another output channel: it stands", id="channel"),
    pytest.param(RICH, forwards(at=(1, 0, 2)), "the window next to it, at (0, 2)", id="next"),
    pytest.param(RICH, -forwards(), "the wrong sign: all else", id="sign"),
    pytest.param(
        RICH, forwards(weight=without(W, 1, 2, 1, 0)), "leaving out a product", id="product"
    ),
    pytest.param(
        TWIN,
        forwards(weight=TURNED - 2 * (TURNED - without(TURNED, 1, 0, 1, 0))),
        "the wrong sign of a product",
        id="sign of a product",
    ),
    pytest.param(BACK, backwards(weight=BACK_TURNED), "turning the kernel round: every", id="back"),
    pytest.param(BACK, backwards(bias=None), "forgetting the bias", id="back: bias"),
    pytest.param(BACK, backwards(kept(BACK_X, 0)), "taking channel 0 alone", id="back: channel"),
    pytest.param(BACK, backwards(stride=1), "ignoring the stride", id="back: stride"),
    pytest.param(BACK, backwards(padding=0), "ignoring the padding: it is cut", id="back: padding"),
    pytest.param(
        BACK, backwards(weight=without(BACK_W, 1, 1, 1, 2)), "leaving out a product", id="back: one"
    ),
]


@pytest.mark.parametrize(("setup", "wrong", "said"), SUMS)
def test_a_wrong_sum_is_told_its_slip(setup, wrong, said):
    judgement = judge_value(setup, AT, wrong)
    assert not judgement.right
    start = f"{wrong:.6g} comes from {said}".replace("-", "−")
    assert judgement.sentence.startswith(start)


P = numbers(2, 6, 6)


def pooling(rule: str, **settings) -> Setup:
    way = {"stride": (2, 2), "padding": (1, 1)} | settings
    return Setup.plain(
        P.tolist(), [[numbers(3, 3).tolist()]], operation="pooling", rule=rule, **way
    )


CORNER = (1, 0, 0)
SEEN = P[1, :2, :2].flatten()  # the rest of the window in the corner is padding
POOLED = [
    pytest.param("mean", SEEN.mean(), "dividing by the window's numbers without", id="divisor"),
    pytest.param("mean", SEEN.sum(), "adding up without dividing", id="sum"),
    pytest.param("mean", SEEN.max(), "taking the largest number", id="max for mean"),
    pytest.param("mean", SEEN.min(), "taking the smallest number", id="min for mean"),
    pytest.param("max", SEEN.sum() / 9, "taking the mean", id="mean for max"),
    pytest.param("lp", SEEN.square().sum(), "forgetting the root: the power 2", id="root"),
    pytest.param("formula", SEEN.max(), "taking the largest number: this pooling", id="formula"),
]


@pytest.mark.parametrize(("rule", "wrong", "said"), POOLED)
def test_a_wrong_pooling_is_told_its_slip(rule, wrong, said):
    judgement = judge_value(pooling(rule), CORNER, wrong.item())
    assert not judgement.right
    assert said in judgement.sentence


MODES = [("zeros", "reflect"), ("reflect", "zeros"), ("replicate", "circular")]


@pytest.mark.parametrize(("mode", "taken"), MODES)
def test_padding_of_another_mode_is_named(mode, taken):
    setup, other = (RICH.changed(padding_mode=each) for each in (mode, taken))
    wrong = compute(other)[1, 0, 0].item()
    sentence = judge_value(setup, (1, 0, 0), wrong).sentence
    assert f"comes from filling the padding with {taken}: padding_mode is {mode!r}" in sentence


@pytest.mark.parametrize(("rule", "sign"), [("max", -1), ("min", 1)])
def test_padding_taken_for_zeros_is_named(rule, sign):
    x = sign * (numbers(1, 4, 4).abs() + 1)
    setup = pooling(rule).changed(x=x.tolist())
    sentence = judge_value(setup, (0, 0, 1), 0).sentence
    assert "0 comes from taking the padding for zeros: a" in sentence


def test_several_slips_with_one_result_are_perhaps():
    setup = Setup.plain([[1, 2, 3]], [[[1, -1]]])
    sentence = judge_value(setup, (0, 0), 1).sentence  # also the wrong sign
    assert sentence == (
        "1 perhaps comes from turning the kernel round, which only a true convolution does."
    )


def test_a_kernel_cell_is_counted_as_it_is_typed():
    for operation, cell in (("correlation", "(0, 1)"), ("convolution", "(1, 0)")):
        x, weight = [[[2, 30], [500, 7000]]], [[[[1, 1.5], [1.25, 1.125]]]]
        setup = Setup.plain(x, weight, operation=operation)
        product = 30 * (1.5 if operation == "correlation" else 1.25)
        wrong = compute(setup).item() - product
        assert f"(kernel cell {cell})" in judge_value(setup, (0, 0, 0), wrong).sentence


HINTS = [
    pytest.param(RICH, "Multiply each of the 9 cells by what it meets of each of the 3 channels,"
                 " add it all up, then the bias.", id="convolution"),
    pytest.param(BACK, "Every input pixel lays down the kernel times its number; add up what lands"
                 " there of each of the 2 channels, then the bias.", id="transposed"),
    pytest.param(pooling("max"), "Collect the 9 numbers that the window sees there, and reduce"
                 " them.", id="pooling"),
    pytest.param(RICH.changed(x=X[:1].tolist(), weight=W[:, :1].tolist(), bias=None), "Multiply"
                 " each of the 9 cells by what it meets, add it all up.", id="one channel"),
]  # fmt: skip


@pytest.mark.parametrize(("setup", "hint"), HINTS)
def test_an_unknown_slip_gets_a_hint_without_the_result(setup, hint):
    assert judge_value(setup, AT, -12345).sentence == f"It is not −12345. {hint}"


@pytest.mark.parametrize("position", [(2, 0, 0), (0, 4, 0), (0, 0), (0, -1, 0)])
def test_a_place_outside_is_refused(position):
    with pytest.raises(ConvcoreError, match="position"):
        judge_value(RICH, position, 0)


def test_where_a_formula_gives_no_number_nothing_is_right():
    setup = pooling("formula").changed(formula="log(min(w) - min(w))")
    sentence = judge_value(setup, CORNER, 0).sentence
    assert sentence == "No number is right here: the formula gives -inf."


@pytest.mark.parametrize("axes", [1, 3])
def test_slips_are_named_along_any_number_of_axes(axes):
    x, weight = numbers(2, *(5,) * axes), numbers(1, 2, *(3,) * axes, seed=1)
    for operation in ("correlation", "transposed"):
        kernel = weight if operation == "correlation" else weight.transpose(0, 1)
        setup = Setup.plain(x.tolist(), kernel.tolist(), operation=operation)
        turned = kernel.flip(tuple(range(2, 2 + axes))).tolist()
        at = (0,) + (2,) * axes
        wrong = compute(setup.changed(weight=turned))[at].item()
        assert "comes from turning the kernel round" in judge_value(setup, at, wrong).sentence
        beside = compute(setup)[(0,) + (2,) * (axes - 1) + (1,)].item()
        assert "the window next to it" in judge_value(setup, at, beside).sentence
