"""Every control of every page says what it is for."""

import pytest
import streamlit as st

from convcore.config import TrainConfig
from convcore.kernels import CATALOGUE
from lab import run_list
from lab.edges.setup import OWN, VIEWS, EdgeSetup
from lab.playground.presets import PRESETS
from lab.store import Store
from tests.pages.test_pages import opened
from tests.trained import trained

CONTROLS = (
    "button", "selectbox", "slider", "number_input", "text_input", "text_area", "toggle",
    "checkbox", "radio", "multiselect", "button_group", "file_uploader", "camera_input",
    "download_button", "link_button", "color_picker", "date_input",
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_remembered():
    st.cache_data.clear()
    run_list.run_list.cache_clear()


def mute(app) -> list[str]:
    """The controls that are drawn without a word of help."""
    assert not app.exception
    found = [each.proto for kind in CONTROLS for each in app.get(kind)]
    assert found
    return [f"{proto.label} ({proto.id})" for proto in found if not proto.help]


@pytest.mark.parametrize("operation", ["correlation", "transposed", "pooling"])
@pytest.mark.usefixtures("house")
def test_playground(operation):
    fitting = [name for name, each in PRESETS.items() if each.make().operation == operation]
    for name in {fitting[0], fitting[-1]}:
        assert not mute(opened("pages/playground.py", preset=name))


@pytest.mark.usefixtures("house")
def test_kernel_learning():
    assert not mute(opened("pages/kernel_learning.py"))


@pytest.mark.usefixtures("house")
def test_edges():
    told_of = {}  # a kernel for each of the parameters
    for kernel in CATALOGUE:
        for parameter in kernel.parameters:
            told_of.setdefault(parameter.name, kernel.name)
    setups = [EdgeSetup(picture="flat", kernel=name) for name in set(told_of.values())]
    setups += [EdgeSetup(picture="flat", view=view) for view in VIEWS]
    setups += [EdgeSetup(kernel=OWN, numbers=((1.0, -1.0),)), EdgeSetup(picture="upload")]
    for setup in setups:
        assert not mute(opened("pages/edges.py", **setup.to_query()))


@pytest.mark.usefixtures("house")
def test_train():
    assert not mute(opened("pages/cifar10.py"))


def test_runs(house):
    store = Store(house)
    first = trained(store, "first")
    second = trained(store, "second", config=TrainConfig(channels=8), files=False)
    for run in (first, f"{first},{second}"):
        assert not mute(opened("pages/runs.py", run=run))
        assert not mute(opened("pages/cifar10.py", run=run))
    store.delete(second)
    assert not mute(opened("pages/runs.py", run=second, **{"runs.show": "trash"}))


@pytest.mark.usefixtures("house")
def test_home():
    assert not mute(opened())
