"""What a walk has stumbled over, each by itself."""

import pytest
import streamlit as st

from lab.store import Store
from tests.pages.test_pages import opened, words


@pytest.fixture(autouse=True)
def nothing_remembered():
    st.cache_data.clear()


@pytest.mark.parametrize("button", ["start", "duel"])
def test_a_start_together_with_a_setting_that_cannot_be_starts_nothing(house, button):
    """A number counts when its field is left: by the very click that starts."""
    app = opened("pages/cifar10.py")
    app.number_input(key="cifar10.kernel_size").set_value(4)
    app.button(key=f"cifar10.{button}").click().run()
    assert not app.exception
    assert "Use 3 or 5" in words(app)
    assert Store(house).runs() == []
