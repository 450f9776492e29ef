"""Transition matrix: from which stage to which, in counts and in shares of those that were there."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from lnlib.charts.canvas.lettering import empty_figure, write_lines
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.style.matrices import draw_cell, draw_names, lay_out, shade
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
    sheet : Sheet
    labels : dict of str to str
        What each stage is called.
    order : bool
        Whether the assessments are placed in the order a source tells them: then no years have passed.

    Returns
    -------
    Figure

    Raises
    ------
    ColumnMissing
        The frame lacks a column.
    """
    require_columns(data, COLUMNS, chart="transition_matrix")
    if not data["count"].sum():
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    words = sheet.words
    stages = [str(stage) for stage in data["stage"].cat.categories]
    into = [str(state) for state in data["into"].cat.categories]
    called = {**labels, ENDED: words("status.ended")}
    n = data.drop_duplicates("stage").set_index("stage")["n"]
    beside = "transition_matrix.row" if sheet.narrow else "transition_matrix.row_beside"
    rows = [[words(beside, stage=called.get(stage, stage)), words("n_label", n=int(n.loc[stage]))] for stage in stages]
    columns = [called.get(state, state) for state in into]
    notes = sheet.wrapped(_foot(data, words, order), sheet.inner_mm, role="note")
    foot = (len(notes) + 0.5) * sheet.line_mm("note")
    line, title = sheet.line_mm(), words("transition_matrix.from")
    grid = lay_out(rows, columns, sheet, row_mm=2.9 * line, foot=foot, above=1.3 * line, title=title)
    ax = sheet.axes(left=0, right=0, bare=True)
    top = ax.get_ylim()[1]
    write_lines(ax, grid.left + 0.4, top, [words("transition_matrix.into")], sheet, weight="bold")
    if not grid.lift_mm:
        write_lines(ax, grid.left - 2.0, top, [title], sheet, weight="bold", ha="right")
    draw_names(ax, grid, rows, columns, sheet)
    for row in data.itertuples():
        place = (stages.index(str(row.stage)), into.index(str(row.into)))
        count = int(str(row.count))
        shown = bool(row.shown) and count > 0
        draw_cell(
            ax,
            grid,
            place,
            [words.number(count), words.percent(float(str(row.share)))] if shown else [words.number(count)],
            sheet,
            ground=shade(float(str(row.share)), sheet) if shown else sheet.theme.paper,
            marked=str(row.stage) == str(row.into),
            label=f"{row.stage}>{row.into}",
        )
    write_lines(ax, 0, len(notes) * sheet.line_mm("note"), notes, sheet, role="note", color=sheet.theme.faint)
    return sheet.figure


def _foot(data: pd.DataFrame, words: Words, order: bool) -> str:
    """Say how to read the cells; percentages only where one is written, and years only where some passed."""
    said = [words("transition_matrix.foot_stayed")]
    if (data["shown"] & (data["count"] > 0)).any():
        said.insert(0, words("transition_matrix.foot_shares"))
    if not order:
        said.append(words("transition_matrix.foot_years", most=words.number(data["dt_max"].max(), decimals=1)))
    return " ".join(said)


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
    """Say how often partnerships moved up, back, stayed or ended from one assessment to the next."""
    moves = _moves(data)
    if not sum(moves.values()):
        return words("transition_matrix.finding_none")
    parts = [words(f"transition_matrix.{way}", n=many) for way, many in moves.items() if many]
    return words("transition_matrix.finding", n=sum(moves.values()), parts=words.listed(parts))


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], order: bool = False) -> str:
    """Say what the chart shows, with its finding and the counts of each row."""
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
