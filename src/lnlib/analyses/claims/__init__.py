"""The claims of a note as declared data, evaluated on a register, with the findings in sentences.

`declared` reads the claims, `evaluate` fits and tests them, `sentences` words what was found.
"""

from lnlib.analyses.claims.declared import Claims as Claims
from lnlib.analyses.claims.evaluate import Evaluation as Evaluation
from lnlib.analyses.claims.evaluate import ended_around_closings as ended_around_closings
from lnlib.analyses.claims.evaluate import evaluate as evaluate
