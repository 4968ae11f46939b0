import pytest
import torch

from convcore.functional import multiply as room
from convcore.functional.multiply import multiply


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64])
@pytest.mark.parametrize("turned", [False, True], ids=["rows", "columns"])
def test_multiply_is_the_matrix_product(dtype, turned):
    a, b = (torch.randint(-9, 9, shape).to(dtype) for shape in ((40, 24), (24, 7)))
    a = a.mT.contiguous().mT if turned else a
    out = a.new_empty(40, 2, 7)[:, 1]
    expected = (a.double() @ b.double()).to(dtype)
    assert torch.equal(multiply(a, b), expected)
    assert multiply(a, b, out=out) is out
    assert torch.equal(out, expected)
    plus = torch.arange(7).to(dtype)
    torch.testing.assert_close(multiply(a, b, plus), expected + plus)


def test_multiply_takes_matrices_with_gaps():
    wide = torch.randn(24, 20)
    a = torch.randn(40, 24)
    for b in (wide[:, ::2], wide[::2, :7].mT, wide[:, :7]):
        left = a[:, : len(b)]
        torch.testing.assert_close(multiply(left, b), torch.einsum("ij,jk->ik", left, b))


def test_multiply_of_nothing():
    assert multiply(torch.ones(0, 3), torch.ones(3, 2)).shape == (0, 2)


def test_the_pinned_torch_has_the_quick_product():
    if not torch.backends.mkldnn.is_available():
        pytest.skip("a torch without oneDNN")
    assert room._onednn is not None


def test_without_the_quick_product_the_plain_one_serves(monkeypatch):
    a, b = torch.randn(30, 20), torch.randn(20, 10)
    quick = multiply(a, b)
    monkeypatch.setattr(room, "_onednn", None)
    torch.testing.assert_close(multiply(a, b), quick)
