"""Arrays and histories → Plotly figures; the only room that imports plotly."""

from lab.figures.compare import Row, compare_curves, compared
from lab.figures.confusion import confusion_counts, confusion_difference, confusion_matrix
from lab.figures.curves import accuracy_curves, learning_curves
from lab.figures.edges import frequency_response, kernel_surface, response_histogram
from lab.figures.export import to_html, to_json
from lab.figures.look import PALETTE
from lab.figures.parallel import parallel_coordinates
from lab.figures.spent import Scored, efficiency
from lab.figures.steps import batch_losses, duel

__all__ = [
    "PALETTE",
    "Row",
    "Scored",
    "accuracy_curves",
    "batch_losses",
    "compare_curves",
    "compared",
    "confusion_counts",
    "confusion_difference",
    "confusion_matrix",
    "duel",
    "efficiency",
    "frequency_response",
    "kernel_surface",
    "learning_curves",
    "parallel_coordinates",
    "response_histogram",
    "to_html",
    "to_json",
]
