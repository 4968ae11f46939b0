"""X and Y that a person brings, as numbers or as pictures."""

from typing import TYPE_CHECKING

import streamlit as st

from lab.widgets.fields import as_text
from lab.widgets.kernel_learning.state import change

if TYPE_CHECKING:
    from lab.kernel_learning import Experiment


def pair(experiment: "Experiment") -> None:
    """Draw X and Y as texts; both are taken at once, since one without the other does not fit."""
    keys = []
    with st.form("kernel_learning.pair", border=False):
        for name in ("x", "y"):
            rows = getattr(experiment, name)
            # A key of its own for each value: what is being typed outlives other changes.
            keys.append(f"kernel_learning.{name}.{hash(rows)}")
            st.text_area(
                name.upper(),
                as_text(rows),
                key=keys[-1],
                height=150,
                help="Rows from a spreadsheet, or a Python list such as [[1, 2], [3, 4]].",
            )
        if st.form_submit_button("Use X and Y", icon=":material/check:"):
            _take_pair(*(st.session_state[key] for key in keys))
            st.rerun()


def _take_pair(*texts: str) -> None:
    from lab.kernel_learning.begin import advised, paired
    from lab.playground.numbers import parse_matrix

    change(lambda experiment: advised(paired(experiment, *map(parse_matrix, texts))))


def uploads() -> None:
    """Draw the places for two pictures; they are taken once both are there."""
    st.caption("PNG, JPEG or WebP, in grey; of each the middle 64×64 pixels, uncompressed at best.")
    for name in ("x", "y"):
        key = f"kernel_learning.upload_{name}"
        st.file_uploader(
            f"Picture {name.upper()}",
            ["png", "jpg", "jpeg", "webp"],
            key=key,
            on_change=_take_pictures,
            max_upload_size=20,
            help="The picture, and what the unknown filter made of it. Give both.",
        )


def _take_pictures() -> None:
    """Learn from the two uploads once both are there."""
    files = [st.session_state[f"kernel_learning.upload_{name}"] for name in ("x", "y")]
    if None in files:
        return

    def taken(experiment: "Experiment") -> "Experiment":
        from lab.kernel_learning.begin import advised, paired
        from lab.kernel_learning.photographs import given

        x, y = (given(file.name, file.getvalue()).tolist() for file in files)
        return advised(paired(experiment, x, y))

    change(taken)
