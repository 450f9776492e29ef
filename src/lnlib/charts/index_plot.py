"""Index plot: every partnership a thin row of its spells, sorted by its first stage and its course."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.label_positions import spread
from lnlib.charts.canvas.page_rows import page_room
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write_foot, write_lines
from lnlib.charts.style.states import require_columns, state_styles
from lnlib.charts.style.time_axis import draw_years, is_order
from lnlib.words import Words

COLUMNS = ("partnership", "stage", "status", "start", "end")
BODY_MM = {"column": 96.0, "two-columns": 96.0}
LEAST_MM, MOST_MM = 0.4, 3.0  # height of a row
BRACKET_MM = 2.2  # from the names of the groups to the rows, for the brackets between them
NEVER = -1  # in place of the first stage of a partnership that was never assessed


@dataclass(frozen=True)
class Course:
    """The spells of a partnership: the level of each (NEVER where not assessed), and whether and when it ended."""

    spells: list[tuple[int, float, float]]
    ended: float | None

    @property
    def levels(self) -> list[int]:
        """The stages in their order, each change once."""
        return [level for level, _ in groupby(level for level, _, _ in self.spells if level != NEVER)]

    @property
    def first(self) -> int:
        """The first stage."""
        return self.levels[0] if self.levels else NEVER


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str]) -> Figure:
    """Draw the spells of `history.spells`, a thin row for each partnership.

    Rows are sorted by the first stage, then by the stages that followed, then by when the partnership began. Of more than
    fit on a page, every second, third, … row is drawn, which keeps the proportions.

    Parameters
    ----------
    data : DataFrame
        Columns `partnership`, `stage` (ordered categorical), `status` (`assessed`, `not_assessed`, `ended`), `start`,
        `end`; one row a spell.

    Returns
    -------
    Figure
        Of a register that gives an order and no dates, the sentence that says so.

    References
    ----------
    Gabadinho, Ritschard, Müller and Studer (2011), Analyzing and visualizing state sequences in R with TraMineR.
    """
    require_columns(data, COLUMNS, chart="index_plot")
    if data.empty or is_order(data["start"]):
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    stages = [str(stage) for stage in data["stage"].cat.categories]
    courses = _sorted(data)
    step = int(np.ceil(len(courses) * LEAST_MM / (page_room(sheet) - 8 * line)))
    rows = courses[::step]
    row_mm = min(max(sheet.of_width(BODY_MM) / len(rows), LEAST_MM), MOST_MM)
    entries = state_styles(stages, labels, sheet)
    present = {level for course in rows for level, _, _ in course.spells}
    key = [entries[stage] for level, stage in enumerate(stages) if level in present]
    key += [entries["not_assessed"]] * (NEVER in present)
    groups = [(level, list(members)) for level, members in groupby(rows, lambda course: course.first)]
    counts = {level: sum(course.first == level for course in courses) for level, _ in groups}
    heads = {
        level: (
            words("index_plot.never") if level == NEVER else entries[stages[level]].label,
            words("n_label", n=count),
        )
        for level, count in counts.items()
    }
    left = max(sheet.text_mm(text) for texts in heads.values() for text in texts) + BRACKET_MM + 1.6
    right = sheet.text_mm(words.digits("2009")) / 2
    notes = sheet.wrapped(_foot(step, len(rows), len(courses), words), inner, role="note")
    foot = 1.5 * line + len(notes) * sheet.line_mm("note")
    key_mm = sheet.key_mm(key, inner) + 1.5
    body = max(len(rows) * row_mm, 2.2 * line * len(groups))
    sheet.open(key_mm + body + foot)
    page = sheet.axes(left=0, right=0, bare=True)
    sheet.key(page, key, y=page.get_ylim()[1] - 0.3, width_mm=inner)
    write_foot(page, notes, sheet)
    ax = sheet.axes(left=left, right=right, bottom=foot, top=key_mm)
    first, last = data["start"].min(), data["end"].max()
    ax.set_xlim(*mdates.date2num([first, last]))
    ax.set_ylim(len(rows), 0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    _draw_rows(ax, rows, stages, entries, sheet)
    _draw_groups(page, groups, heads, sheet, foot=foot, body=body, total=len(rows), left=left)
    draw_years(ax, first, last, sheet, room_mm=inner - left - right)
    return sheet.figure


def _sorted(data: pd.DataFrame) -> list[Course]:
    """Return a course for each partnership, in the order drawn from the top."""
    status = data["status"].astype(str)
    table = pd.DataFrame(
        {
            "partnership": data["partnership"],
            "level": data["stage"].cat.codes.where(status == "assessed", NEVER),
            "ended": status == "ended",
            "start": mdates.date2num(data["start"]),
            "end": mdates.date2num(data["end"]),
        }
    ).sort_values(["partnership", "start"], kind="stable")
    result = []
    for _, rows in groupby(table.itertuples(index=False, name=None), itemgetter(0)):
        spells = list(rows)
        lived = [(level, start, end) for _, level, ended, start, end in spells if not ended]
        result.append(Course(lived, next((start for _, _, ended, start, _ in spells if ended), None)))
    never = len(data["stage"].cat.categories)
    return sorted(
        result,
        key=lambda course: (
            never if course.first == NEVER else course.first,
            course.levels,
            course.spells[0][1] if course.spells else course.ended or 0.0,
        ),
    )


def _draw_rows(ax: Axes, rows: list[Course], stages: list[str], entries: dict[str, Entry], sheet: Sheet) -> None:
    """Draw the spells of one look as one collection, and a tick where a partnership ended."""
    for level, stage in [*enumerate(stages), (NEVER, "not_assessed")]:
        spans = [
            (row, start, end) for row, course in enumerate(rows) for at, start, end in course.spells if at == level
        ]
        if spans:
            starts, ends = np.array([start for _, start, _ in spans]), np.array([end for _, _, end in spans])
            ax.barh([row + 0.5 for row, _, _ in spans], ends - starts, left=starts, height=0.86,
                           color=entries[stage].colour, linewidth=0, label=stage)  # fmt: skip
    ended = [(course.ended, row + 0.5) for row, course in enumerate(rows) if course.ended is not None]
    if ended:
        times, places = np.array(ended).T
        ax.vlines(times, places - 0.43, places + 0.43, color=sheet.theme.ink, linewidth=0.8, label="ended")


def _draw_groups(  # noqa: PLR0913 - what one part of the chart is drawn from
    page: Axes,
    groups: list[tuple[int, list[Course]]],
    heads: dict[int, tuple[str, str]],
    sheet: Sheet,
    *,
    foot: float,
    body: float,
    total: int,
    left: float,
) -> None:
    """Label the rows that share a first stage, with a bracket along them that leads to their name."""
    line, at, middles = sheet.line_mm(), 0, []
    row_mm, edge = body / total, left - 0.6
    spans = []
    for _, members in groups:
        middles.append(foot + body - (at + len(members) / 2) * row_mm)
        inset = min(0.4, 0.25 * len(members) * row_mm)  # so that brackets stand apart
        top = foot + body - at * row_mm
        spans.append([top - inset, top - len(members) * row_mm + inset])
        at += len(members)
    wanted = [middle - foot for middle in middles[::-1]]
    spots = spread(wanted, [2.2 * line] * len(groups), room=body)[::-1]
    for (level, _), y, middle, span in zip(groups, spots, middles, spans, strict=True):
        name, n = heads[level]
        page.plot([edge, edge], span, color=sheet.theme.faint, linewidth=0.7, label=f"bracket {level}")
        page.plot(
            [edge - BRACKET_MM, edge], [foot + y, middle], color=sheet.theme.faint, linewidth=0.7, label="_thread"
        )
        write_lines(page, 0, foot + y + line, [name], sheet)
        write_lines(page, 0, foot + y, [n], sheet, color=sheet.theme.faint)


def _foot(step: int, drawn: int, every: int, words: Words) -> str:
    sentences = [words("index_plot.foot")]
    if step > 1:
        sentences.append(words("index_plot.foot_thinned", drawn=drawn, all=every))
    return " ".join(sentences)


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return how many partnerships were first at the most common first stage, and how many of these moved up."""
    if data.empty:
        return words("paths.finding_none")
    if is_order(data["start"]):
        return words("undated")
    courses = [course for course in _sorted(data) if course.first != NEVER]
    if not courses:
        return words("index_plot.finding_never", n=data["partnership"].nunique())
    firsts = [course.first for course in courses]
    level = max(sorted(set(firsts)), key=firsts.count)
    members = [course for course in courses if course.first == level]
    stage = str(data["stage"].cat.categories[level])
    up = sum(course.levels[-1] > level for course in members)
    values = {"count": len(members), "all": len(courses), "stage": labels.get(stage, stage)}
    return words("index_plot.finding_one" if len(courses) == 1 else "index_plot.finding", n=up, **values)


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return the long description: the finding, and how many began at each stage."""
    sentence = finding(data, words=words, labels=labels)
    if data.empty or is_order(data["start"]):
        return sentence
    courses = _sorted(data)
    stages = [str(stage) for stage in data["stage"].cat.categories]
    names = {level: labels.get(stage, stage) for level, stage in enumerate(stages)} | {NEVER: words("index_plot.never")}
    counts = {level: sum(course.first == level for course in courses) for level in names}
    parts = [f"{names[level]} {words.number(count)}" for level, count in counts.items() if count]
    return words("index_plot.alt", n=len(courses), finding=sentence, parts=words.listed(parts))
