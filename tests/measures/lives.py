"""Small registers for the tests of measures: one by hand, and random ones from a seed."""

import numpy as np
import pandas as pd

STAGES = ["coalition", "collaboration", "integrated"]
STATUSES = ["assessed", "not_assessed", "ended"]
PROVINCES = ["01", "02", "03"]


def spells(rows, *, stages=STAGES, dates=False):
    """Write (partnership, stage or status, start, end, province) as a frame of spells; years from 2010 with dates."""
    who, what, start, end, province = zip(*rows, strict=True) if rows else ([], [], [], [], [])
    frame = pd.DataFrame(
        {
            "partnership": pd.Series(who, dtype=object),
            "stage": pd.Categorical([w if w in stages else None for w in what], categories=stages, ordered=True),
            "status": pd.Categorical(["assessed" if w in stages else w for w in what], categories=STATUSES),
            "start": pd.Series(start, dtype=float),
            "end": pd.Series(end, dtype=float),
            "province": pd.Categorical(province, categories=PROVINCES),
        }
    )
    if dates:
        for column in ("start", "end"):
            days = np.rint(frame[column].to_numpy() * 365.25).astype("timedelta64[D]")
            frame[column] = (np.datetime64("2010-01-01") + days).astype("datetime64[us]")
    return frame


def hand_spells(**more):
    """Six partnerships over ten years; province 03 is empty; c comes back, d ends, e is lost sight of, f comes late."""
    return spells(
        [
            ("a", "coalition", 0, 4, "01"),
            ("a", "collaboration", 4, 8, "01"),
            ("a", "integrated", 8, 10, "01"),
            ("b", "coalition", 0, 10, "01"),
            ("c", "collaboration", 0, 2, "01"),
            ("c", "coalition", 2, 6, "01"),
            ("c", "collaboration", 6, 10, "01"),
            ("d", "integrated", 1, 5, "02"),
            ("d", "ended", 5, 10, "02"),
            ("e", "collaboration", 0, 3, "02"),
            ("e", "not_assessed", 3, 10, "02"),
            ("f", "coalition", 6, 7, "02"),
            ("f", "integrated", 7, 10, "02"),
        ],
        **more,
    )


def random_spells(seed, *, partnerships=8, years=10, dates=False, stages=STAGES):
    """Draw a register: each life in whole or odd pieces, with gaps, endings, and neighbours at the same stage."""
    random = np.random.default_rng(seed)
    rows = []
    for who in range(partnerships):
        province = PROVINCES[random.integers(0, 2)]
        now = float(random.integers(0, years // 2))
        while now < years:
            what = random.choice([*stages, "not_assessed", "ended"], p=[0.8 / len(stages)] * len(stages) + [0.12, 0.08])
            then = years if what == "ended" else min(years, now + random.choice([0.5, 1, 2, random.exponential(2)]))
            rows.append((f"p{who}", what, now, then, province))
            now = then
    return spells(rows, dates=dates, stages=stages)


def visits(rows, *, stages=STAGES, dates=False):
    """Write (partnership, stage or "ended", date, rated_by, province) as a frame of visits."""
    who, what, date, rater, province = zip(*rows, strict=True) if rows else ([], [], [], [], [])
    frame = pd.DataFrame(
        {
            "partnership": pd.Series(who, dtype=object),
            "date": pd.Series(date, dtype=float),
            "stage": pd.Categorical([w if w in stages else None for w in what], categories=stages, ordered=True),
            "status": pd.Categorical(
                ["assessed" if w in stages else "ended" for w in what], categories=["assessed", "ended"]
            ),
            "rated_by": pd.Categorical(rater, categories=["state", "non_state", "independent"]),
            "province": pd.Categorical(province, categories=PROVINCES),
        }
    )
    if dates:
        days = np.rint(frame["date"].to_numpy() * 365.25).astype("timedelta64[D]")
        frame["date"] = (np.datetime64("2010-01-01") + days).astype("datetime64[us]")
    return frame


def random_visits(seed, *, partnerships=8, dates=False, stages=STAGES):
    """Draw a panel: one to six visits a partnership, sometimes two on a day, sometimes ended."""
    random = np.random.default_rng(seed)
    rows = []
    for who in range(partnerships):
        province = PROVINCES[random.integers(0, 2)]
        now = float(random.integers(0, 8)) / 2
        for _ in range(random.integers(1, 7)):
            rows.append((f"p{who}", random.choice(stages), now, random.choice(["state", "non_state"]), province))
            now += float(random.choice([0, 0.25, 0.5, 1, 1.5]))
        if random.random() < 0.3:
            rows.append((f"p{who}", "ended", now, None, province))
    return visits(rows, dates=dates, stages=stages)


def shuffled(frame, seed=0):
    """Return the same rows in another order."""
    return frame.sample(frac=1, random_state=seed)
