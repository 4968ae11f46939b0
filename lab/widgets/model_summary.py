"""What a training would be, before it starts: layers, shapes, parameters, time an epoch."""

import streamlit as st

from convcore.config import TrainConfig

_LARGEST = 30_000_000  # parameters; timing a larger model would hold the page up


def cost_line(config: TrainConfig) -> None:
    """Say in a line how large the model of `config` is, and how long an epoch takes here.

    Raises:
        ConvcoreError: the data set is unknown, or the model does not fit its pictures.
    """
    source = _source(config)
    rows = _layers(config.to_json(), source.in_shape, source.classes)
    parameters = sum(row["Parameters"] for row in rows)
    pictures = config.subset or source.train or 0
    facts = [f"{parameters:,} parameters"]
    if pictures:
        facts.append(f"{pictures:,} pictures an epoch")
    if parameters <= _LARGEST:
        with st.spinner("Measuring a few batches …", show_time=True):
            measured = _estimate(
                config.to_json(), source.in_shape, source.classes, pictures, source.test or 0
            )
        facts.append(f"about {_duration(measured.epoch_seconds)} an epoch on this machine")
    st.caption(
        " · ".join(facts),
        help="The time is measured on a few batches just now; a training under way slows it.",
    )


def layer_table(config: TrainConfig) -> None:
    """Draw the layers of the model that `config` asks for, each with its output and parameters."""
    source = _source(config)
    rows = _layers(config.to_json(), source.in_shape, source.classes)
    with st.expander("Layers", icon=":material/account_tree:"):
        st.dataframe(rows, hide_index=True, alt="Layers of the model")


def _source(config: TrainConfig):
    from convcore import datasets
    from lab.settings import current

    return datasets.describe(config.data, current().data_root)


@st.cache_data(max_entries=64, show_spinner=False)
def _layers(config: str, in_shape: tuple[int, int, int], classes: int) -> list[dict]:
    import torch

    from convcore import models

    # On the meta device nothing is computed and no weight takes memory: shapes only.
    with torch.device("meta"):
        model = models.build(TrainConfig.from_json(config), in_shape, classes)
    return [
        {
            "Layer": row.name,
            "Kind": row.kind,
            "Output (C×H×W)": "×".join(map(str, row.out_shape)),
            "Parameters": row.parameters,
        }
        for row in models.summary(model, in_shape)
    ]


@st.cache_data(max_entries=64, show_spinner=False)
def _estimate(config: str, in_shape: tuple[int, int, int], classes: int, train: int, test: int):
    from convcore import training

    return training.estimate(TrainConfig.from_json(config), in_shape, classes, train, test)


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "a second"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
