"""What measures yield: shares, cohorts, moves, first passages, time at stages, agreement, provinces with too few.

Each function takes the frame of one measure, with the columns its docstring names, and measures nothing itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lnlib.analyses.claims.claim_sentences import either
from lnlib.analyses.statistics.statistic import Spoken, Statistic, StatisticWriter, decimal, label, percent
from lnlib.charts.style.states import at_or_above
from lnlib.words import Words


def of_shares(shares: pd.DataFrame, writer: StatisticWriter) -> list[Statistic]:
    """Compute the share at each stage on the first and on the last date.

    Parameters
    ----------
    shares : DataFrame
        As from `lnlib.measures.counts.shares.shares`, of two dates (or one): `date`, `stage`, `count`, `n`, `low`, `high`.
    """
    statistics = []
    for name, rows in _ends(shares):
        when = _when(rows["date"].iloc[0], name, writer)
        n = int(rows["n"].iloc[0])
        statistics.append(writer.count(f"assessed.{name}", "assessed", n, "partnerships", when=when))
        for row in rows.to_dict("records"):
            key, count = f"shares.{name}.{row['stage']}", int(row["count"])
            values = {"low": row["low"], "high": row["high"], "when": when, "stage": _stage(row["stage"], writer)}
            statistics.append(writer.part(key, "share_at", count, "partnerships", of=n, **values))
    return statistics


def of_cohorts(cohorts: pd.DataFrame, writer: StatisticWriter) -> list[Statistic]:
    """Compute the changes of those assessed at both dates.

    Parameters
    ----------
    cohorts : DataFrame
        As from `lnlib.measures.counts.cohorts.cohorts`: `cohort`, `date`, `stage`, `count`, `n`.
    """
    matched = cohorts[cohorts["cohort"] == "matched"]
    ends = dict(_ends(matched))
    n = int(matched["n"].iloc[0])
    whens = {name: _when(rows["date"].iloc[0], name, writer) for name, rows in ends.items()}
    known = dict(_ends(cohorts[cohorts["cohort"] == "cross_section"]))["first"]["n"].iloc[0]
    more = int(known) > n  # some of those known at first are not known later
    between: dict[str, Any] = dict(_between(whens))
    between |= {name: _if(more, f"statistics.cohort_{name}") for name in ("others", "left_out")}
    statistics = [writer.part("cohort", "cohort", n, "partnerships", of=int(known), **between)]
    first, last = (ends[name].set_index("stage")["count"] for name in ("first", "last"))
    for stage in first.index:
        begun, become = int(first[stage]), int(last[stage])
        values = {"n": n, "stage": _stage(stage, writer), "begun": begun, "become": become, **between}
        key, pattern = f"cohort.change.{stage}", "cohort_change" if n else "cohort_none"
        statistics.append(writer.write(key, pattern, become - begun if n else None, "partnerships", values, n=n))
    return statistics


def _if(so: bool, key: str) -> Spoken:
    """Return a clause of the catalogue, or none."""
    return lambda words: words(key) if so else ""


def of_moves(moves: pd.DataFrame, writer: StatisticWriter) -> list[Statistic]:
    """Compute how often an assessment was followed by a move up or back, a stay or an ending, and how many moves skipped a stage.

    Parameters
    ----------
    moves : DataFrame
        As from `lnlib.measures.counts.transitions.moves`: `move`, `count`, `n`, `low`, `high`, `jumps`.
    """
    statistics = []
    for row in moves.to_dict("records"):
        move, limits = row["move"], {"low": row["low"], "high": row["high"]}
        statistics.append(
            writer.part(f"moves.{move}", f"moves_{move}", int(row["count"]), "pairs", of=int(row["n"]), **limits)
        )
        if move in ("up", "down"):
            statistics.append(writer.count(f"moves.{move}.jumps", f"jumps_{move}", int(row["jumps"]), "pairs"))
    return statistics


def of_passages(passages: Mapping[str, pd.DataFrame], writer: StatisticWriter) -> list[Statistic]:
    """Compute how many had reached each stage after so many years, how many had ended before that, and when half had.

    Parameters
    ----------
    passages : mapping of str to DataFrame
        By stage, as from `lnlib.measures.curves.first_passage.reached_after`: `event` (`reached`, `ended`), `years`, `n`,
        `n_at_risk`, `begins`, `incidence`, `low`, `high`, `median`, `median_low`, `median_high`.
    """
    statistics = []
    for stage, rows in passages.items():
        named: dict[str, object] = {"stage": _stage(stage, writer), "reached": _reached(stage, writer)}
        events = {str(row["event"]): row for row in rows.to_dict("records")}
        for event in ("reached", "ended"):
            row = events[event]
            n, key = int(row["n"]), f"passage.{stage}.{event}"
            # as in the charts, a curve is read as far as enough are at risk
            if (missing := _too_few(writer, key, "share", int(row["n_at_risk"]), row["incidence"])) is not None:
                statistics.append(missing)
                continue
            values = {"n": _whole(row["years"]), "percent": percent(row["incidence"]), **named}
            values["sure"] = _sure(row["low"], row["high"], n)
            values["begins"] = _begins(row["begins"])
            sure: dict[str, Any] = {"n": n, "low": row["low"], "high": row["high"]}
            statistics.append(writer.write(key, f"passage_{event}", float(row["incidence"]), "share", values, **sure))
        statistics.append(_median(events["reached"], f"passage.{stage}.median", named, writer))
    return statistics


def of_closings(closings: pd.DataFrame, writer: StatisticWriter, *, mechanisms: Sequence[str]) -> list[Statistic]:
    """Compute how many partnerships ended around the closings of projects, with a mechanism and without one.

    Parameters
    ----------
    closings : DataFrame
        As from `lnlib.analyses.claims.evaluate.ended_around_closings`: `exposed`, `windows`, `ended`, `low`, `high`.
    mechanisms : sequence of str
        Those of which one in force is enough.
    """
    rows = {bool(row["exposed"]): row for row in closings.to_dict("records")}
    statistics = []
    for name, exposed in (("with", True), ("without", False)):
        key = f"closings.{name}"
        if writer.counts_only:
            statistics.append(writer.write(key, "undated" if writer.order else "counts_only", None, "windows", {}))
            continue
        row = rows.get(exposed, {"ended": 0, "windows": 0, "low": None, "high": None})
        values = {"low": row["low"], "high": row["high"], "either": _either(mechanisms)}
        ended, windows = int(row["ended"]), int(row["windows"])
        statistics.append(writer.part(key, f"closings_{name}", ended, "windows", of=windows, **values))
    return statistics


def _either(mechanisms: Sequence[str]) -> Spoken:
    """Return the mechanisms in words, one or another of them."""
    return lambda words: either(mechanisms, words)


def of_hidden(model: Mapping[str, Any] | None, writer: StatisticWriter, *, years: float) -> list[Statistic]:
    """Return what the hidden-stage model estimates beside what was recorded: moves, and stages reached.

    Parameters
    ----------
    model : mapping or None
        `moved`: by move (`up`, `down`), as from `lnlib.measures.panel.hidden_stage.ever_moved`; `passages`: by stage, as from
        `lnlib.measures.panel.hidden_stage.passage` at one time. None where the model cannot be fitted.
    years : float
        The time that passages are read at.
    """
    statistics = []
    for move in ("up", "down"):
        row = model["moved"][move].iloc[0] if model else None
        spoken = {} if row is None else {"percent": percent(row["share"])}
        statistics.append(_modelled(f"model.moved.{move}", f"model_moved_{move}", row, "share", spoken, writer))
    for stage in writer.register.scale.keys[1:]:
        found = None
        if model:
            found = model["passages"][stage].query("event == 'reached'").iloc[0]
        values: dict[str, object] = {"n": _whole(years), "reached": _reached(stage, writer)}
        values |= {} if found is None else {"percent": percent(found["incidence"])}
        statistics.append(_modelled(f"model.passage.{stage}", "model_passage", found, "incidence", values, writer))
    return statistics


def _modelled(
    key: str, pattern: str, row: pd.Series | None, column: str, values: Mapping[str, object], writer: StatisticWriter
) -> Statistic:
    if row is None:
        if (missing := _too_few(writer, key, "share", writer.least_n, 0.0)) is not None:
            return missing
        return writer.write(key, "model_none", None, "share", {})
    n = int(row["n"])
    if (missing := _too_few(writer, key, "share", n, row[column])) is not None:
        return missing
    values = {**values, "sure": _sure(row["low"], row["high"], n)}
    return writer.write(key, pattern, float(row[column]), "share", values, n=n, low=row["low"], high=row["high"])


def _median(row: Mapping[Any, Any], key: str, named: Mapping[str, object], writer: StatisticWriter) -> Statistic:
    n, median, low, high = (row[name] for name in ("n", "median", "median_low", "median_high"))
    n = int(n)
    if (missing := _too_few(writer, key, "years", n, 0.0)) is not None:
        return missing
    if math.isnan(median):
        return writer.write(key, "median_never", None, "years", {"n": n, **named}, n=n)
    values = {"n": n, "years": decimal(median), "low": decimal(low), "high": decimal(high), **named}
    pattern = "median_open" if math.isnan(high) else "median"
    return writer.write(key, pattern, float(median), "years", values, n=n, low=low, high=high)


def of_times(times: pd.DataFrame, writer: StatisticWriter, *, years: float) -> list[Statistic]:
    """Compute the mean time at each stage.

    Parameters
    ----------
    times : DataFrame
        As from `lnlib.measures.counts.sequences.mean_time`: `state`, `n`, `mean`, `low`, `high`.
    years : float
        The horizon that was asked for.
    """
    stages = writer.register.scale.keys
    statistics = []
    for row in times.to_dict("records"):
        n, state = int(row["n"]), str(row["state"])
        key = f"time.{state}"
        if (missing := _too_few(writer, key, "years", n, row["mean"])) is not None:
            statistics.append(missing)
            continue
        named = _stage(state, writer) if state in stages else label("status", state)
        values = {"n": n, "horizon": _whole(years), "state": named, "mean": decimal(row["mean"], 2)}
        values |= {"low": decimal(row["low"], 2), "high": decimal(row["high"], 2)}
        statistics.append(
            writer.write(key, "time", float(row["mean"]), "years", values, n=n, low=row["low"], high=row["high"])
        )
    return statistics


def of_agreement(kappa: pd.DataFrame, writer: StatisticWriter) -> list[Statistic]:
    """Compute the agreement of state and non-state raters.

    Parameters
    ----------
    kappa : DataFrame
        As from `lnlib.measures.counts.agreement.kappa`, of one group: `n`, `kappa`, `low`, `high`.
    """
    (row,) = kappa.to_dict("records")
    n = int(row["n"])
    if writer.order:  # an order has no half-years that two ratings could fall in
        return [writer.write(f"agreement.{name}", "undated", None, name, {}) for name in ("pairs", "kappa")]
    statistics = [writer.count("agreement.pairs", "agreement_pairs", n, "pairs")]
    if (missing := _too_few(writer, "agreement.kappa", "kappa", n, 0.0)) is not None:
        return [*statistics, missing]
    if math.isnan(row["kappa"]):
        return [*statistics, writer.write("agreement.kappa", "kappa_none", None, "kappa", {"n": n}, n=n)]
    values = {"n": n, "kappa": decimal(row["kappa"], 2), "low": decimal(row["low"], 2), "high": decimal(row["high"], 2)}
    sure: dict[str, Any] = {"n": n, "low": row["low"], "high": row["high"]}
    return [*statistics, writer.write("agreement.kappa", "kappa", float(row["kappa"]), "kappa", values, **sure)]


def of_provinces(shares: pd.DataFrame, writer: StatisticWriter) -> list[Statistic]:
    """Count the provinces where too few were assessed for a share.

    Parameters
    ----------
    shares : DataFrame
        As from `lnlib.measures.counts.shares.shares`, by `unit`, on one date: `unit`, `date`, `n`, `n_known`.
    """
    one = shares[shares["unit"].astype("str") != ""].drop_duplicates("unit")
    begun = one[one["n_known"] > 0]
    few = int((begun["n"] < writer.least_n).sum())
    when = _when(shares["date"].iloc[-1], "last", writer)
    values = {"least": writer.least_n, "when": when}
    return [
        writer.part(
            "provinces.too_few", "provinces_few", few, "provinces", of=len(begun), low=None, high=None, **values
        )
    ]


def _sure(low: float, high: float, n: int) -> Spoken:
    """Return interval and n in brackets; before the first event a curve has no limits."""

    def spoken(words: Words) -> str:
        if math.isnan(low) or math.isnan(high):
            return words("statistics.only_n", n=n)
        return words("statistics.interval", low=words.percent(low), high=words.percent(high), n=n)

    return spoken


def _begins(years: float) -> Spoken:
    """Return the clause that names where a curve begins, if not at the start."""
    return lambda words: words("statistics.begins", years=decimal(years)(words)) if years > 0 else ""


def _whole(years: float) -> int | float:
    return int(years) if float(years).is_integer() else years


def _ends(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    dates = sorted(rows["date"].unique())
    return [(name, rows[rows["date"] == date]) for name, date in (("first", dates[0]), ("last", dates[-1]))]


def _when(date: object, name: str, writer: StatisticWriter) -> Spoken:
    """Return the date in words; in an order, as first or as last told."""
    if writer.order or not isinstance(date, pd.Timestamp):
        return lambda words: words(f"statistics.told_{name}")
    return lambda words: words("statistics.on", when=words.date(date.date()))


def _between(whens: Mapping[str, Spoken]) -> dict[str, Spoken]:
    """Return both times in words: the first to begin a sentence and within one, the last within one."""

    def within(name: str) -> Spoken:
        return lambda words: whens[name](words)[:1].lower() + whens[name](words)[1:]

    return {"first": whens["first"], "first_too": within("first"), "last": within("last")}


def _stage(stage: object, writer: StatisticWriter) -> Spoken:
    return lambda words: writer.register.scale.labels(words.language)[str(stage)]


def _reached(stage: str, writer: StatisticWriter) -> Spoken:
    """Return a stage or any above it as it stands in a sentence."""
    return lambda words: at_or_above(stage, writer.register.scale.labels(words.language), words)


def _too_few(writer: StatisticWriter, key: str, unit: str, n: int, value: float) -> Statistic | None:
    """Return why a number cannot be given: there are no dates, the cases are no sample, or too few were followed."""
    if writer.order:
        return writer.write(key, "undated", None, unit, {})
    if writer.register.counts_only:
        return writer.write(key, "counts_only", None, unit, {})
    if n < writer.least_n or math.isnan(value):
        return writer.write(key, "too_few", None, unit, {"n": n, "least": writer.least_n}, n=n)
    return None
