"""One run, or several compared, as one HTML file that needs no server, no app and no network."""

from lab.report.page import report

__all__ = ["report"]
