"""The claims of a note as declared data, evaluated on a register, with the findings in sentences.

`claims_file` reads the claims, `evaluate` fits and tests them, `claim_sentences` words what was found.
"""

from lnlib.analyses.claims.claims_file import Claims as Claims
from lnlib.analyses.claims.evaluate import Evaluation as Evaluation
from lnlib.analyses.claims.evaluate import ended_around_closings as ended_around_closings
from lnlib.analyses.claims.evaluate import evaluate as evaluate
