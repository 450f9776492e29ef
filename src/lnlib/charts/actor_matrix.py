"""Kinds of state actors against kinds of non-state actors: a square a partnership, coloured by stage, with counts."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lnlib.charts.canvas.fast_axes import target
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_lines
from lnlib.charts.style.states import including, require_columns, state_styles, swatch_style
from lnlib.charts.style.stepped_heads import stepped, stepped_mm, write_stepped
from lnlib.charts.style.time_axis import is_order, on_last_date, when
from lnlib.words import Words

COLUMNS = ("state_kind", "non_state_kind", "date", "stage", "count", "n_not_assessed", "n_ended", "n_known")
LABEL_MM = {"column": 24.0, "two-columns": 36.0}
SQUARE_MM = {"column": 1.9, "two-columns": 2.2}
APART_MM, INSET_MM = 0.35, 1.0
MOST_SQUARES = 60
BAR_MM = 2.6
CELL = "cell:"  # what the id of a cell in an SVG begins with; the kinds of its two actors follow


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str]) -> Figure:
    """Draw the counts of `measures.shares` by both kinds on the last date.

    A partnership is a square; where a cell holds more than 60, a cell is a bar instead, its length the count.

    Parameters
    ----------
    data : DataFrame
        Columns `state_kind`, `non_state_kind`, `date`, `stage` (ordered categorical), `count`, `n_not_assessed`,
        `n_ended`, `n_known`.
    """
    require_columns(data, COLUMNS, chart="actor_matrix")
    cells = _cells(on_last_date(data)) if len(data) else {}
    if not any(sum(cell.values()) for cell in cells.values()):
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    words, inner = sheet.words, sheet.inner_mm
    entries = state_styles([str(stage) for stage in data["stage"].cat.categories], labels, sheet)
    key = [entry for state, entry in entries.items() if any(cell.get(state) for cell in cells.values())]
    key_mm = sheet.key_mm(key, inner) + 1.5
    rows = _kinds([state for state, _ in cells], words)
    cols = _kinds([other for _, other in cells], words)
    n_mm = sheet.text_mm("n") + 5.0
    label_mm = sheet.of_width(LABEL_MM)
    fullest = {other: max(sum(cell.values()) for (_, kind), cell in cells.items() if kind == other) for other in cols}
    widths = _widths(cols, fullest, inner - label_mm - n_mm, sheet)
    lefts = [label_mm + sum(widths[:i]) for i in range(len(widths))]
    # names lie side by side where all have room, else in steps; that of the numbers at the edge is one of them
    starts = [left + INSET_MM for left in lefts]
    if all(_word_mm(name, sheet) <= width - 1 for name, width in zip(cols.values(), widths, strict=True)):
        heads = [(0, sheet.wrapped(name, width - 1)) for name, width in zip(cols.values(), widths, strict=True)]
    else:
        edge = inner - sheet.text_mm(words("n_row")) - 0.1
        heads = stepped([*cols.values(), words("n_row")], [*starts, edge], sheet)[:-1]
    head_mm = stepped_mm(heads, sheet) + 1.0
    names = [sheet.wrapped(name, label_mm - 1.5) for name in rows.values()]
    most = max(sum(cell.values()) for cell in cells.values())
    step = sheet.of_width(SQUARE_MM) + APART_MM
    across = [max(int((width - 2 * INSET_MM + APART_MM) // step), 1) for width in widths]
    heights = []
    for kind, lines in zip(rows, names, strict=True):
        deep = max(
            math.ceil(sum(cells.get((kind, other), {}).values()) / many)
            for other, many in zip(cols, across, strict=True)
        )
        marks = BAR_MM if most > MOST_SQUARES else deep * step
        heights.append(max(marks + sheet.line_mm() + APART_MM, len(lines) * sheet.line_mm()) + 2 * INSET_MM)
    some = {state: any(cell[state] for cell in cells.values()) for state in ("not_assessed", "ended")}
    foot = sheet.wrapped(words("actor_matrix.foot", including=including(words, **some)), inner)
    foot_mm = (len(foot) + 0.4) * sheet.line_mm()
    body = sum(heights) + sheet.line_mm() * 1.4
    titles = (words("actor_matrix.rows"), words("actor_matrix.columns"))
    row_title = sheet.wrapped(titles[0], label_mm - 1.5, weight="bold")
    # the names of the columns stand under what they are; what the rows are stands beside them
    head_mm = max(head_mm + 1.2 * sheet.line_mm(), len(row_title) * sheet.line_mm() + 1.0)
    sheet.open(key_mm + head_mm + body + foot_mm)
    ax = sheet.axes(left=0, right=0, bare=True)
    top = key_mm + head_mm + body + foot_mm
    sheet.key(ax, key, y=top - 0.5, width_mm=inner)
    write_lines(ax, 0, len(foot) * sheet.line_mm(), foot, sheet, color=sheet.theme.faint)
    y = top - key_mm - head_mm
    write(ax, label_mm + INSET_MM, y + head_mm - 0.6 * sheet.line_mm(), titles[1], sheet, weight="bold")
    write_lines(ax, 0, y + len(row_title) * sheet.line_mm() + 0.6, row_title, sheet, weight="bold")
    write_stepped(ax, heads, starts, y + 0.6, sheet)
    write(ax, inner, y + 0.8 + sheet.line_mm() / 2, words("n_row"), sheet, ha="right")
    for kind, lines, height in zip(rows, names, heights, strict=True):
        ax.plot([0, inner], [y, y], color=sheet.theme.rule, linewidth=0.4)
        write_lines(ax, 0, y - INSET_MM, lines, sheet)
        for other, left, width, many in zip(cols, lefts, widths, across, strict=True):
            cell = cells.get((kind, other), {})
            if sum(cell.values()):
                at = (left + INSET_MM, y - INSET_MM)
                _cell(ax, cell, at, entries, sheet, across=many, room=width - 2 * INSET_MM, most=most)
                ax.add_artist(target((left, y - height), width, height, f"{CELL}{kind}:{other}"))
        total = sum(sum(cells.get((kind, other), {}).values()) for other in cols)
        middle = y - INSET_MM - sheet.line_mm() / 2
        write(ax, inner, middle, words.number(total), sheet, ha="right", color=sheet.theme.faint)
        y -= height
    ax.plot([0, inner], [y, y], color=sheet.theme.rule, linewidth=0.4)
    middle = y - INSET_MM * 0.4 - sheet.line_mm() / 2
    write(ax, 0, middle, words("n_row"), sheet)
    for other, left in zip(cols, lefts, strict=True):
        total = sum(sum(cells.get((kind, other), {}).values()) for kind in rows)
        write(ax, left + INSET_MM, middle, words.number(total), sheet, color=sheet.theme.faint)
    every = sum(sum(cell.values()) for cell in cells.values())
    write(ax, inner, middle, words.number(every), sheet, ha="right", color=sheet.theme.faint)
    return sheet.figure


def _cells(rows: pd.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """Return the counts of each pair of kinds by state."""
    result: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows.to_dict("records"):
        cell = result.setdefault((str(row["state_kind"]), str(row["non_state_kind"])), {})
        cell[str(row["stage"])] = int(row["count"])
        cell["not_assessed"], cell["ended"] = int(row["n_not_assessed"]), int(row["n_ended"])
    order = [str(stage) for stage in rows["stage"].cat.categories] + ["not_assessed", "ended"]
    return {pair: {state: cell.get(state, 0) for state in order} for pair, cell in result.items()}


def _kinds(kinds: list[str], words: Words) -> dict[str, str]:
    """Return the kinds with their names, in the order of the catalogue; what is not in it last, as it is."""
    names = words.entries["kind"]
    known = [kind for kind in names if kind in kinds]
    rest = [kind for kind in dict.fromkeys(kinds) if kind not in names]
    return {kind: str(names.get(kind, kind)) for kind in [*known, *rest]}


def _word_mm(name: str, sheet: Sheet) -> float:
    """Return the width of the longest word."""
    return max(sheet.text_mm(word) for word in name.split())


def _widths(cols: dict[str, str], fullest: dict[str, int], room: float, sheet: Sheet) -> list[float]:
    """Return the widths of the columns: enough for a heading's longest word, the rest by the counts."""
    least = [5.5 if sheet.narrow else _word_mm(name, sheet) + 2 * INSET_MM for name in cols.values()]
    if sum(least) > room:
        return [room / len(cols)] * len(cols)
    total = sum(fullest.values())
    return [width + (room - sum(least)) * fullest[other] / total for width, other in zip(least, cols, strict=True)]


def _cell(  # noqa: PLR0913 - what one part of the chart is drawn from
    ax: Axes,
    cell: dict[str, int],
    corner: tuple[float, float],
    entries: dict[str, Entry],
    sheet: Sheet,
    *,
    across: int,
    room: float,
    most: int,
) -> None:
    """Write the count, and below it a square a partnership, or a bar."""
    x, y = corner
    write(ax, x, y - sheet.line_mm() / 2, sheet.words.number(sum(cell.values())), sheet)
    y -= sheet.line_mm() + APART_MM
    if most > MOST_SQUARES:
        at = x
        for state, count in cell.items():
            width = count / most * room
            if count:
                ax.add_patch(Rectangle((at, y - BAR_MM), width, BAR_MM, **swatch_style(entries[state], sheet)))
            at += width
        return
    size = sheet.of_width(SQUARE_MM)
    step = size + APART_MM
    squares = [state for state, count in cell.items() for _ in range(count)]
    for i, state in enumerate(squares):
        low = (x + i % across * step, y - i // across * step - size)
        ax.add_patch(Rectangle(low, size, size, **swatch_style(entries[state], sheet)))


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:  # noqa: ARG001 - as every chart's
    """Return the most frequent pair of kinds."""
    cells = _cells(on_last_date(data)) if len(data) else {}
    totals = {pair: sum(cell.values()) for pair, cell in cells.items()}
    n, most = sum(totals.values()), max(totals.values(), default=0)
    if not n:
        return words("paths.finding_none")
    top = [pair for pair, total in totals.items() if total == most]
    if len(top) > 1:
        return words("actor_matrix.finding_even", n=n, pairs=sum(total > 0 for total in totals.values()))
    names = _kinds(list(top[0]), words)
    state, other = top[0]
    return words("actor_matrix.finding", state=names[state], non_state=names[other], count=most, n=n)


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return the long description: the finding, and the counts of each pair that has any."""
    cells = _cells(on_last_date(data)) if len(data) else {}
    if not any(sum(cell.values()) for cell in cells.values()):
        return finding(data, words=words, labels=labels)
    rows = on_last_date(data)
    final = float(data["date"].max()) if is_order(data["date"]) else None
    points = []
    for (state, other), cell in cells.items():
        if sum(cell.values()):
            names = _kinds([state, other], words)
            stages = [
                f"{labels.get(s, s)} {words.number(c)}" for s, c in cell.items() if s in rows["stage"].cat.categories
            ]
            pair = words("actor_matrix.pair", state=names[state], non_state=names[other])
            rest = {"not_assessed": cell["not_assessed"], "ended": cell["ended"]}
            points.append(words("province_tiles.point", label=pair, parts=words("marks.list").join(stages), **rest))
    sentence = finding(data, words=words, labels=labels)
    at = when(rows["date"].iloc[0], words, last=final)
    return words("actor_matrix.alt", when=at, finding=sentence, points=" ".join(points))
