"""What a person can put right is shown in place; the rest of the screen stays."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from convcore.errors import ConvcoreError


@contextmanager
def told() -> Iterator[None]:
    """Show a ConvcoreError where it happens, and go on after the block."""
    try:
        yield
    except ConvcoreError as error:
        st.error(str(error), icon=":material/error:")
