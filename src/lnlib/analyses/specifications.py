"""Headline results of a register under every combination of choices, for the specification curve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from lnlib.history.choices import Choices
from lnlib.history.grid import grid
from lnlib.history.placed_in_time import dated, in_period, placed_assessments
from lnlib.history.spells import carried_spells
from lnlib.history.visits import life_spans
from lnlib.history.which_ratings_count import counted_ratings, one_a_date
from lnlib.measures.counts.shares import shares
from lnlib.measures.counts.transitions import moves
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.measures.intervals import wilson
from lnlib.measures.uncertain_dates import sensitivity
from lnlib.register import Register
from lnlib.words import Words

LEAST_N = 5
VARIED: dict[str, tuple[Any, ...]] = {
    "placed": ("start", "middle", "end"),
    "carried": (12, 18, 24),
    "rater": ("any", "state", "non_state", "independent"),
    "evidence": ("any", "verifiable"),
}

_ROWS_AT_ONCE = 50_000  # ratings of combinations that are measured together


def specifications(
    register: Register, choices: Choices | None = None, *, language: str = "en", **varied: Sequence[Any]
) -> pd.DataFrame:
    """Compute three headline results under every combination of choices.

    The results are the share of assessed partnerships at the highest stage on the last observed day, the share that moved
    up between their first assessment and their last, and the years until half had reached the second stage.

    Parameters
    ----------
    choices : Choices, optional
        Those of the edition, which are among the combinations; by default the register's own.
    language : str
        Of the labels.
    **varied
        Levels of a choice, such as `carried=(12, 24)`, in place of those in `VARIED`.

    Returns
    -------
    DataFrame
        One row a result and combination: `label`, `unit` (`share` or `years`), `estimate` (NaN where fewer than five can
        be counted, or half are never reached), `low`, `high` (95% limits; NaN where open), `n`, `never` (whether enough
        were followed and half never reached the stage), `chosen` (the edition's own), `placed`, `carried`, `rater`,
        `evidence`. Of combinations that count the very same ratings only one has rows, the edition's own if it is among
        them. Empty for a register that gives an order and no dates, and for one that is no sample.
    """
    own = choices or Choices.of(register)
    names = [*VARIED]
    levels = {name: list(dict.fromkeys([*varied.get(name, VARIED[name]), getattr(own, name)])) for name in names}
    columns = ["label", "unit", "estimate", "low", "high", "n", "never", "chosen", *names]
    if own.ordinal or register.counts_only:
        types = {"estimate": float, "low": float, "high": float, "never": bool, "chosen": bool}
        return pd.DataFrame(columns=columns).astype(types)
    rest = {field.name: getattr(own, field.name) for field in fields(Choices) if field.name not in names}
    distinct = _distinct(register, own, levels["rater"], levels["evidence"])
    placings = [
        Choices(**rest, placed=placed, rater=rater, evidence=evidence)
        for placed, rater, evidence in product(levels["placed"], levels["rater"], levels["evidence"])
        if (rater, evidence) in distinct
    ]
    words, rows = Words.load(language), []
    at_once = max(1, _ROWS_AT_ONCE // (len(register.assessments) + 1))
    for begin in range(0, len(placings), at_once):
        for choices, results in _results(register, placings[begin : begin + at_once], levels["carried"], words):
            asked = {name: getattr(choices, name) for name in names}
            rows += [{**result, "chosen": choices == own, **asked} for result in results]
    order = {name: levels[name].index for name in names}
    rows.sort(key=lambda row: [order[name](row[name]) for name in names])
    return pd.DataFrame(rows, columns=columns).sort_values("label", key=_in_order, kind="stable", ignore_index=True)


def _distinct(register: Register, own: Choices, raters: Sequence[str], evidence: Sequence[str]) -> set[tuple[str, str]]:
    """Return the pairs of `rater` and `evidence` without those that count the same ratings as a pair before."""
    pairs = sorted(product(raters, evidence), key=lambda pair: pair != (own.rater, own.evidence))
    counted: dict[frozenset[int], tuple[str, str]] = {}
    for pair in pairs:
        counted.setdefault(frozenset(counted_ratings(register, rater=pair[0], evidence=pair[1]).index), pair)
    return set(counted.values())


def choices_finding(results: pd.DataFrame, register: Register, *, language: str = "en") -> str:
    """Return in one sentence between which values the first result lies, and what the edition's own choices give.

    Parameters
    ----------
    results : DataFrame
        As `specifications` returns it.
    language : str
        Of the catalogue.

    Returns
    -------
    str
        Empty where no combination gives the result.
    """
    words = Words.load(language)
    known = results[results["estimate"].notna()]
    first = known[known["label"] == results["label"].iloc[0]] if len(known) else known
    if first.empty:
        return ""
    own = first.loc[first["chosen"].astype(bool), "estimate"]
    values: dict[str, object] = {
        name: words.percent(float(first["estimate"].agg(side))) for name, side in (("low", "min"), ("high", "max"))
    }
    values["chosen"] = words.percent(float(own.iloc[0])) if len(own) else words("certainty.too_few")
    values |= {"n_least": int(first["n"].min()), "n_most": int(first["n"].max())}
    stage = register.scale.labels(language)[register.scale.keys[-1]]
    return words("certainty.choices", n=len(first), stage=stage, **values)


def evidence_notes(results: pd.DataFrame, register: Register, *, language: str = "en") -> list[str]:
    """Return the sentence on what verifiable ratings alone give for the first result, beside all ratings.

    Parameters
    ----------
    results : DataFrame
        As `specifications` returns it, with `evidence` varied and nothing else.
    language : str
        Of the catalogue.

    Returns
    -------
    list of str
        Empty where there are no results.
    """
    if results.empty:
        return []
    words = Words.load(language)
    first = results[results["label"] == results["label"].iloc[0]].set_index("evidence")
    if "verifiable" not in first.index:  # of combinations that count the very same ratings one has rows
        return [words("certainty.evidence_all")]
    few, every = first.loc["verifiable"], first.loc["any"]
    if np.isnan(few["estimate"]):
        return [words("certainty.evidence_few", n=int(few["n"]))]
    stage = register.scale.labels(language)[register.scale.keys[-1]]
    shares = {"share": words.percent(float(few["estimate"])), "all": words.percent(float(every["estimate"]))}
    return [words("certainty.evidence", stage=stage, n=int(few["n"]), n_all=int(every["n"]), **shares)]


def evidence_rows(results: pd.DataFrame, *, language: str = "en") -> pd.DataFrame:
    """Return each result on all ratings beside that on verifiable ratings alone, in words, for a table.

    Parameters
    ----------
    results : DataFrame
        As `specifications` returns it, with `evidence` varied and nothing else.
    language : str
        Of the catalogue.

    Returns
    -------
    DataFrame
        One row a result: `result`, `any` and `verifiable` (estimate, 95% limits and n).
    """
    words, rows = Words.load(language), []
    for label in dict.fromkeys(results["label"]):
        own = results[results["label"] == label].set_index("evidence")
        texts = {evidence: _in_words(row, words) for evidence, row in own.iterrows()}
        rows.append({"result": label, "any": texts["any"], "verifiable": texts.get("verifiable", texts["any"])})
    return pd.DataFrame(rows, columns=["result", "any", "verifiable"])


def _in_words(row: pd.Series, words: Words) -> str:
    """Write an estimate with its limits and n."""
    if row["never"] or np.isnan(row["estimate"]):
        return words(f"certainty.evidence_{'never' if row['never'] else 'too_few'}", n=int(row["n"]))
    share = row["unit"] == "share"
    values = {
        name: words.percent(float(row[name])) if share else words.number(float(row[name]), decimals=1)
        for name in ("estimate", "low", "high")
        if not np.isnan(row[name])
    }
    return words(f"certainty.evidence_value{'' if 'high' in values else '_open'}", n=int(row["n"]), **values)


def dates_note(register: Register, choices: Choices | None = None, *, language: str = "en") -> list[str]:
    """Return the sentence that says how far the share that moves up within a year depends on uncertain dates."""
    own, words = choices or Choices.of(register), Words.load(language)
    rated = dated(register, rater=own.rater, evidence=own.evidence)
    uncertain = int((rated["first"] < rated["last"]).sum())
    if own.ordinal or register.counts_only or not uncertain:
        return []
    a_year_later = partial(moves, lag=1.0)
    found = sensitivity(rated, a_year_later, of="share", on="move", times=100, seed=17)
    up = found[found["move"] == "up"].iloc[0]
    if up["times"] < 100:
        return []
    shares = {name: words.percent(float(up[name])) for name in ("low", "high")}
    return [words("specifications.dates", n=uncertain, n_all=len(rated), times=100, **shares)]


def _in_order(labels: pd.Series) -> pd.Series:
    return labels.map({label: place for place, label in enumerate(dict.fromkeys(labels))})


def _results(
    register: Register, placings: Sequence[Choices], carried: Sequence[float], words: Words
) -> Iterator[tuple[Choices, list[dict[str, Any]]]]:
    """Return the three results of combinations that are placed and counted so, however long their ratings are carried.

    The histories of all of them are measured together: each combination has partnerships of its own.
    """
    labels, keys, last = register.scale.labels(words.language), register.scale.keys, grid(register, placings[0])[-1:]
    rated = _stacked(one_a_date(placed_assessments(register, each), each.differ) for each in placings)
    lives = _stacked(life_spans(register, each.placed) for each in placings)
    inside = rated[in_period(rated["date"], register)]
    codes = inside["stage"].cat.codes.groupby([inside["combination"], inside["partnership"]], observed=True)
    change = codes.agg(["first", "last", "size"])
    twice = change[change["size"] > 1].reset_index()
    owner = lives.set_index("partnership")["combination"]
    for months in carried:
        lived = carried_spells(rated, lives, months, register)
        lived["combination"] = pd.Categorical(lived["partnership"].map(owner), range(len(placings)))
        final = shares(lived, dates=last, by="combination")
        counts = final.loc[final["stage"] == keys[-1], ["count", "n"]].to_numpy()
        curves = first_passage(lived, to=keys[1], by="combination")
        for place, placing in enumerate(placings):
            moved = twice[twice["combination"] == place]
            results = [
                _share(words("specifications.highest", stage=labels[keys[-1]]), *map(int, counts[place])),
                _share(words("specifications.moved_up"), int((moved["last"] > moved["first"]).sum()), len(moved)),
            ]
            after = reached_after(curves[curves["combination"] == place], years=1.0)
            reached = after[after["event"] == "reached"].iloc[0]
            results.append(_years(words("specifications.years", stage=labels[keys[1]]), reached))
            yield placing.but(carried=months), results


def _stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate the frames of combinations, with their number, which is part of the name of each partnership."""
    parts = [
        frame.assign(combination=place, partnership=f"{place} " + frame["partnership"])
        for place, frame in enumerate(frames)
    ]
    return pd.concat(parts, ignore_index=True)


def _years(label: str, reached: pd.Series) -> dict[str, Any]:
    """Return the years until half had reached a stage, with their limits; none of fewer than five."""
    known = reached["n"] >= LEAST_N
    limits = {"estimate": "median", "low": "median_low", "high": "median_high"}
    values = {name: float(reached[column]) if known else np.nan for name, column in limits.items()}
    never = bool(known and np.isnan(reached["median"]))
    return {"label": label, "unit": "years", **values, "n": int(reached["n"]), "never": never}


def _share(label: str, count: int, n: int) -> dict[str, Any]:
    """Return a share with its Wilson limits; none of fewer than five."""
    values = {"label": label, "unit": "share", "n": n, "never": False}
    if n < LEAST_N:
        return {**values, "estimate": np.nan, "low": np.nan, "high": np.nan}
    low, high = (float(limit) for limit in wilson(count, n))
    return {**values, "estimate": count / n, "low": low, "high": high}
