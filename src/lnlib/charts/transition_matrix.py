"""Transition matrix: from which stage to which, in counts and in shares of those that were there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import empty_figure, write_foot
from lnlib.charts.shaded_table import draw_heat, open_grid
from lnlib.charts.style.states import require_columns
from lnlib.words import Words

COLUMNS = ("stage", "into", "count", "n", "share", "shown", "dt_max")
ENDED = "ended"


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], order: bool = False) -> Figure:
    """Draw the counts of `measures.transitions`, a row a stage and a column where it went.

    Parameters
    ----------
    data : DataFrame
        Columns `stage` (ordered categorical), `into` (categorical: the stages, then `ended`), `count`, `n` (pairs
        that open at the stage), `share` (of n), `shown` (False: counts only), `dt_max` (most years between the two
        assessments; NaN of none); one row a stage and into.
    order : bool
        Whether the assessments are placed in the order a source tells them: then no years have passed.
    """
    require_columns(data, COLUMNS, chart="transition_matrix")
    if not data["count"].sum():
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    stages = [str(stage) for stage in data["stage"].cat.categories]
    into = [str(state) for state in data["into"].cat.categories]
    called = {**labels, ENDED: words("status.ended")}
    n = data.drop_duplicates("stage").set_index("stage")["n"]
    names = [[called.get(stage, stage), words("n_label", n=int(n.loc[stage]))] for stage in stages]
    table = {(str(row.stage), str(row.into)): row for row in data.itertuples()}
    cells = [[_cell(table[stage, state], words) for state in into] for stage in stages]
    shares = np.array([[_share(table[stage, state]) for state in into] for stage in stages])
    notes = sheet.wrapped(_foot(data, words, order), inner, role="note")
    grid = open_grid(
        sheet,
        names,
        [called.get(state, state) for state in into],
        titles=(words("transition_matrix.from"), words("transition_matrix.into")),
        row_mm=3.8 * line,
        foot=(len(notes) + 0.5) * sheet.line_mm("note"),
    )
    stayed = [(stages.index(stage), into.index(stage)) for stage in stages if stage in into]
    draw_heat(grid, shares, cells, sheet, marked=stayed, bold=True)
    page = sheet.axes(left=0, right=0, bare=True)
    write_foot(page, notes, sheet)
    return sheet.figure


def _share(row: Any) -> float:
    return float(row.share) if row.shown else float("nan")


def _cell(row: Any, words: Words) -> list[str]:
    """Return the lines of a cell: the count, and its percentage where the row has enough."""
    count = words.number(int(row.count))
    return [count, words.percent(float(row.share))] if row.shown and row.count else [count]


def _foot(data: pd.DataFrame, words: Words, order: bool) -> str:
    """Return how to read the cells: percentages only where one is written, years only where some passed."""
    sentences = [words("transition_matrix.foot_stayed")]
    if (data["shown"] & (data["count"] > 0)).any():
        sentences.insert(0, words("transition_matrix.foot_shares"))
    if not order:
        sentences.append(words("transition_matrix.foot_years", most=words.number(data["dt_max"].max(), decimals=1)))
    return " ".join(sentences)


def _moves(data: pd.DataFrame) -> dict[str, int]:
    """Count the stays, the moves up and back, and the endings."""
    place = {str(state): level for level, state in enumerate(data["into"].cat.categories)}
    step = data["into"].astype(str).map(place) - data["stage"].astype(str).map(place)
    ended = data["into"] == ENDED
    return {
        "stayed": int(data.loc[step == 0, "count"].sum()),
        "up": int(data.loc[~ended & (step > 0), "count"].sum()),
        "down": int(data.loc[step < 0, "count"].sum()),
        "ended": int(data.loc[ended, "count"].sum()),
    }


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],  # noqa: ARG001 - as every chart's
    order: bool = False,  # noqa: ARG001
) -> str:
    """Return how often partnerships moved up, back, stayed or ended from one assessment to the next."""
    moves = _moves(data)
    if not sum(moves.values()):
        return words("transition_matrix.finding_none")
    parts = [words(f"transition_matrix.{way}", n=many) for way, many in moves.items() if many]
    return words("transition_matrix.finding", n=sum(moves.values()), parts=words.listed(parts))


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], order: bool = False) -> str:
    """Return the long description: the finding, and the counts of each row."""
    if not data["count"].sum():
        return finding(data, words=words, labels=labels)
    called = {**labels, ENDED: words("status.ended")}
    rows = []
    for stage, part in data.groupby("stage", observed=False):
        cells = [
            f"{called.get(str(row.into), str(row.into))} {words.number(int(str(row.count)))}"
            for row in part.itertuples()
        ]
        name = called.get(str(stage), str(stage))
        rows.append(words("transition_matrix.alt_row", stage=name, n=int(part["n"].iloc[0]), parts=words.listed(cells)))
    return words(
        "transition_matrix.alt", finding=finding(data, words=words, labels=labels), rows=". ".join(rows),
        foot=_foot(data, words, order),
    )  # fmt: skip
