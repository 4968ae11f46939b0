"""Streamlit pieces that several pages share, or that would make a page too long."""
