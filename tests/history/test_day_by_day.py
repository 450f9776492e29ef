"""Spells held against a slow and literal oracle: what is known of each partnership on each day of the period."""

import datetime as dt
from itertools import chain, groupby, pairwise

import numpy as np
import pandas as pd
import pytest
from history_lines import result
from register_rows import made, partnership, rated, set_up

from lnlib.history.spells import spells
from lnlib.history.timelines import timelines
from lnlib.reference.dates import PartialDate

STAGES = ["coalition", "collaboration", "integrated"]
DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2010, 1, 1), dt.date(2013, 12, 31)


def random_date(rng, year_from=2009, year_to=2014):
    year = int(rng.integers(year_from, year_to + 1))
    month, day = int(rng.integers(1, 13)), int(rng.integers(1, 29))
    forms = (f"{year}", f"{year}-H{(month + 5) // 6}", f"{year}-Q{(month + 2) // 3}", f"{year}-{month:02}")
    return str(rng.choice([*forms, f"{year}-{month:02}-{day:02}", f"{year}-{month:02}-{day:02}"]))


def random_rows(seed, count=24):
    rng = np.random.default_rng(seed)
    lives, assessments, mechanisms = [], [], []
    for number in range(count):
        key = f"P{number:02}"
        start, end = random_date(rng, 2009, 2011), random_date(rng, 2011, 2014)
        start = start if rng.random() < 0.7 else ""
        end = end if rng.random() < 0.5 else ""
        if start and end and PartialDate.read(start).first > PartialDate.read(end).last:
            end = ""
        lives.append(partnership(key, start=start, end=end))

        def within(text, start=start, end=end):
            date = PartialDate.read(text)
            return not (start and date.last < PartialDate.read(start).first) and not (
                end and date.first > PartialDate.read(end).last
            )

        date = random_date(rng)
        for step in range(int(rng.integers(0, 7))):
            date = date if step and rng.random() < 0.3 else random_date(rng)
            told_step = str(step + 1) if rng.random() < 0.5 else ""
            if within(date):
                stage, rater = str(rng.choice(STAGES)), str(rng.choice(["state", "non_state", "independent"]))
                assessments.append(rated(key, date, stage, step=told_step, rated_by=rater))
        for _ in range(int(rng.integers(0, 3))):
            start_of_it = date if rng.random() < 0.3 else random_date(rng)
            if within(start_of_it):
                step = str(rng.integers(1, 8)) if rng.random() < 0.4 else ""
                mechanisms.append(set_up(key, str(rng.choice(["mou", "letter"])), start_of_it, step=step))
    # one rater gives one stage on one date
    unique = {(row["partnership"], row["date"], row["rated_by"]): row for row in assessments}
    alone = {tuple(sorted(row.items())): row for row in mechanisms}
    return lives, list(unique.values()), list(alone.values())


def oracle_day(row, column, own, placed):
    """Place a row by hand: in its share of the interval where several steps of the partnership share it."""
    date = PartialDate.read(row[column])
    ranks = sorted({int(other["step"]) for other, name in own if other[name] == row[column] and other.get("step")})
    if not row.get("step") or len(ranks) == 1:
        return date.placed(placed)
    rank, halves = ranks.index(int(row["step"])), {"start": 0, "middle": 1, "end": 2}[placed]
    return date.first + dt.timedelta(days=(date.last - date.first).days * (2 * rank + halves) // (2 * len(ranks)))


def oracle(life, assessments, mechanisms, *, placed, rater, differ, carried):
    """Decide for each day of the period what is known of the partnership, and join equal days."""
    key = life["partnership"]
    own_rated = [row for row in assessments if row["partnership"] == key]
    own_set_up = [row for row in mechanisms if row["partnership"] == key]
    both = [(row, "date") for row in own_rated] + [(row, "start") for row in own_set_up]
    days = {id(row): oracle_day(row, column, both, placed) for row, column in both}
    end = PartialDate.read(life["end"]).placed(placed) if life["end"] else None
    if end:
        end = max([end, *(days[id(row)] for row in own_rated)])
    begin = PartialDate.read(life["start"]).placed(placed) if life["start"] else min(days.values(), default=FIRST)
    begin = min([begin, *(days[id(row)] for row in own_rated), *([end] if end else [])])
    counted = {}
    for row in own_rated:
        if rater in ("any", row["rated_by"]):
            level, day = STAGES.index(row["stage"]), days[id(row)]
            pick = min if differ == "lower" else max
            counted[day] = pick(level, counted.get(day, level))
    until = round(carried * 365.25 / 12) if carried < float("inf") else carried
    known = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + number * DAY
        if day < begin:
            continue
        before = [seen for seen in counted if seen <= day]
        fresh = before and (day - max(before)).days < until
        if end and day > end:
            known.append((day, "ended", None))
        elif fresh:
            known.append((day, STAGES[counted[max(before)]], max(before)))
        else:
            known.append((day, "not_assessed", None))
    runs = []
    for state, together in groupby(known, key=lambda one: one[1]):
        run = list(together)
        runs.append((state, run[0][0], run[-1][0] + DAY, run[-1][2]))
    lines_told = []
    for (state, start, stop, seen), (into, *_) in pairwise([*runs, (".",)]):
        both_rated = state in STAGES and into in STAGES
        outcome = (
            "censored"
            if into == "."
            else ("up" if STAGES.index(into) > STAGES.index(state) else "down")
            if both_rated
            else {"ended": "ended", "not_assessed": "stale"}.get(into, "assessed")
        )
        lines_told.append(f"{key} {state} {start} {stop} {seen or '.'} {into} {outcome}")
    return lines_told


@pytest.mark.parametrize(
    ("seed", "choices"),
    [
        (1, {"placed": "middle", "rater": "any", "differ": "lower", "carried": 18}),
        (2, {"placed": "start", "rater": "any", "differ": "higher", "carried": 6}),
        (3, {"placed": "end", "rater": "any", "differ": "lower", "carried": 12}),
        (4, {"placed": "middle", "rater": "non_state", "differ": "higher", "carried": 9}),
        (5, {"placed": "end", "rater": "independent", "differ": "lower", "carried": float("inf")}),
        (6, {"placed": "start", "rater": "state", "differ": "lower", "carried": 24}),
    ],
)
def test_spells_are_what_a_loop_over_every_day_finds(seed, choices):
    lives, assessments, mechanisms = random_rows(seed)
    register = made(partnerships=lives, assessments=assessments, mechanisms=mechanisms)
    expected = [line for life in lives for line in oracle(life, assessments, mechanisms, **choices)]
    frame = spells(register, **choices)
    assert result(frame) == expected

    # a partition: spells of a partnership touch, and cover it from its begin to the end of observation
    for _, own in frame.groupby("partnership"):
        assert list(own["start"])[1:] == list(own["end"])[:-1]
        assert (own["start"] < own["end"]).all()
        assert own["end"].iloc[-1] == pd.Timestamp(LAST + DAY)
    assert set(frame["partnership"]) <= {life["partnership"] for life in lives}
    marks = timelines(register, placed=choices["placed"], rater=choices["rater"], carried=choices["carried"])
    marks = marks[marks["what"] != "spell"]["start"]
    assert marks.between(pd.Timestamp(FIRST), pd.Timestamp(LAST)).all()


def test_the_random_registers_hold_what_is_hard():
    """Guard the oracle's input: endings, partnerships never assessed, steps, ratings of one date."""
    lives, assessments, mechanisms = ([*chain(*parts)] for parts in zip(*map(random_rows, range(1, 7)), strict=True))
    assert len({row["partnership"] for row in random_rows(1)[1]}) < 24
    exact = [(row["partnership"], row["date"]) for row in random_rows(1)[1]]
    assert len(set(exact)) < len(exact)
    assert sum(life["end"] != "" for life in lives) > 20
    assert sum(life["start"] == "" for life in lives) > 20
    assert sum(row["step"] != "" for row in assessments) > 50
    assert sum(row["step"] != "" for row in mechanisms) > 10
