"""What this machine has: processor, memory, data sets, store."""

import os

import streamlit as st

from lab.widgets.errors import told
from lab.widgets.sign_in import signed


@st.fragment(parallel=True)
def machine_panel() -> None:
    """Draw what trainings will run on, with, and into."""
    import psutil
    import torch

    from convcore import datasets
    from lab import settings

    with told():
        now = signed(settings.current())
        device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU only"
        memory = psutil.virtual_memory().total / 2**30
        rows = {
            "Device": f"{device}, {os.cpu_count()} processors, {memory:.0f} GB of memory",
            "Data": ", ".join(
                source.title + ("" if source.ready else " (to be downloaded)")
                for source in datasets.sources(now.data_root)
            ),
            "Store": "on this machine (SQLite)" if now.embedded else now.shown_uri,
            "Runs are signed": now.author,
        }
        st.table(rows)
