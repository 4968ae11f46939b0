import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convcore import kernels
from tests.convcore.kernels.responses import DOUBLE, grid, respond


@pytest.mark.parametrize(
    ("order", "accuracy", "expected"),
    [
        (1, 1, {0: "-1", 1: "1"}),
        (1, 4, {-2: "1/12", -1: "-2/3", 0: "0", 1: "2/3", 2: "-1/12"}),
        (2, 2, {-1: "1", 0: "-2", 1: "1"}),
        (2, 4, {-2: "-1/12", -1: "4/3", 0: "-5/2", 1: "4/3", 2: "-1/12"}),
        (3, 2, {-2: "-1/2", -1: "1", 0: "0", 1: "-1", 2: "1/2"}),
        (0, 4, {-1: "0", 0: "1", 1: "0"}),
    ],
    ids=str,
)
def test_stencil_is_exact(order, accuracy, expected):
    weights = {position: Fraction(weight) for position, weight in expected.items()}
    assert kernels.stencil(order, accuracy) == weights


orders, accuracies = st.integers(0, 8), st.sampled_from([1, 2, 4, 6, 8])


@settings(deadline=None, max_examples=60)
@given(orders, accuracies)
def test_stencil_annihilates_other_powers_and_gives_the_factorial(order, accuracy):
    weights = kernels.stencil(order, accuracy)
    cells = order + 1 if accuracy == 1 else 2 * ((order + 1) // 2) - 1 + accuracy
    assert len(weights) == cells
    for power in range(order + accuracy):
        moment = sum(weight * position**power for position, weight in weights.items())
        assert moment == (math.factorial(order) if power == order else 0), power


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 6), accuracies, st.sampled_from(["x", "y"]))
def test_derivative_of_polynomials_in_a_picture(order, accuracy, axis):
    """System C5, wherever the kernel lies on the picture."""
    weights = kernels.derivative(order, accuracy, dtype=DOUBLE)
    x, y = grid(17, 17)
    t = (x if axis == "x" else y) - 8
    for power in range(order + 1):
        response = respond(kernels.along(weights, axis), t**power)
        expected = math.factorial(order) if power == order else 0.0
        assert response.numel()
        tolerance = 1e-15 * 20 * 8**power * weights.abs().sum().item()  # rounding of the products
        assert (response - expected).abs().max() <= tolerance


@pytest.mark.parametrize("accuracy", [2, 4, 6])
def test_derivative_error_shrinks_with_the_accuracy(accuracy):
    def error(width):
        t = torch.tensor([p * width for p in kernels.stencil(1, accuracy)], dtype=DOUBLE)
        weights = kernels.derivative(1, accuracy, dtype=DOUBLE)
        return abs((weights @ torch.exp(t)).item() / width - 1)

    assert error(0.2) / error(0.1) == pytest.approx(2**accuracy, rel=0.05)


def test_derivative_of_the_highest_order_is_still_exact():
    weights = kernels.derivative(56, dtype=DOUBLE)
    assert [int(weight) for weight in weights] == [
        (-1) ** (56 - cell) * math.comb(56, cell) for cell in range(57)
    ]


def test_integral_undoes_the_derivative():
    signal = torch.tensor([3.0, 1, 4, 1, 5, 9, 2, 6])[None]
    changes = respond(kernels.along(kernels.derivative(1), "x"), signal)
    back = respond(kernels.along(kernels.integral(3), "x"), changes)
    assert torch.equal(back, signal[:, 3:] - signal[:, :-3])


def test_the_classic_kernel_finds_the_edges_of_a_black_bar():
    """System C1: [1, −1] is the first derivative with its sign changed."""
    picture = torch.ones(6, 8)
    picture[:, 2:6] = 0
    lying = -kernels.along(kernels.derivative(1), "x")
    assert lying.tolist() == [[1, -1]]
    assert respond(lying, picture).tolist() == [[0, 1, 0, 0, 0, -1, 0]] * 6
    assert not respond(-kernels.along(kernels.derivative(1), "y"), picture).any()


def test_the_classic_kernel_on_a_diagonal():
    """System C2."""
    lying, upright = (-kernels.along(kernels.derivative(1), axis) for axis in "xy")
    response = respond(lying, torch.eye(8))
    assert torch.equal(response, (torch.eye(8) - torch.diag(torch.ones(7), -1))[:, :7])
    assert torch.equal(respond(lying, torch.eye(8).mT), response)
    assert torch.equal(respond(upright, torch.eye(8)), response.mT)
