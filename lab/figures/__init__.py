"""Arrays and histories → Plotly figures; the only room that imports plotly."""

from lab.figures.confusion import confusion_matrix
from lab.figures.curves import accuracy_curves, compare_curves, learning_curves
from lab.figures.edges import frequency_response, kernel_surface, response_histogram
from lab.figures.export import to_html, to_json
from lab.figures.look import PALETTE
from lab.figures.steps import batch_losses, duel

__all__ = [
    "PALETTE",
    "accuracy_curves",
    "batch_losses",
    "compare_curves",
    "confusion_matrix",
    "duel",
    "frequency_response",
    "kernel_surface",
    "learning_curves",
    "response_histogram",
    "to_html",
    "to_json",
]
