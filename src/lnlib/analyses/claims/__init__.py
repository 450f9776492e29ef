"""The claims of a note as declared data, put to a register, and what comes of it in sentences.

`declared` reads the claims, `putting` puts them to a register, `sentences` says what was found.
"""

from lnlib.analyses.claims.declared import Claims as Claims
from lnlib.analyses.claims.evaluate import Answers as Answers
from lnlib.analyses.claims.evaluate import put as put
