"""A run as one file that moves between stores.

The file is a .zip of `run.json`, which holds all that MLflow keeps of the run but its files, and
of the files, each with its size and checksum in `run.json`. It may come from anywhere, so it is
checked whole before the first word is written, and its files are bytes that nothing here opens.
"""

from lab.archive.files import load, save
from lab.archive.moving import export, take_in
from lab.archive.packing import Archive, read

__all__ = ["Archive", "export", "load", "read", "save", "take_in"]
