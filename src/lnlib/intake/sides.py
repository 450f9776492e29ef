"""The two sides of a sheet's partnerships where no column of one side alone gives them: one column for both, or one name."""

from __future__ import annotations

from lnlib.intake.cell_words import is_blank
from lnlib.intake.grids import Fault
from lnlib.intake.headers import SHEET, kind_in, names_of
from lnlib.intake.mapping import MappingFile
from lnlib.intake.tables import Headed
from lnlib.reference import vocabulary
from lnlib.reference.scales import folded
from lnlib.register.problems import shortened

SIDES = ("non_state", "state")


def side_of(word: str) -> str:
    """Return the side of an actor that a word for its kind tells; empty where it tells none.

    >>> side_of("Government"), side_of("NGO"), side_of("Commune council"), side_of("partner")
    ('state', 'non_state', 'state', '')
    """
    if found := vocabulary.find_word("kind", word):
        return vocabulary.side_of(found[0])
    known = names_of(SHEET).get(folded(word))
    if known and known.column in SIDES:
        return known.column
    sides = [side for side in SIDES if kind_in(word, side)]
    return sides[0] if len(sides) == 1 else ""


def fill_sides(table: Headed, mapping: MappingFile) -> None:
    """Add a column to a table for each side that a column for both sides gives, or the mapping by one name for all rows."""
    if table.layout != SHEET:
        return
    actor, kind = (next(iter(table.columns.get(column, ())), -1) for column in ("actor", "actor_kind"))
    if actor >= 0 and kind < 0:
        table.meanings[actor] = None
        table.unread[actor] = "no column read as actor_kind tells the side of each"
    both = actor >= 0 and kind >= 0
    added = [side for side in SIDES if both or mapping.assume.get(side)]
    first = len(table.headers)
    for side in added:
        at = table.columns.get(side, ())
        names, kinds = [], []
        for number, cells in table.data:
            row = [*cells, *[""] * (first - len(cells))]
            name = next((row[one].strip() for one in at if row[one].strip()), "")
            word = mapping.value("actor_kind", row[kind].strip()) if both else ""
            own = both and row[actor].strip() and side_of(word) == side
            if own and name:
                reason = f"{side} '{shortened(name)}' was not read: the row is about '{shortened(row[actor].strip())}'"
                table.problems.append(table.problem("warning", number, table.header(side), shortened(name), reason))
            names.append(row[actor].strip() if own else name or mapping.assume.get(side, ""))
            kinds.append(word if own and vocabulary.find_word("kind", word) else "")
        _add_column(table, side, names, table.header(side) if at else table.headers[actor] if both else side)
        if any(kinds) and not table.has(f"{side}_kind"):
            _add_column(table, f"{side}_kind", kinds, table.headers[kind])
    if both:
        _refuse_of_neither(table, mapping, actor, kind)


def _add_column(table: Headed, column: str, texts: list[str], header: str) -> None:
    at = len(table.headers)
    table.headers.append(header)
    table.meanings.append(None)
    table.data = [
        (number, [*cells, *[""] * (at - len(cells)), text])
        for (number, cells), text in zip(table.data, texts, strict=True)
    ]
    table.columns[column] = (at,)
    table.added.add(at)


def _refuse_of_neither(table: Headed, mapping: MappingFile, actor: int, kind: int) -> None:
    """Refuse the rows whose actor is of neither side by the word for its kind."""
    for number, cells in table.data:
        word = mapping.value("actor_kind", cells[kind].strip())
        name = cells[actor].strip()
        if name and not is_blank(name) and not side_of(word):
            why = f"'{shortened(word)}' tells no side" if word else "no kind is given"
            reason = f"whether '{shortened(name)}' is a state or a non-state actor is not known: {why}"
            table.refuse(number, Fault("error", kind, word, f"{reason}; use values: actor_kind in a mapping"))
