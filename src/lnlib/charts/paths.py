"""Paths: one line a partnership, coloured by stage, with its assessments, mechanisms and its ending marked.

Plain boxes and not `Axes.broken_barh` draw it: docs/design.md, "Decisions that may surprise".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lnlib.charts.canvas.fast_axes import Box, target
from lnlib.charts.canvas.label_positions import spread
from lnlib.charts.canvas.page_rows import page_room
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_lines
from lnlib.charts.paths_alt_text import Line, Mark, lines_of, mark_of, most_assessed
from lnlib.charts.paths_alt_text import describe as describe
from lnlib.charts.paths_alt_text import finding as finding
from lnlib.charts.style.labelled_rows import without_place
from lnlib.charts.style.states import require_columns, state_styles, swatch_style
from lnlib.charts.style.time_axis import below, draw_years, is_order, order_labels

COLUMNS = ("partnership", "label", "what", "stage", "status", "start", "end", "first", "last", "detail")
BAR_MM, LEAD_MM, TICK_MM = 2.2, 1.0, 1.3
PLACE = "line-"  # what the id of a partnership's place in an SVG begins with
LEAST_ROW_MM = BAR_MM + TICK_MM + 1.2
LABELS_MM = (40.0, 48.0, 56.0, 64.0)

_MARGIN_MM = 0.8  # under the last row
_MOST_ROWS = {"column": 12, "two-columns": 1000}  # a column of more is too tall to be read beside a text


def draw(
    data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], period: tuple[pd.Timestamp, pd.Timestamp] | None = None
) -> Figure:
    """Draw the lines of `history.lines`, by first date and then by label.

    Where more partnerships are given than a page holds, those assessed most often are drawn (of equals, those begun
    first) and the chart says how many are left to the table.

    Parameters
    ----------
    data : DataFrame
        Columns `partnership`, `label`, `what` (`spell`, `assessment`, `mechanism`), `stage` (ordered categorical),
        `status`, `start`, `end`, `first`, `last`, `detail`; dates or the numbers of an order.
    period : tuple of Timestamp, optional
        First and last day of the axis; by default those of the data.
    """
    require_columns(data, COLUMNS, chart="paths")
    inner = sheet.inner_mm
    if data.empty:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    n = int(data["partnership"].nunique())
    page_mm = page_room(sheet) - _MARGIN_MM
    # of thousands only those are laid out that a page could hold
    likely = lines_of(most_assessed(_named(data, sheet), most=int(page_mm / LEAST_ROW_MM) + 2))
    reading = _reading(likely, sheet)
    key = _key(likely, data, labels, sheet)
    key_mm = sheet.key_mm(key, inner) + 1.5
    label_mm = 0.0 if sheet.narrow else _label_mm(likely, sheet)
    room = inner - label_mm - 0.5
    rows = [_row(line, sheet, label_mm or room, room) for line in likely]
    selection, note_lines = [], sheet.wrapped(f"{_counted(n, sheet)} {reading}", inner, role="note")
    below = 1.6 * sheet.line_mm() + len(note_lines) * sheet.line_mm("note")
    most = sheet.of_width(_MOST_ROWS)
    chosen = _that_fit(rows, page_mm - key_mm - below, most=most)
    top = key_mm
    if len(chosen) < n:  # the title counts all partnerships, so what is drawn of them stands above the drawing
        note_lines = sheet.wrapped(reading, inner, role="note")
        top += len(sheet.wrapped(_selected(n - 1, n, sheet), inner)) * sheet.line_mm() + 1.0
        chosen = _that_fit(rows, page_mm - top - below, most=most)
        selection = sheet.wrapped(_selected(len(chosen), n, sheet), inner)
    axis_mm = 1.6 * sheet.line_mm() + len(note_lines) * sheet.line_mm("note")
    body = sum(row.height for row in chosen) + _MARGIN_MM
    sheet.open(top + body + axis_mm)
    over = sheet.axes(left=0, right=0, bottom=body + axis_mm, bare=True)
    write_lines(over, 0, top - 0.5, selection, sheet)
    sheet.key(over, key, y=key_mm - 0.5, width_mm=inner)
    ax = sheet.axes(left=label_mm, right=0.5, bottom=axis_mm, top=top)
    _axis(ax, data, sheet, room, body, period)
    entries = state_styles(list(data["stage"].cat.categories), labels, sheet)
    y = body
    for row in chosen:
        _draw_row(ax, row, y, entries, sheet, label_mm, room)
        y -= row.height
    foot = sheet.axes(left=0, right=0, bottom=0, top=top + body, bare=True)
    height = len(note_lines) * sheet.line_mm("note")
    write_lines(foot, 0, height, note_lines, sheet, role="note", color=sheet.theme.faint)
    return sheet.figure


def _named(data: pd.DataFrame, sheet: Sheet) -> pd.DataFrame:
    """Return the lines without the place in their names that the subtitle states."""
    labels = {str(label): str(label) for label in data["label"].unique()}
    return data.assign(label=data["label"].astype("str").map(without_place(labels, sheet.heading.places)))


@dataclass(frozen=True)
class _Row:
    """A line laid out: its words, and how far it reaches above and below the middle of its bar."""

    line: Line
    words: list[str]
    words_at: float
    letters: list[list[Mark]]
    above: float
    under: float

    @property
    def height(self) -> float:
        return self.above + self.under


def _label_mm(found: list[Line], sheet: Sheet) -> float:
    """Return the narrowest column of labels in which none takes three lines."""
    for width in LABELS_MM:
        if all(len(sheet.wrapped(line.label, width - 2)) < 3 for line in found):
            return width
    return LABELS_MM[-1]


def _row(line: Line, sheet: Sheet, label_mm: float, room: float) -> _Row:
    words = sheet.wrapped(line.label, label_mm - 2 * (not sheet.narrow))
    text = len(words) * sheet.line_mm()
    order = list(sheet.words.entries["mechanism"])
    marks = sorted(line.mechanisms, key=lambda mark: (_place(mark, line), order.index(mark.detail)))
    fits = max(int(room // _letter_mm(line, sheet)), 1)
    letters = [marks[i : i + fits] for i in range(0, len(marks), fits)]
    top = BAR_MM / 2 + (LEAD_MM + len(letters) * sheet.line_mm() * 0.9) * bool(letters)
    low = BAR_MM / 2 + TICK_MM
    if sheet.narrow:
        top += 0.5 * (not letters)
        return _Row(line, words, top + text / 2, letters, top + text, low + 2.2)
    # beside the bar if there is room, else in the middle of all that stands above and below the bar
    middle = (top - low) / 2 if text > top + low else min(max(0.0, text / 2 - low), top - text / 2)
    return _Row(line, words, middle, letters, max(top, middle + text / 2) + 0.6, max(low, text / 2 - middle) + 0.6)


def _place(mark: Mark, line: Line) -> float:
    """Return where a mechanism stands: at its date, or at the start of the bar where it has none."""
    return float(np.nan_to_num(line.start if mark.undated else mark.at, nan=-np.inf))


def _letter_mm(line: Line, sheet: Sheet) -> float:
    return max((sheet.text_mm(mark_of(m, sheet.words)) for m in line.mechanisms), default=1.0) + 0.7


def _that_fit(rows: list[_Row], room: float, *, most: float) -> list[_Row]:
    """Choose the rows that a page holds, at most so many: those assessed most often, of equals the first; in their own order."""
    order = sorted(range(len(rows)), key=lambda i: (-len(rows[i].line.assessments), i))
    taken: set[int] = set()
    used = 0.0
    for i in order:
        if taken and (used + rows[i].height > room or len(taken) >= most):
            break
        taken.add(i)
        used += rows[i].height
    return [row for i, row in enumerate(rows) if i in taken]


def _counted(n: int, sheet: Sheet) -> str:
    return f"{sheet.words('n_partnerships', n=n)}{sheet.words.entries['marks']['stop']}"


def _selected(drawn: int, n: int, sheet: Sheet) -> str:
    return sheet.words("paths.more", n=n - drawn, drawn=drawn, all=n)


def _key(found: list[Line], data: pd.DataFrame, labels: dict[str, str], sheet: Sheet) -> list[Entry]:
    words = sheet.words
    entries = state_styles(list(data["stage"].cat.categories), labels, sheet)
    states = {state for line in found for state in line.states}
    key = [entry for state, entry in entries.items() if state in states and state != "ended"]
    return key + [Entry(words("status.ended"), mark="×")] * ("ended" in states)


def _reading(found: list[Line], sheet: Sheet) -> str:
    """Return what the marks under the bars and the letters over them are, as far as there are any."""
    words = sheet.words
    dated = {mark.known for line in found for mark in line.assessments}
    parts = [words(f"paths.foot_{name}") for name, one in (("ticks", True), ("circles", False)) if one in dated]
    kinds = {mark.detail for line in found for mark in line.mechanisms}
    letters = [
        words("paths.foot_letter", letter=words(f"paths.letters.{kind}"), mechanism=words(f"mechanism.{kind}"))
        for kind in words.entries["mechanism"]
        if kind in kinds
    ]
    if letters:
        parts.append(words("paths.foot_mechanisms", letters=words("marks.list").join(letters)))
    marks = [mark for line in found for mark in line.mechanisms]
    if any(not mark.known and not mark.undated for mark in marks):
        parts.append(words("paths.foot_brackets"))
    if any(mark.undated for mark in marks):
        parts.append(words("paths.foot_undated"))
    return " ".join(parts)


def _axis(
    ax: Axes,
    data: pd.DataFrame,
    sheet: Sheet,
    room: float,
    body: float,
    period: tuple[pd.Timestamp, pd.Timestamp] | None,
) -> None:
    ax.set_ylim(0, body)
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    spells = data[data["what"] == "spell"]
    if is_order(data["start"]):
        first, last = float(spells["start"].min()), float(spells["end"].max())
        ax.set_xlim(first, last)
        steps = np.arange(first, last)
        ax.set_xticks([])
        for place, text in zip(steps, order_labels(list(steps), sheet), strict=True):
            write(ax, place + 0.5, -0.5 * sheet.line_mm(), text, sheet, ha="center", transform=below(ax, sheet))
        return
    begin, end = period or (spells["start"].min(), spells["end"].max())
    ax.set_xlim(mdates.date2num(begin), mdates.date2num(end))
    draw_years(ax, begin, end, sheet, room_mm=room)
    if not sheet.narrow:  # there the labels stand above the bars, and no line may cross them
        ax.grid(axis="x", color=sheet.theme.rule, linewidth=0.3)


def _draw_row(
    ax: Axes, row: _Row, top: float, entries: dict[str, Entry], sheet: Sheet, label_mm: float, room: float
) -> None:
    x0, x1 = ax.get_xlim()
    per_mm = (x1 - x0) / room
    y = top - row.above
    line_mm = sheet.line_mm()
    first = y + row.words_at + (len(row.words) - 1) * line_mm / 2
    for i, words in enumerate(row.words):
        write(ax, x0 - label_mm * per_mm, first - i * line_mm, words, sheet)
    corner = (x0 - label_mm * per_mm, top - row.height)
    ax.add_artist(target(corner, (label_mm + room) * per_mm, row.height, f"{PLACE}{row.line.partnership}"))
    for state, start, end in row.line.spells:
        if state == "ended":
            cross: dict[str, Any] = {"marker": "x", "markersize": 4.5, "markeredgewidth": 1.2}
            ax.add_artist(Line2D([start], [y], color=sheet.theme.ink, clip_on=False, **cross))
            continue
        # a thinner bar, so that what is not known recedes also in grey
        height = BAR_MM if state != "not_assessed" else BAR_MM * 0.4
        bar = Box((start, y - height / 2), end - start, height, **swatch_style(entries[state], sheet))
        ax.add_artist(bar)
    low = y - BAR_MM / 2
    style: dict[str, Any]
    if sheet.narrow:
        style = {"color": sheet.theme.rule, "linewidth": 0.3, "zorder": 0.5}
        ax.vlines(ax.get_xticks(), low - TICK_MM, y + row.words_at - len(row.words) * line_mm / 2, **style)
    for seen in row.line.assessments:
        at = seen.at if np.isfinite(seen.at) else x0
        if seen.known:
            tick = [low - TICK_MM, low]
            ax.add_artist(Line2D([at, at], tick, color=sheet.theme.ink, linewidth=0.7, clip_on=False))
        else:
            style = {"markerfacecolor": sheet.theme.paper, "markeredgecolor": sheet.theme.ink, "clip_on": False}
            style |= {"marker": "o", "markersize": 2.6, "markeredgewidth": 0.6}
            ax.add_artist(Line2D([at], [low - TICK_MM * 0.6], **style))
    _letters(ax, row, y, sheet, per_mm, room)


def _letters(ax: Axes, row: _Row, y: float, sheet: Sheet, per_mm: float, room: float) -> None:
    x0, _ = ax.get_xlim()
    base = y + BAR_MM / 2 + LEAD_MM
    for level, marks in enumerate(reversed(row.letters)):
        dates = [_place(mark, row.line) for mark in marks]
        true = [(at - x0) / per_mm if np.isfinite(at) else 0.0 for at in dates]
        texts = [mark_of(mark, sheet.words) for mark in marks]
        places = spread(true, [sheet.text_mm(text) + 0.7 for text in texts], room=room)
        middle = base + (level + 0.45) * sheet.line_mm() * 0.9
        for mark, text, wanted, place in zip(marks, texts, true, places, strict=True):
            if level == 0 and not row.line.order and not mark.undated:
                ends = [x0 + wanted * per_mm, x0 + place * per_mm]
                heights = [base - LEAD_MM, base - 0.1]
                ax.add_artist(Line2D(ends, heights, color=sheet.theme.faint, linewidth=0.4, clip_on=False))
            write(ax, x0 + place * per_mm, middle, text, sheet, ha="center")
