"""Checks of what was recorded: ratings that contradict each other, moves to look at, names that may be one actor."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher

import numpy as np
import pandas as pd

from lnlib.errors import listed
from lnlib.reference.scales import Scale, folded
from lnlib.register.checked_table import Sheet
from lnlib.register.problems import Severity, shortened

LIKE = 0.92  # how much of two names must be the same for them to be proposed as one
_MOST_NAMES = 3000  # every name is compared with every other; beyond so many, only equal ones are proposed


def check_ratings(assessments: Sheet) -> None:
    """Refuse two different ratings by one rater on one day; where the date is wider than a day, ask for review."""
    same = ["partnership", "date", "step", "rated_by"]
    frame = pd.DataFrame({name: assessments.typed[name] for name in (*same, "stage")})
    frame["exact"] = assessments.typed["date_first"] == assessments.typed["date_last"]
    frame = frame[~assessments.bad]
    # sorted groups would cost most of the time at a million rows; only the contradicting ones are looked at
    frame = frame[frame.duplicated(same, keep=False)]
    different = frame.drop_duplicates([*same, "stage"])
    contradicting = different.loc[different.duplicated(same, keep=False), same].drop_duplicates()
    frame = frame.reset_index(names="position").merge(contradicting, on=same)
    for _, group in frame.groupby(same, sort=False, dropna=False):
        severity: Severity = "error" if group["exact"].all() else "review"
        positions = group["position"].to_numpy()
        rows = ", ".join(str(assessments.row(position)) for position in positions)
        reason = f"rows {rows} give different stages by the same rater on one date ({listed(group['stage'])})"
        assessments.find(severity, positions, "stage", reason)


def review_moves(assessments: Sheet, scale: Scale) -> None:
    """Flag for review one rater's steps back, and of steps that pass over a stage."""
    frame = pd.DataFrame({name: assessments.typed[name] for name in ("partnership", "rated_by", "date_first", "step")})
    frame = frame[~assessments.bad]
    stages = assessments.typed["stage"][~assessments.bad]
    frame["level"] = stages.astype(scale.dtype).cat.codes.astype(int)
    frame["partnership"] = pd.factorize(frame["partnership"])[0]
    frame["rated_by"] = pd.factorize(frame["rated_by"])[0]
    frame["step"] = frame["step"].astype("float64")
    frame = frame.sort_values(["partnership", "rated_by", "date_first", "step"], kind="stable")
    follows = (frame[["partnership", "rated_by"]].diff() == 0).all(axis=1).to_numpy()
    level = frame["level"].to_numpy()
    before = np.r_[0, level[:-1]] if len(level) else level
    jump, down = follows & (level - before > 1), follows & (level < before)
    cases = ((jump, "jumps over a stage, from {} to {}, in one assessment"), (down, "goes back, from {} to {}"))
    for moved, words in cases:
        at = np.flatnonzero(moved)
        reasons = [words.format(scale.keys[a], scale.keys[b]) for a, b in zip(before[at], level[at], strict=True)]
        assessments.find("review", frame.index.to_numpy()[at], "stage", reasons)


def review_names(actors: Sheet) -> None:
    """Propose actors whose names are much alike as one; nothing is merged."""
    named = [(row, name.strip()) for row, name in enumerate(actors.typed["name"]) if name.strip()]
    named = [(row, name) for row, name in named if not actors.bad[row]]
    for one, other in like_names([name for _, name in named]):
        row, name = named[one]
        twin, match = named[other]
        reason = f"'{shortened(name)}' is much like '{shortened(match)}' in row {actors.row(twin)}; the same actor? (not merged)"
        actors.find("review", np.array([row]), "name", reason, match)


def like_names(names: list[str]) -> list[tuple[int, int]]:
    """Pair each name with the first one before it that is so like it that both may be the same actor.

    Names whose digits differ are never alike: commune councils 1 and 2 are two.

    Returns
    -------
    list of (int, int)
        Positions: of the name, and of the one before it.

    Examples
    --------
    >>> like_names(["River Watch", "Commune council 1", "River  Wach", "Commune council 2"])
    [(2, 0)]
    """
    plain = [" ".join(name.casefold().split()) for name in names]
    if len(names) > _MOST_NAMES:
        first: dict[str, int] = {}
        return [(row, at) for row, name in enumerate(plain) if (at := first.setdefault(folded(name), row)) != row]
    digits = pd.factorize(pd.Series(["".join(c for c in name if c.isdigit()) for name in plain], dtype="str"))[0]
    signs = {sign: number for number, sign in enumerate(sorted(set("".join(plain))))}
    counts = np.zeros((len(plain), len(signs)), dtype=np.int16)
    for row, name in enumerate(plain):
        for sign, times in Counter(name).items():
            counts[row, signs[sign]] = times
    lengths = counts.sum(axis=1)
    found = []
    for row in range(1, len(plain)):
        # the share of letters in common is the most that the slow comparison can give
        rivals = np.flatnonzero(
            (digits[:row] == digits[row]) & (np.abs(lengths[:row] - lengths[row]) <= lengths[row] // 5)
        )
        common = np.minimum(counts[rivals], counts[row]).sum(axis=1)
        likely = rivals[2 * common > LIKE * (lengths[rivals] + lengths[row])]
        for other in likely.tolist():
            if SequenceMatcher(None, plain[row], plain[other], autojunk=False).ratio() > LIKE:
                found.append((row, other))
                break
    return found
