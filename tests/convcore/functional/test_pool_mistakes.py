"""Each wrong call of torch's poolings raises here, too, and says what is wrong."""

import pytest
import torch
import torch.nn.functional as F

from convcore import functional, reference
from convcore.errors import ConvcoreError
from tests.convcore.functional.test_pools import AXES, KINDS, TAKES, pooling

RANKS = {1: "(N, C, L) or (C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}


def mistakes(axes):
    """(name, arguments, what is told); the input's shape is (1, 2, 8 …) unless said."""
    size, by = (8,) * axes, "×".join
    return [
        ("kernel-too-large", {"kernel_size": 9}, ["kernel_size=" + str((9,) * axes)]),
        ("kernel-zero", {"kernel_size": 0}, ["kernel_size=0", "at least 1"]),
        ("kernel-negative", {"kernel_size": -2}, ["kernel_size=-2", "at least 1"]),
        ("kernel-float", {"kernel_size": 2.5}, ["kernel_size=2.5", "int"]),
        ("kernel-bool", {"kernel_size": True}, ["kernel_size=True", "int"]),
        ("kernel-entries", {"kernel_size": (2,) * (axes + 1)}, [f"nor {axes} ints"]),
        ("stride-zero", {"stride": 0}, ["stride=0", "at least 1"]),
        ("stride-negative", {"stride": -1}, ["stride=-1", "at least 1"]),
        ("stride-entries", {"stride": (1,) * (axes + 1)}, [f"nor {axes} ints"]),
        ("padding-negative", {"padding": -1}, ["padding=-1", "at least 0"]),
        ("padding-over-half", {"padding": 2}, ["padding=" + str((2,) * axes), "half"]),
        ("padding-entries", {"padding": (1,) * (axes + 1)}, [f"nor {axes} ints"]),
        ("dilation-zero", {"dilation": 0}, ["dilation=0", "at least 1"]),
        ("dilation-entries", {"dilation": (1,) * (axes + 1)}, [f"nor {axes} ints"]),
        ("span", {"dilation": 4}, [by(["9"] * axes), by(["8"] * axes), "dilation="]),
        ("divisor-zero", {"divisor_override": 0}, ["divisor_override=0", "divided by 0"]),
        ("divisor-float", {"divisor_override": 2.5}, ["divisor_override=2.5", "int"]),
        ("divisor-bool", {"divisor_override": True}, ["divisor_override=True", "int"]),
        ("rank-low", {"x": size}, [str(size), RANKS[axes]]),
        ("rank-high", {"x": (1, 1, 1, *size)}, [str((1, 1, 1, *size)), RANKS[axes]]),
        ("no-channels", {"x": (1, 0, *size)}, [str((1, 0, *size)), "no channels"]),
        ("no-pixels", {"x": (1, 2, *size[1:], 0)}, [str((1, 2, *size[1:], 0)), "no pixels"]),
        ("bool", {"dtype": torch.bool}, ["torch.bool", "float()"]),
        ("complex", {"dtype": torch.complex64}, ["torch.complex64", "float()"]),
        ("uint16", {"dtype": torch.uint16}, ["torch.uint16", "float()"]),
    ]


def cases():
    for kind in KINDS:
        for axes in AXES:
            taken = {"kernel_size", "x", "dtype", *TAKES[kind]}
            taken -= {"divisor_override"} if axes == 1 else set()
            for name, arguments, told in mistakes(axes):
                a_norm_makes_floats = kind == "lp_pool" and name in ("bool", "uint16")
                if set(arguments) <= taken and not a_norm_makes_floats:
                    yield pytest.param(kind, axes, arguments, told, id=f"{kind}{axes}d-{name}")


@pytest.mark.parametrize(("kind", "axes", "arguments", "told"), list(cases()))
def test_mistakes(kind, axes, arguments, told):
    arguments = {"kernel_size": 3, "x": (1, 2, *(8,) * axes), "dtype": torch.float32} | arguments
    x = torch.ones(arguments.pop("x")).to(arguments.pop("dtype"))
    with pytest.raises((RuntimeError, TypeError, ValueError, IndexError)):
        pooling(F, kind, axes)(x, **arguments)
    for module in (functional, reference):
        with pytest.raises(ConvcoreError) as error:
            pooling(module, kind, axes)(x, **arguments)
        assert str(error.value).startswith(f"{kind}{axes}d: ")
        assert [part for part in told if part not in str(error.value)] == []


@pytest.mark.parametrize("kind", ["avg_pool", "lp_pool"])
def test_blocks_larger_than_the_volume_have_no_mean(kind):
    arguments = {"ceil_mode": True} | ({"padding": 1} if kind == "avg_pool" else {})
    x = torch.ones(1, 1, 2, 4, 4)
    with pytest.raises(RuntimeError):
        pooling(F, kind, 3)(x, 3, 2, **arguments)
    for module in (functional, reference):
        with pytest.raises(ConvcoreError, match=r"kernel_size=\(3, 3, 3\).*size=\(2, 4, 4\)"):
            pooling(module, kind, 3)(x, 3, 2, **arguments)
        pooling(module, "max_pool", 3)(x, 3, 1, padding=1)  # of maxima torch does not ask it


def test_what_is_pooled_is_a_tensor():
    for kind in (*KINDS, "pool"):
        arguments = (2, sum) if kind == "pool" else (2,)
        for axes in AXES:
            with pytest.raises(ConvcoreError, match="type=list"):
                pooling(functional, kind, axes)([[1.0, 2.0]], *arguments)
    with pytest.raises(ConvcoreError, match="type=list"):
        functional.adaptive_avg_pool2d([[1.0]], 1)
