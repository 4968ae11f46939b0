"""torch as the oracle: same values, same gradients."""

import torch
from torch import nn

from convcore import layers

MEMORY = {
    "contiguous": lambda x: x,
    "channels-last": lambda x: x.contiguous(memory_format=torch.channels_last),
    "strided": lambda x: x.repeat_interleave(2, -1)[..., ::2],
    "transposed": lambda x: x.mT.contiguous().mT,
}


def numbers(*shape, dtype=torch.float64):
    return torch.randn(*shape, dtype=dtype)


def gradients(y, upstream, *tensors):
    return torch.autograd.grad(y, tensors, upstream, retain_graph=True)


def assert_same(ours, theirs, tensors, **tolerance):
    """Same values, and same gradients under a random upstream gradient."""
    torch.testing.assert_close(ours, theirs, **tolerance)
    upstream = torch.randn_like(theirs)
    for got, wanted in zip(
        gradients(ours, upstream, *tensors), gradients(theirs, upstream, *tensors), strict=True
    ):
        torch.testing.assert_close(got, wanted, **tolerance)


def pair(name, *arguments, **kwargs):
    """Our layer and torch's, each made from the same seed."""
    made = []
    for module in (layers, nn):
        torch.manual_seed(3)
        made.append(getattr(module, name)(*arguments, **kwargs))
    return made
