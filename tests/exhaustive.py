"""Whether everything is tried that is tried for certainty alone: `make exhaustive` does, every other run takes samples."""

import os

EXHAUSTIVE = bool(os.environ.get("LNLIB_TEST_EXHAUSTIVE"))
