"""What the records of a simulated register say of its lives: written dates, visits, ratings, places of the time."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from lnlib.simulation.actors import keys
from lnlib.simulation.declared_rates import Rates
from lnlib.simulation.drawn_lives import YEAR, Lives, drawn

_OWN_DISTRICTS = 9


def record_partnerships(
    rates: Rates, described: pd.DataFrame, lives: Lives, random: np.random.Generator
) -> pd.DataFrame:
    """Write the table of partnerships: where each was at its start, when it began and when and why it ended."""
    n = len(described)
    province, district = _recorded_places(rates, described, random)
    ended = np.isfinite(lives.end)
    own = list(rates.ends) or ["other"]
    reason = np.array(own, dtype=object)[drawn([rates.ends.get(word, 1.0) for word in own], n, random=random)]
    reason = np.where(lives.closed, "project_closed", reason)
    return pd.DataFrame(
        {
            "partnership": keys("P", n),
            "non_state": described["non_state"],
            "state": described["state"],
            "province": province,
            "district": district,
            "sectors": described["sectors"],
            "functions": described["functions"],
            "start": _written(rates, _days(described, np.arange(n), np.zeros(n)), random),
            "end": _written(rates, _days(described, np.arange(n), lives.end), random),
            "end_reason": np.where(ended, reason, ""),
            "source": "simulated",
        }
    )


def _recorded_places(
    rates: Rates, described: pd.DataFrame, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Record a province as it was at the start; where it was or will be split, with a district."""
    province = described["home"].to_numpy(dtype=object).copy()
    district = np.full(len(province), "", dtype=object)
    draw = random.random(len(province))
    start = described["start"].to_numpy().astype("datetime64[D]")
    for daughter in rates.places.places:
        if not daughter.split_from or daughter.since is None:
            continue
        mother = rates.places.by_code[daughter.split_from]
        own = [f"Simulated district {number} of {mother.name()}" for number in range(1, _OWN_DISTRICTS + 1)]
        for place, names in ((mother, own), (daughter, list(daughter.split_districts))):
            there = np.flatnonzero(province == place.code)
            if names:
                district[there] = np.array(names, dtype=object)[(draw[there] * len(names)).astype(int)]
        early = (province == daughter.code) & (start <= np.datetime64(daughter.since.last))
        province[early] = mother.code
    return province, district


def record_assessments(
    rates: Rates, described: pd.DataFrame, lives: Lives, random: np.random.Generator
) -> pd.DataFrame:
    """Write the table of assessments: every rater's visits, less the gaps and the partnerships that nobody rates."""
    n = len(described)
    horizon = (np.datetime64(rates.period.last) - described["start"].to_numpy().astype("datetime64[D]")).astype(int)
    known = np.minimum(lives.end, (horizon + 1) / YEAR)
    rated = random.random(n) >= rates.never_assessed
    in_gap = random.random(n) < rates.gap_share
    gap = np.where(in_gap, random.random(n) * known, np.inf)
    frames = []
    for rater, visiting in rates.visits.items():
        owner, time = _visits(visiting.rate, visiting.at_start, known, random)
        stage = lives.stage_at(owner, time)
        wrong, up = random.random(len(owner)) < visiting.misrates, random.random(len(owner)) < 0.5
        up = np.where(stage == 0, True, np.where(stage == len(rates.scale.keys) - 1, False, up))
        stage = np.where(wrong, stage + np.where(up, 1, -1), stage)
        evidence = list(visiting.evidence) or [""]
        kind = drawn([visiting.evidence.get(word, 1.0) for word in evidence], len(owner), random=random)
        frame = pd.DataFrame(
            {
                "owner": owner,
                "time": time,
                "day": _days(described, owner, time),
                "stage": np.array(rates.scale.keys, dtype=object)[stage],
                "rated_by": rater,
                "evidence": np.array(evidence, dtype=object)[kind],
            }
        )
        missed = (time >= gap[owner]) & (time < gap[owner] + rates.gap_years)
        frames.append(frame[rated[owner] & ~missed])
    if not frames:
        return pd.DataFrame({"partnership": []})
    every = pd.concat(frames, ignore_index=True)
    # one rater rates once a day
    every = every.drop_duplicates(["owner", "day", "rated_by"]).sort_values(["owner", "time"], kind="stable")
    every = every.reset_index(drop=True)
    every["date"] = _written(rates, every["day"].to_numpy(), random)
    recorded: pd.DataFrame = every.assign(
        partnership=np.array(keys("P", n), dtype=object)[every["owner"]],
        step=_steps(every, ["owner", "date", "rated_by"]),
        source="simulated",
    )
    return recorded


def _visits(
    rate: float, at_start: float, known: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw visits at a constant rate while partnerships live: whose and when."""
    first = np.flatnonzero(random.random(len(known)) < at_start)
    owners, times = [first], [np.zeros(len(first))]
    clock, alive = np.zeros(len(known)), np.arange(len(known)) if rate else np.array([], dtype=int)
    while len(alive):
        clock[alive] += -np.log1p(-random.random(len(alive))) / rate
        alive = alive[clock[alive] < known[alive]]
        owners.append(alive)
        times.append(clock[alive])
    return np.concatenate(owners), np.concatenate(times)


def record_mechanisms(rates: Rates, described: pd.DataFrame, lives: Lives, random: np.random.Generator) -> pd.DataFrame:
    """Write the table of mechanisms, with a step where the written dates of two do not tell them apart."""
    owner, which, start, until = lives.mechanisms
    names = np.array([*rates.mechanisms, ""], dtype=object)
    frame = pd.DataFrame(
        {
            "partnership": np.array(keys("P", len(described)), dtype=object)[owner],
            "mechanism": names[which],
            "start": _written(rates, _days(described, owner, start), random),
            "end": _written(rates, _days(described, owner, until), random),
            "source": "simulated",
        }
    )
    return frame.assign(step=_steps(frame, ["partnership", "mechanism", "start"]))


def _steps(frame: pd.DataFrame, same: list[str]) -> np.ndarray:
    """Return a step to rows, in order already, that their written dates do not tell apart."""
    step = frame.groupby(same, sort=False).cumcount() + 1
    return np.where(frame.duplicated(same, keep=False), step.astype("str"), "")


def _days(described: pd.DataFrame, owner: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return the day on which a time of a life falls; not a time where it is infinite."""
    start = described["start"].to_numpy().astype("datetime64[D]")[owner]
    days = np.floor(np.where(np.isfinite(time), time, 0) * YEAR).astype("timedelta64[D]")
    return np.where(np.isfinite(time), start + days, np.datetime64("NaT", "D"))


def _written(rates: Rates, days: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Write days as precisely as the declared mix has it."""
    precisions = list(rates.precision)
    how = drawn(list(rates.precision.values()), len(days), random=random)
    different, which = np.unique(days, return_inverse=True)
    texts = np.array([[_text(day, name) for name in precisions] for day in different.tolist()] or [[""]], dtype=object)
    return texts[which, how] if len(days) else np.array([], dtype=object)


def _text(day: dt.date | None, precision: str) -> str:
    if day is None:
        return ""
    month = {
        "day": f"{day.month:02d}-{day.day:02d}",
        "month": f"{day.month:02d}",
        "quarter": f"Q{(day.month + 2) // 3}",
        "half": f"H{(day.month + 5) // 6}",
    }[precision]
    return f"{day.year}-{month}"
