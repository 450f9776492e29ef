"""Cases coded from documents: what each says on every criterion of the scale, for the case matrix."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd

from lnlib.errors import LnlibError
from lnlib.exhibits.labels import units
from lnlib.history.placed_in_time import placed_assessments, placed_mechanisms
from lnlib.history.records import assessment_records
from lnlib.reference.document_cues import Cue, criteria_of, read_cues
from lnlib.reference.scales import Scale
from lnlib.register import Register
from lnlib.words import not_translated

COLUMNS = ("partnership", "label", "place", "what", "number", "stage", "criterion", "detail", "quote")


def case_rows(register: Register, *, placed: str = "", language: str = "en") -> pd.DataFrame:
    """Return what `charts.case_matrix` draws: the assessments, cues and mechanisms of each case.

    Parameters
    ----------
    placed : str
        How assessments are dated; see `history.records.assessment_records`.
    language : str
        Of the names of places and the words of cues.

    Returns
    -------
    DataFrame
        `partnership`, `label`, `place`, `what` (`assessment`, `cue`, `mechanism`, or `case` where nothing is recorded),
        `number` (of the assessment within its case, from 1; of a mechanism, that of the last assessment up to its
        start, of one whose place is not known the first; else NA), `stage` (ordered categorical: as coded for an
        assessment, pointed to by a cue, else NA), `criterion` (ordered categorical, NA but for a cue), `detail` (the cue in
        the language's words, or in the coder's with the mark of what is not translated,
        the kind of mechanism, or the coder's remarks on an assessment), `quote`. Cases stand in the order of the register; those that were never
        assessed have only their mechanisms, or one row without any.

    Raises
    ------
    LnlibError
        A cue names a criterion or a stage that the scale does not declare.
    """
    found: list[tuple[object, ...]] = []
    assessed = assessment_records(register, placed=placed)
    for row, number in zip(
        assessed.itertuples(), assessed.groupby("partnership", sort=False).cumcount() + 1, strict=True
    ):
        key, quote = str(row.partnership), _text(row.quote)
        try:
            cues, remarks = read_cues(_text(row.criterion), register.scale)
        except LnlibError as error:
            raise LnlibError(f"assessment {number} of partnership '{key}': {error}") from None
        found.append((key, "assessment", number, row.stage, pd.NA, "; ".join(remarks), quote))
        found += [
            (key, "cue", number, cue.stage or pd.NA, cue.criterion, _cue_text(cue, register.scale, language), quote)
            for cue in cues
        ]
    numbers = _assessment_numbers(register, placed)
    found += [
        (str(row.partnership), "mechanism", numbers[row.Index], pd.NA, pd.NA, str(row.mechanism), _text(row.quote))
        for row in register.mechanisms.itertuples()
    ]
    recorded = {row[0] for row in found}
    found += [
        (key, "case", pd.NA, pd.NA, pd.NA, "", "")
        for key in register.partnerships["partnership"]
        if key not in recorded
    ]
    frame = pd.DataFrame(found, columns=["partnership", "what", "number", "stage", "criterion", "detail", "quote"])
    described = register.described.set_index("partnership")
    called = units(register, language=language).drop_duplicates("unit").set_index("unit")["label"]
    frame = frame.assign(
        label=frame["partnership"].map(described["label"]),
        place=frame["partnership"].map(described["unit"].astype("str").map(called)),
        number=frame["number"].astype("Int64"),
        stage=frame["stage"].astype(register.scale.dtype),
        criterion=frame["criterion"].astype(pd.CategoricalDtype(list(criteria_of(register.scale)), ordered=True)),
    )
    ranks = {key: rank for rank, key in enumerate(register.partnerships["partnership"])}
    order = frame.assign(rank=frame["partnership"].map(ranks)).sort_values(["rank", "number"], kind="stable").index
    return frame.loc[order, list(COLUMNS)].reset_index(drop=True)


def _assessment_numbers(register: Register, placed: str) -> dict[Hashable, object]:
    """Return, by row of the mechanisms, the number of the assessment of its case that it is told with; NA where none is."""
    keys = ["partnership", "mechanism", "first", "last", "step"]
    starts = placed_mechanisms(register, placed=placed)[[*keys, "date"]].drop_duplicates(keys)
    rows = register.mechanisms.rename(columns={"start_first": "first", "start_last": "last"})
    dates = rows[keys].merge(starts, on=keys, how="left", validate="many_to_one")["date"]
    rated = dict(list(placed_assessments(register, placed=placed).groupby("partnership")["date"]))
    return {
        row: max(1, int((rated[key] <= date).sum())) if key in rated else pd.NA
        for row, key, date in zip(rows.index, rows["partnership"], dates, strict=True)
    }


def _cue_text(cue: Cue, scale: Scale, language: str) -> str:
    """Return the words of a cue: the coder's, or what the scale has for them in another language."""
    if language == "en":
        return cue.text
    return scale.cues.get(language, {}).get(cue.text) or not_translated(cue.text)


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]
