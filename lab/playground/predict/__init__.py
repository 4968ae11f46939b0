"""Predict first: what a learner expects of a setup, judged, the likely slip named.

`size` knows the wrong ways to the output's size, `value` those to one of its numbers. `cost` counts
what the operation takes. The truth always comes from the operation itself.
"""

from lab.playground.predict.cost import Cost, cost
from lab.playground.predict.judgement import Judgement
from lab.playground.predict.size import formula_text, judge_size
from lab.playground.predict.value import judge_value

__all__ = ["Cost", "Judgement", "cost", "formula_text", "judge_size", "judge_value"]
