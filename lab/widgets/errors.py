"""What a person can put right is shown in place; the rest of the screen stays."""

import re
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
        st.error(plain(str(error)), icon=":material/error:")


def plain(text: str) -> str:
    """`text` as Markdown that shows it as it is: it may quote what somebody typed or linked to."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
