"""Checks that look from one table to another: references, sides, the split of a province, lives of partnerships."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lnlib.errors import listed, nearest
from lnlib.reference import vocabulary
from lnlib.reference.places import Place, Places, folded_place
from lnlib.register.checked_table import Sheet, rows_of
from lnlib.register.problems import Problem, shortened

# so many comparisons are made for nearest matches; beyond it a message goes without one
_MOST_COMPARED = 300_000


def check_references(sheet: Sheet, target: Sheet) -> None:
    """Refuse rows that name an actor or partnership which is not in its table."""
    accepted = set(target.typed[target.table.key][~target.bad])
    for column in sheet.table.columns:
        if column.refers_to != target.table.name:
            continue
        codes, texts = pd.factorize(sheet.typed[column.name].to_numpy(dtype=object))
        lost = {code: text for code, text in enumerate(texts) if text and text not in accepted}
        refused = _refused(target, set(lost.values()))
        words = sorted(accepted) if len(accepted) * len(lost) <= _MOST_COMPARED else []
        for code, rows in rows_of(codes, lost):
            reason, suggestion = _lost(lost[code], refused, words, target)
            derived = lost[code] in target.raw.labels
            sheet.find("error", rows, column.name, reason, suggestion, derived=derived)


def _refused(target: Sheet, keys: set[str]) -> dict[str, Problem]:
    """Return which of some keys were refused, each with the first reason."""
    refusals = [problem for problem in target.problems if problem.severity in target.refusing]
    reasons = {problem.place.at(problem.row): problem for problem in reversed(refusals)}
    whole = next((problem for problem in refusals if problem.row < 2), None)
    known = target.typed[target.table.key].to_numpy()
    rows = ((known[row], target.raw.place(row)) for row in np.flatnonzero(target.bad).tolist() if known[row] in keys)
    return {**target.raw.lost, **{key: reasons.get(place) or whole or Problem.error(place, "") for key, place in rows}}


def _lost(text: str, refused: dict[str, Problem], words: list[str], target: Sheet) -> tuple[str, str]:
    named = f"{target.table.key} '{shortened(text)}'"
    if problem := refused.get(text):
        if label := target.raw.labels.get(text):
            named = f"its {target.table.key}, {label},"
        why = f": {shortened(problem.reason)}" * bool(problem.reason)
        return f"{named} was refused in {problem.place.at(problem.row)}{why}", ""
    match = nearest(text, words) or ""
    there = f", which has {listed(words, most=6)}" * bool(words)
    hint = f"; did you mean '{match}'?" if match else there
    return f"{named} is not in {target.raw.whole}{hint}", match


def drop_unused(actors: Sheet, partnerships: Sheet) -> None:
    """Drop the actors that reading made of rows whose partnerships were all refused."""
    if not actors.raw.derived:
        return
    used = set(partnerships.typed["non_state"][~partnerships.bad]) | set(partnerships.typed["state"][~partnerships.bad])
    keys = actors.typed["actor"]
    actors.dropped = (keys.isin(list(actors.raw.derived)) & ~keys.isin(used)).to_numpy() & ~actors.bad


def check_sides(partnerships: Sheet, actors: Sheet) -> None:
    """Refuse partnerships whose state partner is not a state actor, or the other way round."""
    kinds = dict(zip(actors.typed["actor"], actors.typed["kind"], strict=True))
    for column in ("non_state", "state"):
        codes, texts = pd.factorize(partnerships.typed[column].to_numpy(dtype=object))
        wrong = {
            code: kinds[actor]
            for code, actor in enumerate(texts)
            if kinds.get(actor) and vocabulary.side_of(kinds[actor]) != column
        }
        for code, rows in rows_of(codes, wrong):
            a_side = "a " + column.replace("_", "-")
            reason = f"actor '{shortened(texts[code])}' is of kind {wrong[code]}, which is not {a_side} actor"
            partnerships.find("error", rows, column, reason)


def check_split(partnerships: Sheet, places: Places) -> None:
    """Flag for review records of a province that was split, where it is not clear on which side they belong."""
    for daughter in places.places:
        if daughter.split_from and daughter.since is not None:
            _check_one_split(partnerships, daughter, places.by_code[daughter.split_from])


def _check_one_split(partnerships: Sheet, daughter: Place, mother: Place) -> None:
    assert daughter.since is not None
    districts = partnerships.typed["district"]
    after = (partnerships.typed["start_first"] > np.datetime64(daughter.since.last)).to_numpy()
    of_mother = (partnerships.typed["province"] == mother.code).to_numpy()
    # a start that is not known may be from before the split
    vague = partnerships.where(of_mother & ~after & (districts.str.strip() == "").to_numpy())
    reason = (
        f"no district: a record of {mother.name()} from before {daughter.since.text} cannot be told from "
        f"{daughter.name()}; the two will be shown together"
    )
    partnerships.find("review", vague, "district", reason)

    moved = {folded_place(name) for name in daughter.split_districts}
    codes, texts = pd.factorize(districts.to_numpy(dtype=object))
    for code, rows in rows_of(codes, range(len(texts))):
        text = texts[code]
        if folded_place(text) in moved:
            late = rows[(of_mother & after & ~partnerships.bad)[rows]]
            reason = f"since {daughter.since.text} this district is in {daughter.name()} ({daughter.code})"
            partnerships.find("review", late, "district", reason, daughter.code)
        elif text.strip() and (match := nearest(text, daughter.split_districts)):
            early = rows[(of_mother & ~after & ~partnerships.bad)[rows]]
            reason = (
                f"district '{shortened(text)}' is none that moved to {daughter.name()} ({daughter.code}), so it counts "
                f"in {mother.name()} ({mother.code}); did you mean '{match}'?"
            )
            partnerships.find("review", early, "district", reason, match)


def check_lives(sheet: Sheet, partnerships: Sheet, column: str) -> None:
    """Refuse rows dated before their partnership began or after it ended, as far as the dates can tell."""
    lives = pd.DataFrame(
        {
            "partnership": partnerships.typed["partnership"],
            "born": partnerships.typed["start_first"],
            "start": partnerships.typed["start"],
            "died": partnerships.typed["end_last"],
            "end": partnerships.typed["end"],
        }
    )
    lives = lives[~partnerships.bad].drop_duplicates("partnership").set_index("partnership")
    own = lives.reindex(sheet.typed["partnership"].to_numpy()).reset_index(drop=True)
    cells = sheet.typed[column]
    early = sheet.where(sheet.typed[f"{column}_last"] < own["born"])
    reasons = [f"{column} '{cells[row]}' is before the partnership's start, {own['start'][row]}" for row in early]
    sheet.find("error", early, column, reasons)
    late = sheet.where(sheet.typed[f"{column}_first"] > own["died"])
    reasons = [f"{column} '{cells[row]}' is after the partnership's end, {own['end'][row]}" for row in late]
    sheet.find("error", late, column, reasons)
