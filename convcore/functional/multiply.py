"""The matrix product that the convolutions are made of."""

import torch
from torch import Tensor

# oneDNN's product of matrices, which the code of torch.compile calls too. It uses the whole of a
# processor with AVX-512; torch.mm's MKL uses half of it where AMD made it: 400 against 180 GFLOP/s.
_onednn = getattr(torch.ops.mkldnn, "_linear_pointwise", None)


def multiply(a: Tensor, b: Tensor, plus: Tensor | None = None, *, out: Tensor | None = None):
    """The product a b of two matrices, `plus` added to each row; written to `out` where given."""
    if not _suits_onednn(a, b):
        return torch.mm(a, b, out=out) if plus is None else torch.addmm(plus, a, b, out=out)
    product = _onednn(a, b.mT, plus, "none", [], "")
    return product if out is None else out.copy_(product)


def _suits_onednn(a: Tensor, b: Tensor) -> bool:
    """Whether oneDNN is there and quick: where gaps are, it copies `a` and crawls through `b`."""
    alike = _onednn and a.dtype == torch.float32 and a.device.type == "cpu"
    return alike and a.is_contiguous() and (b.is_contiguous() or b.mT.is_contiguous())
