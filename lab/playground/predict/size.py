"""The output's size: its formula filled in, and a prediction of it judged."""

from collections.abc import Callable, Sequence

from convcore.errors import ConvcoreError
from lab.playground.compute import way
from lab.playground.predict.axis import Axis, Sized, axes_of, backwards, forwards
from lab.playground.predict.judgement import AXES, Judgement
from lab.playground.predict.size_slips import BACKWARDS, FORWARDS, SAME
from lab.playground.setup import Ints, Setup


def judge_size(setup: Setup, answer: Ints) -> Judgement:
    """Whether `answer` is the output's size, one number per spatial axis, or else how it came.

    Raises:
        ConvcoreError: not one whole number per axis; the settings do not fit together.
    """
    truth, answer = _truth(setup), tuple(answer)
    if len(answer) != len(truth) or not all(type(n) is int for n in answer):
        raise ConvcoreError(
            f"playground: the size {answer!r} must be {len(truth)} whole numbers, one for each of: "
            f"{', '.join(AXES[setup.axes])}."
        )
    if answer == truth:
        return Judgement(True, f"Right. {'; '.join(formula_text(setup))}.")
    if sorted(answer) == sorted(truth):
        order = ", then ".join(AXES[setup.axes])
        return Judgement(False, f"The right numbers, but their order is another: {order}.")
    said: dict[str, list[str]] = {}  # what is true of several axes is said once
    each = zip(AXES[setup.axes], axes_of(setup), truth, answer, strict=True)
    for name, axis, right, given in each:
        said.setdefault(_judged(setup, axis, right, given), []).append(name)
    parts = (f"{_names(names)}: {words}" for words, names in said.items())
    return Judgement(False, " ".join(parts))


def formula_text(setup: Setup, *, hidden: bool = False) -> list[str]:
    """The formula of the output's size with the setup's numbers, a line for each axis.

    Args:
        hidden: leave the result out.

    Raises:
        ConvcoreError: the settings do not fit together.
    """
    truth = _truth(setup)  # first: it sees whether the settings fit together
    return [
        f"{name}: {_right(setup)(axis)[0]}{'' if hidden else f' = {size}'}"
        for name, axis, size in zip(AXES[setup.axes], axes_of(setup), truth, strict=True)
    ]


def _judged(setup: Setup, axis: Axis, truth: int, answer: int) -> str:
    if answer == truth:
        return "right."
    slips = BACKWARDS if setup.operation == "transposed" else FORWARDS
    if setup.padding == "same":
        slips = SAME + slips
    found = [(slip, text) for slip in slips for text, n in [slip.leads(axis)] if n == answer]
    if not found:
        return f"it is not {answer}. Fill in {_right(setup)(axis)[0]}."
    slip, text = found[0]
    perhaps = "perhaps " if len({text for _, text in found}) > 1 else ""
    return f"{answer} {perhaps}comes from {slip.what}, {text} = {answer}. {slip.instead}."


def _right(setup: Setup) -> Callable[[Axis], Sized]:
    return backwards if setup.operation == "transposed" else forwards


def _truth(setup: Setup) -> Ints:
    window = way(setup)
    return window.size if setup.operation == "transposed" else window.out_size


def _names(names: Sequence[str]) -> str:
    return " and ".join(names).capitalize()
