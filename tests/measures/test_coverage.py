import numpy as np
import pandas as pd
import pytest
from lives import hand_spells, random_spells

from lnlib.errors import ColumnMissing, ValueNotAllowed
from lnlib.measures.counts.observed import RATERS, coverage

DATES = ["2011-12-31", "2013-12-31", "2017-12-31"]


def rated(rows):
    who, when, rater, where = zip(*rows, strict=True) if rows else ([], [], [], [])
    return pd.DataFrame(
        {
            "partnership": who,
            "date": pd.to_datetime(list(when), format="ISO8601").astype("datetime64[us]"),
            "rated_by": pd.Series(rater, dtype=object),
            "province": pd.Categorical(where, ["01", "02", "03"]),
        }
    )


SEEN = rated(
    [
        ("a", "2010-01-01", "state", "01"),
        ("a", "2011-12-31 15:00", "state", "01"),  # on the last day, in the afternoon
        ("a", "2012-01-01", "non_state", "01"),
        ("b", "2013-06-01", "unstated", "01"),
        ("b", "2013-06-02", None, "01"),  # an ending: no rater, not counted
        ("d", "2014-06-01", "independent", "02"),
        ("d", "2019-06-01", "independent", "02"),  # after the last date
    ]
)


def test_no_dates_give_no_rows_and_the_columns_of_dates():
    table = coverage(SEEN, hand_spells(dates=True), dates=[], by="province")
    assert len(table) == 0
    assert table.dtypes[["date", "count", "running"]].astype(str).tolist() == ["datetime64[us]", "int64", "int64"]


def cells(table, province, rater):
    chosen = (table["province"] == province) & (table["rated_by"] == rater)
    return table.loc[chosen, "count"].tolist()


def test_a_register_by_hand():
    table = coverage(SEEN, hand_spells(dates=True), dates=DATES, by="province")
    assert list(table.columns) == ["province", "date", "rated_by", "count", "running"]
    assert len(table) == 3 * 3 * 4
    assert cells(table, "01", "state") == [2, 0, 0]
    assert cells(table, "01", "non_state") == [0, 1, 0]
    assert cells(table, "01", "unstated") == [0, 1, 0]
    assert cells(table, "02", "independent") == [0, 0, 1]
    assert not table.loc[table["province"] == "03", ["count", "running"]].to_numpy().any()
    one = table[table["rated_by"] == "state"].set_index("province")["running"]
    assert one["01"].tolist() == [3, 3, 3]
    assert one["02"].tolist() == [2, 2, 3]  # d and e, then f from 2016; d ends in 2015


def literal(visits, spells, dates, step):
    """Go over every moment of every life."""
    counts, running = {}, {}
    for before, date in zip([-1e9, *dates[:-1]], dates, strict=True):
        for place in spells["province"].cat.categories:
            for rater in RATERS:
                counts[place, date, rater] = sum(
                    before < row.date <= date
                    for row in visits.itertuples()
                    if row.province == place and row.rated_by == rater
                )
            alive = 0
            for _, life in spells[spells["status"] != "ended"].groupby("partnership"):
                if life.sort_values("start")["province"].iloc[0] != place:
                    continue
                moments = np.arange(life["start"].min(), life["end"].max() - step / 2, step)
                alive += bool(((before < moments) & (moments <= date)).any())
            running[place, date] = alive
    return counts, running


@pytest.mark.parametrize(("seed", "step"), [(1, 1.0), (2, 1.0), (3, 0.25), (4, 0.25)])
def test_a_literal_count_agrees_on_places_in_an_order_and_on_plain_numbers(seed, step):
    random = np.random.default_rng(seed)
    spells = random_spells(seed)
    for name in ("start", "end"):
        spells[name] = np.floor(spells[name] / step) * step
    visits = pd.DataFrame(
        {
            "date": random.integers(0, 11, size=40).astype(float),
            "rated_by": random.choice([*RATERS, None], size=40),
            "province": pd.Categorical(random.choice(["01", "02"], size=40), spells["province"].cat.categories),
        }
    )
    dates = [2.0, 3.0, 5.0, 8.0]
    if step < 1:
        spells = pd.concat([spells, spells.iloc[:1].assign(partnership="q", start=2.25, end=2.5)], ignore_index=True)
    table = coverage(
        visits.sample(frac=1, random_state=seed), spells.sample(frac=1, random_state=seed), dates=dates, by="province"
    )
    counts, running = literal(visits, spells, dates, step)
    for row in table.itertuples():
        assert row.count == counts[row.province, row.date, row.rated_by]
        assert row.running == running[row.province, row.date]


def test_rows_of_no_group_are_a_group_of_their_own_and_no_other():
    spells = hand_spells(dates=True).astype({"province": object})
    spells.loc[spells["partnership"] == "b", "province"] = None
    seen = SEEN.astype({"province": object})
    seen.loc[seen["partnership"] == "b", "province"] = None
    for dtype in (object, pd.CategoricalDtype(["01", "02"]), "string"):
        table = coverage(
            seen.astype({"province": dtype}), spells.astype({"province": dtype}), dates=DATES, by="province"
        )
        none = table[table["province"].isna()]
        assert none.loc[none["rated_by"] == "unstated", "count"].tolist() == [0, 1, 0]
        assert none.loc[none["rated_by"] == "state", "running"].tolist() == [1, 1, 1]
        assert cells(table, "02", "unstated") == [0, 0, 0]


def test_nothing_given_and_nothing_changed():
    spells = hand_spells(dates=True)
    before = SEEN.copy(), spells.copy()
    coverage(SEEN, spells, dates=DATES, by="province")
    pd.testing.assert_frame_equal(SEEN, before[0])
    pd.testing.assert_frame_equal(spells, before[1])
    empty = coverage(SEEN.iloc[:0], spells.iloc[:0], dates=DATES, by="province")
    assert len(empty) == 36
    assert not empty[["count", "running"]].to_numpy().any()
    assert len(coverage(SEEN, spells, dates=[], by="province")) == 0


def refused(error, *frames, **choices):
    with pytest.raises(error) as refusal:
        coverage(*frames, **({"dates": DATES, "by": "province"} | choices))
    return str(refusal.value)


def test_refusals():
    spells = hand_spells(dates=True)
    assert refused(ColumnMissing, SEEN.drop(columns="rated_by"), spells) == (
        "coverage needs column rated_by; the frame has: partnership, date, province"
    )
    assert refused(ValueNotAllowed, SEEN.assign(rated_by="stat"), spells) == (
        "rated_by 'stat' is not known; did you mean 'state'? Allowed: state, non_state, independent, unstated"
    )
    assert refused(ValueNotAllowed, SEEN, spells, dates=DATES[::-1]) == (
        "coverage needs dates that rise, but got 2017-12-31, 2013-12-31, 2011-12-31"
    )
    assert refused(ValueNotAllowed, SEEN, spells, dates=[1.0]) == "dates must be a date, but got 1.0"
    assert refused(ValueNotAllowed, SEEN.astype({"province": str}).assign(province="04"), spells) == (
        "province '04' is not known. Allowed: 01, 02, 03"
    )
    assert refused(ValueNotAllowed, SEEN.assign(date=1.0), spells) == (
        "coverage needs date, start and end all as dates or all as numbers"
    )
    assert refused(ValueNotAllowed, SEEN.assign(date=pd.NaT), spells) == (
        "coverage needs every date, but 6 of 6 are missing"
    )
    dated = spells.assign(date=spells["start"])
    assert (
        refused(ValueNotAllowed, SEEN, dated, by="date") == "coverage gives column date itself; group by another column"
    )
