"""Beside the stepper: size and cost, predicting, numbers as text, code, and keeping it."""

import streamlit as st

from lab.playground import Setup
from lab.widgets import fields
from lab.widgets.errors import plain, told
from lab.widgets.keeping import keeping
from lab.widgets.playground.controls import AXES
from lab.widgets.playground.state import Now, change, hide, show_run

_LOOPS_MOST = 40_000  # products that plain loops get through in about a second


def tabs(shown: Now) -> None:
    """Draw what stands under the stepper, a tab each; only the open one is worked out."""
    panels = {
        "Size and cost": lambda: size_and_cost(shown),
        "Predict first": lambda: predict(shown),
        "Numbers": lambda: numbers(shown.setup),
        "PyTorch code": lambda: code(shown.setup),
        "Keep and share": lambda: keep(shown),
    }
    drawn = st.tabs(list(panels), key="playground.tab", on_change="rerun")
    for tab, draw in zip(drawn, panels.values(), strict=True):
        if tab.open:
            with tab, told():
                draw()


def size_and_cost(shown: Now) -> None:
    """Draw the output size formula with its numbers, the cost, and times on request."""
    from lab.playground.predict import cost, formula_text
    from lab.playground.unused import never_used

    setup = shown.setup
    lines = formula_text(setup, hidden=shown.hidden)
    st.code("\n".join(lines), language=None, wrap_lines=True)
    if shown.hidden:
        return
    if missed := never_used(setup):
        st.warning(missed, icon=":material/visibility_off:")
    spent = cost(setup)
    parts = [(f"{spent.outputs:,}", "outputs")]
    if setup.operation != "pooling":
        parts += [
            (f"{spent.multiplications:,}", "multiplications"),
            (f"{spent.parameters:,}", "parameters"),
        ]
    st.markdown(" · ".join(f"**{value}** {name}" for value, name in parts))
    if setup.operation == "pooling":
        return
    if st.button(
        "Measure the time",
        icon=":material/timer:",
        key="playground.measure",
        help="Plain Python loops, our fast convolution and torch's, on these numbers.",
    ):
        from lab.playground.timing import measure

        with st.spinner("Measuring …"):
            st.session_state["playground.times"] = setup, measure(setup, _LOOPS_MOST)
    measured, times = st.session_state.get("playground.times", (None, []))
    if measured == setup:
        st.table(
            {
                "": [name for name, _ in times],
                "microseconds": [f"{1e6 * seconds:,.0f}" for _, seconds in times],
            },
            border="horizontal",
        )
        st.caption(
            "Small inputs: mostly the cost of calling. The ratio to the loops grows with "
            "the size; on CIFAR-10 it is over 100,000."
        )


def predict(shown: Now) -> None:
    """Draw the questions to be answered while the output is hidden."""
    st.markdown(
        "What comes out? Answer first, then show the output. A link made now hides it too."
        if shown.hidden
        else "Hide the output, and say what it will be before you look."
    )
    fields.toggle("playground.hidden", "Hide the output", shown.hidden, _hide)
    if shown.hidden:
        _ask_size(shown)
        if shown.size_known:
            _ask_value(shown)


def numbers(setup: Setup) -> None:
    """Draw the numbers as text, to be read, copied and pasted over."""
    st.caption(
        "Paste rows from a spreadsheet or a Python list; a blank line parts the channels. "
        "What does not fit changes nothing."
    )
    grids = ["x"] if setup.operation == "pooling" else ["x", "weight"]
    if setup.bias is not None:
        grids.append("bias")
    titles = {"x": "Input", "weight": "Kernel", "bias": "Bias"}
    if setup.operation == "transposed":  # output channels first, as the stepper shows them
        from lab.playground.edits import with_operation

        setup = with_operation(setup, "correlation")
    for grid, column in zip(grids, st.columns(len(grids)), strict=True):
        with column:
            fields.numbers(
                f"playground.text.{grid}",
                titles[grid],
                getattr(setup, grid),
                lambda text, grid=grid: _paste(grid, text),
                "",
                180,
            )


def code(setup: Setup) -> None:
    """Draw PyTorch code that prints the same output."""
    from lab.playground.snippet import snippet

    st.caption("Runs by itself with nothing but torch, and prints the output above.")
    st.code(snippet(setup), language="python", wrap_lines=True)


def keep(shown: Now) -> None:
    """Draw the link and the button that logs the setup to MLflow, and what was logged."""
    st.markdown(
        "The address of this page holds the whole screen, numbers included: copy it to "
        "share what you see."
    )
    from lab.playground.keeping import KIND, title
    from lab.playground.keeping import keep as put

    setup = shown.setup
    keeping(
        KIND,
        title(setup),
        setup.to_link(),
        lambda store, name: put(store, setup, name),
        show_run,
    )


def _ask_size(shown: Now) -> None:
    from lab.playground.predict import judge_size

    names = AXES[shown.setup.axes]
    with st.form("playground.size_form", border=False):
        columns = st.columns(len(names))
        answer = tuple(
            column.number_input(
                f"Output {name}", 0, 999, value=None, key=f"playground.answer.{name}"
            )
            for name, column in zip(names, columns, strict=True)
        )
        asked = st.form_submit_button("Check the size")
    if asked and None in answer:
        st.warning("Type a number for every axis.")
    elif asked:
        judgement = judge_size(shown.setup, answer)
        _tell(judgement)
        if judgement.right and not shown.size_known:
            shown.predicted = shown.setup
            st.rerun()  # the output's cells can be drawn now, their values still hidden
    elif shown.size_known:
        st.success("The size is right. Now a value.", icon=":material/check:")


def _ask_value(shown: Now) -> None:
    from lab.playground.compute import compute
    from lab.playground.predict import judge_value

    shape = compute(shown.setup).shape
    position = shown.pin or [0] * len(shape)
    where = f"y[{', '.join(map(str, position))}]"
    with st.form("playground.value_form", border=False):
        answer = st.number_input(
            f"Value of {where}",
            value=None,
            key="playground.answer.value",
            format="%g",
            help="Click a cell of the output to ask for another.",
        )
        asked = st.form_submit_button("Check the value")
    if asked and answer is None:
        st.warning("Type a number.")
    elif asked:
        _tell(judge_value(shown.setup, tuple(position), answer))


def _tell(judgement) -> None:
    if judgement.right:
        st.success(plain(judgement.sentence), icon=":material/check:")
    else:
        st.error(plain(judgement.sentence), icon=":material/lightbulb:")


def _hide(wanted: bool) -> None:
    hide(wanted)
    for key in [key for key in st.session_state if str(key).startswith("playground.answer.")]:
        del st.session_state[key]


def _paste(grid: str, text: str) -> None:
    from lab.playground import edits

    axes = [0, 0]  # deep enough for one channel alone; with more, the text has them all
    change(lambda setup: edits.with_matrix(setup, grid, axes[: 1 if grid == "x" else 2], text))
