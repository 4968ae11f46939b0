"""Gradient descent finds a kernel from X and Y alone; the rooms behind only hand on names here.

`learn` is the descent. Around it: `learnability`, `forecast` and `recommend` tell beforehand what
`verdict` tells afterwards; `gradient_anatomy` and `loss_surface` show a step from the inside.
"""

from convcore.kernel_learning.anatomy import (
    GradientAnatomy,
    LossSurface,
    gradient_anatomy,
    loss_surface,
)
from convcore.kernel_learning.config import MOST_STEPS, LearnConfig
from convcore.kernel_learning.descent import Diverged, Event, Step, learn
from convcore.kernel_learning.forecast import (
    Advice,
    best_kernel,
    best_rates,
    forecast,
    recommend,
)
from convcore.kernel_learning.learnability import TOLERANCE, Learnability, learnability, twins
from convcore.kernel_learning.lenet import (
    largest_curvature,
    learn_lenet,
    lenet_task,
    suggest_lenet_rate,
)
from convcore.kernel_learning.problem import Problem, pose
from convcore.kernel_learning.tasks import diagonal_task, edge_task, filter_task
from convcore.kernel_learning.verdict import Verdict, verdict

__all__ = [
    "MOST_STEPS",
    "TOLERANCE",
    "Advice",
    "Diverged",
    "Event",
    "GradientAnatomy",
    "LearnConfig",
    "Learnability",
    "LossSurface",
    "Problem",
    "Step",
    "Verdict",
    "best_kernel",
    "best_rates",
    "diagonal_task",
    "edge_task",
    "filter_task",
    "forecast",
    "gradient_anatomy",
    "largest_curvature",
    "learn",
    "learn_lenet",
    "learnability",
    "lenet_task",
    "loss_surface",
    "pose",
    "recommend",
    "suggest_lenet_rate",
    "twins",
    "verdict",
]
