"""What test_live_chart.py drives: one live chart that grows, or every figure, by ?show=…."""

import math

import streamlit as st

from convcore.overfitting import judge
from lab import figures
from lab.components.live_chart import live_chart

st.set_page_config(layout="wide")


def overfit(epochs: int, best: int = 7) -> dict[str, list[float]]:
    fair = [2.2 * math.exp(-epoch / 7) + 0.05 for epoch in range(epochs)]
    wobble = [0.01 * math.sin(5 * epoch) for epoch in range(epochs)]
    test = [1.1 + 0.15 * max(0, best - e - 1) + 0.04 * max(0, e + 1 - best) for e in range(epochs)]
    return {
        "train_loss": [value + 0.25 for value in fair],
        "fair_train_loss": fair,
        "validation_loss": [a + b for a, b in zip(test, wobble, strict=True)],
        "test_loss": [a + b + 0.06 for a, b in zip(test, wobble[::-1], strict=True)],
        "train_accuracy": [math.exp(-value) for value in fair],
        "test_accuracy": [math.exp(-value) for value in test],
    }


def healthy(epochs: int) -> dict[str, list[float]]:
    return {
        "fair_train_loss": [0.8 + 1.4 * math.exp(-epoch / 4) for epoch in range(epochs)],
        "test_loss": [0.9 + 1.3 * math.exp(-epoch / 4) for epoch in range(epochs)],
    }


@st.fragment(run_every=0.4)
def growing() -> None:
    epochs = min(st.session_state.get("epochs", 0) + 1, 40)
    st.session_state["epochs"] = epochs
    curves = overfit(epochs)
    figure = figures.learning_curves(curves, judge(curves), epochs=40)
    live_chart(figure, key="test.live", label=f"Losses of {epochs} epochs")
    st.caption(judge(curves).sentence)


def gallery() -> None:
    curves = overfit(20)
    verdict = judge(curves, classes=10)
    classes = [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ]
    counts = [[800 if i == j else (i * 7 + j * 13) % 40 for j in range(10)] for i in range(10)]
    one = {name: values[:1] for name, values in curves.items()}
    no_validation = {name: v for name, v in curves.items() if not name.startswith("validation")}
    steps = range(1, 41)
    other = overfit(25, 12)
    shown = {
        "curves": figures.learning_curves(
            curves, verdict, title="Overfit on purpose: 500 pictures"
        ),
        "test": figures.learning_curves(no_validation, judge(no_validation), log_y=True),
        "one": figures.learning_curves(one, judge(one), epochs=5),
        "accuracy": figures.accuracy_curves(curves),
        "batches": figures.batch_losses(
            list(range(2000)), [2 * math.exp(-s / 600) + 0.2 * math.sin(s * s) for s in range(2000)]
        ),
        "confusion": figures.confusion_matrix(counts, classes, title="Confusion on the test set"),
        "duel": figures.duel(
            [0, *(1e-7 * 1.2**step for step in steps[1:])],
            [1e-6 * 1.1**step for step in steps],
            {
                "custom": [0.12 + 0.01 * math.sin(step) for step in steps],
                "torch": [0.08 + 0.01 * math.cos(step) for step in steps],
            },
        ),
        "compare": figures.compare_curves(
            [
                ("overfit on purpose", curves, verdict),
                ("remedy: augmentation, dropout and weight decay", healthy(20), judge(healthy(20))),
                ("torch, N = 3", other, judge(other)),
            ]
        ),
    }
    columns = st.columns(2)
    for index, (name, figure) in enumerate(shown.items()):
        with columns[index % 2]:
            st.plotly_chart(figure, key=f"gallery.{name}")
    st.subheader("The live component")
    live_chart(shown["curves"], key="gallery.live", label="Losses")
    live_chart(shown["confusion"], key="gallery.matrix", label="Confusion", height=440)


if st.query_params.get("show") == "gallery":
    gallery()
else:
    growing()
