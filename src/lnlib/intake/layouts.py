"""Where the header of a sheet stands, what layout it is, where tables beside or below each other part, and which rows are data."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from lnlib.errors import RegisterError
from lnlib.intake.cell_words import is_blank, is_lasting, is_note, is_total
from lnlib.intake.grids import MOST_CELLS, MOST_COLUMNS, Fault, Grid, column_letters, width_of
from lnlib.intake.grouping import settle_columns
from lnlib.intake.headers import (
    BOTH_SIDES,
    DATED,
    LAYOUTS,
    SHEET,
    Meaning,
    column_of,
    meaning,
    meaning_of_tag,
    names_of,
    names_only_round,
    period_in,
    read_period,
    round_of,
)
from lnlib.intake.mapping import SKIP, TITLE, MappingFile
from lnlib.intake.sides import SIDES
from lnlib.intake.tables import INDEXES, PARENTS, Headed, is_system, means
from lnlib.reference import vocabulary
from lnlib.reference.places import Places
from lnlib.reference.scales import folded
from lnlib.register.problems import shortened
from lnlib.register.schema import TABLES, Column

LONGEST_SHEET = 31  # characters of a sheet's name in a spreadsheet
LOOKED_AT = 40  # rows among which a header is looked for
EXAMPLE = "#example"  # begins the row of a template that is not read
_HXL = re.compile(r"#[a-z][a-z0-9_]*(\s*\+\s*[a-z][a-z0-9_]*)*", re.IGNORECASE)
_PROVINCE = re.compile(r"^(province|ខេត្ត)\s*(of)?\s*[:.-]?\s*|\s*\b(province|ខេត្ត)$", re.IGNORECASE)
_NUMBER = re.compile(r"^(\(?\d{1,2}[.)]|[IVX]{1,4}[.)]|[A-Z][.)])\s*")  # before a heading
_COUNT = re.compile(
    r"\s*(?:[(\[][^()\[\]]*\d[^()\[\]]*[)\]]|[:–-]\s*\d{1,3}(?:\s+[a-z]+)?)\s*$", re.IGNORECASE
)  # `(2 partners)`
_HEADS_PERIOD = re.compile(r"(year|period|round|quarter|ឆ្នាំ)?\W*\S*\s*\S*\d{4}\W*", re.IGNORECASE)
_BESIDE = frozenset(("non_state", "partnership"))  # columns that begin another table where they stand again beside it
_OF_MECHANISMS = frozenset(("mechanism", "mechanism_start", "mechanism_end", "start", "end", "date", "source", "note"))
# where a sheet with one row per partnership has one of these, its dates are not those of a list of mechanisms
_OF_PARTNERSHIPS = frozenset(("stage", "sectors", "functions", "end_reason", "rated_by", "evidence"))
# a sheet that is named as the bare table and has one of these is a sheet with one row per partnership
_OF_SHEETS = frozenset(("stage", "mechanism", "rated_by", "non_state_kind", "state_kind"))
_DATES_OF_MECHANISMS = {"start": "mechanism_start", "date": "mechanism_start", "end": "mechanism_end"}


def split(grid: Grid, mapping: MappingFile, places: Places) -> list[Grid]:
    """Return the tables that stand one below or beside the other on a sheet.

    A row is the header of another table where most of its cells are known headers, and it is not the header above again
    or has a title of its own; or where it stands after a gap and fits none of the columns above it. A table beside
    another has an empty column before it, and names its partners again or is a list of its own.
    """
    if len(grid.cells) < 2 or mapping.layout(grid.title) == SKIP:
        return [grid]
    starts, seen, last = [0], frozenset[str](), [""]
    for at, (before, cells) in enumerate(zip([[""], *grid.cells], grid.cells, strict=False)):
        filled = [name for cell in cells if (name := cell.strip()) and not is_system(name)]
        gap = bool(at) and (grid.rows[at] - grid.rows[at - 1] > 1 or width_of(before) < 2)
        looked_at = at < LOOKED_AT and not seen
        if len(filled) < 2 or not (gap or looked_at or sum(cell in seen for cell in filled) > 1):
            continue
        known = max(_score(_meanings_of(cells, [], layout, mapping, grid.title)) for layout in LAYOUTS)
        fewest = 2 if gap and seen and len(filled) == 2 else 3
        foreign = known < fewest or known < 0.6 * len(filled)
        if foreign and not (gap and seen and _heads_another(grid, at, last, mapping, places)):
            continue
        names = [cell.strip() for cell in cells]
        first = at
        while first > starts[-1] + 1 and (title := _alone(grid.cells[first - 1])) and not is_note(title):
            first -= 1
        if seen and (names != last or first < at):
            starts.append(first)
        seen, last = frozenset(filled), names
    below = [grid.between(first, end) for first, end in pairwise([*starts, len(grid.cells)])]
    return [part for one in below for part in _beside(one, mapping)]


def _heads_another(grid: Grid, at: int, header: list[str], mapping: MappingFile, places: Places) -> bool:
    """Return whether a row after a gap is the header of a table that is not known: words, none of which fits its column.

    Two columns of dates or provinces are enough to tell; a row of data fits one of them. So is a block of rows that fills
    none of these columns, nor one of stages.
    """
    cells = grid.cells[at]
    end = at + 1
    while end < len(grid.cells) and grid.rows[end] - grid.rows[end - 1] == 1 and width_of(grid.cells[end]) > 1:
        end += 1
    if end - at < 2 or any(re.search(r"\d", cell) for cell in cells):
        return False
    meanings = _meanings_of(header, [], SHEET, mapping, grid.title)
    telling = [n for n, m in enumerate(meanings) if m and (m.column in ("stage", "province", *_DATES_OF_MECHANISMS))]
    filled = [any(n < len(row) and row[n].strip() for n in telling) for row in grid.cells[at - 1 : end]]
    if telling and not any(filled[1:]):
        return not any(is_total(cell) for row in grid.cells[at:end] for cell in row if cell.strip())
    unfitting = 0
    for cell, known in zip(cells, meanings, strict=False):
        declared = column_of(known.column) if known and known.whole else None
        if declared is None or declared.holds not in ("date", "province", "word") or not cell.strip():
            continue
        if is_blank(cell) or is_lasting(cell) or _fits(declared, cell.strip(), mapping, places):
            return False
        unfitting += 1
    return unfitting > 1


def _fits(column: Column, cell: str, mapping: MappingFile, places: Places) -> bool:
    """Return whether a cell without digits is a value of a column of provinces or words; dates have digits."""
    value = mapping.value(column.name, cell)
    if column.holds == "province":
        return bool(_province_of(value, places))
    return column.holds == "word" and vocabulary.find_word(column.vocabulary, value) is not None


def _beside(grid: Grid, mapping: MappingFile) -> list[Grid]:
    """Return the tables that stand side by side, each with its cells where they are."""
    empty = _empty_columns(grid)
    if not empty:
        return [grid]
    header = max(
        grid.cells[:LOOKED_AT],
        key=lambda cells: _score(_meanings_of(cells, [], SHEET, mapping, grid.title)),
        default=[],
    )
    meanings = _meanings_of(header, [], SHEET, mapping, grid.title)
    seen: set[str] = set()
    starts = [0]
    for first, end in pairwise([*[at + 1 for at in empty], len(meanings)]):
        columns = {m.column for m in meanings[first:end] if m and m.whole}
        before = {m.column for m in meanings[starts[-1] : first] if m and m.whole}
        seen |= before
        repeated = bool(columns) and columns <= seen - {*DATED}
        if columns & seen & _BESIDE or repeated or _lists_mechanisms(meanings[first:end]):
            starts.append(first)
    width = max(len(cells) for cells in grid.cells)
    return [_columns_of(grid, first, end) for first, end in pairwise([*starts, width])] if len(starts) > 1 else [grid]


def _lists_mechanisms(meanings: Sequence[Meaning | None]) -> bool:
    """Return whether some columns are a list of mechanisms with their dates, and of nothing else."""
    columns = {m.column for m in meanings if m}
    return "mechanism" in columns and len(columns) > 1 and columns <= _OF_MECHANISMS


def _empty_columns(grid: Grid) -> list[int]:
    width = max((len(cells) for cells in grid.cells), default=0)
    held = [False] * width
    for cells in grid.cells:
        for at, cell in enumerate(cells):
            if cell and not held[at] and not cell.isspace():
                held[at] = True
        if all(held):
            return []
    return [at for at, some in enumerate(held) if not some and any(held[:at])]


def _columns_of(grid: Grid, first: int, end: int) -> Grid:
    kept = [
        (row, [""] * first + cells[first:end])
        for row, cells in zip(grid.rows, grid.cells, strict=True)
        if any(cell.strip() for cell in cells[first:end])
    ]
    letters = f"{column_letters(first)} to {column_letters(end - 1)}"
    part = f"columns {letters}" if end - first > 1 else f"column {column_letters(first)}"
    return replace(grid, rows=[row for row, _ in kept], cells=[cells for _, cells in kept], part=part)


def _alone(cells: Sequence[str]) -> str:
    """Return the only text of a row; empty where there are several or none."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return filled[0] if len(filled) == 1 else ""


def headed(
    grid: Grid, mapping: MappingFile, places: Places, *, actors_known: bool, partners_known: bool = False
) -> Headed | None:
    """Find the header of a grid and what the grid is; None where it is no part of a register.

    Parameters
    ----------
    grid : Grid
        One sheet or CSV, or one of the tables on it.
    mapping : MappingFile
        What was declared of it.
    places : Places
        The country's provinces, which may be the names of sheets and sub-headings.
    actors_known : bool
        Whether another grid holds the actors, so that partnerships can refer to them.
    partners_known : bool
        Whether another grid names both actors of partnerships, so that one of them can tell which is meant.
    """
    declared = mapping.layout(grid.name) or mapping.layout(grid.title)
    if declared == SKIP or not grid.cells:
        return None
    window = _filled(grid, LOOKED_AT, across=True)
    tagged = next((at for at, cells in enumerate(window) if _is_hxl(cells)), -1)
    tags = window[tagged] if tagged >= 0 else []
    score, at, headers = _best_header(window, tagged, [declared] if declared else LAYOUTS, mapping, grid.title)
    if at < 0:
        return None
    layout = declared or _layout(
        headers, tags, grid.title, mapping, actors_known=actors_known, partners_known=partners_known
    )
    if not layout or (score < 2 and not declared and folded(grid.title) not in _titles()):
        return None
    below = _with_row_below(headers, window[at + 1] if at + 1 < len(window) else [])
    table = Headed(grid, layout, below or headers, [], [])
    own = [at, at + 1] if below else [at - 1, at] if at and headers != window[at] else [at]
    table.meanings = _meanings_of(table.headers, tags, layout, mapping, grid.title)
    table.meanings += [None] * (len(table.headers) - len(table.meanings))
    if layout == SHEET:
        _date_mechanisms(table)
    table.apart = _table_above(grid, own[0])
    if at == tagged == 0 and len(window) > 1 and _is_header(table, window[1], places):
        own.append(1)
        table.headers = [cell.strip() or tag for cell, tag in zip_longest(window[1], tags, fillvalue="")]
    _take_rows(table, own, window[at], places)
    if not declared and not table.data and any(width_of(cells) > 1 for cells in window[: own[0]]):
        return None  # nothing stands below it and a table above: a row of data that has a word of a header
    widest = max((len(cells) for _, cells in table.data), default=0)
    table.headers += [""] * (widest - len(table.headers))
    table.meanings += [None] * (widest - len(table.meanings))
    settle_columns(table, mapping)
    if layout in (SHEET, "assessments"):
        _read_titles(table, own[0], places, mapping.assume.get("date", ""))
    return table


def is_text(grid: Grid) -> bool:
    """Return whether a sheet is text and no table: a single row, or a single column."""
    return (len(grid.rows) < 2 or max(map(width_of, grid.cells), default=0) < 2) and not grid.part


def likely_header(grid: Grid, mapping: MappingFile) -> tuple[int, list[str]]:
    """Return the row of a sheet that has the most known headers, or else the most words, with its cells.

    Titles of groups above are joined to them.
    """
    window = _filled(grid, LOOKED_AT, across=True)
    score, at, headers = _best_header(window, -1, LAYOUTS, mapping, grid.title)
    if score < 2:
        at = max(range(len(window)), key=lambda at: _words_in(window[at]) - at // 10)
        headers = window[at]
    return at, [header.strip() for header in headers]


def _words_in(cells: Sequence[str]) -> int:
    """Return how many texts a row holds that could be headings."""
    return len({cell for cell in cells if cell.strip() and not cell.strip().replace(".", "").isdigit()})


def _best_header(
    window: Sequence[list[str]], tagged: int, layouts: Sequence[str], mapping: MappingFile, title: str
) -> tuple[int, int, list[str]]:
    """Return the row with the most known headers: how many, where it stands, and its headers; -1 where no row has any."""
    tags = window[tagged] if tagged >= 0 else []
    best: tuple[int, int, list[str]] = (0, -1, [])
    for at, cells in enumerate(window):
        if (
            _is_example(cells)
            or (_is_hxl(cells) and tagged > 0)
            or (tagged > 0 and at != tagged - 1)
            or at != tagged == 0
        ):
            continue
        named = _with_row_above(cells, window[at - 1] if at else [], mapping)
        score = max(_score(_meanings_of(named, tags, layout, mapping, title)) for layout in layouts)
        # a survey tool's own headers are certain, while a word among its data may look like a header
        score += sum(cell.strip() in (*PARENTS, *INDEXES) for cell in cells)
        if score > best[0]:
            best = (score, at, named)
    return best


def _is_header(table: Headed, cells: Sequence[str], places: Places) -> bool:
    """Return whether the row below HXL tags is the header: words, and neither a date nor a province where these are due."""
    due = [
        (m.column, cell.strip())
        for m, cell in zip(table.meanings, cells, strict=False)
        if m and m.column in ("date", "start", "end", "province") and cell.strip()
    ]
    fits = any(
        is_blank(cell) or (_province_of(cell, places) if column == "province" else re.search(r"\d", cell))
        for column, cell in due
    )
    return bool(due) and not fits


def _date_mechanisms(table: Headed) -> None:
    """Read the dates to the right of a mechanism as its own, where the table tells nothing else of partnerships."""
    at = next((at for at, m in enumerate(table.meanings) if m and m.whole and m.column == "mechanism"), -1)
    if at < 0 or any(m and (m.column in _OF_PARTNERSHIPS or not m.whole) for m in table.meanings):
        return
    for right in range(at + 1, len(table.meanings)):
        found = table.meanings[right] or meaning(table.headers[right], "mechanisms")
        if found and found.how != "mapping" and (ours := _DATES_OF_MECHANISMS.get(found.column)):
            table.meanings[right] = Meaning(ours, "alias")


def _table_above(grid: Grid, header: int) -> Grid | None:
    """Return the rows above a header that are a table of their own, rather than titles and remarks; None for these.

    A table has two rows or more of three cells, or four of two cells; rows without a gap to the header may head groups of
    its columns, so they need a third row.
    """
    runs = [[0]] if header else []
    for at in range(1, header):
        gap = grid.rows[at] - grid.rows[at - 1] > 1
        if gap or min(width_of(grid.cells[at]), 2) != min(width_of(grid.cells[at - 1]), 2):
            runs.append([])
        runs[-1].append(at)
    for run in runs:
        widths = [
            width_of(grid.cells[at]) for at in run if not _is_hxl(grid.cells[at]) and not _is_example(grid.cells[at])
        ]
        joined = run[-1] == header - 1 and grid.rows[header] - grid.rows[header - 1] == 1
        keyed = any(next(filter(str.strip, grid.cells[at]), "").strip().endswith((":", "៖")) for at in run)
        wide = sum(width > 2 for width in widths)
        if wide >= 2 + joined or (not keyed and len(widths) > 3 and min(widths) > 1):
            return grid.between(run[0], run[-1] + 1)
    return None


def _read_titles(table: Headed, header: int, places: Places, declared: str) -> None:
    """Read the province and the period from the sheet's name or from a title above the header, where no column gives them.

    A date that is declared of all ratings holds instead of that of a title.
    """
    grid = table.grid
    table.period = read_period(grid.title)
    texts = [("the sheet's name", grid.title)]
    for cells in grid.cells[:header]:
        texts += [(f"the title '{shortened(text)}'", text) for text in (_alone(cells), *_labelled(cells)) if text]
    titles = [(source, *province_and_period(text, places)) for source, text in texts]
    files = _file_names(grid)
    titles += [(source, *_nothing_else(text, places)) for source, text in files]
    if table.layout == SHEET and not table.has("province"):
        within = [(source, _province_within(text, places), "") for source, text in texts + files]
        within.append(("the sheet's name", _province_cut(grid.sheet, places), ""))
        source, table.province = next(((source, code) for source, code, _ in [*titles, *within] if code), ("", ""))
        if table.province:
            name = places.by_code[table.province].name()
            reason = f"no column gives the province; that of {source}, {name}, was taken"
            table.problems.append(table.problem("warning", 0, "province", "", reason))
    undated = table.has("stage") and not table.has("date") and not table.period and table.child < 0
    if undated and (found := next(((source, when) for source, _, when in titles if when), None)):
        source, when = found
        titled = (source, when) not in [(of, date) for of, _, date in titles[:1]]  # the sheet's name stands first
        table.titled = source if titled and declared in ("", TITLE) else ""
        table.period = when if table.titled or not titled else ""
        if table.period and declared != TITLE:
            reason = f"no column gives the date; that of {source}, {table.period}, was taken"
            table.problems.append(table.problem("warning", 0, "date", "", reason, "", "assessments"))


def _file_names(grid: Grid) -> list[tuple[str, str]]:
    """Return the names of the file and of the folders it is in, with what each is; a CSV's own is that of its sheet."""
    *folders, file = grid.file.split("/")
    names = [("the file's name", file.rpartition(".")[0])] if grid.sheet else []
    return names + [("the folder's name", folder.removesuffix(".zip")) for folder in reversed(folders)]


def _nothing_else(text: str, places: Places) -> tuple[str, str]:
    """Return the province and the period that a file is named for; no period where it has other words.

    A file's name often has the date on which it was saved.

    >>> _nothing_else("Pursat_2012", Places.load()), _nothing_else("tracker 2014", Places.load())
    (('15', '2012'), ('', ''))
    """
    code, period = province_and_period(text, places)
    words = [word for word in re.split(r"[\s,;:()/_–-]+", text) if word and not re.search(r"\d", word)]
    return code, period if code or not words or read_period(text) else ""


def _province_cut(title: str, places: Places) -> str:
    """Return the province at the end of a sheet's name that a spreadsheet cut; empty where several begin so.

    >>> _province_cut("Partnerships in Banteay Meanche", Places.load())
    '01'
    """
    if len(title) != LONGEST_SHEET:
        return ""
    words = title.split()
    for first in range(len(words)):
        start = folded(" ".join(words[first:]))
        codes = {one.code for one in places.places for name in one.names if folded(name).startswith(start)}
        if len(start) > 3 and len(codes) == 1:
            return codes.pop()
    return ""


def _labelled(cells: Sequence[str]) -> list[str]:
    """Return the cells of a row above a header that stand beside the name of a province's or a date's column.

    >>> _labelled(["Province:", "Pursat", "", "Year", "2011"])
    ['Pursat', '2011']
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    named = [meaning(cell, SHEET) if len(filled) % 2 == 0 else None for cell in filled[::2]]
    return [
        text for known, text in zip(named, filled[1::2], strict=False) if known and known.column in ("province", "date")
    ]


def province_and_period(title: str, places: Places) -> tuple[str, str]:
    """Return the code of the province and the period that a title names; empty texts where it names none.

    >>> province_and_period("2. Pursat province, 2012", Places.load())
    ('15', '2012')
    >>> province_and_period("Q3 2011", Places.load()), province_and_period("FY 2015", Places.load())
    (('', '2011-Q3'), ('', ''))
    """
    plain = _NUMBER.sub("", title.strip(), count=1).replace("_", " ")
    period = read_period(plain) or period_in(plain)
    if not (code := _province_of(plain, places)) and period:
        words = re.split(r"[\s,;:()/–-]+", plain)
        names = [word for word in words if word and not re.search(r"\d", word)]
        code = _province_of(" ".join(names), places)
    return code, period


def _province_of(title: str, places: Places) -> str:
    """Return the code of the province that a text names; empty where it names none."""
    plain = _COUNT.sub("", title).strip(" \t:.,()-–")
    plain = _PROVINCE.sub("", plain).strip() or plain
    found = None if plain.isdigit() else places.find(plain)
    return found[0] if found else ""


def _province_within(title: str, places: Places) -> str:
    """Return the code of the only province that is named among the words of a title; empty where none or several are.

    >>> _province_within("Data - Siem Reap (2011)", Places.load()), _province_within("Kep and Kampot", Places.load())
    ('17', '')
    """
    words = [word for word in re.split(r"[\s,;:()/_–-]+", title) if word]
    runs = [" ".join(words[at : at + length]) for length in (1, 2, 3) for at in range(len(words) - length + 1)]
    codes = {code for run in runs if (code := _province_of(run, places))}
    return codes.pop() if len(codes) == 1 else ""


def _titles() -> dict[str, str]:
    return {folded(name): table.name for table in TABLES.values() for name in (table.name, table.name_km)}


def _meanings_of(
    headers: Sequence[str], tags: Sequence[str], layout: str, mapping: MappingFile, sheet: str
) -> list[Meaning | None]:
    known = [means(header, layout, mapping, sheet) for header in headers]
    organisations = 0
    for at, tag in enumerate(tags):
        if not tag.strip() or at >= len(known):
            continue
        second = organisations > 0
        tagged = meaning_of_tag(tag, layout, second=second)
        organisations += bool(tagged and tagged.column in SIDES)
        if tagged and (known[at] is None or known[at].how == "alias"):  # type: ignore[union-attr]
            known[at] = tagged
    return known


def _score(known: Sequence[Meaning | None]) -> int:
    columns = {m.column for m in known if m and m.whole}
    # periods alone are a row of numbers, not a header
    return len(columns) + len({m for m in known if m and m.how in ("period", "part")}) * bool(columns)


def _with_row_above(cells: list[str], above: list[str], mapping: MappingFile) -> list[str]:
    named = []
    titles = [cell for cell in above if cell.strip()]
    periods = 2 * sum(bool(read_period(cell)) for cell in titles) > len(titles)
    for at, cell in enumerate(cells):
        upper = above[at].strip() if at < len(above) else ""
        both = f"{upper} {cell.strip()}"
        if periods and (in_period := _in_period(cell, upper)):
            named.append(in_period)
            continue
        alone = read_period(cell) or ((m := means(cell, SHEET, mapping)) and m.column not in DATED)
        joined = read_period(both) or (
            not read_period(upper) and (m := meaning(both, SHEET)) and m.round and not round_of(cell)
        )
        named.append(both if upper and cell.strip() and not alone and joined else cell)
    return named


def _in_period(cell: str, group: str) -> str:
    """Return the header of a column below a period, such as `Rated by` below `2011`; empty where it is none.

    >>> _in_period("Rated by", "2011"), _in_period("Province", "2011")
    ('Rated by 2011', '')
    """
    both = f"{cell.strip()} {group}"
    known = meaning(both, SHEET) if cell.strip() and read_period(group) and not read_period(cell) else None
    return both if known and known.how in ("period", "of period") else ""


def _in_group(cell: str, upper: str, group: str) -> str:
    """Return the header of a column below the title of a group; empty where what stands above it is no such title.

    >>> _in_group("MoU", "", "Formal mechanisms"), _in_group("Water", "Sectors", "Sectors"), _in_group("MoU", "NGO", "NGO")
    ('MoU', 'Sectors/Water', '')
    """
    titled = meaning(upper, SHEET) if upper else None
    if titled and titled.column not in ("mechanism", "sectors", "functions"):
        return ""
    if (part := meaning(f"{group}/{cell}", SHEET)) and part.how == "part":
        return f"{group}/{cell}"
    return cell if meaning(cell, SHEET) else ""


def _period_of_round(title: str) -> str:
    """Return the period of a title that names a round and its period; empty where it names no round.

    >>> _period_of_round("Baseline 2010"), _period_of_round("2010")
    ('2010', '')
    """
    known = meaning(title, SHEET) if title and round_of(title) and not read_period(title) else None
    return known.word if known and known.how == "period" else ""


def _with_row_below(headers: list[str], below: list[str]) -> list[str]:
    """Return the headers joined with the row below where that row only names the columns of groups, rounds and periods.

    Empty where it does anything else.
    """
    joined = headers + [""] * (len(below) - len(headers))
    above, group, known = list(joined), "", False
    for at, cell in enumerate(below):
        upper = joined[at].strip()
        group = _period_of_round(upper) or upper or group  # the title of a group stands over its first column
        if not cell.strip() or cell.strip() == upper:
            continue
        if inside := _in_period(cell, group) or _in_group(cell.strip(), upper, group):
            joined[at] = inside
            known = True
            continue
        both = f"{group} {cell.strip()}"
        in_round = names_only_round(group) and (m := meaning(both, SHEET)) and m.round
        staged = names_of(SHEET).get(folded(group)) == Meaning("stage", "own")
        if in_round or ((staged or read_period(upper)) and read_period(both)):
            joined[at] = both
            known = True
        elif _spans(above, at) and not re.search(r"\d", cell):
            joined[at] = group if (m := meaning(both, SHEET)) and m == meaning(group, SHEET) else both
        else:
            return []
    return joined if known and joined != headers else []


def _spans(titles: Sequence[str], at: int) -> bool:
    """Return whether the title of a group stands over this column and one beside it.

    >>> _spans(["Name", "Contact", "", "Stage"], 2), _spans(["Name", "Stage"], 1)
    (True, False)
    """
    first = at
    while first and not titles[first].strip():
        first -= 1
    beside = (titles[one].strip() for one in (first - 1, first + 1) if 0 <= one < len(titles))
    return bool(titles[first].strip()) and (
        first != at or any(title in ("", titles[first].strip()) for title in beside)
    )


def _layout(
    headers: list[str], tags: list[str], title: str, mapping: MappingFile, *, actors_known: bool, partners_known: bool
) -> str:
    def columns(layout: str) -> set[str]:
        return {m.column for m in _meanings_of(headers, tags, layout, mapping, title) if m and m.how != "option date"}

    sheet = columns(SHEET)
    child = any(header.strip() in PARENTS for header in headers)
    if sheet >= {*BOTH_SIDES}:
        return SHEET
    assumed = {side for side in SIDES if mapping.assume.get(side)} if {"stage", "mechanism"} & sheet else set()
    both = {*SIDES} <= sheet | assumed
    if both and ("stage" in sheet or not (actors_known and "partnership" in sheet)):
        return SHEET
    one = {*SIDES} & sheet and {"stage", "mechanism"} & sheet and not (child or "partnership" in sheet)
    if partners_known and one:
        return SHEET
    if (titled := _titles().get(folded(title), "")) and not (titled == "partnerships" and _OF_SHEETS & sheet):
        return titled
    if titled:
        return SHEET
    if "mechanism" in columns("mechanisms") and (child or "partnership" in sheet) and "stage" not in sheet:
        return "mechanisms"
    if "stage" in columns("assessments") and (child or "partnership" in sheet):
        return "assessments"
    if both:
        return "partnerships"
    actors = columns("actors")
    return "actors" if "kind" in actors and actors & {"actor", "name"} and not columns(SHEET) & {"start", "end"} else ""


def _filled(grid: Grid, most: int, *, across: bool) -> list[list[str]]:
    """Return the first rows with merged cells filled: downwards, and for a header across too."""
    rows, numbers = [list(cells) for cells in grid.cells[:most]], grid.rows[:most]
    filled = 0
    for merge in grid.merges:
        first = bisect_left(numbers, merge.top)
        if first == len(numbers) or numbers[first] != merge.top or merge.left >= len(rows[first]):
            continue
        value = rows[first][merge.left]
        last = min(merge.right, MOST_COLUMNS) if across else merge.left
        for cells in rows[first : bisect_right(numbers, merge.bottom)]:
            cells += [""] * (last + 1 - len(cells))
            for at in range(merge.left, last + 1):
                cells[at] = cells[at] or value
            filled += last + 1 - merge.left
        if filled > MOST_CELLS:
            raise RegisterError(f"{grid.place} has merged ranges that overlap: the workbook is broken")
    return rows


def _is_hxl(cells: list[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) > 1 and all(_HXL.fullmatch(cell) for cell in filled) and not _is_example(cells)


def _is_example(cells: list[str]) -> bool:
    return next((cell for cell in cells if cell.strip()), "").strip().casefold().startswith(EXAMPLE)


def _take_rows(table: Headed, header: list[int], as_read: list[str], places: Places) -> None:
    grid = table.grid
    apart = table.apart.rows if table.apart else []
    merged = {
        number for m in grid.merges if m.bottom > m.top for number in range(m.top, min(m.bottom, grid.rows[-1]) + 1)
    }
    rows = _filled(grid, len(grid.rows), across=False) if merged else grid.cells
    plain = [cell.strip() for cell in as_read]
    sub: dict[str, str] = {}
    unplaced: tuple[int, str] | None = None  # a sub-heading that should name a province
    for at, (number, cells) in enumerate(zip(grid.rows, rows, strict=True)):
        if at in header or number in apart or _is_example(cells):
            continue
        found, reason = _beside_data(table, at, cells, header[0], plain, places)
        sub = {**sub, **found}
        if reason:
            shown = shortened(" | ".join(cell for cell in cells if cell.strip()))
            table.problems.append(table.problem("warning", number, "", shown, reason))
            continue
        if sub and (text := _alone(cells)) and not is_total(text):
            # what it heads is not known, so what the last sub-heading gave does not hold below it
            unplaced = (number, text) if "province" in sub else unplaced
            sub = {}
            reason = "the row holds one text alone, which is neither a partnership nor names a province or period"
            table.refuse(number, Fault("error", -1, text, f"{reason}; the sub-heading above it does not hold below it"))
        unplaced = None if "province" in sub else unplaced
        if sub:
            table.above[number] = sub
        if unplaced:
            table.unplaced[number] = unplaced
        table.data.append((number, cells))


def _beside_data(
    table: Headed, at: int, cells: list[str], header: int, plain: list[str], places: Places
) -> tuple[dict[str, str], str]:
    """Return what a row that is no data gives for the rows below it, and what it is; an empty text for data."""
    if at < LOOKED_AT and _is_hxl(cells):
        return {}, "the row holds HXL tags, by which columns were recognised"
    found = _sub_heading(cells, table, places)
    if at < header:
        return found, "the row stands above the header and was left out"
    if [cell.strip() for cell in cells] == plain[: len(cells)] and not any(plain[len(cells) :]):
        return {}, "the row repeats the header and was left out"
    if at <= header + 2 and _numbers_columns(cells):
        return {}, "the row numbers the columns and was left out"
    if found:
        return found, f"the row was read as a sub-heading: {' and '.join(found)} of the rows below it"
    if table.layout == SHEET and (text := _alone(cells)) and is_note(text):
        return {}, "the row holds a note and was left out"
    return {}, ""


def _numbers_columns(cells: Sequence[str]) -> bool:
    """Return whether a row holds nothing but the numbers of its columns, as below the header of printed tables.

    >>> _numbers_columns(["1", "2", "(3)", "4"]), _numbers_columns(["1", "River", "3"])
    (True, False)
    """
    numbers = [cell.strip(" ()[].") for cell in cells if cell.strip()]
    return len(numbers) > 2 and numbers == [str(number) for number in range(1, len(numbers) + 1)]


def _sub_heading(cells: list[str], table: Headed, places: Places) -> dict[str, str]:
    """Return what a row with a single text gives for the rows below it: a province, a period, or both."""
    if table.layout != SHEET or not (text := _alone(cells)) or re.fullmatch(r"\d{1,3}|\d{5,}", text):
        return {}
    code, period = province_and_period(text, places)
    if period and not code and not _HEADS_PERIOD.fullmatch(text) and not read_period(text):
        return {}  # a sentence with a year in it
    return {name: value for name, value in (("province", code), ("date", period)) if value}
