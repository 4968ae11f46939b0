"""Figures that anyone can compute by hand, held against the loops and the fast operations."""

import pytest
import torch

from convcore import functional, reference

X = [[1, 2, 3], [4, 5, 6], [5, 6, 7]]


def picture(rows):
    return torch.tensor(rows, dtype=torch.float64).view(1, 1, len(rows), -1)


@pytest.fixture(params=[reference, functional], ids=["loops", "fast"])
def operations(request):
    return request.param


MEAN_PADDED = [
    [0.25, 0.75, 1.25, 0.75],
    [1.25, 3, 4, 2.25],
    [2.25, 5, 6, 3.25],
    [1.25, 2.75, 3.25, 1.75],
]


def test_pool_figures(operations):
    x = picture(X)
    assert torch.equal(operations.avg_pool2d(x, (2, 3), 1), picture([[3.5], [5.5]]))
    assert torch.equal(operations.avg_pool2d(x, 2, 1, 1), picture(MEAN_PADDED))
    assert torch.equal(operations.max_pool2d(x, 2, 1), picture([[5, 6], [6, 7]]))


def test_pools_work_channel_by_channel(operations):
    torch.manual_seed(0)
    x = torch.randn(2, 3, 5, 5).double()
    for pool in (operations.avg_pool2d, operations.max_pool2d):
        alone = [pool(x[:, [c]], 2) for c in range(3)]
        torch.testing.assert_close(pool(x, 2), torch.cat(alone, 1))


def test_edges_of_a_black_bar(operations):
    x = torch.ones(1, 1, 6, 8)
    x[..., 2:6] = 0
    lying = torch.tensor([[[[1.0, -1.0]]]])
    row = torch.tensor([0.0, 1, 0, 0, 0, -1, 0])
    assert torch.equal(operations.conv2d(x, lying), row.expand(1, 1, 6, 7))
    assert not operations.conv2d(x, lying.mT).any()


def test_edges_of_a_diagonal(operations):
    x, lying = torch.eye(8).view(1, 1, 8, 8), torch.tensor([[[[1.0, -1.0]]]])
    y = operations.conv2d(x, lying)
    expected = torch.eye(8) - torch.diag(torch.ones(7), -1)
    assert torch.equal(y[0, 0], expected[:, :7])
    assert torch.equal(operations.conv2d(x.mT, lying), y)
    assert torch.equal(operations.conv2d(x, lying.mT), y.mT)
