"""A formula over the window w as a pooling rule: `pool2d(x, 2, Formula("max(w) - min(w)"))`.

    w        what the window sees, one number per cell
    n        its number of cells; pi and e, and plain numbers
    + - * /  between any two; ** with a fixed exponent from −8 to 8
    sqrt, abs, exp, log, sin, cos, tanh, sigmoid, relu          of every number
    max, min, mean, sum, median, prod, std, var                 of all cells: one number per window
    max(a, b), min(a, b)                                        the larger, the smaller of two

One number per window may meet one per cell: mean(abs(w - mean(w))). std and var are those of the
window itself: they divide by n, not by n − 1. The median of an even number of cells is the mean of
the middle two, where `torch.median` takes the lower one.

The text may come from anyone. Python's parser splits it and nothing ever runs it: a walk takes over
what is listed above and refuses all else.
"""

from convcore.formula.rule import Formula

__all__ = ["Formula"]
