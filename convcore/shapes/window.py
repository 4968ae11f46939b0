"""What an operation's arguments mean, per spatial axis: the kernel's way over its input."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

from convcore.errors import ConvcoreError

Ints = tuple[int, ...]
Padding = int | str | Sequence[int]


@dataclass(frozen=True)
class Window:
    """A kernel's way over its input: all that decides which pixels meet, per spatial axis."""

    size: Ints  # input pixels
    kernel_size: Ints  # cells
    stride: Ints
    dilation: Ints
    before: Ints  # padding pixels ahead of the input; how many follow it shows in out_size
    out_size: Ints  # output pixels

    @property
    def span(self) -> Ints:
        """How many input pixels the kernel stretches over."""
        return spans(self.kernel_size, self.dilation)

    @property
    def frame_size(self) -> Ints:
        """Size of the padded input, as far as the kernel or the input reaches."""
        return tuple(
            max(p + n, (out - 1) * s + span)
            for p, n, out, s, span in zip(
                self.before, self.size, self.out_size, self.stride, self.span, strict=True
            )
        )


def spans(kernel_size: Ints, dilation: Ints) -> Ints:
    """Input pixels that a kernel stretches over, per axis: d(k - 1) + 1."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel_size, dilation, strict=True))


def output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1):
    """Output pixels along one axis: (n + 2p - d(k - 1) - 1) // s + 1.

    Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning",
        arXiv:1603.07285.
    """
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def per_axis(operation: str, name: str, value: int | Sequence[int], axes: int, least: int) -> Ints:
    """`value` as one int per spatial axis: an int, or a sequence of one, stands for all of them.

    Raises:
        ConvcoreError: not ints, not one per axis, or smaller than `least`.
    """
    values = (value,) if isinstance(value, Integral) else value
    ints = isinstance(values, Sequence) and all(map(_is_int, values))
    if not ints or len(values) not in (1, axes):
        raise ConvcoreError(
            f"{operation}: {name}={value!r} is neither an int nor {axes} ints. "
            f"Give one int for every axis, or a tuple of {axes}."
        )
    if min(values) < least:
        raise ConvcoreError(
            f"{operation}: {name}={value!r}: every entry must be at least {least}. "
            f"Use {name}={least} or more."
        )
    return tuple(map(int, values)) * (axes if len(values) == 1 else 1)


def check_count(operation: str, name: str, value: int) -> None:
    """See that `value` is one int of at least 1, as channels and groups are."""
    if not _is_int(value) or value < 1:
        raise ConvcoreError(
            f"{operation}: {name}={value!r} must be an int of at least 1. Use {name}=1 or more."
        )


def _is_int(value: object) -> bool:
    """Whether `value` is a whole number, also NumPy's; True and False are not meant as 1 and 0."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def padding_pairs(
    operation: str, padding: Padding, kernel_size: Ints, stride: Ints, dilation: Ints
) -> tuple[tuple[int, int], ...]:
    """`padding` as (before, after) per axis; "same" puts the odd pixel after, as torch does.

    Raises:
        ConvcoreError: an unknown word, "same" with a stride, or a negative number.
    """
    if padding == "valid":
        return ((0, 0),) * len(kernel_size)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise ConvcoreError(
                f'{operation}: padding="same" with stride={stride}: the output can only have the '
                "input's size at stride 1. Use stride=1, or give the padding as numbers."
            )
        return tuple(
            ((span - 1) // 2, span - 1 - (span - 1) // 2) for span in spans(kernel_size, dilation)
        )
    if isinstance(padding, str):
        raise ConvcoreError(
            f'{operation}: padding={padding!r} is not known. Use "same" or "valid", in lower case, '
            "or numbers."
        )
    ints = per_axis(operation, "padding", padding, len(kernel_size), least=0)
    return tuple((p, p) for p in ints)


def kernel_way(
    operation: str,
    size: Ints,
    kernel_size: Ints,
    stride: Ints,
    dilation: Ints,
    pairs: Sequence[tuple[int, int]],
) -> Window:
    """The way of a kernel over an input of `size` with `pairs` of padding around it.

    Raises:
        ConvcoreError: the kernel is larger than the padded input.
    """
    padded = tuple(n + sum(pair) for n, pair in zip(size, pairs, strict=True))
    span = spans(kernel_size, dilation)
    if any(k > n for k, n in zip(span, padded, strict=True)):
        raise ConvcoreError(
            f"{operation}: the kernel spans {by(span)} (kernel_size={kernel_size}, "
            f"dilation={dilation}) but the padded input is only {by(padded)}. "
            "Use a smaller kernel_size or dilation, or more padding."
        )
    out = tuple((n - k) // s + 1 for n, k, s in zip(padded, span, stride, strict=True))
    return Window(size, kernel_size, stride, dilation, tuple(p for p, _ in pairs), out)


def by(size: Ints) -> str:
    """A size in words: 3×4."""
    return "×".join(str(n) for n in size)
