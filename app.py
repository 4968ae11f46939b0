"""Convolution Lab: `streamlit run app.py`."""

from lab.widgets.frame import framed_page
from lab.widgets.warmup import warm_up

framed_page().run()
warm_up()
