"""What a register shows of the claims of a note, in sentences made of its numbers, in any language of the catalogue."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.analyses.claims.evaluate import Evaluation
from lnlib.register import Register
from lnlib.words import Words

MOST_NAMED = 2  # mechanisms that a title has room to name
_EVERY = "*"  # every level of an attribute but the reference
VERDICTS = ("supported", "partly", "against", "inconclusive", "few")


def findings(evaluation: Evaluation, *, language: str = "en") -> pd.DataFrame:
    """Return what was found for each claim, in sentences, and what would have to be true for it to be causal.

    Parameters
    ----------
    language : str
        Of the catalogue.

    Returns
    -------
    DataFrame
        One row a claim: `claim`, `question`, `finding`, `causal`, `overlap` (where the scale defines a stage by the
        mechanism: what that means, and what was seen before it started; else empty), and `verdict`: `supported`, `partly`,
        `inconclusive`, `against`, `few`; where cases are counted `none`, `no_endings`, `endings`, `still`, `alone` (all that
        moved have nothing to be compared with) or `moved`.
    """
    words = Words.load(language)
    overlap = _overlaps(evaluation, words)
    rows = []
    for claim in evaluation.claims.claims:
        own = evaluation.comparisons[evaluation.comparisons["claim"] == claim.key]
        numbers, verdict, judged = (
            _cases(own, evaluation, words) if evaluation.counted else _rates(_together(own), evaluation, words)
        )
        rows.append(
            {
                "claim": claim.in_words("short", language),
                "question": claim.in_words("question", language),
                "finding": f"{numbers} {judged}",
                "causal": claim.in_words("causal", language),
                "overlap": overlap.get(claim.key, ""),
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows)


def ratio_rows(evaluation: Evaluation, *, language: str = "en") -> pd.DataFrame:
    """Return the ratios as the chart `forest` draws them, a heading for each claim.

    Returns
    -------
    DataFrame
        The columns of `Evaluation.comparisons`, and `move` (the claim's short name and its verdict), `label`, `compared_with` in words,
        and `in_place` (the one-sided limit in words, where no ratio is shown but a limit is; else empty), and `few` (whether so
        few moves were seen on one side that a ratio shown is weak).
    """
    words = Words.load(language)
    short = {claim.key: claim.in_words("short", language) for claim in evaluation.claims.claims}
    frame = _together(evaluation.comparisons)
    return frame.assign(
        label=[_row(row, evaluation, words) for _, row in frame.iterrows()],
        compared_with=[_others(row, words) for _, row in frame.iterrows()],
        in_place=[
            words(f"claims.limit.{row['bound']}", limit=words.ratio(float(row["limit"]))) if row["bound"] else ""
            for _, row in frame.iterrows()
        ],
        move=frame["claim"].map(short | _judged(evaluation, short, words)),
        few=[_is_weak(row, evaluation) for _, row in frame.iterrows()],
    )


def _judged(evaluation: Evaluation, short: Mapping[str, str], words: Words) -> dict[str, str]:
    """Return the name of each claim that was tested with its verdict, and the p-value that it rests on."""
    return {
        str(test["claim"]): words(
            f"claims.judged{'' if test['tested'] else '_few'}",
            claim=short[test["claim"]],
            verdict=words(f"claims.verdict.{test['verdict']}"),
            p=_p(test["p_holm"], words),
        )
        for test in evaluation.tests.to_dict("records")
    }


def detectable_rows(evaluation: Evaluation, *, language: str = "en") -> pd.DataFrame:
    """Return what the register could have shown of each claim: the smallest effect found with 80% power.

    Returns
    -------
    DataFrame
        One row a claim: `claim`, `tested` (comparisons with enough data), `p` (one-sided, corrected), `detectable` (the
        effect in words), `verdict` in words.
    """
    words = Words.load(language)
    short = {claim.key: claim.in_words("short", language) for claim in evaluation.claims.claims}
    rows = [
        {
            "claim": short[test["claim"]],
            "tested": words("of", count=test["tested"], n=test["comparisons"]),
            "p": _p(test["p_holm"], words),
            "detectable": _detectable(test, words),
            "verdict": words(f"claims.verdict.{test['verdict']}"),
        }
        for test in evaluation.tests.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["claim", "tested", "p", "detectable", "verdict"])


def headline(evaluation: Evaluation, *, language: str = "en", short: bool = False) -> str:
    """Return what became of the claims, for a title; `short` for one in two lines of a column, beside its source."""
    words = Words.load(language)
    if evaluation.counted:
        verdicts = findings(evaluation, language=language)["verdict"]
        return words("claims.title_order", n=len(verdicts), moved=int((verdicts == "moved").sum()))
    verdicts = evaluation.tests["verdict"]
    counts = {verdict: int((verdicts == verdict).sum()) for verdict in VERDICTS}
    together = int(_together_only(evaluation.tests).sum())
    counts = {"supported": counts.pop("supported") - together, "together": together} | counts
    ending = "_short" if short else ""
    parts = [words(f"claims.counted{ending}.{verdict}", n=count) for verdict, count in counts.items() if count]
    return words(f"claims.title{ending}", n=len(verdicts), kind=_kind(evaluation, words), parts=words.listed(parts))


def notes(evaluation: Evaluation, *, language: str = "en", errors: bool = True) -> list[str]:
    """Return the notes of a figure or table of the claims: raters, what was left out, what is uncertain.

    The method comes first, as keys of the catalogue, which a page states once.

    Parameters
    ----------
    errors : bool
        Whether with the estimated errors of raters and what the model cannot know, which stand under the table.
    """
    words = Words.load(language)
    if evaluation.counted:
        each = evaluation.visits.groupby("partnership").size()
        method = "claims.method_order" if evaluation.choices.ordinal else "statistics.counts_only"
        return [words(method), words("claims.once", n=int((each == 1).sum()), all=len(each))]
    result = [
        "method.claims",
        "method.claims_test",
        "method.all_ratings" if evaluation.choices.rater == "any" else f"rater.{evaluation.choices.rater}",
    ]
    misrated = [
        words("claims.misrater", rater=words(f"rated_by.{rater}"), high=words.percent(high), low=words.percent(low))
        for rater, high, low in _errors(evaluation)
    ]
    result += [words("claims.misrated", parts=words.listed(misrated))] if misrated and errors else []
    result += [words("claims.left_out", n=evaluation.left_out)] if evaluation.left_out else []
    result += [words("claims.undated", n=evaluation.undated)] if evaluation.undated else []
    if errors and evaluation.fit is not None and evaluation.fit.problems:
        problems = list(evaluation.fit.problems)
        result.append(words("claims.problems", n=len(problems), first=problems[0]))
    return result


def _errors(evaluation: Evaluation) -> list[tuple[str, float, float]]:
    """Return each rater with how often it rates too high and too low."""
    rates = evaluation.misrated()
    high, low = (rates[rates["direction"] == direction] for direction in ("high", "low"))
    return list(zip(high["rated_by"].astype(str), high["share"], low["share"], strict=True))


def overlap_notes(register: Register, mechanism: str, *, language: str = "en") -> list[str]:
    """Return the sentences under an event study: what it does not adjust for; where so, that the scale names the mechanism.

    Where cases are counted (`Register.counts_only`) there is no event study, and nothing is said of it.
    """
    words, criteria = Words.load(language), register.scale.mechanisms.get(mechanism)
    result = [] if register.counts_only else [words("claims.unadjusted_windows")]
    return [*result, *([_overlap(mechanism, criteria, words)] if criteria else [])]


def curve_notes(evaluation: Evaluation, chart: str, *, language: str = "en") -> list[str]:
    """Return the sentences under a chart of curves: what is not adjusted for; of `closing`, what its windows count.

    Where cases are counted there are no curves, and no sentence.
    """
    if evaluation.counted:
        return []
    words = Words.load(language)
    if chart == "reaching":
        return [words("claims.unadjusted"), words("claims.at_their_word")]
    followed = evaluation.around_closings()
    return [words("claims.unadjusted"), *([_windows(followed, words)] if len(followed) else [])]


def _windows(followed: pd.DataFrame, words: Words) -> str:
    """Write how many partnerships stood in how many windows around closings, and how many ended at each closing."""
    names = {True: words("claims.with_mechanism"), False: words("claims.without_mechanism")}
    ended = followed.assign(ended=followed["event"].notna()).groupby(["closing", "exposed"])["ended"]
    counted = [
        words(
            "claims.window",
            when=words.date(row["closing"]),
            ended=int(row["sum"]),
            n=int(row["size"]),
            group=names[row["exposed"]],
        )
        for row in ended.agg(["sum", "size"]).reset_index().to_dict("records")
    ]
    sides = followed.groupby("partnership")["exposed"].nunique()
    return words(
        "claims.windows",
        partnerships=len(sides),
        windows=len(followed),
        both=int((sides > 1).sum()),
        closings=words.listed(counted),
    )


def headers(*, language: str = "en") -> dict[str, str]:
    """Return the column headers of the table of `findings`."""
    words = Words.load(language)
    return {name: words(f"claims.header.{name}") for name in ("claim", "question", "finding", "overlap", "causal")}


def detectable_headers(*, language: str = "en") -> dict[str, str]:
    """Return the column headers of the table of `detectable_rows`."""
    words = Words.load(language)
    return {name: words(f"claims.header.{name}") for name in ("claim", "tested", "p", "detectable", "verdict")}


def subtitle(evaluation: Evaluation, chart: str, *, language: str = "en") -> str:
    """Return the subtitle of a chart of curves: `reaching` the second stage, or ending around a `closing`."""
    words, scale = Words.load(language), evaluation.register.scale
    listed = either(_of_curves(evaluation, chart), words)
    return words(f"claims.{chart}", stage=scale.labels(language)[scale.keys[1]], mechanisms=listed)


def exposure(evaluation: Evaluation, chart: str, *, language: str = "en") -> str:
    """Return what a chart of curves compares partnerships with and without; of many mechanisms, how many."""
    words, named = Words.load(language), _of_curves(evaluation, chart)
    return words("claims.one_of", n=len(named)) if len(named) > MOST_NAMED else either(named, words)


def _of_curves(evaluation: Evaluation, chart: str) -> Sequence[str]:
    """Return the mechanisms by which a chart of curves groups partnerships."""
    return evaluation.claims.mechanisms("ended" if chart == "closing" else "from_lowest")


def either(mechanisms: Sequence[str], words: Words) -> str:
    """Write mechanisms as alternatives in a sentence, such as `an MoU or a joint committee`."""
    names = [words(f"a_mechanism.{name}") for name in mechanisms]
    if len(names) < 2:
        return "".join(names)
    return words("claims.either", before=words.entries["marks"]["list"].join(names[:-1]), last=names[-1])


def _together(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Gather the levels of an attribute in one row, where there is too little data on each of them."""
    parts = []
    for _, rows in comparisons.groupby(["claim", "covariate", "move", "brings"], sort=False):
        if len(rows) > 1 and not rows["shown"].any() and not rows["bound"].any():
            counts = {name: rows[name].sum() for name in ("n", "moves_with")}
            rows = rows.head(1).assign(value=_EVERY, **counts)
        parts.append(rows)
    return pd.concat(parts) if parts else comparisons


def _rates(rows: pd.DataFrame, evaluation: Evaluation, words: Words) -> tuple[str, str, str]:
    """Word the ratios of a claim, its verdict, and what the verdict rests on."""
    (test,) = evaluation.tests[evaluation.tests["claim"] == rows["claim"].iat[0]].to_dict("records")
    measured = test["tested"] > 0
    parts = [_part(row, evaluation, words, bool(measured)) for _, row in rows.iterrows()]
    others = words.listed(list(dict.fromkeys(_others(row, words) for _, row in rows.iterrows())))
    numbers = words("claims.numbers" if measured else "claims.unfitted", others=others, parts="; ".join(parts))
    values: dict[str, Any] = {"kind": _kind(evaluation, words), "n": int(test["comparisons"])}
    if measured:
        values |= {"p": _p(test["p_holm"], words), "p_against": _p(test["p_against_holm"], words)}
        values |= {"rest": int(test["comparisons"] - test["on_its_side"]), "detectable": _detectable(test, words)}
        values["alone"] = words("claims.alone", n=int(test["clear"]))
    key = test["verdict"]
    if key == "partly" and test["on_its_side"] == test["comparisons"]:  # none is missing or opposed
        clear = [row for _, row in rows.iterrows() if _is_clear(row)]
        weak = all(_is_weak(row, evaluation) for row in clear)
        values["clear"] = words.listed([_row(row, evaluation, words) for row in clear])
        values |= {"p_rest": _p(test["p_rest"], words), "n": len(clear)}
        key = "partly_weak" if weak else "partly_clear"
    return numbers, test["verdict"], words(f"claims.{key}", **values)


def _together_only(tests: pd.DataFrame) -> pd.Series:
    """Return which claims are supported by their comparisons together, none of which is clear by itself."""
    return (tests["verdict"] == "supported") & (tests["clear"] == 0) & (tests["tested"] > 1)


def _is_clear(row: pd.Series) -> bool:
    """Return whether a comparison points the way of its claim with an interval, or a limit, that leaves 1 out."""
    fewer = row["move"] == "ended"
    if row["shown"]:
        return bool(row["high"] < 1 if fewer else row["low"] > 1)
    return bool(row["bound"]) and bool(row["limit"] < 1 if fewer else row["limit"] > 1)


def _is_weak(row: pd.Series, evaluation: Evaluation) -> bool:
    """Return whether a ratio that is shown rests on fewer moves than `least_n` with the exposure, or without it."""
    return bool(row["shown"]) and bool(min(row["moves_with"], row["moves_without"]) < evaluation.least_n)


def _p(p: float, words: Words) -> str:
    if np.isnan(p):
        return ""
    return words("claims.p_small") if p < 0.001 else words("claims.p", p=words.number(p, decimals=3 if p < 0.1 else 2))


def _detectable(test: Mapping[Hashable, Any], words: Words) -> str:
    """Word the smallest effect found with 80% power: at least so fast, at most so fast, or a factor either way."""
    rise = float(test["detectable_rise"])
    if np.isnan(rise):
        return ""
    if np.isnan(test["detectable"]):
        return words("claims.detectable.factor", ratio=words.ratio(rise), fall=words.ratio(1 / rise))
    key = "fall" if test["detectable"] < 1 else "rise"
    return words(f"claims.detectable.{key}", ratio=words.ratio(float(test["detectable"])))


def _overlaps(evaluation: Evaluation, words: Words) -> dict[str, str]:
    """Word, for each claim, which comparisons rest on how the stages are defined, and what came before the start.

    Where cases are counted, nothing is known of the time before the start.
    """
    leads = {} if evaluation.counted else {str(row["mechanism"]): row for row in evaluation.leads().to_dict("records")}
    result: dict[str, list[str]] = {}
    for row in evaluation.overlaps().to_dict("records"):
        mechanism = words(f"mechanism.{row['mechanism']}")
        text = _overlap(str(row["mechanism"]), row["criteria"], words)
        lead = leads.get(str(row["mechanism"]))
        if lead is None:
            more = ""
        elif np.isnan(lead["before_ratio"]) or np.isnan(lead["after_ratio"]):
            more = words("claims.lead_few", mechanism=mechanism)
        else:
            ratios = {
                str(name): value for name, value in lead.items() if str(name).endswith(("_ratio", "_low", "_high"))
            }
            values = {name: words.ratio(float(value)) for name, value in ratios.items()}
            counts = {
                f"{side}_{name}": words(f"claims.lead_{name}", n=int(lead[f"{side}_{name}"]))
                for side in ("before", "after")
                for name in ("n", "moves")
            }
            more = words("claims.lead", mechanism=mechanism, **counts, **values)
        result.setdefault(str(row["claim"]), []).append(f"{text} {more}".strip())
    return {claim: " ".join(texts) for claim, texts in result.items()}


def _overlap(mechanism: str, criteria: Sequence[str], words: Words) -> str:
    named = words.listed([words(f"claims.criterion.{criterion}") for criterion in criteria])
    return words("claims.overlap", criteria=named, n=len(criteria), mechanism=words(f"mechanism.{mechanism}"))


def _cases(rows: pd.DataFrame, evaluation: Evaluation, words: Words) -> tuple[str, str, str]:
    """Word how many cases have what the claim names, and how many moved according to the source."""
    parts = []
    endings = bool(evaluation.register.partnerships["end_first"].notna().any())
    for _, row in rows.iterrows():
        if not row["n"]:
            key = "without"
        elif row["move"] == "ended" and not endings:
            key = "ended"
        else:
            key = "beside" if row["n_without"] else "alone"
        values = {"n": int(row["n"]), "moved": int(row["moves_with"]), "moved_rest": int(row["moves_without"])}
        values |= {"all": evaluation.visits["partnership"].nunique(), "rest": int(row["n_without"])}
        named = {"exposure": _exposure(row, words), "move": _move(row, evaluation, words, "case_move")}
        parts.append(words(f"claims.case.{key}", **named, **values))
    having = rows[rows["n"] > 0]
    compared = having["n_without"] > 0
    alone, moved = (
        int(having.loc[part & (having["move"] != "ended"), "moves_with"].sum()) for part in (~compared, compared)
    )
    if having.empty:
        verdict = "none"
    elif (having["move"] == "ended").all():
        verdict = "endings" if endings else "no_endings"
    else:
        verdict = "moved" if moved else "alone" if alone else "still"
    judged = words(f"claims.cases_{verdict}", n=moved or alone, kind=_kind(evaluation, words))
    return words("claims.cases", parts="; ".join(dict.fromkeys(parts))), verdict, judged


def _part(row: pd.Series, evaluation: Evaluation, words: Words, measured: bool) -> str:
    values: dict[str, Any] = {"row": _row(row, evaluation, words)}
    values["counts"] = words(
        "claims.counts_few" if _is_weak(row, evaluation) else "claims.counts",
        **{name: int(row[name]) for name in ("n", "n_without")},
        moves=int(row["moves_with"]),
        moves_without=int(row["moves_without"]),
    )
    if row["shown"]:
        values |= {name: words.ratio(float(row[name])) for name in ("ratio", "low", "high")}
        return words("claims.part", **values)
    if row["bound"]:
        return words(f"claims.part_{row['bound']}", limit=words.ratio(float(row["limit"])), **values)
    return words("claims.part_few" if measured else "claims.part_unfitted", **values)


def _row(row: pd.Series, evaluation: Evaluation, words: Words) -> str:
    """Name a comparison: the exposure and the move."""
    return words("claims.row", exposure=_exposure(row, words), move=_move(row, evaluation, words, "move"))


def _move(row: pd.Series, evaluation: Evaluation, words: Words, form: str) -> str:
    """Name the move of a comparison, as a `move` of the exposure or as one that a `case` made."""
    scale = evaluation.register.scale
    stage = scale.labels(words.language)[scale.keys[0] if row["move"] == "from_lowest" else scale.keys[-1]]
    if row["brings"]:
        return words("claims.move.brings", mechanism=words(f"mechanism.{row['brings']}"))
    return words(f"claims.{form}.{row['move']}", stage=stage)


def _exposure(row: pd.Series, words: Words) -> str:
    name = str(row["covariate"])
    if row["value"] == _EVERY:
        return words("claims.tiers")
    if row["value"]:
        return (
            words("claims.tier", tier=words(f"tier.{row['value']}"))
            if name == "tier"
            else words(f"kind.{row['value']}")
        )
    return words.group("mechanism").get(name) or _attribute(name, words)


def _attribute(name: str, words: Words) -> str:
    attribute, _, value = name.partition(" ")
    if value:
        return words(f"tier.{value}" if attribute == "tier" else f"kind.{value}")
    return words(f"claims.exposure.{attribute}")


def _others(row: pd.Series, words: Words) -> str:
    """Name what is compared with."""
    if not row["compared_with"]:
        return words("claims.without")
    if row["covariate"] == "tier":
        return words("claims.tier_others", tier=words(f"tier.{row['compared_with']}"))
    return words(f"kind.{row['compared_with']}")


def _kind(evaluation: Evaluation, words: Words) -> str:
    return words(f"claims.kind.{evaluation.register.kind}")
