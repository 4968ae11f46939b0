import pytest
import streamlit as st

from lab.widgets.kernel_learning import learning


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    """Nothing is cached, and even on a slow machine short runs are over before they are drawn."""
    st.cache_data.clear()
    monkeypatch.setattr(learning, "_UNSEEN", 600.0)
