import pytest
import torch

from tests.convcore.oracle import pair


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        pytest.param("MaxPool2d", {"kernel_size": 2}, id="max"),
        pytest.param("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, id="max-padded"),
        pytest.param(
            "MaxPool2d", {"kernel_size": 2, "dilation": 2, "ceil_mode": True}, id="max-ceil"
        ),
        pytest.param("AvgPool2d", {"kernel_size": (2, 3)}, id="mean"),
        pytest.param(
            "AvgPool2d",
            {"kernel_size": 3, "padding": 1, "count_include_pad": False},
            id="mean-padding-out",
        ),
        pytest.param("AvgPool2d", {"kernel_size": 2, "divisor_override": 3}, id="mean-divisor"),
    ],
)
def test_pools_compute_what_torchs_do(name, kwargs):
    ours, theirs = pair(name, **kwargs)
    for shape in ((2, 3, 7, 9), (3, 7, 9)):
        x = torch.randn(shape)
        torch.testing.assert_close(ours(x), theirs(x))


def test_max_pool2d_returns_indices():
    ours, theirs = pair("MaxPool2d", 2, return_indices=True)
    x = torch.randn(2, 3, 6, 6)
    assert all(torch.equal(a, b) for a, b in zip(ours(x), theirs(x), strict=True))
