"""Exposures: from the day a mechanism starts until it ceases, and at no other time."""

from random import Random

import pandas as pd
import pytest
from register_rows import made, partnership, rated, set_up

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.history.exposure import (
    around_closings,
    around_start,
    at_age,
    closings,
    exposed_visits,
    followed_until,
    in_force,
    undated,
)
from lnlib.history.visits import visits


def days(*texts):
    return [pd.Timestamp(text) for text in texts]


def register(**more):
    return made(
        partnerships=[
            partnership("P1", start="2009-06-01"),
            partnership("P2", start="2010-03-01", end="2012-06-30", end_reason="project_closed"),
            partnership("P3", start="2011-01-01"),
        ],
        assessments=[
            rated("P1", "2010-03-01", "coalition"),
            rated("P1", "2010-03-01", "collaboration", rated_by="non_state"),
            rated("P1", "2012-03-01", "collaboration"),
            rated("P2", "2010-06-01", "coalition"),
        ],
        mechanisms=[
            set_up("P1", "mou", "2011-01-01", end="2012-01-01"),
            set_up("P1", "training", "2009-06-01"),
            set_up("P2", "mou", "2011-Q2"),
            set_up("P3", "letter"),
        ],
        **more,
    )


def test_a_mechanism_is_in_force_from_its_first_day_and_no_longer_on_the_day_it_ceases():
    at = pd.DataFrame({"partnership": ["P1"] * 4, "date": days("2010-12-31", "2011-01-01", "2011-12-31", "2012-01-01")})
    assert in_force(register(), at, mechanisms=["mou"]).tolist() == [False, True, True, False]
    # one that began before the observed period is in force within it; another partnership's is its own
    assert in_force(register(), at, mechanisms=["training"]).all()
    assert in_force(register(), at, mechanisms=["mou", "training"]).all()
    assert not in_force(register(), at.assign(partnership="P3"), mechanisms=["mou", "letter"]).any()


@pytest.mark.parametrize("seed", range(5))
def test_in_force_is_what_a_literal_search_of_the_mechanisms_finds(seed):
    random = Random(seed)
    keys = [f"P{number}" for number in range(8)]
    months = [f"{year}-{month:02d}-01" for year in (2010, 2011, 2012) for month in (1, 5, 9)]
    periods = []
    for _ in range(20):
        start, *later = sorted(random.sample(months, 2))
        periods.append((random.choice(keys), start, random.choice([*later, ""])))
    periods = list({(key, start): (key, start, end) for key, start, end in periods}.values())
    register = made(
        partnerships=[partnership(key, start="2009-06-01") for key in keys],
        mechanisms=[set_up(key, "mou", start, end=end) for key, start, end in periods],
    )
    at = pd.DataFrame([(key, day) for key in keys for day in days(*months)], columns=["partnership", "date"])
    expected = [
        any(one == key and start <= f"{day:%Y-%m-%d}" < (end or "9999") for one, start, end in periods)
        for key, day in at.itertuples(index=False)
    ]
    assert in_force(register, at, mechanisms=["mou"]).tolist() == expected
    assert 0 < sum(expected) < len(expected)


def test_half_years_around_a_start_are_numbered_from_it_and_end_with_the_observed_period():
    found = around_start(register(), "mou", before=1, after=1)
    mine = found[found["partnership"] == "P1"]
    changes = mine[mine["status"] == "changed"]
    assert changes["date"].tolist() == days("2010-07-02", "2011-01-01", "2011-07-03")
    assert changes["window"].tolist() == ["-1", "0", "+1"]
    assert mine[mine["status"] == "assessed"]["window"].tolist() == ["earlier", "earlier", "+1"]
    late = made(
        partnerships=[partnership("P1", start="2009-06-01")],
        assessments=[rated("P1", "2010-03-01", "coalition")],
        mechanisms=[set_up("P1", "mou", "2010-02-01")],
    )
    dates = around_start(late, "mou", before=2, after=9).query("status == 'changed'")["date"]
    assert dates.min() == pd.Timestamp("2010-02-01")
    assert dates.max() == pd.Timestamp("2010-02-01") + pd.Timedelta(days=7 * 183)  # the eighth begins in 2014


def test_an_ending_is_placed_as_the_ratings_are():
    ends = made(
        partnerships=[partnership("P1", start="2009-06-01", end="2012-Q2", end_reason="other")],
        assessments=[rated("P1", "2010-03-01", "coalition")],
        mechanisms=[set_up("P1", "mou", "2010-02-01")],
    )
    for placed in ("start", "end"):
        found = exposed_visits(ends, placed=placed)
        ending = visits(ends, placed=placed).query("status == 'ended'")["date"].tolist()
        assert found[found["status"] == "ended"]["date"].tolist() == ending
        assert ending == days("2012-04-01" if placed == "start" else "2012-06-30")


def test_half_years_are_counted_from_where_a_partial_date_is_placed():
    for placed, day in (("start", "2011-04-01"), ("end", "2011-06-30")):
        found = around_start(register(), "mou", placed=placed, before=0, after=0)
        mine = found[(found["partnership"] == "P2") & (found["status"] == "changed")]
        assert mine["date"].tolist() == days(day)


@pytest.mark.parametrize(("placed", "day"), [("start", "2011-04-01"), ("middle", "2011-05-16"), ("end", "2011-06-30")])
def test_a_partial_date_starts_the_exposure_where_it_is_placed(placed, day):
    found = exposed_visits(register(), placed=placed)
    starts = found[(found["partnership"] == "P2") & (found["status"] == "changed")]
    assert starts["date"].tolist() == days(day)


def test_every_rating_stands_and_every_change_has_a_row():
    found = exposed_visits(register(), attributes=["tier", "hybrid"])
    rows = found[found["partnership"] == "P1"]
    assert rows["status"].tolist() == ["assessed", "assessed", "changed", "changed", "assessed"]
    assert rows["mou"].tolist() == [False, False, True, False, False]
    assert rows["training"].all()
    assert rows["tier"].tolist() == [""] * 5
    ended = found[found["status"] == "ended"]
    assert ended[["partnership", "mou"]].to_numpy().tolist() == [["P2", True]]
    assert found["stage"].notna().equals(found["status"] == "assessed")


def test_on_a_day_on_which_an_exposure_changes_the_rating_comes_after_the_change_and_an_ending_last():
    found = exposed_visits(
        made(
            partnerships=[partnership("P1", start="2009-06-01", end="2011-01-01", end_reason="project_closed")],
            assessments=[rated("P1", "2011-01-01", "coalition")],
            mechanisms=[set_up("P1", "mou", "2011-01-01")],
        )
    )
    assert found["status"].tolist() == ["changed", "assessed", "ended"]
    assert found["mou"].all()


def test_one_rater_is_one_raters():
    found = exposed_visits(register(), rater="non_state")
    assert found.loc[found["status"] == "assessed", "rated_by"].tolist() == ["non_state"]


def test_one_that_ceases_before_it_starts_is_in_force_at_no_time():
    odd = made(
        partnerships=[partnership("P1", start="2010")],
        mechanisms=[set_up("P1", "mou", "2011-10-01", end="2011")],
    )
    at = pd.DataFrame({"partnership": "P1", "date": pd.date_range("2010-01-01", "2013-12-31", freq="7D")})
    assert not in_force(odd, at, mechanisms=["mou"]).any()


def test_what_happens_on_the_first_and_on_the_last_observed_day_is_seen_and_nothing_beyond():
    inside, outside = ("2010-01-01", "2013-12-31"), ("2009-12-31", "2014-01-01")
    found = exposed_visits(
        made(
            partnerships=[partnership("P1", start="2009-06-01"), partnership("P2", start="2009-06-01")],
            assessments=[rated("P1", day, "coalition") for day in (*inside, *outside)],
            mechanisms=[set_up("P2", "mou", day) for day in (*inside, *outside)],
        )
    )
    assert found[["partnership", "status"]].agg(" ".join, axis=1).tolist() == [
        *["P1 assessed", "P1 assessed"],
        *["P2 changed", "P2 changed"],
    ]
    assert found["date"].tolist() == days(*inside, *inside)


@pytest.mark.parametrize(
    ("start", "seen"),
    [("2013-07-01", ["2013-07-01", "2013-12-31"]), ("2010-07-03", ["2010-01-01", "2010-07-03", "2011-01-02"])],
)
def test_a_half_year_may_begin_on_the_first_and_on_the_last_observed_day(start, seen):
    found = around_start(
        made(
            partnerships=[partnership("P1", start="2009-06-01")],
            assessments=[rated("P1", "2012-01-01", "coalition")],
            mechanisms=[set_up("P1", "mou", start)],
        ),
        "mou",
        before=1,
        after=1,
    )
    changed = found[found["status"] == "changed"]
    assert [day for day in changed["date"] if day in days(*seen)] == days(*seen)
    assert changed["date"].between("2010-01-01", "2013-12-31").all()


def test_a_start_that_is_not_known_is_counted():
    assert undated(register()) == 1


def test_a_life_is_followed_until_the_mechanism_first_starts():
    more = made(
        partnerships=[partnership("P1", start="2010-02-01"), partnership("P2", start="2010-02-01", end="2011-01-31")],
        mechanisms=[
            set_up("P1", "mou", "2010-08-01"),
            set_up("P1", "permission_waived", "2011-02-01"),
            set_up("P1", "training", "2012-02-01"),
        ],
    )
    found = followed_until(more, "permission_waived", exposures=["mou"])
    one, two = (found[found["partnership"] == key] for key in ("P1", "P2"))
    assert one["date"].tolist() == days("2010-02-01", "2010-08-01", "2011-02-01")
    assert one["stage"].astype(object).where(one["stage"].notna(), "").tolist() == ["before", "", "after"]
    assert one["mou"].tolist() == [False, True, True]
    assert two["stage"].tolist() == ["before", "before"]
    # whoever had it from the first day tells nothing
    first = made(
        partnerships=[partnership("P1", start="2010-02-01")],
        mechanisms=[set_up("P1", "permission_waived", "2010-02-01")],
    )
    assert followed_until(first, "permission_waived", exposures=["mou"]).empty


def test_an_age_is_counted_from_the_begin():
    """P1 began before the observed period: a year on it had no MoU yet, two years on it had."""
    assert at_age(register(), mechanisms=["mou"], years=1.0).to_dict() == {"P1": False, "P2": False, "P3": False}
    assert at_age(register(), mechanisms=["mou"], years=2.0).to_dict() == {"P1": True, "P2": True, "P3": False}


def closed(count, **more):
    """Return partnerships of which so many end with a project near 31 March 2012, in several precisions."""
    ends = ["2012-03-31", "2012-Q1", "2012-03", "2012-04-01", "2012-03-31", "2012-Q1"][:count]
    return made(
        partnerships=[
            *(partnership(f"E{n}", start="2010", end=end, end_reason="project_closed") for n, end in enumerate(ends)),
            partnership("G1", start="2010", end="2012-03-31", end_reason="goal_reached"),
            partnership("R1", start="2010"),
            partnership("R2", start="2012-01-01"),
        ],
        **more,
    )


def test_a_closing_is_the_middle_of_the_endings_near_each_other():
    assert closings(closed(5)) == days("2012-03-31")
    assert closings(closed(4)) == []
    assert closings(closed(4), least_n=4) == days("2012-03-16")


def test_around_a_closing_it_is_settled_beforehand_who_has_a_mechanism():
    more = closed(5, mechanisms=[set_up("R1", "mou", "2011-01-01"), set_up("E0", "mou", "2011-12-01")])
    found = around_closings(more, closings(more), mechanisms=["mou"]).set_index("partnership")
    # R2 had not begun half a year before; E0's MoU came within the window, and changes nothing
    assert sorted(found.index) == ["E0", "E1", "E2", "E3", "E4", "G1", "R1"]
    assert found["exposed"].to_dict() == {key: key == "R1" for key in found.index}
    assert (found["event"] == "ended").to_dict() == {key: key != "R1" for key in found.index}
    assert found.loc["R1", "time"] == pytest.approx(1.0, abs=0.01)


def test_every_ending_counts_once_where_windows_of_closings_overlap():
    """Two projects close 4½ months apart: ten endings are ten events, and nobody is at risk twice at once."""
    ends = ["2012-01-31"] * 5 + ["2012-06-15"] * 5
    register = made(
        partnerships=[
            *(partnership(f"E{n}", start="2010", end=end, end_reason="project_closed") for n, end in enumerate(ends)),
            *(partnership(f"R{n}", start="2010") for n in range(3)),
            partnership("L", start="2011-10-01"),  # runs half a year before the second closing only
        ]
    )
    assert closings(register) == days("2012-01-31", "2012-06-15")
    found = around_closings(register, closings(register), mechanisms=["mou"])
    assert (found["event"] == "ended").sum() == 10
    assert found.groupby("partnership").size().to_dict() == dict.fromkeys(
        [*(f"E{n}" for n in range(10)), "L", "R0", "R1", "R2"], 1
    )
    assert found.set_index("partnership").loc["L", "closing"] == pd.Timestamp("2012-06-15")


def test_a_later_closing_whose_window_begins_after_the_first_one_ended_follows_again():
    ends = ["2011-01-31"] * 5 + ["2013-01-31"] * 5
    register = made(
        partnerships=[
            partnership(f"E{n}", start="2010", end=end, end_reason="project_closed") for n, end in enumerate(ends)
        ]
    )
    found = around_closings(register, closings(register), mechanisms=["mou"])
    assert found.groupby("partnership").size().to_dict() == {f"E{n}": 1 + (n > 4) for n in range(10)}
    assert (found["event"] == "ended").sum() == 10


@pytest.mark.parametrize(
    ("second", "windows"),
    [
        ("2013-04-01", 2),  # 365 days after the first: the windows touch
        ("2013-03-29", 2),  # the first window is cut by three days
        ("2012-12-30", 2),  # 273 days: still a quarter between the first closing and the second window
        ("2012-12-29", 1),
    ],
)
def test_closings_about_a_year_apart_follow_again_without_an_overlap(second, windows):
    ends = ["2012-04-01"] * 5 + [second] * 5
    register = made(
        partnerships=[
            *(partnership(f"E{n}", start="2010", end=end, end_reason="project_closed") for n, end in enumerate(ends)),
            partnership("R", start="2010"),
        ]
    )
    assert closings(register) == days("2012-04-01", second)
    found = around_closings(register, closings(register), mechanisms=["mou"])
    assert found.groupby("partnership").size()["R"] == windows
    assert (found["event"] == "ended").sum() == 5 * windows
    begins = found["closing"] - pd.Timedelta(days=182)
    lasts = begins + pd.to_timedelta((found["time"] * 365).round(), unit="D")
    own = found.assign(begins=begins, lasts=lasts)[found["partnership"] == "R"]
    assert (own["begins"].iloc[1:].to_numpy() >= own["lasts"].iloc[:-1].to_numpy()).all()
    assert own["time"].max() == pytest.approx(1.0)


def test_an_order_has_no_exposures():
    for asked in (
        lambda: exposed_visits(register(), placed="order"),
        lambda: followed_until(register(), "permission_waived", exposures=["mou"], placed="order"),
        lambda: at_age(register(), mechanisms=["mou"], years=1.0, placed="order"),
        lambda: around_closings(register(), [], mechanisms=["mou"], placed="order"),
    ):
        with pytest.raises(LnlibError, match=r"^an exposure needs dates; placed='order' gives none$"):
            asked()


def test_a_mechanism_must_be_one_of_the_vocabulary():
    at = pd.DataFrame({"partnership": ["P1"], "date": days("2011-01-01")})
    with pytest.raises(ValueNotAllowed, match="mechanism 'moou' is not known; did you mean 'mou'"):
        in_force(register(), at, mechanisms=["moou"])


def test_a_register_without_rows_gives_frames_without_rows():
    empty = register().where(province="23")
    assert exposed_visits(empty).empty
    assert followed_until(empty, "permission_waived", exposures=["mou"]).empty
    assert closings(empty) == []
    assert around_closings(empty, [], mechanisms=["mou"]).empty
