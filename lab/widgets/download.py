"""Fetch CIFAR-10 from the page: bytes, speed, time left, and a way to cancel."""

import streamlit as st

from lab.widgets.errors import told


def download_panel(key: str) -> None:
    """Offer to download CIFAR-10 into the data folder; while it comes, show how far it is."""
    st.info(
        "CIFAR-10 is not here yet: 60,000 colour pictures, 163 MB to download. "
        "Until then, the digits need no download.",
        icon=":material/download:",
    )
    if st.button("Download CIFAR-10", icon=":material/download:", key=f"{key}.download"):
        cancel, bar = st.empty(), st.empty()
        # Any click reruns the page, which ends the download and removes what had come.
        cancel.button("Cancel", icon=":material/close:", key=f"{key}.cancel")
        with told():
            try:
                _download(bar)
            finally:
                cancel.empty()
                bar.empty()
            st.rerun()


def _download(bar) -> None:
    from convcore import datasets
    from lab.settings import current

    bar.progress(0.0, "Asking the server …")
    for progress in datasets.download_cifar10(current().data_root):
        share = progress.done / progress.total if progress.total else 0.0
        bar.progress(min(share, 1.0), _told(progress))


def _told(progress) -> str:
    text = f"{progress.what}: {progress.done / 1e6:,.1f} MB"
    if progress.total:
        text += f" of {progress.total / 1e6:,.1f} MB"
    if progress.bytes_per_second:
        text += f", {progress.bytes_per_second / 1e6:.1f} MB/s"
    return text + (f", {progress.eta:.0f} s left" if progress.eta is not None else "")
