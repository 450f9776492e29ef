"""What is counted in the tables of a register: actors, partnerships, assessments, mechanisms, and how well observed."""

from __future__ import annotations

from functools import partial

import pandas as pd

from lnlib.analyses.statistics.statistic import Statistic, StatisticWriter, day, label
from lnlib.reference import vocabulary
from lnlib.register import Register
from lnlib.words import Words


def of_actors(actors: pd.DataFrame, writer: StatisticWriter) -> list[Statistic]:
    """Compute statistics of the actors, by side, kind and tier.

    Parameters
    ----------
    actors : DataFrame
        `Register.actors`.
    """
    total = len(actors)
    statistics = [writer.count("actors", "actors", total, "actors")]
    groups = {"side": ("state", "non_state"), "kind": vocabulary.words("kind"), "tier": (*vocabulary.words("tier"), "")}
    for group, known in groups.items():
        for word in known:
            count = int((actors[group] == word).sum())
            key = f"actors.{group}.{word or 'not_stated'}"
            statistics.append(writer.part(key, f"actors_{group}", count, "actors", of=total, label=label(group, word)))
    return statistics


def of_partnerships(described: pd.DataFrame, writer: StatisticWriter) -> list[Statistic]:
    """Compute statistics of the partnerships: where, what for, and how they ended.

    Parameters
    ----------
    described : DataFrame
        `Register.described`.
    """
    register, total = writer.register, len(described)
    placed = described["unit"] != ""
    units = {"units": len(register.units)}
    statistics = [
        writer.count("partnerships", "partnerships", total, "partnerships"),
        writer.count("provinces", "provinces", described.loc[placed, "unit"].nunique(), "provinces", **units),
        writer.count("partnerships.place_not_stated", "place_not_stated", int((~placed).sum()), "partnerships"),
    ]
    for name in ("hybrid", "multi_sector"):
        statistics.append(
            writer.part(f"partnerships.{name}", name, int(described[name].sum()), "partnerships", of=total)
        )
    ended = described[described["end"] != ""]
    statistics.append(writer.part("endings", "endings", len(ended), "partnerships", of=total))
    for reason in (*vocabulary.words("end_reason"), ""):
        count = int((ended["end_reason"] == reason).sum())
        key = f"endings.{reason or 'not_stated'}"
        named = label("end_reason", reason)
        statistics.append(writer.part(key, "endings_reason", count, "partnerships", of=len(ended), label=named))
    return statistics


def of_assessments(assessments: pd.DataFrame, writer: StatisticWriter) -> list[Statistic]:
    """Compute statistics of the assessments: by whom, on what evidence, between which dates.

    Parameters
    ----------
    assessments : DataFrame
        `Register.assessments`: all that are recorded in the period, whoever's ratings count.
    """
    total = len(assessments)
    statistics = [writer.count("assessments", "assessments", total, "assessments")]
    for word in vocabulary.words("rated_by"):
        count = int((assessments["rated_by"] == word).sum())
        key = f"assessments.rated_by.{word}"
        statistics.append(
            writer.part(key, "assessments_rater", count, "assessments", of=total, label=label("rated_by", word))
        )
    for word in (*vocabulary.words("evidence"), ""):
        count = int((assessments["evidence"] == word).sum())
        named = label("evidence", word) if word else label("story", "evidence_none")
        key = f"assessments.evidence.{word or 'not_stated'}"
        statistics.append(writer.part(key, "assessments_evidence", count, "assessments", of=total, label=named))
    for name, column, side in (("first", "date_first", "min"), ("last", "date_last", "max")):
        key = f"assessments.{name}_date"
        if writer.order or not total:
            statistics.append(writer.write(key, "undated" if writer.order else "nothing", None, "date", {}))
            continue
        # a date known to a quarter may reach beyond the observed period, and says no more than that
        bound = pd.Timestamp(writer.register.observed[0 if name == "first" else 1])
        date = assessments[column].agg(side)
        beyond = int((assessments[column] < bound if name == "first" else assessments[column] > bound).sum())
        date = (max(date, bound) if name == "first" else min(date, bound)).date()
        wide = partial(_clause, key=f"statistics.wide_{name}", n=beyond)
        statistics.append(writer.write(key, f"assessed_{name}", date, "date", {"when": day(date), "wide": wide}))
    return statistics


def of_mechanisms(mechanisms: pd.DataFrame, writer: StatisticWriter, *, partnerships: int) -> list[Statistic]:
    """Compute statistics of the mechanisms, and of the partnerships that ever had each.

    Parameters
    ----------
    mechanisms : DataFrame
        `Register.mechanisms`.
    partnerships : int
        How many partnerships there are, with a mechanism and without.
    """
    total = partnerships
    statistics = [writer.count("mechanisms", "mechanisms", len(mechanisms), "mechanisms")]
    without = total - mechanisms["partnership"].nunique()
    statistics.append(writer.part("mechanisms.none", "mechanisms_none", without, "partnerships", of=total))
    for word in vocabulary.words("mechanism"):
        rows = mechanisms[mechanisms["mechanism"] == word]
        named = label("mechanism", word)
        statistics.append(writer.count(f"mechanisms.{word}", "mechanisms_kind", len(rows), "mechanisms", label=named))
        count = rows["partnership"].nunique()
        key = f"mechanisms.{word}.partnerships"
        statistics.append(writer.part(key, "mechanisms_had", count, "partnerships", of=total, label=named))
    return statistics


def of_standing(standing: pd.DataFrame, writer: StatisticWriter) -> list[Statistic]:
    """Compute statistics of how well partnerships were observed, and how many ever moved.

    Parameters
    ----------
    standing : DataFrame
        As from `lnlib.history.timelines.current_status`; partnerships that had not begun, or had ended before the period,
        are not counted.
    """
    standing = standing if writer.order else standing[standing["status"].notna()]
    total, last = len(standing), writer.register.observed[1]
    never = int((standing["assessments"] == 0).sum())
    once = int((standing["assessments"] == 1).sum())
    statistics = [
        writer.part("observed.never", "observed_never", never, "partnerships", of=total),
        writer.part("observed.once", "observed_once", once, "partnerships", of=total),
    ]
    running = standing["status"].isin(["assessed", "not_assessed"])
    now = int((standing["status"] == "not_assessed").sum())
    key = "observed.not_assessed_now"
    if writer.order:
        statistics.append(writer.write(key, "undated", None, "partnerships", {}))
    else:
        values = {"when": day(last), "months": writer.choices["carried"]}
        statistics.append(writer.part(key, "observed_not_now", now, "partnerships", of=int(running.sum()), **values))
    seen = standing["assessments"] > 0
    alone = standing[seen & (standing["compared"] == 0)]
    clause = "statistics.moved_once" if (alone["dates"] == 1).all() else "statistics.moved_unseen"
    for move in ("up", "down"):
        count = int((standing.loc[seen, move] > 0).sum())
        values = {"once": partial(_clause, key=clause, n=len(alone))}
        statistics.append(
            writer.part(f"moved.{move}", f"moved_{move}", count, "partnerships", of=int(seen.sum()), **values)
        )
    return statistics


def _clause(words: Words, *, key: str, n: int) -> str:
    """Return a clause on `n` of those counted; none where there are none."""
    return words(key, n=n) if n else ""


def of_period(register: Register, writer: StatisticWriter) -> list[Statistic]:
    """Return the statistics of the observed period."""
    first, last = register.observed
    values = {"from": day(first), "to": day(last)}
    return [
        writer.write("period.first", "period", first, "date", values),
        writer.write("period.last", "period", last, "date", values),
    ]
