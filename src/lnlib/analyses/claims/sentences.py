"""What a register says to the claims of a note, in sentences made of its numbers, in any language of the catalogue."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lnlib.analyses.claims.evaluate import Answers
from lnlib.words import Words

_EVERY = "*"  # every word of an attribute but the one compared with
VERDICTS = ("borne", "partly", "against", "open", "few")


def told(answers: Answers, *, language: str = "en") -> pd.DataFrame:
    """Say what was found for each claim, in two sentences, and what would have to be true for it to be causal.

    Parameters
    ----------
    answers : Answers
    language : str
        Of the catalogue.

    Returns
    -------
    DataFrame
        One row a claim: `claim`, `question`, `said` (two sentences), `causal`, and `verdict`: `borne`, `partly`, `open`,
        `against`, `few`; of cases told in order `none`, `untold`, `still` or `moved`.

    Raises
    ------
    ValueNotAllowed
        There is no catalogue of that language.
    """
    words = Words.load(language)
    rows = []
    for claim in answers.claims.claims:
        asked = answers.asked[answers.asked["claim"] == claim.key]
        numbers, verdict, judged = (
            _cases(asked, answers, words) if answers.ordered else _rates(_together(asked), answers, words)
        )
        rows.append(
            {
                "claim": claim.said("short", language),
                "question": claim.said("question", language),
                "said": f"{numbers} {judged}",
                "causal": claim.said("causal", language),
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows)


def ratio_rows(answers: Answers, *, language: str = "en") -> pd.DataFrame:
    """Give the ratios as the chart `forest` takes them, a heading for each claim.

    Returns
    -------
    DataFrame
        The columns of `Answers.asked`, and `move` (the claim's short name), `label`, `compared_with` in words.

    Raises
    ------
    ValueNotAllowed
        There is no catalogue of that language.
    """
    words = Words.load(language)
    short = {claim.key: claim.said("short", language) for claim in answers.claims.claims}
    frame = _together(answers.asked)
    return frame.assign(
        label=[_row(row, answers, words) for _, row in frame.iterrows()],
        compared_with=[_others(row, words) for _, row in frame.iterrows()],
        move=frame["claim"].map(short),
    )


def headline(answers: Answers, *, language: str = "en") -> str:
    """Say in one line what became of the claims, for a title."""
    words, found = Words.load(language), told(answers, language=language)["verdict"]
    if answers.ordered:
        return words("claims.title_order", n=len(found), told=int((found == "moved").sum()))
    counts = {verdict: int((found == verdict).sum()) for verdict in VERDICTS}
    parts = [words(f"claims.counted.{verdict}", n=count) for verdict, count in counts.items() if count]
    return words("claims.title", n=len(found), kind=_kind(answers, words), parts=words.listed(parts))


def notes(answers: Answers, *, language: str = "en") -> list[str]:
    """Give the sentences that belong under a figure or table of the answers: method, raters, what was left out."""
    words = Words.load(language)
    if answers.ordered:
        told_of = answers.visits.groupby("partnership").size()
        return [words("claims.method_order"), words("claims.once", n=int((told_of == 1).sum()), all=len(told_of))]
    said = [words("claims.method"), words("claims.all_ratings" if answers.rater == "any" else f"rater.{answers.rater}")]
    errs = [
        words(
            "claims.misrater",
            rater=words(f"rated_by.{row.rated_by}"),
            **{name: words.percent(getattr(row, name)) for name in ("share", "low", "high")},
        )
        for row in answers.misrated().itertuples()
    ]
    said += [words("claims.misrated", parts=words.listed(errs))] if errs else []
    return said + ([words("claims.undated", n=answers.undated)] if answers.undated else [])


def curve_notes(chart: str, *, language: str = "en") -> list[str]:
    """Give the sentences that belong under a chart of curves, `reaching` or `closing`: what they do not hold equal."""
    words = Words.load(language)
    keys = ["unadjusted", "at_their_word"] if chart == "reaching" else ["unadjusted"]
    return [words(f"claims.{key}") for key in keys]


def headers(*, language: str = "en") -> dict[str, str]:
    """Give what the columns of `told` that a table shows are called."""
    words = Words.load(language)
    return {name: words(f"claims.header.{name}") for name in ("claim", "question", "said", "causal")}


def groups(*, language: str = "en") -> dict[bool, str]:
    """Give what those with and without a mechanism are called in a chart of curves."""
    words = Words.load(language)
    return {True: words("claims.with_mechanism"), False: words("claims.without_mechanism")}


def subtitle(answers: Answers, chart: str, *, language: str = "en") -> str:
    """Say what a chart of curves shows: `reaching` the second stage, or ending around a `closing`."""
    words, scale = Words.load(language), answers.register.scale
    asked = answers.claims.mechanisms("ended" if chart == "closing" else "from_lowest")
    names = [words(f"mechanism.{name}") for name in asked]
    said = (
        words("claims.either", before=words.entries["marks"]["list"].join(names[:-1]), last=names[-1])
        if names[1:]
        else "".join(names)
    )
    return words(f"claims.{chart}", stage=scale.labels(language)[scale.keys[1]], mechanisms=said)


def _together(asked: pd.DataFrame) -> pd.DataFrame:
    """Put the words of an attribute together in one row, where of none of them anything can be said."""
    parts = []
    for _, rows in asked.groupby(["claim", "covariate", "move", "brings"], sort=False):
        if len(rows) > 1 and not rows["shown"].any():
            counts = {name: rows[name].sum() for name in ("n", "moves_with")}
            rows = rows.head(1).assign(value=_EVERY, **counts)
        parts.append(rows)
    return pd.concat(parts) if parts else asked


def _rates(asked: pd.DataFrame, answers: Answers, words: Words) -> tuple[str, str, str]:
    """Say the ratios of a claim, and what they come to."""
    told = bool(asked["shown"].any())
    parts = [_part(row, answers, words, told) for _, row in asked.iterrows()]
    others = words.listed(list(dict.fromkeys(_others(row, words) for _, row in asked.iterrows())))
    numbers = words("claims.numbers" if told else "claims.unfitted", others=others, parts="; ".join(parts))
    shown = asked[asked["shown"]]
    fewer = shown["move"] == "ended"  # the claim is that there are fewer endings
    clear = ((shown["high"] < 1) & fewer) | ((shown["low"] > 1) & ~fewer)
    against = ((shown["low"] > 1) & fewer) | ((shown["high"] < 1) & ~fewer)
    values: dict[str, Any] = {"clear": int(clear.sum()), "against": int(against.sum()), "kind": _kind(answers, words)}
    verdict = "few"
    if len(shown):
        verdict = "against" if against.any() else "borne" if clear.all() else "partly" if clear.any() else "open"
    return numbers, verdict, words(f"claims.{verdict}", n=len(shown), **values)


def _cases(asked: pd.DataFrame, answers: Answers, words: Words) -> tuple[str, str, str]:
    """Say how many cases have what is claimed, and are told to have moved."""
    parts = []
    for _, row in asked.iterrows():
        if not row["n"]:
            key = "without"
        elif row["move"] == "ended":
            key = "ended"
        else:
            key = "beside" if row["n_without"] else "alone"
        values = {"n": int(row["n"]), "moved": int(row["moves_with"]), "moved_rest": int(row["moves_without"])}
        values |= {"all": len(answers.register.partnerships), "rest": int(row["n_without"])}
        named = {"exposure": _exposure(row, words), "move": _move(row, answers, words, "told")}
        parts.append(words(f"claims.case.{key}", **named, **values))
    moved = int(asked["moves_with"].sum())
    having = asked[asked["n"] > 0]
    if having.empty:
        verdict = "none"
    elif (having["move"] == "ended").all():
        verdict = "untold"
    else:
        verdict = "moved" if moved else "still"
    judged = words(f"claims.cases_{verdict}", n=moved, kind=_kind(answers, words))
    return words("claims.cases", parts="; ".join(parts)), verdict, judged


def _part(row: pd.Series, answers: Answers, words: Words, told: bool) -> str:
    values: dict[str, Any] = {"n": int(row["n"]), "n_without": int(row["n_without"])}
    values |= {"row": _row(row, answers, words), "moves": int(row["moves_with"])}
    if row["shown"]:
        values |= {name: words.ratio(float(row[name])) for name in ("ratio", "low", "high")}
        return words("claims.part", **values)
    return words("claims.part_few" if told else "claims.part_unfitted", **values)


def _row(row: pd.Series, answers: Answers, words: Words) -> str:
    """Name what is asked: the exposure and the move."""
    return words("claims.row", exposure=_exposure(row, words), move=_move(row, answers, words, "move"))


def _move(row: pd.Series, answers: Answers, words: Words, form: str) -> str:
    """Name the move that is asked about, as a `move` of the exposure or as something `told` of a case."""
    scale = answers.register.scale
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


def _kind(answers: Answers, words: Words) -> str:
    return words(f"claims.kind.{answers.register.kind}")
