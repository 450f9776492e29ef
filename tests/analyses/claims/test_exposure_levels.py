"""Which levels an attribute has in the model: an adjusting one gathers the words that too few partnerships have."""

import pandas as pd
import pytest

from lnlib.analyses.claims.claims_file import Exposure
from lnlib.analyses.claims.evaluate import _column

KINDS = {"a": "media", "b": "ngo", "c": "ngo", "d": "union", "e": "union", "f": "union"}
VISITS = pd.DataFrame([(who, kind) for who, kind in KINDS.items() for _ in range(3)], columns=["partnership", "kind"])


@pytest.mark.parametrize(
    ("least_n", "levels"),
    [(1, ["union", "ngo", "media"]), (2, ["union", "ngo"]), (3, ["union"]), (4, [])],
)
def test_an_adjusting_attribute_keeps_the_words_that_as_many_partnerships_have_as_are_asked_for(least_n, levels):
    found = _column(VISITS, Exposure(attribute="kind"), least_n, adjusted=True)
    assert found.cat.categories.tolist() == [*levels, "other"]
    assert found.tolist() == [kind if kind in levels else "other" for kind in VISITS["kind"]]
