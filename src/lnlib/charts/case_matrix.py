"""Case matrix: what a document says of each case on every criterion, coloured by the stage that it points to."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.fast_axes import Box
from lnlib.charts.canvas.line_breaks import shown, words_of
from lnlib.charts.canvas.page_rows import page_room, rows_that_fit
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_foot, write_lines
from lnlib.charts.style.house_style import POINT_MM
from lnlib.charts.style.states import require_columns, state_styles, swatch_style
from lnlib.charts.style.stepped_heads import stepped, stepped_mm, write_stepped
from lnlib.words import Words

COLUMNS = ("partnership", "label", "place", "what", "number", "stage", "criterion", "detail")
LABEL_MM, MECHANISM_MM, CELL_MM = 37.0, 24.0, 13.0
GAP_MM, INSET_MM = 0.8, 0.7
ROW_GAP_MM = {"column": 1.4, "two-columns": 2.2}
Cells = dict[str, list[tuple[str, str]]]  # by criterion: the cues, each with the stage that it points to


@dataclass(frozen=True)
class Case:
    """A case: its assessments in order, each with its stage, its cues by criterion and the mechanisms told with it."""

    key: str
    label: str
    place: str
    stages: list[str]
    cues: list[Cells]
    mechanisms: list[list[str]]


@dataclass(frozen=True)
class Columns:
    """Left edges and widths of the columns in mm: stage, criteria, mechanisms; `label` is the room of a label."""

    label: float
    stage: tuple[float, float]
    criteria: list[tuple[float, float]]
    mechanisms: tuple[float, float]
    wordy: bool  # whether cells hold the words of their cues
    lettered: bool  # whether mechanisms are letters, which the key names


@dataclass(frozen=True)
class Row:
    """The words of a case in lines, and the heights that it takes in mm."""

    case: Case
    label: list[str]
    place: list[str]
    cells: list[list[list[str]]]  # assessment × criterion × lines
    mechanisms: list[list[str]]  # assessment × lines
    lift: float  # above the cells, for the label on a narrow sheet
    strips: list[float]  # height of the cells of each assessment
    steps: list[float]  # from the top of each assessment to that of the next
    height: float


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str]) -> Figure:
    """Draw a row for each case and a column for each criterion of the scale.

    A case that was assessed several times has a strip for each assessment, the first at the top, and beside it the
    mechanisms told with it. Cells hold the words of their cues where there is room for them; where the cases would not
    fit on a page, they are colours. A criterion without a cue has no column; a note names it.

    Parameters
    ----------
    data : DataFrame
        Columns `partnership`, `label`, `place`, `what` (`assessment`, `cue`, `mechanism`, or `case`), `number` (of the
        assessment; of the one that a mechanism is told with, NA: the first), `stage` (ordered categorical), `criterion` (ordered categorical), `detail` (the cue or the kind of
        mechanism).
    """
    require_columns(data, COLUMNS, chart="case_matrix")
    cases = _cases(data)
    if not cases or not (data["what"] == "cue").any():
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    words, inner = sheet.words, sheet.inner_mm
    criteria = _documented(data)
    entries = state_styles([str(stage) for stage in data["stage"].cat.categories], labels, sheet)
    used = set(data.loc[data["what"].isin(["assessment", "cue"]), "stage"].dropna().astype(str))
    key = [entry for state, entry in entries.items() if state in used]
    names = [_named("criterion", name, words) for name in criteria]
    kinds = {kind for case in cases for kinds in case.mechanisms for kind in kinds}
    marks = [
        Entry(words(f"mechanism.{kind}"), mark=words(f"paths.letters.{kind}"))
        for kind in words.entries["mechanism"]
        if kind in kinds
    ]
    left = sheet.wrapped(_foot(data, len(cases) - 1, len(cases), words), inner, role="note")
    stage = max(sheet.text_mm(entry.label) for entry in key) + sheet.points() * POINT_MM + 3.0
    for wordy in (True, False):
        columns = _columns(cases, criteria, names, sheet, stage, wordy=wordy)
        rows = [_row(case, criteria, columns, sheet, entries) for case in cases]
        heads = _heads(names, columns, sheet)
        head_mm = stepped_mm(heads, sheet) + 0.4 * sheet.line_mm()
        keys = [(part, sheet.key_mm(part, inner)) for part in ([key, marks] if columns.lettered else [key])]
        key_mm = sum(mm for _, mm in keys) + 2.0
        room = page_room(sheet) - key_mm - head_mm - (len(left) + 0.4) * sheet.line_mm("note")
        drawn = rows_that_fit([row.height for row in rows], room)
        if drawn == len(rows):
            break
    foot = sheet.wrapped(_foot(data, drawn, len(cases), words), inner, role="note")
    foot_mm = (len(foot) + 0.4) * sheet.line_mm("note")
    sheet.open(key_mm + head_mm + sum(row.height for row in rows[:drawn]) + foot_mm)
    ax = sheet.axes(left=0, right=0, bare=True)
    y = ax.get_ylim()[1]
    for part, mm in keys:
        sheet.key(ax, part, y=y - 0.3, width_mm=inner)
        y -= mm
    y -= 2.0 + head_mm
    _write_heads(ax, heads, columns, y, sheet)
    for row in rows[:drawn]:
        ax.plot([0, inner], [y, y], color=sheet.theme.rule, linewidth=0.4)
        _draw_row(ax, row, criteria, columns, y - sheet.of_width(ROW_GAP_MM) / 2, entries, sheet)
        y -= row.height
    ax.plot([0, inner], [y, y], color=sheet.theme.rule, linewidth=0.4)
    write_foot(ax, foot, sheet)
    return sheet.figure


def _criteria(data: pd.DataFrame) -> list[str]:
    return [str(criterion) for criterion in data["criterion"].cat.categories]


def _documented(data: pd.DataFrame) -> list[str]:
    """Return the criteria on which there is a cue of a case that was assessed."""
    found = {name for case in _cases(data) for cells in case.cues for name in cells}
    return [name for name in _criteria(data) if name in found]


def _cases(data: pd.DataFrame) -> list[Case]:
    """Return the cases that were assessed, in their order."""
    result = []
    for key, rows in data.groupby("partnership", sort=False, observed=True):
        assessed = rows[rows["what"] == "assessment"].sort_values("number")
        if assessed.empty:
            continue
        cues: list[Cells] = []
        for number in assessed["number"]:
            cells: Cells = {}
            for cue in rows[(rows["what"] == "cue") & (rows["number"] == number)].itertuples():
                stage = "" if pd.isna(cue.stage) else str(cue.stage)
                cells.setdefault(str(cue.criterion), []).append((str(cue.detail), stage))
            cues.append(cells)
        recorded = rows[rows["what"] == "mechanism"]
        first = assessed["number"].iloc[0]
        kinds = [
            list(dict.fromkeys(recorded.loc[recorded["number"].fillna(first) == number, "detail"].astype(str)))
            for number in assessed["number"]
        ]
        stages = [str(stage) for stage in assessed["stage"]]
        label, place = str(rows["label"].iloc[0]), str(rows["place"].iloc[0])
        result.append(Case(str(key), label, place, stages, cues, kinds))
    return result


def _named(group: str, name: str, words: Words) -> str:
    """Return what a declared criterion is called; one that the catalogue does not know, as declared."""
    return words.group(group).get(name, name)


def _longest(text: str, sheet: Sheet) -> float:
    """Return the width in mm of the longest part that cannot be broken."""
    return max((sheet.text_mm(shown(part).strip()) for part in words_of(text)), default=0.0)


def _columns(
    cases: list[Case], criteria: list[str], names: list[str], sheet: Sheet, stage: float, *, wordy: bool
) -> Columns:
    """Return where the columns stand; on a narrow sheet the labels stand above the rows."""
    inner, lettered = sheet.inner_mm, sheet.narrow or not wordy
    letters = [sheet.text_mm(_letters(kinds, sheet.words)) for case in cases for kinds in case.mechanisms]
    last = max(letters) + 1.5 if lettered else MECHANISM_MM
    left = 0.0 if sheet.narrow else LABEL_MM if wordy else inner - stage - last - CELL_MM * len(criteria)
    room = inner - left - stage - last
    widths = [room / len(criteria)] * len(criteria)
    if wordy:  # enough for the longest word of each, and the rest shared out
        texts = [[cue for case in cases for cues in case.cues for cue, _ in cues.get(name, [])] for name in criteria]
        own = [max((_longest(cue, sheet) for cue in cues), default=0.0) + 2 * _inset(sheet) + 0.01 for cues in texts]
        heads = [_longest(name, sheet) + 0.01 for name in names]
        least = [GAP_MM + max(pair) for pair in zip(own, heads, strict=True)]
        if sum(least) > room:  # the heads lie in steps
            low = 1.5 * sheet.line_mm()
            least = [GAP_MM + max(cue, low) for cue in own]
            for widest in sorted(range(len(own)), key=own.__getitem__, reverse=True):
                if sum(least) > room:  # its cells are left without words
                    least[widest] = GAP_MM + low
        spare = room - sum(least)
        widths = [width + spare / len(least) if spare > 0 else width * room / sum(least) for width in least]
    cells = [(left + stage + sum(widths[:place]), width) for place, width in enumerate(widths)]
    return Columns(left - 2.5 if left else inner, (left, stage), cells, (inner - last, last), wordy, lettered)


def _lefts(columns: Columns) -> list[float]:
    return [left for left, _ in columns.criteria]


def _heads(names: list[str], columns: Columns, sheet: Sheet) -> list[tuple[int, list[str]]]:
    """Return the lines above each criterion, and how many lie under them: none but where there is no room for them."""
    widths = [width - GAP_MM for _, width in columns.criteria]
    if any(_longest(name, sheet) > width for name, width in zip(names, widths, strict=True)):
        return stepped(names, _lefts(columns), sheet)
    return [(0, sheet.wrapped(name, width)) for name, width in zip(names, widths, strict=True)]


def _row(case: Case, criteria: list[str], columns: Columns, sheet: Sheet, entries: dict[str, Entry]) -> Row:
    """Break the words of a case into lines."""
    line, words = sheet.line_mm(), sheet.words
    label = sheet.wrapped(case.label, columns.label)
    place = [] if case.place in case.label else sheet.wrapped(case.place, columns.label)
    wide = columns.mechanisms[1] - 1.0
    if columns.lettered:
        mechanisms = [[letters] if (letters := _letters(kinds, words)) else [] for kinds in case.mechanisms]
    else:
        mechanisms = [
            [part for kind in kinds for part in sheet.wrapped(words(f"mechanism.{kind}"), wide)]
            for kinds in case.mechanisms
        ]
    stage_mm = columns.stage[1] - sheet.points() * POINT_MM - 2.0
    cells, strips, steps = [], [], []
    for stage, cues, named in zip(case.stages, case.cues, mechanisms, strict=True):
        lines = [
            _cell_lines(cues.get(name, []), width - GAP_MM - 2 * _inset(sheet), sheet) if columns.wordy else []
            for name, (_, width) in zip(criteria, columns.criteria, strict=True)
        ]
        cells.append(lines)
        most = max([len(sheet.wrapped(entries[stage].label, stage_mm)), *map(len, lines)])
        strips.append(most * line + 2 * _inset(sheet) + GAP_MM)
        steps.append(max(strips[-1], len(named) * line + _inset(sheet)))
    above = len(label) + (0 if _beside(label, place, columns, sheet) else len(place))
    lift, beside = (above * line + 0.4, 0) if sheet.narrow else (0.0, above)
    height = max(sum(steps), beside * line + _inset(sheet))
    return Row(case, label, place, cells, mechanisms, lift, strips, steps, lift + height + sheet.of_width(ROW_GAP_MM))


def _letters(kinds: list[str], words: Words) -> str:
    return " ".join(words(f"paths.letters.{kind}") for kind in kinds)


def _inset(sheet: Sheet) -> float:
    """Return the margin around the words of a cell."""
    return INSET_MM / 2 if sheet.narrow else INSET_MM


def _cell_lines(cues: list[tuple[str, str]], width: float, sheet: Sheet) -> list[str]:
    """Return the lines of the cues of a cell; none where a word is wider than the cell, which then is its colour."""
    if any(_longest(cue, sheet) > width for cue, _ in cues):
        return []
    return [part for cue, _ in cues for part in sheet.wrapped(cue, width)]


def _beside(label: list[str], place: list[str], columns: Columns, sheet: Sheet) -> bool:
    """Return whether the place has room after the last line of the label."""
    return sheet.text_mm(label[-1]) + sheet.text_mm(" ".join(place)) + 2.0 < columns.label


def _write_heads(ax: Axes, heads: list[tuple[int, list[str]]], columns: Columns, y: float, sheet: Sheet) -> None:
    line, words = sheet.line_mm(), sheet.words
    write_stepped(ax, heads, _lefts(columns), y + 0.2 * line, sheet)
    write(ax, columns.stage[0], y + 0.7 * line, words("case_matrix.stage"), sheet, weight="bold")
    if not columns.lettered:
        write(ax, columns.mechanisms[0] + 1.0, y + 0.7 * line, words("case_matrix.mechanisms"), sheet)


def _draw_row(
    ax: Axes, row: Row, criteria: list[str], columns: Columns, top: float, entries: dict[str, Entry], sheet: Sheet
) -> None:
    line, size = sheet.line_mm(), sheet.points() * POINT_MM
    write_lines(ax, 0, top, row.label, sheet)
    if _beside(row.label, row.place, columns, sheet):
        x = sheet.text_mm(row.label[-1]) + 2.0
        write(ax, x, top - (len(row.label) - 0.5) * line, " ".join(row.place), sheet, color=sheet.theme.faint)
    else:
        write_lines(ax, 0, top - len(row.label) * line, row.place, sheet, color=sheet.theme.faint)
    top -= row.lift
    strips = zip(row.case.stages, row.case.cues, row.cells, row.mechanisms, row.strips, row.steps, strict=True)
    for stage, cues, lines, beside, strip, step in strips:
        write_lines(ax, columns.mechanisms[0] + 1.0, top - _inset(sheet), beside, sheet)
        entry = entries[stage]
        low = top - _inset(sheet) - line / 2 - size / 2
        ax.add_patch(
            Box((columns.stage[0], low), size, size, gid=f"stage {row.case.key}", **swatch_style(entry, sheet))
        )
        named = sheet.wrapped(entry.label, columns.stage[1] - size - 2.0)
        write_lines(ax, columns.stage[0] + size + 1.0, top - _inset(sheet), named, sheet)
        for name, (left, width), text in zip(criteria, columns.criteria, lines, strict=True):
            corner, box = (left, top - strip + GAP_MM), (width - GAP_MM, strip - GAP_MM)
            _cell(ax, cues.get(name, []), corner, box, text, entries, sheet, gid=f"{row.case.key} {name}")
        top -= step


def _cell(  # noqa: PLR0913 - what one part of the chart is drawn from
    ax: Axes,
    cues: list[tuple[str, str]],
    corner: tuple[float, float],
    size: tuple[float, float],
    lines: list[str],
    entries: dict[str, Entry],
    sheet: Sheet,
    *,
    gid: str,
) -> None:
    """Draw one cell: a part for each cue, or an outline where the document says nothing."""
    (x, y), (width, height) = corner, size
    if not cues:
        ax.add_patch(Box(corner, width, height, facecolor="none", edgecolor=sheet.theme.not_assessed, linewidth=0.5))
        return
    part = width / len(cues)
    for place, (_, stage) in enumerate(cues):
        style = swatch_style(entries[stage] if stage else Entry("", sheet.theme.not_assessed), sheet)
        ax.add_patch(Box((x + place * part, y), part, height, gid=f"{gid} {stage}".rstrip(), **style))
    ground = entries[cues[0][1]].colour if cues[0][1] else sheet.theme.not_assessed
    write_lines(ax, x + _inset(sheet), y + height - _inset(sheet), lines, sheet, color=sheet.theme.over(ground))


def _foot(data: pd.DataFrame, drawn: int, every: int, words: Words) -> str:
    """Write how to read the cells, and which cases are not drawn."""
    sentences = [words("case_matrix.foot")]
    documented = _documented(data)
    names = [_named("criterion_in_sentence", name, words) for name in _criteria(data) if name not in documented]
    if names:
        sentences.append(words("case_matrix.foot_untold", criteria=words.listed(names)))
    if drawn < every:
        sentences.append(words("case_matrix.foot_more", n=every - drawn, drawn=drawn, all=every))
    if (never := data["partnership"].nunique() - every) > 0:
        sentences.append(words("case_matrix.foot_unassessed", n=never))
    return " ".join(sentences)


def _moves(cases: list[Case], data: pd.DataFrame) -> tuple[int, int]:
    """Count the cases whose last stage is above, and below, their first."""
    level = {str(stage): place for place, stage in enumerate(data["stage"].cat.categories)}
    steps = [level[case.stages[-1]] - level[case.stages[0]] for case in cases]
    return sum(step > 0 for step in steps), sum(step < 0 for step in steps)


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:  # noqa: ARG001 - as every chart's
    """Return how many cases moved, and the criteria on which the document says most."""
    cases = _cases(data) if len(data) else []
    if not cases:
        return words("case_matrix.finding_none")
    up, down = _moves(cases, data)
    moves = [words("case_matrix.up", n=up)] + ([words("case_matrix.down", n=down)] if down else [])
    if all(len(case.stages) == 1 for case in cases):
        moves = [words("case_matrix.once", n=len(cases))]
    times = {name: sum(any(name in cues for cues in case.cues) for case in cases) for name in _criteria(data)}
    most = max(times.values(), default=0)
    if not most:
        return words("case_matrix.finding_untold", n=len(cases), moves=words.listed(moves))
    names = [_named("criterion_in_sentence", name, words) for name, count in times.items() if count == most]
    values = {
        "criteria": words.listed(names),
        "most": words("case_matrix.most_each" if len(names) > 1 else "case_matrix.most", n=most),
        "moves": words.listed(moves),
    }
    return words("case_matrix.finding", n=len(cases), **values)


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return the long description: the finding, and the stages, cues and mechanisms of each case."""
    cases = _cases(data) if len(data) else []
    if not cases:
        return finding(data, words=words, labels=labels)
    names = words.group("criterion_in_sentence")
    points = []
    for case in cases:
        path = words("paths.then").join(labels.get(stage, stage) for stage in dict.fromkeys(case.stages))
        cues = [
            words(
                "case_matrix.alt_cue", criterion=names.get(criterion, criterion), cue=cue, stage=labels.get(stage, "–")
            )
            for cells in case.cues
            for criterion, cell in cells.items()
            for cue, stage in cell
        ]
        kinds = [
            words(f"mechanism.{kind}") for kind in dict.fromkeys(kind for kinds in case.mechanisms for kind in kinds)
        ]
        values = {
            "cues": "; ".join(cues) or words("paths.none"),
            "mechanisms": words.listed(kinds) or words("paths.none"),
        }
        points.append(words("case_matrix.alt_case", label=case.label, path=path, **values))
    return words(
        "case_matrix.alt", finding=finding(data, words=words, labels=labels), n=len(cases), cases=" ".join(points)
    )
