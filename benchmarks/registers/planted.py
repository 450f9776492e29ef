"""Plant a table in a random workbook and look for every cell of it: in the register, among the refused, or not read.

    python benchmarks/registers/planted.py [--workbooks 10000] [--seed 1] [--files 100]

A workbook has the table at a random place, with words of its own for headers, rounds side by side, hidden parts, repeated
rows, placeholders, totals, a header that stands again, sheets per province or year, and sheets of noise. One in `--files`
is written as `.xlsx` and imported from the file; the others are read from their cells. Fails on a cell that is lost, on a
partnership or actor that was not planted, and on a traceback.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import Workbook

from lnlib.errors import LnlibError
from lnlib.intake.grids import Grid, column_letters
from lnlib.intake.import_account import _reasons
from lnlib.intake.mapping import MappingFile
from lnlib.intake.reading import grids_of
from lnlib.intake.recognise import gather
from lnlib.intake.register_opening import from_raw

STAGES = ["coalition", "collaboration", "integrated"]
PROVINCES = {"Battambang": "02", "Pursat": "15", "Takeo": "21", "Kampot": "07"}
HEADERS = {
    "non_state": ["NGO", "non_state", "Name of the NGO", "Partners/NGO", "CSO", "Who is it?"],
    "state": ["Government partner", "state", "State actor", "who-state", "Local authority", "With whom"],
    "province": ["Province", "province", "Where/Province", "adm1", "Place"],
    "date": ["Date", "date", "Date of assessment", "When"],
    "stage": ["Stage", "stage", "Stage of partnership", "How far"],
    "rated_by": ["Rated by", "rated_by", "Who rated?"],
    "note": ["Remarks", "note", "Anything else"],
}
NAMED = ["Baseline", "Round 1", "First"], ["Endline", "Round 2", "Second"]
BLANKS = ["", "n/a", "-", "TBD", "unknown"]


@dataclass
class Planted:
    """A workbook, and what was planted in it.

    Parameters
    ----------
    grids : list of Grid
        Its sheets.
    cells : list of (str, int, int, str, str)
        Sheet, row, column, our column and text of each planted cell.
    ratings : list of (str, int, int, int, tuple)
        Sheet, row, the columns of stage and date (-1 for none), and (non-state, date, stage) of each planted rating.
    pairs : set of (str, str)
        Names of the actors of each planted partnership.
    """

    grids: list[Grid] = field(default_factory=list)
    cells: list[tuple[str, int, int, str, str]] = field(default_factory=list)
    ratings: list[tuple[str, int, int, int, tuple[str, str, str]]] = field(default_factory=list)
    pairs: set[tuple[str, str]] = field(default_factory=set)


def plant(seed: int) -> Planted:
    """Make a workbook from a seed."""
    chance = random.Random(seed)
    planted = Planted()
    kind = chance.choice(["tracker", "years", "provinces"])
    titles = {"tracker": ["Tracker"], "years": ["2011", "2012"], "provinces": ["Battambang", "Pursat"]}[kind]
    number = chance.randrange(1000)
    for title in titles:
        number = _plant_sheet(chance, planted, title, kind, number)
    for name in chance.sample(["Read me", "Lists", "Summary", "Budget"], chance.randrange(3)):
        width = chance.randrange(1, 4)
        cells = [
            [chance.choice(["x", "7", "water", "total"]) for _ in range(width)] for _ in range(chance.randrange(1, 6))
        ]
        planted.grids.insert(
            chance.randrange(len(planted.grids) + 1), Grid("book.xlsx", name, cells, [*range(1, len(cells) + 1)])
        )
    return planted


def _plant_sheet(chance: random.Random, planted: Planted, title: str, kind: str, number: int) -> int:
    rounds = chance.choice([1, 1, 2, 3])
    names = {column: chance.choice(words) for column, words in HEADERS.items()}
    columns = ["non_state", "state", *["province"] * (kind != "provinces"), *["note"] * chance.randrange(2)]
    labels = [""] * rounds
    if rounds == 2 and chance.random() < 0.5:
        labels = [f"{chance.choice(words)} " for words in NAMED]
    layout = [(column, names[column]) for column in columns]
    dated = not (kind == "years" and rounds == 1)
    for label in labels:
        layout += [("date", f"{label}{names['date']}")] * dated + [("stage", f"{label}{names['stage']}")]
    if chance.random() < 0.5:
        layout.append(("rated_by", names["rated_by"]))
    left, top = chance.choice([0, 0, 1, 3]), chance.choice([0, 0, 1, 2])
    blank = [""] * left
    cells: list[list[str]] = [["Register of partnerships"]] * top
    rows = list(range(1, top + 1))
    at = top + 1 + chance.choice([0, 0, 2])
    header = blank + [name for _, name in layout]
    cells.append(header)
    rows.append(at)
    for _ in range(chance.randrange(1, 7)):
        at += chance.choice([1, 1, 1, 2])
        line = list(blank)
        number += 1
        non_state, state = f"River group {number}", f"Commune council {number % 7}"
        moment: dict[int, str] = {}
        nth = 0
        for column, _ in layout:
            text = {"non_state": non_state, "state": state, "note": chance.choice(["seen", *BLANKS])}.get(column, "")
            if column == "province":
                text = chance.choice([*PROVINCES, *BLANKS])
            elif column == "date":
                text = f"20{10 + nth}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
                moment = {len(line): text}
            elif column == "stage":
                text = chance.choice(STAGES)
                where, date = next(iter(moment.items()), (-1, title))
                planted.ratings.append((title, at, len(line), where, (non_state, date, text)))
                nth += 1
            elif column == "rated_by":
                text = chance.choice(["state", "non_state", "nobody knows"])
            if column in ("non_state", "state"):
                planted.cells.append((title, at, len(line), column, text))
            line.append(text)
        planted.pairs.add((non_state, state))
        cells.append(line)
        rows.append(at)
        if chance.random() < 0.1:  # the row stands again
            at += 1
            cells.append(line)
            rows.append(at)
        if chance.random() < 0.1:
            at += 1
            cells.append(header)
            rows.append(at)
    if chance.random() < 0.3:
        cells.append([*blank, chance.choice(["Total", "GRAND TOTAL", "Total: 3"]), "3"])
        rows.append(at + 1)
    hidden = (
        frozenset(chance.sample(rows, chance.randrange(2))),
        frozenset(chance.sample(range(6), chance.randrange(2))),
    )
    grid = Grid(
        "book.xlsx", title, cells, rows, hidden=chance.random() < 0.1, hidden_rows=hidden[0], hidden_columns=hidden[1]
    )
    planted.grids.append(grid)
    return number


def write(planted: Planted, file: Path) -> None:
    """Write a planted workbook as `.xlsx`."""
    book = Workbook()
    book.remove(book.active)
    for grid in planted.grids:
        sheet = book.create_sheet(grid.sheet)
        for row, cells in zip(grid.rows, grid.cells, strict=True):
            for at, text in enumerate(cells, 1):
                if text:
                    sheet.cell(row, at, text).number_format = "@"
        for row in grid.hidden_rows:
            sheet.row_dimensions[row].hidden = True
        for at in grid.hidden_columns:
            sheet.column_dimensions[column_letters(at)].hidden = True
    visible = book.create_sheet("Cover")
    visible["A1"] = "Kept by the unit."
    for grid in planted.grids:
        book[grid.sheet].sheet_state = "hidden" if grid.hidden else "visible"
    book.save(file)


def lost(planted: Planted, grids: list[Grid]) -> list[str]:
    """Return what was planted and is nowhere, and what is in the register and was not planted."""
    try:
        raw = gather(grids, Path("book.xlsx"), MappingFile())
    except LnlibError as error:
        return [] if "holds no table" in str(error) else [str(error)]
    register, checked = from_raw(raw)
    listed = {(p.sheet, p.row) for p in _reasons(raw, checked, strict=False)}
    listed |= {(p.sheet, p.row) for p in raw.problems if p.reason.startswith("left out")}
    apart = {(part.place.sheet, part.letters) for part in raw.parts if part.status == "not read"}
    names = dict(zip(register.actors["actor"], register.actors["name"], strict=True))
    partners = register.partnerships.set_index("partnership")
    have = set(names.values())
    pairs = {(names[a], names[b]) for a, b in zip(partners["non_state"], partners["state"], strict=True)}
    ratings = {
        (names[partners.at[key, "non_state"]], date, stage)
        for key, date, stage in register.assessments[["partnership", "date", "stage"]].itertuples(index=False)
    }
    wrong = [
        f"{sheet} row {row}: {column} '{text}' is lost"
        for sheet, row, at, column, text in planted.cells
        if text not in have and (sheet, row) not in listed and (sheet, column_letters(at)) not in apart
    ]
    wrong += [
        f"{sheet} row {row}: rating {rating} is lost"
        for sheet, row, at, date, rating in planted.ratings
        if rating not in ratings
        and (sheet, row) not in listed
        and not {(sheet, column_letters(at)), (sheet, column_letters(max(date, 0)))} & apart
    ]
    wrong += [f"partnership {pair} was not planted" for pair in sorted(pairs - planted.pairs)]
    return wrong + [f"actor '{name}' was not planted" for name in sorted(have - {n for p in planted.pairs for n in p})]


def main() -> int:
    """Plant many workbooks and report the first that loses or invents anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workbooks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=100, help="one in so many is written as .xlsx and read from it")
    options = parser.parse_args()
    start, found, planted_cells = time.perf_counter(), Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seed, options.seed + options.workbooks):
            planted = plant(seed)
            grids = planted.grids
            if options.files and seed % options.files == 0:
                write(planted, file := Path(folder) / "book.xlsx")
                grids = grids_of(file)
            planted_cells += len(planted.cells) + len(planted.ratings)
            if wrong := lost(planted, grids):
                found["workbooks with something lost or invented"] += 1
                if found.total() <= 5:
                    print(f"seed {seed}: {wrong[:3]}")
    seconds = time.perf_counter() - start
    print(
        f"{options.workbooks:,} workbooks, {planted_cells:,} planted cells and ratings, {found.total()} lost, {seconds:.0f} s"
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
