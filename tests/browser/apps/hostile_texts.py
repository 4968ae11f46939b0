"""Every hostile text in every kind of element that pages of ours put such texts into."""

import streamlit as st

from lab.widgets.errors import plain
from tests.hostile import TEXTS

DRAWN = {
    "markdown": lambda text, key: st.markdown(text),
    "strong": lambda text, key: st.markdown(f"**evil {' '.join(text.split())} evil**: evil"),
    "markup": lambda text, key: st.markdown(text, unsafe_allow_html=True),
    "caption": lambda text, key: st.caption(f"evil {text}"),
    "heading": lambda text, key: st.subheader(text, anchor=False),
    "error": lambda text, key: st.error(text),
    "progress": lambda text, key: st.progress(0.5, text),
    "button": lambda text, key: st.button(text, key=key),
}
for kind, draw in DRAWN.items():
    for index, text in enumerate(TEXTS):
        with st.container(key=f"{kind}-{index}"):
            draw(plain(text), f"press {index}")
st.text("All are drawn.")
