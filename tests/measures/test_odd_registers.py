"""Odd registers: each measure gives a frame, or says in its own words why it cannot; it never stumbles.

Every measure meets every register. What is refused is listed here, with the words it begins with; all else must give
a frame, the same for rows in any order and with any index, and leave the input as it was.
"""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lnlib.errors import LnlibError
from lnlib.measures.counts import sequences, shares, transitions
from lnlib.measures.counts.agreement import agreement_table, kappa, rated_pairs
from lnlib.measures.counts.cohorts import cohorts
from lnlib.measures.counts.flows import flows
from lnlib.measures.curves.first_passage import first_passage
from lnlib.measures.curves.occupation import occupation
from lnlib.measures.panel import results as panel_results
from lnlib.measures.panel.group_multipliers import group_multipliers
from lnlib.measures.panel.model import panel_model
from lnlib.measures.panel.prevalence import prevalence
from lnlib.measures.pooling import pooled_shares

SCALE = ("low", "mid", "high")
BY = ["province", "kind"]
YEARS = ("2010-01-01", "2011-01-01", "2012-01-01")


def visits(rows, scale=SCALE):
    found = pd.DataFrame(rows, columns=["partnership", "date", "stage", "rated_by", "province", "kind"])
    ended = found["stage"] == "ended"
    return found.assign(
        date=pd.to_datetime(found["date"]),
        stage=pd.Categorical(found["stage"].where(~ended), list(scale), ordered=True),
        status=pd.Categorical(np.where(ended, "ended", "assessed"), ["assessed", "ended"]),
        province=pd.Categorical(found["province"], ["01", "02", "03"]),
    )


def spells(frame):
    """Carry each stage until the next row of the partnership, or to the end of 2013."""
    frame = frame.sort_values(["partnership", "date", "status"]).reset_index(drop=True)
    follows = frame["partnership"].shift(-1) == frame["partnership"]
    last = pd.Timestamp("2014-01-01")
    states = [*frame["stage"].cat.categories, "not_assessed", "ended"]
    word = frame["stage"].astype(object).where(frame["status"] != "ended", "ended")
    return frame.rename(columns={"date": "start"}).assign(
        end=frame["date"].shift(-1).where(follows, last),
        into=pd.Categorical(word.shift(-1).where(follows), states),
        seen=frame["date"],
    )


def row(who, date, stage, rated_by="state", province="01", kind="x"):
    return (who, date, stage, rated_by, province, kind)


PAIR = [row("a", YEARS[0], "low", province=None, kind=None), row("a", YEARS[1], "mid", "non_state", None, None)]
OTHER = [row("b", YEARS[0], "low", province="02", kind="y"), row("b", YEARS[1], "high", province="02", kind="y")]
REGISTERS = {
    "nothing": visits([]),
    "one assessment": visits([row("a", YEARS[0], "low")]),
    "one partnership": visits([row("a", YEARS[0], "low"), row("a", YEARS[1], "mid", "non_state")]),
    "all at one stage": visits([row(who, date, "mid") for who in "abc" for date in YEARS]),
    "all ended": visits([row(who, YEARS[at], ("low", "ended")[at]) for who in "abc" for at in (0, 1)]),
    "only endings": visits([row(who, YEARS[0], "ended", None) for who in "abc"]),
    "twice on a day": visits([row("a", YEARS[0], "low"), row("a", YEARS[0], "low", "non_state"), row("a", YEARS[1], "mid")]),
    "two stages on a day": visits(
        [row("a", YEARS[0], "low"), row("a", YEARS[0], "mid", "non_state"), row("a", YEARS[1], "mid")]
    ),
    "ended on the day": visits([row("a", YEARS[0], "low"), row("a", YEARS[0], "ended", None), *OTHER]),
    "a scale of one": visits([row("a", YEARS[0], "low"), row("a", YEARS[1], "low", "non_state")], scale=("low",)),
    "no group": visits([*PAIR, *OTHER]),
    "strings": visits([*PAIR, *OTHER]).astype({"status": "str", "kind": "string", "partnership": "object"}),
    "sparse numbers": visits([*PAIR, *OTHER]).assign(partnership=[10**12, 10**12, 5, 5]),
    "nullable numbers": visits([*PAIR, *OTHER]).assign(partnership=pd.array([7, 7, 5, 5], dtype="Int64")),
    "unused partnerships": visits([*PAIR, *OTHER]).assign(partnership=pd.Categorical(list("aabb"), list("zba"))),
}  # fmt: skip


def fitted(frame, **choices):
    fit = panel_model(frame, **choices)
    parts = [
        panel_results.rates(fit),
        panel_results.hazard_ratios(fit),
        panel_results.probabilities(fit, over=[0, 1]),
        panel_results.sojourns(fit),
        panel_results.passage_probabilities(fit, over=2),
        prevalence(fit, frame, at=[YEARS[0]]),
    ]
    return pd.concat(parts, ignore_index=True)


def top(frame):
    return frame["stage"].cat.categories[-1]


def pairs(frame):
    return rated_pairs(frame, period="year", by="province")


OF_VISITS = {
    "transitions": lambda frame: transitions.transitions(frame, by=BY),
    "transitions after a year": lambda frame: transitions.transitions(frame, lag=1, windows="every", by="kind"),
    "moves": lambda frame: transitions.moves(frame, by=BY),
    "kappa": lambda frame: kappa(pairs(frame), by="province"),
    "agreement table": lambda frame: agreement_table(pairs(frame)),
    "panel model": fitted,
    "panel model by province": lambda frame: fitted(frame, covariates="province", missing="drop"),
    "multipliers": lambda frame: group_multipliers(frame, by="province"),
}
OF_SPELLS = {
    "shares": lambda frame: shares.shares(frame, grid="half", by=BY, ended="in", interval="jeffreys"),
    "pooled shares": lambda frame: pooled_shares(shares.shares(frame, dates=["2011-06-01"], by="province")),
    "cohorts": lambda frame: cohorts(frame, start="2010-06-01", end="2011-06-01", by=BY),
    "flows": lambda frame: flows(frame, dates=["2010-06-01", "2011-06-01"], by=BY),
    "mean time": lambda frame: sequences.mean_time(frame, horizon=2, by=BY),
    "first passage": lambda frame: first_passage(frame, to=top(frame), by=BY),
    "first passage after a landmark": lambda frame: first_passage(frame, to=top(frame), since=0.5),
    "occupation": lambda frame: occupation(frame, by=BY),
    "occupation at times": lambda frame: occupation(frame, at=[0, 1], by="province"),
}
PANEL = ("panel model", "panel model by province", "multipliers")
NOTHING = "panel_model needs assessments, but the frame has none"
ALONE = "panel_model needs a partnership with two rows, but none has"
BOTH = "panel_model needs one stage a day, but 1 days have two, the first: a is both low and mid on 2010-01-01"
REFUSED = (
    {("nothing", measure): NOTHING for measure in PANEL}
    | {(register, measure): ALONE for register in ("one assessment", "only endings") for measure in PANEL}
    | {("two stages on a day", measure): BOTH for measure in PANEL}
)


def answer(measure, frame):
    before = frame.copy(deep=True)
    try:
        found = measure(frame)
    except LnlibError as error:
        found = str(error)
    assert_frame_equal(frame, before)
    return found


def asked(register, measure):
    frame = REGISTERS[register]
    return (OF_VISITS[measure], frame) if measure in OF_VISITS else (OF_SPELLS[measure], spells(frame))


@pytest.mark.parametrize("measure", [*OF_VISITS, *OF_SPELLS])
@pytest.mark.parametrize("register", REGISTERS)
def test_every_measure_answers_or_says_why_not(register, measure):
    found = answer(*asked(register, measure))
    if (register, measure) in REFUSED:
        assert found.startswith(REFUSED[register, measure])
    else:
        assert isinstance(found, pd.DataFrame), found


@pytest.mark.parametrize("measure", [*OF_VISITS, *OF_SPELLS])
@pytest.mark.parametrize("register", ["no group", "all ended", "two stages on a day"])
def test_neither_order_nor_index_of_rows_matters(register, measure):
    function, frame = asked(register, measure)
    one, other = answer(function, frame), answer(function, frame.iloc[::-1].set_axis([0] * len(frame)))
    if isinstance(one, str):
        assert one == other
    else:
        assert_frame_equal(one, other)


def test_where_nobody_was_assessed_occupation_has_its_columns_and_no_rows():
    frame = spells(REGISTERS["only endings"])
    assert occupation(frame, by="kind").columns.tolist() == [
        "kind", "time", "stage", "n_at_risk", "probability", "se", "low", "high",
    ]  # fmt: skip
