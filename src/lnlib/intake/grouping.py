"""Which columns of a table are read, alone, combined, or paired as rounds; which are left out by rule, and which are not read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from lnlib.intake.cell_words import answer, folded_words, is_blank, is_ticked, ticked_on
from lnlib.intake.grids import column_letters
from lnlib.intake.headers import DATED, SHEET, Meaning, column_of, meaning, names_only_round, read_period
from lnlib.intake.mapping import MappingFile
from lnlib.intake.sides import fill_sides
from lnlib.intake.tables import Headed, is_counter, is_option, is_system
from lnlib.intake.two_digit_years import has_short_year
from lnlib.reference import vocabulary
from lnlib.reference.dates import PartialDate
from lnlib.reference.scales import folded
from lnlib.register.problems import shortened

_CLOCK = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")


def settle_columns(table: Headed, mapping: MappingFile) -> None:
    """Settle what each column of a table is read as, and list what was assumed of columns and what is not read."""
    _drop_interview_times(table)
    _check_options(table, mapping)
    _check_dates_of_mechanisms(table)
    _tick_words(table)
    _name_rounds(table)
    _join_dates(table)
    _leave_without_stage(table)
    _group_columns(table)
    _remark_columns(table, mapping)
    _remark_merged(table)
    _remark_hidden(table)
    fill_sides(table, mapping)


def _drop_interview_times(table: Headed) -> None:
    # survey tools call the times of the interview start and end, as a partnership's dates are called
    if not table.survey:
        return
    for at, what in enumerate(table.meanings):
        if what is None or what.column not in ("start", "end") or what.how not in ("own", "alias"):
            continue
        cells = table.filled(at)
        clock = bool(cells) and all(_CLOCK.fullmatch(cell) for cell in cells)
        others = [
            m for other, m in enumerate(table.meanings) if other != at and m and m.column == what.column and m.whole
        ]
        if clock or (others and table.headers[at].strip() in ("start", "end")):
            table.left_out[at] = "times of day, those of the interview"
            table.meanings[at] = None


def _check_options(table: Headed, mapping: MappingFile) -> None:
    """Check that the cells of a column headed by a mechanism are yes, no or dates."""
    for at, what in table.of_how("mapping"):
        cells = table.filled(at)
        ticked = what.column == "mechanism" and cells and all(is_ticked(cell) is not None for cell in cells)
        if ticked and (option := meaning(table.headers[at], SHEET)) and option.how == "option":
            table.meanings[at] = option
    for at, what in table.of_how("option date"):
        cells = table.filled(at)
        if cells and all(answer(cell) is not None for cell in cells):
            table.meanings[at] = replace(what, column="mechanism", how="option")  # `MoU signed?`
    dated: dict[str, int] = {}
    for at, what in (*table.of_how("option"), *table.of_how("option date")):
        if what.how == "option date" and what.word in {m.word for _, m in table.of_how("option")}:
            if (first := dated.setdefault(what.word, at)) != at:
                table.meanings[at] = None
                table.unread[at] = f"it gives the date of {what.word} as column {_named(table, first)} does"
            continue
        cells = [mapping.value("mechanism", cell) for cell in table.filled(at)]
        read = sum(
            answer(cell) is not None or bool(_date_in(cell) or ticked_on(cell) or has_short_year(cell))
            for cell in cells
        )
        table.meanings[at] = replace(what, column="mechanism", how="option")  # a date alone is a yes
        if not cells or 2 * read < len(cells):
            table.meanings[at] = None
            if cells:
                table.unread[at] = f"its cells are neither yes or no nor dates of {what.word}"


def _check_dates_of_mechanisms(table: Headed) -> None:
    """Leave the dates of mechanisms unread where no column names these."""
    if any(what and what.whole and what.column == "mechanism" for what in table.meanings):
        return
    for at, what in enumerate(table.meanings):
        if what and what.column in ("mechanism_start", "mechanism_end"):
            table.meanings[at] = None
            table.unread[at] = "no column names the mechanism that it dates"


def _tick_words(table: Headed) -> None:
    """Read columns headed by a sector or function and ticked for the options of a multiple answer."""
    if table.layout not in (SHEET, "partnerships"):
        return
    for column, words in (("sectors", "sector"), ("functions", "function")):
        if any(m and m.column == column for m in table.meanings):
            continue
        for at, header in enumerate(table.headers):
            found = (
                vocabulary.find_word(words, header.strip()) if header.strip() and table.meanings[at] is None else None
            )
            cells = table.filled(at) if found else []
            if found and cells and all(is_ticked(cell) is not None or is_blank(cell) for cell in cells):
                table.meanings[at] = Meaning(column, "part", found[0])


def _name_rounds(table: Headed) -> None:
    """Read a header that is only a round, such as `Baseline`, for the stage of it where a date of the round is beside."""
    dated = {m.round for m in table.meanings if m and m.column == "date" and m.round}
    staged = {m.round for m in table.meanings if m and m.column == "stage"}
    for at, header in enumerate(table.headers):
        label = names_only_round(header) if table.meanings[at] is None else ""
        if label in dated and label not in staged:
            table.meanings[at] = Meaning("stage", "alias", "", label)


def _join_dates(table: Headed) -> None:
    """Join a year and the quarter or month of a column of its own into one date, and let a full date stand for its year."""
    if table.layout not in (SHEET, "assessments"):
        return
    dates = [at for at, m in enumerate(table.meanings) if m and m.column == "date" and m.whole and not m.round]
    names = {at: folded(table.headers[at]) for at in dates}
    years = [at for at in dates if names[at] in folded_words("year")]
    parts = [at for at in dates if names[at] in folded_words("part_of_year")]
    parts = [at for at in parts if not all(map(_date_in, table.filled(at)))]
    if len(years) == 1 and len(parts) == 1:
        year, part = years[0], parts[0]
        for position, (_, cells) in enumerate(table.data):
            if part < len(cells) and year < len(cells) and cells[part].strip() and cells[year].strip():
                _replace(table, position, year, _joined_date(cells[year].strip(), cells[part].strip()))
        table.meanings[part] = Meaning("date", "part of date")
        reason = f"columns {_named(table, year)} and {_named(table, part)} were joined to one date"
        table.problems.append(table.problem("warning", 0, table.headers[year].strip(), "", reason, "", "assessments"))
    else:
        for at in parts:
            table.meanings[at] = None
            table.unread[at] = "no column gives the year of it"
    whole = [at for at in dates if at not in (*years, *parts)]
    if len(years) == 1 and len(whole) == 1:
        for position, (_, cells) in enumerate(table.data):
            if max(years[0], whole[0]) < len(cells) and _within(cells[whole[0]], cells[years[0]]):
                _replace(table, position, years[0], cells[whole[0]])


def _replace(table: Headed, position: int, at: int, text: str) -> None:
    number, cells = table.data[position]
    table.data[position] = (number, [*cells[:at], text, *cells[at + 1 :]])


def _joined_date(year: str, part: str) -> str:
    """Return a date of a year and a quarter, half or month.

    >>> _joined_date("2011", "Q3"), _joined_date("2011", "5"), _joined_date("2011", "March")
    ('Q3 2011', '2011-05', 'March 2011')
    """
    number = re.fullmatch(r"(\d{1,2})(?:\.0)?", part)
    return f"{year.removesuffix('.0')}-{int(number[1]):02d}" if number else f"{part} {year.removesuffix('.0')}"


def _within(date: str, year: str) -> bool:
    """Return whether a date lies in a year, or in a part of it, of another column."""
    one, other = PartialDate.find(date), PartialDate.find(year)
    return one is not None and other is not None and other.first <= one.first and one.last <= other.last


def _leave_without_stage(table: Headed) -> None:
    """Leave unread what describes assessments where no column gives a stage."""
    if table.layout != SHEET or any(m and (m.column == "stage" or m.how == "of period") for m in table.meanings):
        return
    for at, what in enumerate(table.meanings):
        if what and what.column in ("date", "rated_by", "evidence") and table.filled(at):
            table.meanings[at] = None
            table.unread[at] = "no column gives the stage of an assessment that it could belong to"


def _date_in(cell: str) -> str:
    return read_period(cell) if re.search(r"\d{4}|[០-៩]{4}", cell) else ""


def _group_columns(table: Headed) -> None:
    """Sort the columns of one meaning: rounds side by side are paired, all others are combined."""
    positions: dict[str, list[int]] = {}
    for at, what in enumerate(table.meanings):
        if what and what.whole:
            positions.setdefault(what.column, []).append(at)
    stages = positions.get("stage", [])
    if len(stages) > 1 and table.layout in (SHEET, "assessments"):
        _pair_rounds(table, positions)
    elif table.layout in (SHEET, "assessments"):
        _leave_rounds(table, positions)
    periods: dict[str, int] = {}
    for at, what in table.of_how("period"):
        if (first := periods.setdefault(what.word, at)) != at:
            table.unread[at] = f"it means {what.word} as column {_named(table, first)} does"
            table.meanings[at] = None
    table.columns = {column: tuple(at) for column, at in positions.items() if at}
    for column, several in table.columns.items():
        if len(several) > 1:
            names = " and ".join(_named(table, at) for at in several)
            reason = f"columns {names} all mean {column}; combined, and rows in which they differ are refused"
            if (declared := column_of(column)) and (declared.holds in ("text", "words") or column == "mechanism"):
                reason = f"columns {names} all mean {column}; what they hold was joined"
            table.problems.append(table.problem("warning", 0, table.headers[several[0]].strip(), "", reason))


def _named(table: Headed, at: int) -> str:
    header = table.headers[at].strip()
    return f"'{shortened(header)}' ({column_letters(at)})" if header else column_letters(at)


def _pair_rounds(table: Headed, positions: dict[str, list[int]]) -> None:
    """Move the columns of rounds of assessment from `positions` to the rounds they belong to."""
    label = {at: table.meanings[at].round for several in positions.values() for at in several}  # type: ignore[union-attr]
    stages = positions["stage"]
    labels = [label[at] for at in stages]
    rounds: list[dict[str, tuple[int, ...]]]
    if len(set(labels)) == len(labels):
        rounds = [{"stage": (at,)} for at in stages]
        for column in DATED[:1] + DATED[2:]:
            own = [at for at in positions.get(column, []) if label[at] in labels]
            if not own or ({label[at] for at in own} == {""} and len(own) == 1 and column != "date"):
                continue  # one column for all rounds
            if {label[at] for at in own} == {""}:
                continue
            for at in own:
                rounds[labels.index(label[at])].setdefault(column, (at,))
                positions[column].remove(at)
    elif any(labels):
        return  # named apart in part: combined or refused
    else:
        paired = [c for c in DATED if c != "stage" and len(positions.get(c, [])) == len(stages)]
        if "date" not in paired:
            return
        rounds = [{"stage": (at,), **{c: (positions[c][n],) for c in paired}} for n, at in enumerate(stages)]
        for column in paired:
            positions[column] = []
    positions["stage"] = []
    table.rounds = rounds
    for column in DATED:
        for at in list(positions.get(column, [])):
            if label[at] and label[at] not in labels:
                table.unread[at] = f"no column of stages belongs to its round, {label[at]}"
                table.meanings[at] = None
                positions[column].remove(at)
    pairs = "; ".join(" with ".join(_named(table, at) for (at,) in one.values()) for one in rounds)
    reason = f"{len(rounds)} rounds of assessment stand side by side; paired as {pairs}"
    table.problems.append(table.problem("warning", 0, table.headers[stages[0]].strip(), "", reason, "", "assessments"))


def _leave_rounds(table: Headed, positions: dict[str, list[int]]) -> None:
    """Leave unread what belongs to rounds of which no column holds the stage: combined, they would only differ."""
    staged = {table.meanings[at].round for at in positions.get("stage", [])}  # type: ignore[union-attr]
    for column in DATED:
        rounds = {at: table.meanings[at].round for at in positions.get(column, [])}  # type: ignore[union-attr]
        if column == "stage" or len(set(rounds.values())) < 2:
            continue
        for at, label in rounds.items():
            if label and label not in staged:
                table.unread[at] = f"no column of stages belongs to its round, {label}"
                table.meanings[at] = None
                positions[column].remove(at)


def _remark_columns(table: Headed, mapping: MappingFile) -> None:
    """List each column that is not read or is left out, and what the others were read as."""
    for at, what in enumerate(table.meanings):
        header = table.headers[at].strip()
        if what:
            if what.how in ("alias", "tag", "option", "option date"):
                ours = f"{what.column} {what.word}".strip()
                reason = f"column '{shortened(header)}' read as {ours}" + f", round {what.round}" * bool(what.round)
                table.problems.append(table.problem("warning", 0, shortened(header), "", reason))
            continue
        cells = table.filled(at)
        if not cells:
            continue
        if at not in table.unread and at not in table.left_out:
            _settle_unread(table, at, header, cells, mapping)
        if at in table.unread:
            reason = not_read(header, len(cells), table.unread[at], column_letters(at))
            table.problems.append(table.problem("unread", 0, header or column_letters(at), "", reason))


def _settle_unread(table: Headed, at: int, header: str, cells: list[str], mapping: MappingFile) -> None:
    declared = mapping.column(header, table.grid.title) if header else None
    if declared is None and is_option(header, table.headers):  # what is declared of the question holds for its options
        declared = mapping.column(header.rpartition("/")[0], table.grid.title)
    if declared == ("", ""):
        table.left_out[at] = "by the mapping"
    elif declared:
        table.unread[at] = f"{_LAYOUT_WORDS.get(table.layout, table.layout)} has no column {declared[0]}"
    elif at == table.status:
        table.left_out[at] = "the review status of submissions"
        for state, count in table.unknown_states().items():
            rows = f"{count:,} row{'s' * (count > 1)}"
            reason = (
                f"review status '{shortened(state)}' of {rows} says neither approved nor rejected; read like the rest"
            )
            table.problems.append(table.problem("warning", 0, header, shortened(state), reason))
    elif table.survey and is_system(header):
        table.left_out[at] = "added by the survey tool"
    elif is_counter(header) and _counts(cells):
        table.left_out[at] = "a row counter"
    elif not header and all(is_blank(cell) for cell in cells):
        table.left_out[at] = "it has no header and only stands for empty"
    else:
        table.unread[at] = ""


_LAYOUT_WORDS = {SHEET: "a sheet with one row per partnership"}


def _counts(cells: Sequence[str]) -> bool:
    numbers = [
        int(cell.removesuffix(".").removesuffix(".0")) for cell in cells if re.fullmatch(r"\d{1,7}(\.0?)?", cell)
    ]
    return 2 * len(numbers) > len(cells) and all(one < two for one, two in pairwise(numbers))


def not_read(header: str, held: int, why: str = "", letters: str = "") -> str:
    """Return the message that a column which holds so many cells was not read.

    >>> not_read("Budget", 1)
    "column 'Budget' is not recognised; its 1 cell was not read; name it in a mapping (columns)"
    """
    cells = f"{held:,} cells were" if held > 1 else "1 cell was"
    name = f"column '{shortened(header)}'" if header else f"column {letters}, which has no header,"
    reason = f"{name} was not read: {why}" if why else f"{name} is not recognised"
    return f"{reason}; its {cells} not read; name it in a mapping (columns)"


def _remark_merged(table: Headed) -> None:
    if not table.grid.merges:
        return
    taken = dict(table.data)
    for m in table.grid.merges:
        what = table.meanings[m.left] if m.left < len(table.meanings) else None
        if what and m.bottom > m.top and (first := taken.get(m.top)) and m.left < len(first) and first[m.left]:
            value = shortened(first[m.left])
            reason = f"{what.column} of merged cells {m.name} read for each of their rows"
            table.problems.append(table.problem("warning", m.top, table.headers[m.left], value, reason))


def _remark_hidden(table: Headed) -> None:
    grid = table.grid
    numbers = [number for number, _ in table.data if number in grid.hidden_rows]
    names = [_named(table, at) for at in sorted(grid.hidden_columns) if at < len(table.meanings) and table.meanings[at]]
    parts = ["the sheet is hidden"] * grid.hidden
    if numbers:
        rows = ", ".join(str(number) for number in numbers[:10]) + ", …" * (len(numbers) > 10)
        parts.append(f"row {rows} is hidden" if len(numbers) == 1 else f"{len(numbers):,} rows are hidden ({rows})")
    if names:
        parts.append(f"column {names[0]} is hidden" if len(names) == 1 else f"columns {' and '.join(names)} are hidden")
    if parts:
        reason = f"{'; '.join(parts)}; hidden parts were read like the rest"
        table.problems.append(table.problem("warning", 0, "", "", reason))
