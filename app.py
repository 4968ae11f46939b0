"""Convolution Lab: `streamlit run app.py`."""

from lab.widgets.frame import framed_page
from lab.widgets.sign_in import name_tag
from lab.widgets.warmup import warm_up

page = framed_page()
name_tag()
page.run()
warm_up()
