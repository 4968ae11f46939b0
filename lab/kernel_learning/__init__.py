"""The kernel learning screen without its widgets: an `Experiment`, its task, its film."""

from lab.kernel_learning.experiment import Experiment

__all__ = ["Experiment"]
