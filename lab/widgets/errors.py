"""What a person can put right is shown in place; the rest of the screen stays."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from convcore.errors import ConvcoreError

_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# Streamlit makes links, arrows, dashes and its logo even of escaped characters, in what it takes
# for text. A joiner has no width and parts them.
_JOINER = "\u2060"
_REPLACED = re.compile(
    r"(?=https?\\:\\/\\/|www\\\.)"  # before an address
    r"|(?<=\\@)"  # within a mail address
    r"|(?<=\\:)(?=streamlit\\:)"
    r"|(?<=\\[<~>=-])(?=\\[>=-])",  # -> <- -- >= <= ~=
    re.IGNORECASE,
)


@contextmanager
def told() -> Iterator[None]:
    """Show a ConvcoreError where it happens, and go on after the block."""
    try:
        yield
    except ConvcoreError as error:
        st.error(plain(str(error)), icon=":material/error:")


def plain(text: str) -> str:
    """`text` as Markdown that shows it as it is: it may quote what somebody typed or linked to.

    Characters that no one sees but that steer others (control characters, and those that turn the
    direction of what follows) are shown as �.
    """
    # Lines keep no indent, which would make code of them.
    seen = re.sub(r"(?m)^[ \t]+", "", _STEERING.sub("\ufffd", text))
    escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", seen)
    return _REPLACED.sub(_JOINER, escaped)
