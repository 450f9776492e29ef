"""The claims of a note as declared data, put to a register, and what comes of it in sentences.

`declared` reads the claims, `putting` puts them to a register, `sentences` says what was found.
"""

from lnlib.claims.declared import Claims as Claims
from lnlib.claims.putting import Answers as Answers
from lnlib.claims.putting import put as put
