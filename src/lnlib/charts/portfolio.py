"""One actor's portfolio: its partners with their stage now, since when, the moves, and the mechanisms."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.lettering import empty_figure, write, write_lines
from lnlib.charts.canvas.page import page_room, rows_that_fit
from lnlib.charts.canvas.panel import target
from lnlib.charts.canvas.sheet import Entry, Sheet, swatch
from lnlib.charts.path_stories import Line, lines_of
from lnlib.charts.paths import PLACE
from lnlib.charts.style.states import require_columns, state_styles
from lnlib.charts.style.theme import POINT_MM
from lnlib.charts.style.time_axis import is_order, when
from lnlib.words import Words

COLUMNS = ("partnership", "label", "what", "stage", "status", "start", "end", "first", "last", "detail")
SHARES = (0.46, 0.18, 0.12, 0.1, 0.14)


@dataclass(frozen=True)
class Partner:
    """A row: who, the state at the last, since when, moves up and back, and the mechanisms in their order."""

    name: str
    state: str
    since: str
    up: int
    down: int
    mechanisms: list[str]
    partnership: str


def partners(data: pd.DataFrame, words: Words, *, actor: str = "") -> list[Partner]:
    """Return the rows: the highest stage first, then the not assessed, then the ended; in each by name."""
    stages = [str(stage) for stage in data["stage"].cat.categories]
    rank = {state: i for i, state in enumerate([*reversed(stages), "not_assessed", "ended"])}
    final = float(data["end"].max()) - 1 if len(data) and is_order(data["start"]) else None
    found = [_partner(line, stages, words, actor, final) for line in (lines_of(data) if len(data) else [])]
    return sorted(found, key=lambda partner: (rank[partner.state], partner.name))


def _partner(line: Line, stages: list[str], words: Words, actor: str, final: float | None) -> Partner:
    levels = [stages.index(state) for state in line.states if state in stages]
    steps = [after - before for before, after in pairwise(levels)]
    name = line.label.removeprefix(f"{actor} – ").removesuffix(f" – {actor}") if actor else line.label
    kinds = [kind for kind in words.entries["mechanism"] if kind in {mark.detail for mark in line.mechanisms}]
    since = when(line.times[-1], words, last=final)
    return Partner(
        name, line.states[-1], since, sum(s > 0 for s in steps), sum(s < 0 for s in steps), kinds, line.partnership
    )


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], actor: str = "") -> Figure:
    """Draw the lines of `history.lines` of one actor as a table.

    Parameters
    ----------
    data : DataFrame
        Columns `partnership`, `label`, `what`, `stage` (ordered categorical), `status`, `start`, `end`, `first`,
        `last`, `detail`, as `paths` takes them.
    sheet : Sheet
    labels : dict of str to str
        What each stage is called.
    actor : str
        Its name, left out of the labels so that each row is the partner.

    Returns
    -------
    Figure

    Raises
    ------
    ColumnMissing
        The frame lacks a column.
    """
    require_columns(data, COLUMNS, chart="portfolio")
    if data.empty:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels, actor=actor))
    words, inner = sheet.words, sheet.inner_mm
    rows = partners(data, words, actor=actor)
    entries = state_styles([str(stage) for stage in data["stage"].cat.categories], labels, sheet)
    used = dict.fromkeys(kind for row in rows for kind in row.mechanisms)
    kinds = [kind for kind in words.entries["mechanism"] if kind in used]
    key = [Entry(words(f"mechanism.{kind}"), mark=words(f"paths.letters.{kind}")) for kind in kinds]
    key_mm = sheet.key_mm(key, inner) + 1.5 if key else 0.0
    laid = [_laid(row, entries, sheet, inner) for row in rows]
    heights = [max(len(lines) for lines in cells) * sheet.line_mm() + 1.6 for cells in laid]
    if sheet.narrow:
        heights = [(len(cells[0]) + max(len(c) for c in cells[1:])) * sheet.line_mm() + 1.8 for cells in laid]
    head_mm = 1.2 * sheet.line_mm()
    room = page_room(sheet) - key_mm - head_mm - 2.5 * sheet.line_mm()
    drawn = rows_that_fit(heights, room)
    text = words("n_partnerships", n=len(rows))
    if drawn < len(rows):
        text = words("portfolio.more", n=len(rows) - drawn, drawn=drawn, all=len(rows))
    foot = sheet.wrapped(text, inner)
    foot_mm = len(foot) * sheet.line_mm() + 1.0
    sheet.open(key_mm + head_mm + sum(heights[:drawn]) + foot_mm)
    ax = sheet.axes(left=0, right=0, bare=True)
    y = key_mm + head_mm + sum(heights[:drawn]) + foot_mm
    sheet.key(ax, key, y=y - 0.5, width_mm=inner)
    write_lines(ax, 0, foot_mm - 1.0, foot, sheet, color=sheet.theme.faint)
    y -= key_mm + head_mm
    _heads(ax, y, sheet, inner)
    for row, cells, height in zip(rows[:drawn], laid, heights, strict=False):
        ax.plot([0, inner], [y, y], color=sheet.theme.rule, linewidth=0.4)
        _row(ax, row, entries[row.state], cells, y - 0.8, kinds, sheet, inner)
        ax.add_artist(target((0, y - height), inner, height, f"{PLACE}{row.partnership}"))
        y -= height
    return sheet.figure


def _lefts(sheet: Sheet, inner: float) -> list[float]:
    """Return where the columns begin: partner, stage, since, moves, mechanisms; at one column the partner stands above."""
    if sheet.narrow:
        return [0.0, 0.0, 0.36 * inner, 0.6 * inner, 0.76 * inner]
    return [inner * sum(SHARES[:i]) for i in range(len(SHARES))]


def _laid(row: Partner, entries: dict[str, Entry], sheet: Sheet, inner: float) -> list[list[str]]:
    words, lefts = sheet.words, _lefts(sheet, inner)
    widths = [right - left - 1.5 for left, right in zip(lefts, [*lefts[1:], inner + 1.5], strict=True)]
    widths[0] = inner if sheet.narrow else widths[0]
    indent = sheet.points() * POINT_MM + 1
    return [
        sheet.wrapped(row.name, widths[0]),
        sheet.wrapped(entries[row.state].label, widths[1] - indent),
        sheet.wrapped(row.since, widths[2]),
        sheet.wrapped(_moves(row, words), widths[3]),
    ]


def _moves(row: Partner, words: Words) -> str:
    moves = [words(f"portfolio.{way}", n=many) for way, many in (("up", row.up), ("down", row.down)) if many]
    return " ".join(moves) or "–"


def _heads(ax: Axes, y: float, sheet: Sheet, inner: float) -> None:
    names = [sheet.words(f"portfolio.{name}") for name in ("partner", "stage", "since", "moves", "mechanisms")]
    for i, (name, x) in enumerate(zip(names, _lefts(sheet, inner), strict=True)):
        if i or not sheet.narrow:
            write(ax, x, y + sheet.line_mm() * 0.6, name, sheet, color=sheet.theme.faint)


def _row(  # noqa: PLR0913 - what one part of the chart is drawn from
    ax: Axes,
    row: Partner,
    entry: Entry,
    cells: list[list[str]],
    top: float,
    kinds: list[str],
    sheet: Sheet,
    inner: float,
) -> None:
    lefts, size = _lefts(sheet, inner), sheet.points() * POINT_MM
    write_lines(ax, 0, top, cells[0], sheet)
    if sheet.narrow:
        top -= len(cells[0]) * sheet.line_mm()
    corner = (lefts[1], top - sheet.line_mm() / 2 - size / 2)
    ax.add_patch(swatch(corner, size, size, entry.colour, entry.hatch, sheet.theme))
    write_lines(ax, lefts[1] + size + 1, top, cells[1], sheet)
    for lines, x in zip(cells[2:], lefts[2:4], strict=True):
        write_lines(ax, x, top, lines, sheet)
    # each mechanism has a place of its own, so that a column can be read down
    apart = min((inner - lefts[4]) / max(len(kinds), 1), 4.0)
    for i, kind in enumerate(kinds):
        if kind in row.mechanisms:
            letter = sheet.words(f"paths.letters.{kind}")
            write(ax, lefts[4] + (i + 0.4) * apart, top - sheet.line_mm() / 2, letter, sheet, ha="center")
    if not row.mechanisms:
        write(ax, lefts[4], top - sheet.line_mm() / 2, "–", sheet)


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str], actor: str = "") -> str:
    """State how many partnerships the actor has, and where they stand."""
    rows = partners(data, words, actor=actor) if len(data) else []
    if not rows:
        return words("paths.finding_none")
    names = {**labels, "not_assessed": words("paths.unknown"), "ended": words("paths.ended")}
    states = [row.state for row in rows]
    parts = [f"{words.number(states.count(state))} {names.get(state, state)}" for state in dict.fromkeys(states)]
    return words("portfolio.finding", n=len(rows), parts=words.listed(parts))


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], actor: str = "") -> str:
    """Describe the table, row by row."""
    rows = partners(data, words, actor=actor) if len(data) else []
    if not rows:
        return finding(data, words=words, labels=labels, actor=actor)
    names = {**labels, "not_assessed": words("paths.unknown"), "ended": words("paths.ended")}
    points = []
    for row in rows:
        kinds = words("marks.list").join(words(f"mechanism.{kind}") for kind in row.mechanisms)
        values = {"label": row.name, "state": names.get(row.state, row.state), "since": row.since}
        moves = words("portfolio.alt_moves", up=row.up, down=row.down)
        points.append(words("portfolio.alt_point", **values, moves=moves, mechanisms=kinds or words("paths.none")))
    text = finding(data, words=words, labels=labels, actor=actor)
    return words("portfolio.alt", finding=text, points=" ".join(points))
