"""Draft a mapping file: what was recognised, what can be guessed, and what somebody has to decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from lnlib.errors import LnlibError, RegisterError, listed, nearest
from lnlib.intake.alike_names import AlikeNames, alike_names
from lnlib.intake.cell_words import answer, folded_words, holds_totals, is_blank
from lnlib.intake.described_reference import scale_and_places
from lnlib.intake.grids import Grid
from lnlib.intake.headers import LAYOUTS, SHEET, Meaning, column_of, columns_of, kind_in, names_of
from lnlib.intake.kobo import Parents
from lnlib.intake.layouts import likely_header
from lnlib.intake.mapping import ENDED, SKIP, MappingFile
from lnlib.intake.mapping_check import actors_untold
from lnlib.intake.needs import Need, found, lists, needs
from lnlib.intake.reading import grids_of
from lnlib.intake.recognise import describe, recognised
from lnlib.intake.register_opening import found_register
from lnlib.intake.rows import Gathered
from lnlib.intake.sides import SIDES, side_of
from lnlib.intake.tables import PARENTS, Headed, is_counter, is_option, is_system, means
from lnlib.reference import vocabulary
from lnlib.reference.dates import PartialDate, check_year
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale, folded
from lnlib.register.schema import TABLES, Column

MOST_EXAMPLES = 3  # cells shown beside a header
MOST_WRONG = 40  # values of one column listed
MOST_LOOKED_AT = 500  # different cells of a column looked at for a guess
_NEEDED = {"non_state": ("non_state_kind",), "state": ("state_kind",), "stage": ("rated_by",)}
_GUESSED = (
    *("stage", "province", "rated_by", "mechanism", "state_kind", "non_state_kind", "evidence"),
    *("sectors", "functions"),
)
# what a column holds of which values that cannot be read are listed
_LISTED = ("province", "stage", "word", "words", "date")
_TO_CONFIRM = ("alias", "tag")  # how a column is known that a draft writes out
_LIKE = 88  # of 100: how alike a header and a known one are for a guess
_MISTYPED, _AHEAD = 75, 5  # of 100: how alike a mistyped value and ours are, and how much less every other
DATE_FORMS = ("2011", "2011-H1", "2011-Q3", "2011-05", "2011-05-03")  # as examples
SHORTEST = 4  # letters that a value may be cut to


@dataclass
class ColumnQuestion:
    """A column that was not recognised, or only by another name.

    Parameters
    ----------
    sheet, header : str
        Where it stands.
    ours : str
        What it was read as, or the likeliest column; empty where nothing is likely.
    decided : bool
        Whether it is read as `ours` without a mapping.
    examples : list of str
        A few of its cells.
    why : str
        What a guess stands on.
    """

    sheet: str
    header: str
    ours: str
    decided: bool
    examples: list[str]
    why: str = ""


@dataclass
class Questions:
    """What a file leaves open, and what was recognised in it.

    Parameters
    ----------
    columns : list of ColumnQuestion
        Columns that are not read, or read by another name.
    sheets : list of (Grid, str, bool)
        Sheets that are not recognised, with the likeliest layout and whether it is likely.
    wrong : dict of str to dict
        Our column to their values that cannot be read, with the nearest allowed.
    allowed : dict of str to list of str
        What those columns may hold.
    missing : list of str
        Our columns that the file lacks and needs.
    kinds : dict of str to list of str
        Those of them that hold kinds to the names of the actors whose kind nothing tells.
    stages : dict of str to None
        What columns of stages hold.
    tables : list of Headed
        What was recognised.
    groups : list of Grid
        Repeat groups around others.
    alike : list of AlikeNames
        Names of actors that may be a mistake for another, or short for it.
    needs : list of Need
        What a register needs and no column is known to give.
    found : dict of str to str
        Our column to the header that gives it, or to what else does.
    """

    columns: list[ColumnQuestion] = field(default_factory=list)
    sheets: list[tuple[Grid, str, bool]] = field(default_factory=list)
    wrong: dict[str, dict[str, str]] = field(default_factory=dict)
    allowed: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    stages: dict[str, None] = field(default_factory=dict)
    tables: list[Headed] = field(default_factory=list)
    groups: list[Grid] = field(default_factory=list)
    alike: list[AlikeNames] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)


def suggest_mapping(path: str | Path, *, mapping: str | Path | None = None) -> str:
    """Draft a mapping file for somebody's file, to be edited.

    Parameters
    ----------
    path : str or Path
        Folder, workbook, zip or CSV.
    mapping : str or Path, optional
        A mapping to go on from: what it settles is kept in the draft.

    Returns
    -------
    str
        YAML that can be used as it is: what was recognised or is likely is written out, what is undecided is a comment,
        so that an unedited draft leaves nothing out.
    """
    given = MappingFile.load(mapping) if mapping else MappingFile()
    with found_register(path) as source:
        grids = grids_of(source)
        if not any(grid.cells for grid in grids):
            raise RegisterError(f"{path} holds nothing but blank rows: no mapping can be drafted")
        scale, places = scale_and_places(describe(grids, source, given), source)
    return draft(questions(grids, given, scale, places), given)


def questions(grids: Sequence[Grid], mapping: MappingFile, scale: Scale, places: Places) -> Questions:
    """Return what a file leaves open under a mapping."""
    tables, others = recognised(grids, mapping, places)
    others = [grid for grid in others if mapping.layout(grid.name) != SKIP]
    around = Parents.of(others, mapping) if tables else Parents()
    asked = Questions(tables=tables)
    guess = _Guess(scale, places, mapping)
    seen: set[tuple[str, str]] = set()
    for one in tables:
        parts = {part.column for _, part in one.of_how("part")}  # they are read instead of the words beside them
        rows = [cells for _, cells in one.data if not (one.layout == SHEET and holds_totals(cells))]
        for at, header in enumerate(one.headers):
            cells = list(dict.fromkeys(cell for row in rows if at < len(row) and (cell := row[at].strip())))
            known = one.meanings[at]
            if known and known.column == "stage":
                asked.stages |= dict.fromkeys(guess.gathered.clean("stage", cell) for cell in cells)
            if known and not (known.whole and known.column in parts):
                guess.note_wrong(asked.wrong, known, cells, in_sheet=one.layout == SHEET)
            name = header.strip()
            if not name or not cells or at in one.added or (name, known.column if known else "") in seen:
                continue
            if known and known.how not in _TO_CONFIRM:
                continue
            if known is None and (at in one.left_out or is_option(name, one.headers)):
                continue
            seen.add((name, known.column if known else ""))
            if known:
                ours, why = known.column, ""
            else:
                taken = {column for column, others in one.columns.items() if _overlaps(one, at, others)}
                ours, why = guess.column(name, cells, one.layout, taken=taken)
            asked.columns.append(ColumnQuestion(one.grid.title, name, ours, known is not None, cells, why))
    for grid in others:
        if grid.title in around.headers:
            asked.groups.append(grid)
            unread = around.unread[grid.title]
            asked.columns += [ColumnQuestion(grid.title, header, "", False, []) for header in unread]
        else:
            _ask_of_sheet(asked, grid, guess, mapping)
    asked.allowed = {column: guess.allowed(column) for column in asked.wrong}
    if "stage" in asked.wrong and any(one.layout == SHEET for one in tables):
        asked.allowed["stage"].append(ENDED)
    asked.alike = list(islice(alike_names(tables, guess.gathered), MOST_WRONG))
    asked.missing = _missing(tables, around, mapping)
    unknown = [grid for grid, _, _ in asked.sheets]
    listed = lists([grid for grid, layout, _ in asked.sheets if layout in (SHEET, SKIP)], guess.nearly_reads, mapping)
    waiting = any(likely for grid, _, likely in asked.sheets if grid not in listed)
    asked.needs = list(needs(tables, listed, guess.nearly_reads, mapping, waiting=waiting))
    asked.found = found(tables, unknown, mapping)
    asked.kinds = {
        column: names[:MOST_WRONG]
        for column, names in actors_untold(tables, mapping).items()
        if names and column in asked.missing
    }
    return asked


def _overlaps(table: Headed, at: int, others: Sequence[int]) -> bool:
    """Return whether a row holds something both in a column and in one of the others."""
    several = [[bool(c[one].strip()) if one < len(c) else False for one in (at, *others)] for _, c in table.data]
    return any(own and any(rest) for own, *rest in several)


def _ask_of_sheet(asked: Questions, grid: Grid, guess: _Guess, mapping: MappingFile) -> None:
    """Add the columns of a sheet that was not recognised, with the layout that explains most of them."""
    header, headers = likely_header(grid, mapping)
    cells = {
        at: list(dict.fromkeys(c for row in grid.cells[header + 1 :] if at < len(row) and (c := row[at].strip())))
        for at in range(len(headers))
    }
    asked_of = {
        at: name
        for at, name in enumerate(headers)
        if name and cells[at] and not is_system(name) and not is_option(name, headers) and not is_counter(name)
    }
    keyed = {"partnership"} if any(header in PARENTS for header in headers) else set()
    best: dict[int, tuple[str, str, bool]] = {}
    layout, most = SHEET, 0
    for candidate in (SHEET, "assessments", "mechanisms", "partnerships", "actors"):
        found = guess.columns(asked_of, cells, candidate, mapping, grid.title)
        columns = {ours for ours, _, _ in found.values()} | keyed
        needs = _NEEDS[candidate]
        # of a sheet that names one side of its partnerships, a column that is not known may name the other
        many = candidate == SHEET and len({ours for ours, _, known in found.values() if known}) >= _MANY
        lacks = needs.isdisjoint(columns) if many else needs - columns
        if not lacks and len(found) > most:
            best, layout, most = found, candidate, len(found)
    best = best or guess.columns(asked_of, cells, SHEET, mapping, grid.title)
    lacking = _NEEDS[layout] - {ours for ours, _, _ in best.values()}
    left = [at for at in asked_of if at not in best]
    if most and len(lacking) == len(left) == 1:
        best[left[0]] = (lacking.pop(), "as the only column left", False)
    asked.sheets.append((grid, layout if most else SKIP, bool(most)))
    before = {(one.header, one.ours) for one in asked.columns if one.sheet in {g.name for g, _, _ in asked.sheets}}
    for at, name in asked_of.items():
        ours, why, known = best.get(at, ("", "", False))
        meaning = means(name, layout, mapping, grid.title) if known else None
        # what is said of a column holds for those of the same header on other sheets
        if (known and not (meaning and meaning.how in _TO_CONFIRM)) or (name, ours) in before:
            continue
        asked.columns.append(ColumnQuestion(grid.name, name, ours, known, cells[at], why))


_MANY = 4  # columns that are known make a table of a sheet
_NEEDS = {
    SHEET: {"non_state", "state"},
    "assessments": {"partnership", "stage"},
    "mechanisms": {"partnership", "mechanism"},
    "partnerships": {"partnership", "non_state", "state"},
    "actors": {"name", "kind"},
}


def _missing(tables: Sequence[Headed], around: Parents, mapping: MappingFile) -> list[str]:
    there = {known.column for one in tables for known in one.meanings if known}
    sheets = [one for one in tables if one.layout == SHEET]
    missing = [name for column, needs in _NEEDED.items() if column in there for name in needs if name not in there]
    untold = actors_untold(sheets, mapping)
    missing = [name for name in missing if name == "rated_by" or untold[name]]
    undated = [one for one in sheets if one.has("stage") and not one.has("date") and not one.period]
    missing += ["date"] * bool(undated)
    return [name for name in missing if name not in around.columns and name not in mapping.assume]


class _Guess:
    """What a column may hold, by its header and its cells.

    Parameters
    ----------
    scale, places : Scale, Places
        Those of the register.
    mapping : MappingFile
        What is settled already.
    """

    def __init__(self, scale: Scale, places: Places, mapping: MappingFile) -> None:
        self.scale, self.places, self.mapping = scale, places, mapping
        self.gathered = Gathered(places, mapping)

    def columns(
        self, names: Mapping[int, str], cells: Mapping[int, list[str]], layout: str, mapping: MappingFile, sheet: str
    ) -> dict[int, tuple[str, str, bool]]:
        """Return the column of each header in a layout, why, and whether it is known rather than guessed."""
        found: dict[int, tuple[str, str, bool]] = {}
        for at, name in names.items():
            if known := means(name, layout, mapping, sheet):
                found[at] = (known.column, "", True)
        taken = {ours for ours, _, _ in found.values()}
        for at, name in names.items():
            if at not in found:
                ours, why = self.column(name, cells[at], layout, taken=taken)
                if ours:
                    found[at] = (ours, why, False)
                    taken.add(ours)
        return found

    def column(self, header: str, cells: Sequence[str], layout: str, *, taken: set[str]) -> tuple[str, str]:
        """Return the likeliest column of a layout for a header, and what the guess stands on; empty texts for none."""
        cells = [cell for cell in cells[:MOST_LOOKED_AT] if not is_blank(cell)]
        if not cells:
            return "", ""
        if ours := self._by_header(header, layout):
            declared = column_of(ours)
            if ours not in taken and (declared is None or self._reads_most(declared, cells)):
                return ours, "by its header"
        for ours in _GUESSED:
            declared = column_of(ours)
            if ours in columns_of(layout) and ours not in taken and declared and self._reads_most(declared, cells):
                side = ours.removesuffix("_kind")
                if side == ours or all(self._side(cell) == side for cell in cells):
                    return ours, "by its cells"
        if "date" in columns_of(layout) and "date" not in taken and self._dates(cells):
            return "date", "by its cells"
        for ours in ("state", "non_state"):
            kinds = sum(bool(kind_in(cell, ours)) for cell in cells)
            if ours in columns_of(layout) and ours not in taken and 2 * kinds > len(cells):
                return ours, "by its cells"
        return "", ""

    def _by_header(self, header: str, layout: str) -> str:
        from rapidfuzz import fuzz, process, utils

        known = {name: m for name, m in _spelled(layout).items() if len(name) > 3}
        match = process.extractOne(
            header, list(known), scorer=fuzz.token_set_ratio, processor=utils.default_process, score_cutoff=_LIKE
        )
        return known[match[0]].column if match else ""

    def _side(self, cell: str) -> str:
        found = vocabulary.find_word("kind", cell)
        return vocabulary.side_of(found[0]) if found else ""

    def _dates(self, cells: Sequence[str]) -> bool:
        return all(self._readable(column_of("date"), cell) for cell in cells)

    def _readable(self, declared: Column | None, cell: str) -> bool:
        if declared is None or declared.holds in ("text", "key"):
            return True
        text = self.gathered.clean(declared.name, cell)
        try:
            if declared.holds == "date":
                check_year(PartialDate.read(text))
            elif declared.holds == "province":
                for part in self.gathered.provinces(text):
                    self.places.read(part)
            elif declared.holds == "stage":
                self.scale.read(text)
            elif declared.holds in ("word", "words"):
                for part in text.split(";"):
                    vocabulary.read_word(declared.vocabulary, part)
            return not (declared.holds == "number" and not text.isdigit())
        except LnlibError:
            return False

    def nearly_reads(self, column: str, cell: str) -> bool:
        """Return whether a cell is read as one of our columns, or is probably a slip of one that is."""
        text = self.gathered.clean(column, cell)
        return self._readable(column_of(column), text) or bool(self._near(column, text, ends=True))

    def _reads_most(self, declared: Column, cells: Sequence[str]) -> bool:
        return 5 * sum(self._readable(declared, cell) for cell in cells) >= 4 * len(cells)

    def note_wrong(
        self, wrong: dict[str, dict[str, str]], known: Meaning, cells: Sequence[str], *, in_sheet: bool
    ) -> None:
        """Add the values of a column that cannot be read, with the nearest that can; in a sheet also words for no stage."""
        declared = column_of(known.column)
        if declared is None or declared.holds not in _LISTED or "option" in known.how:
            return
        if known.how == "part":
            cells = [known.word]
        for cell in cells:
            noted = {folded(word) for word in wrong.get(known.column, ())}
            if in_sheet and known.column == "stage" and self._is_none(cell) and folded(cell) not in noted:
                wrong.setdefault("stage", {})[cell.strip()] = ""
            text = self.gathered.clean(known.column, cell)
            parts = self.gathered.provinces(text) if declared.holds == "province" else [text]
            for part in parts if declared.holds != "words" else self._options(text):
                settled = known.column == "stage" and part == ENDED and self.mapping.names_ends
                settled = settled or (known.column == "actor_kind" and bool(side_of(part)))
                if part and not settled and not is_blank(part) and not self._readable(declared, part):
                    values = wrong.setdefault(known.column, {})
                    if len(values) < MOST_WRONG and folded(part) not in noted:
                        values[part] = self._near(known.column, part, ends=in_sheet)

    def _is_none(self, cell: str) -> bool:
        """Return whether a cell of a stage says none in words, which may mean no rating, or no partnership any more."""
        return (
            folded(cell) in folded_words("no_stage")
            and folded(cell) not in self.mapping.blanks
            and not self.mapping.names_value("stage", cell.strip())
            and self.scale.find(cell) is None
        )

    def _near(self, column: str, text: str, *, ends: bool) -> str:
        """Return the value of a column that a text is most likely meant as: mistyped, cut short, or a word for an end."""
        declared = column_of(column)
        if declared is None or declared.holds == "date":
            return ""
        if ends and column == "stage" and folded(text) in folded_words("ended"):
            return ENDED
        spelled = self._spelled_values(column, declared)
        short = folded(text.strip(" ."))
        begun = {value for spelling, value in spelled.items() if folded(spelling).startswith(short)}
        if len(short) >= SHORTEST and len(begun) == 1:
            return begun.pop()
        return _nearest_of(text, spelled) or nearest(text, self.allowed(column)) or ""

    def _spelled_values(self, column: str, declared: Column) -> dict[str, str]:
        """Return the values that a coded column may hold, by every way they are spelled."""
        if declared.holds == "province":
            return {name: place.name() for place in self.places.places for name in (*place.names, *place.spellings)}
        if declared.holds == "stage":
            return {
                name: stage.key
                for stage in self.scale.stages
                for name in (stage.key, *stage.label.values(), *stage.aliases)
            }
        words = _words_of(column, declared.allowed)
        return {
            name: word
            for word in words
            for name in (word.replace("_", " "), *vocabulary.aliases(declared.vocabulary, word))
        }

    @staticmethod
    def _options(text: str) -> list[str]:
        return [part.strip() for part in text.split(";") if part.strip()] if ";" in text else text.split()

    def allowed(self, column: str) -> list[str]:
        """Return what a coded column may hold: for provinces their names, for kinds those of the side."""
        declared = column_of(column)
        if declared is None:
            return []
        if declared.holds == "province":
            return [place.name() for place in self.places.places]
        if declared.holds == "date":
            return choices_of("date")
        return list(self.scale.keys) if declared.holds == "stage" else _words_of(column, declared.allowed)


def _nearest_of(text: str, spelled: Mapping[str, str]) -> str:
    """Return the only value of which a spelling is like a text; empty where none is, or two are about as like.

    >>> _nearest_of("coaliton", {"coalition": "coalition", "collaboration": "collaboration"})
    'coalition'
    >>> _nearest_of("Kampong Chm", {"Kampong Cham": "Kampong Cham", "Kampong Chhnang": "Kampong Chhnang"})
    'Kampong Cham'
    """
    from rapidfuzz import fuzz, process, utils

    best: dict[str, float] = {}
    found = process.extract(
        text, list(spelled), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=_MISTYPED, limit=None
    )
    for spelling, score, _ in found:
        best[spelled[spelling]] = max(score, best.get(spelled[spelling], 0))
    first, second = (*sorted(best.values(), reverse=True), 0, 0)[:2]
    return max(best, key=lambda value: best[value]) if first >= second + _AHEAD else ""


def _spelled(layout: str) -> dict[str, Meaning]:
    """Return the headers known in a layout as they are spelled, with their meanings."""
    from lnlib.reference import resources

    known = {name.replace("_", " "): Meaning(name, "own") for name in columns_of(layout)}
    for name, aliases in resources.declared("data", "headers")[layout].items():
        known |= {alias: names_of(layout)[folded(alias)] for alias in aliases if folded(alias) in names_of(layout)}
        known.setdefault(name.replace("_", " "), Meaning(name, "own"))
    return known


def draft(asked: Questions, given: MappingFile) -> str:
    """Write a mapping file from what a file leaves open and a mapping that settles some of it."""
    lines = [*_draft_given(given), *_draft_sheets(asked, given), *_draft_columns(asked, given)]
    lines += _draft_values(asked, given)
    lines += _draft_missing(asked, given)
    if not lines:
        lines = [*_nothing_needed(asked.tables)]
    return "\n".join(lines) + "\n"


def mapping_text(mapping: MappingFile) -> str:
    """Return the YAML of a mapping."""
    nothing = Questions()
    parts = (_draft_given(mapping), _draft_sheets(nothing, mapping), _draft_columns(nothing, mapping))
    lines = [line for part in parts for line in part]
    lines += [*_draft_values(nothing, mapping), *_draft_missing(nothing, mapping)]
    return "\n".join(lines) + "\n"


def _draft_given(given: MappingFile) -> Iterator[str]:
    if given.about:
        yield "register:"
        yield from (f"  {key}: {_quoted(value)}" for key, value in given.about.items())
    if given.dates:
        yield "dates:" if "" not in given.dates else f"dates: {given.dates['']}"
        yield from (f"  {_quoted(name)}: {order}" for name, order in given.dates.items() if name)
    if given.empty:
        yield f"empty: [{', '.join(map(_quoted, given.empty))}]"
    if given.submissions:
        yield f"submissions: {given.submissions}"


def _draft_sheets(asked: Questions, given: MappingFile) -> Iterator[str]:
    likely = [(grid, layout) for grid, layout, known in asked.sheets if known]
    unlikely = [grid for grid, _, known in asked.sheets if not known]
    if likely or given.sheets:
        yield f"# Their sheet: {listed((*LAYOUTS, SKIP))} ({SHEET}: one row per partnership)."
        yield "sheets:"
        yield from (f"  {_quoted(name)}: {layout}" for name, layout in given.sheets.items())
        yield from (f"  {_quoted(grid.name)}: {layout}  # likely; {_rows(grid)}" for grid, layout in likely)
    if unlikely:
        if not (likely or given.sheets):
            yield f"# Not recognised. Their sheet: {listed((*LAYOUTS, SKIP))} ({SHEET}: one row per partnership)."
            yield "# sheets:"
        yield from (f"#   {_quoted(grid.name)}: {SKIP}  # {_rows(grid)}" for grid in unlikely)


def _rows(grid: Grid) -> str:
    return f"{len(grid.rows):,} row{'s' * (len(grid.rows) > 1)}"


def _draft_columns(asked: Questions, given: MappingFile) -> Iterator[str]:
    if not asked.columns and not given.columns:
        return
    yield "# Their column: ours. Leave ours empty for a column that is not to be read. Undecided: remove the # and choose."
    open_ = [one for one in asked.columns if not one.ours]
    settled = [one for one in asked.columns if one.ours]
    yield "columns:" if settled or given.columns else "# columns:"
    yield from (f"  {_quoted(name)}: {ours}".rstrip() for name, ours in given.columns.items())
    written = {folded(name) for name in given.columns}
    names = [folded(one.header) for one in asked.columns]
    for one in (*settled, *open_):
        several = len({(o.sheet, o.ours) for o in asked.columns if folded(o.header) == folded(one.header)}) > 1
        name = f"{one.sheet}!{one.header}" if several and names.count(folded(one.header)) > 1 else one.header
        if folded(name) in written:
            continue
        written.add(folded(name))
        shown = " | ".join(" ".join(text.split())[:30] for text in one.examples[:MOST_EXAMPLES])
        asked_of = "" if one.ours else mechanisms_asked(one.examples)
        notes = "; ".join(filter(None, (one.why and f"likely, {one.why}", plain(shown), asked_of)))
        sign = "  " if one.ours else "#   "
        yield f"{sign}{_quoted(name)}: {one.ours}".rstrip() + (f"  # {notes}" if notes else "")


def _draft_values(asked: Questions, given: MappingFile) -> Iterator[str]:
    if given.values:
        yield "values:"
        for column, values in given.values.items():
            yield f"  {column}:"
            yield from (f"    {_quoted(theirs)}: {_quoted(ours)}" for theirs, ours in values.items())
    if asked.wrong:
        yield "# Their value: ours, for values that cannot be read. Remove the # and choose."
        yield "# values:"
        for column, values in asked.wrong.items():
            ends = ENDED in asked.allowed.get(column, ())
            yield f"#   {column}:" + f"  # {ENDED}: the partnership ended on the date of that stage" * ends
            yield from (f"#     {_quoted(value)}: {_quoted(near)}" for value, near in values.items())
    if asked.alike:
        yield "# Names that are much alike. Where both are one actor, remove the # from the line and from those above it."
        yield "# values:"
        for side in dict.fromkeys(one.side for one in asked.alike):
            yield f"#   {side}:"
            yield from (f"#     {_quoted(one.name)}: {_quoted(one.likely)}" for one in asked.alike if one.side == side)


def _draft_missing(asked: Questions, given: MappingFile) -> Iterator[str]:
    if given.assume:
        yield "assume:"
        yield from (f"  {name}: {_quoted(value)}" for name, value in given.assume.items())
    if asked.missing:
        yield "# What holds where the file says nothing. Remove the # and choose."
        if not given.assume:
            yield "# assume:"
        for name in asked.missing:
            yield f"#   {name}: {' | '.join(choices_of(name))}"
    if given.kinds:
        yield "kinds:"
        yield from (f"  {_quoted(name)}: {kind}" for name, kind in given.kinds.items())
    for column, names in asked.kinds.items():
        yield f"# Or one by one, by their names: {' | '.join(choices_of(column))}"
        yield "# kinds:"
        yield from (f"#   {_quoted(name)}:" for name in names)


def mechanisms_asked(cells: Sequence[str]) -> str:
    """Return how a mapping reads a column of yes and no, or of dates, for a mechanism; empty for any other column."""
    return f"of a mechanism: {' | '.join(mechanism_columns())}" if cells and all(map(_may_tick, cells)) else ""


def mechanism_columns() -> list[str]:
    """Return what a mapping may read a column as that says of one mechanism whether or since when there is one."""
    return [f"mechanism {word}" for word in vocabulary.words("mechanism")]


def _may_tick(cell: str) -> bool:
    return answer(cell) is not None or PartialDate.find(cell) is not None


def choices_of(name: str) -> list[str]:
    """Return what a column that a file lacks may be assumed to hold."""
    declared = column_of(name)
    if name == "date":
        return list(DATE_FORMS)
    return _words_of(name, declared.allowed if declared else ())


def _words_of(name: str, words: Sequence[str]) -> list[str]:
    side = name.removesuffix("_kind")
    return [word for word in words if side not in SIDES or side == name or vocabulary.side_of(word) == side]


def _nothing_needed(tables: Sequence[Headed]) -> Iterator[str]:
    yield "# No mapping is needed: every sheet and column was recognised."
    for one in tables:
        columns = list(dict.fromkeys(m.column if m.how != "period" else m.word for m in one.meanings if m))
        what = one.layout if one.layout in TABLES else "one row per partnership"
        rows = f"{len(one.data):,} row{'s' * (len(one.data) != 1)}"
        yield f"# {plain(one.grid.title)}: {what} ({', '.join(columns)}), {rows}"


def _quoted(text: str) -> str:
    clean: Callable[[str], str] = lambda part: part.replace("\\", "\\\\").replace('"', '\\"')  # noqa: E731
    kept = "".join(f"\\u{ord(sign):04x}" if ord(sign) < 32 or 126 < ord(sign) < 160 else sign for sign in clean(text))
    return f'"{kept}"' if kept else '""'


def plain(text: str) -> str:
    """Return a text as it can stand in a comment of one line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
