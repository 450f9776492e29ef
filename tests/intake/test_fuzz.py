"""Whatever somebody gives, it is a register with every row accounted for, or one clear sentence; never a traceback.

`LNLIB_FUZZ=500` makes that many examples of each; without it there are few, for speed.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.exceptions import IllegalCharacterError

from lnlib.errors import LnlibError
from lnlib.intake import examine
from lnlib.intake.draft_mapping import suggest_mapping
from lnlib.intake.headers import LAYOUTS, columns_of
from lnlib.intake.import_account import import_register
from lnlib.intake.mapping import MappingFile
from lnlib.intake.reading import grids_of, read
from lnlib.intake.recognise import recognised
from lnlib.intake.register_opening import from_raw
from lnlib.intake.tables import Headed
from lnlib.reference.places import Places
from lnlib.register.schema import TABLES

# a register in one argument is long to print, should a test fail
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

EXAMPLES = int(os.environ.get("LNLIB_FUZZ", "8"))
fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="LNLIB_FUZZ" not in os.environ,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

OURS = sorted({name for layout in LAYOUTS for name in columns_of(layout)})
KHMER = [c.name_km for table in TABLES.values() for c in table.columns if c.name_km]
headers = st.sampled_from(
    [
        *OURS,
        *OURS,
        *KHMER,
        "NGO",
        "Government partner",
        "Stage",
        "Province",
        "2011",
        "Q3 2011",
        "Stage 2012-05",
        "x",
        "_index",
        "_parent_index",
        "PARENT_KEY",
        "KEY",
        "sectors/water",
        "about/province",
        "Budget",
        "",
    ]
)
words = st.sampled_from(
    [
        "",
        "A01",
        "A02",
        "P001",
        "P002",
        "ngo",
        "OWSO",
        "district hall",
        "DND",
        "coalition",
        "Integrated",
        "កិច្ចសហការ",
        "បាត់ដំបង",
        "Battambang",
        "2",
        "02",
        "99",
        "Pursat; Takeo",
        "Pursat, Batambang",
        "2011",
        "Q3 2011",
        "03/05/2011",
        "32/13/2011",
        "state",
        "non_state",
        "mou",
        "water education",
        "water;health",
        "#org",
        "#example A",
        "=1+1",
        "-",
        "'=x",
        "1",
        "0",
        "Total",
        "a\nb",
        "a;b",
        'say "no"',
        "é",
        "2011-05-03T08:00:00.000+07:00",
        "\u200b",
        "x" * 33_000,
    ]
)
anything = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
texts = st.one_of(words, words, words, anything)
cells = st.one_of(
    texts,
    texts,
    st.none(),
    st.integers(-5, 3000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)),
    st.times(),
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1)),
)
titles = st.sampled_from(
    ["actors", "Partnerships", "assessments", "mechanisms", "2011", "Q3 2012", "Lists", "about", "places", "visits"]
)


def tables(values: st.SearchStrategy) -> st.SearchStrategy:
    sheet = st.builds(
        lambda above, header, rows: [*above, header, *rows],
        st.lists(st.lists(values, max_size=3), max_size=2),
        st.lists(headers, min_size=1, max_size=9),
        st.lists(st.lists(values, max_size=9), max_size=6),
    )
    return st.dictionaries(titles, sheet, min_size=1, max_size=4)


def hold(path: Path, folder: Path) -> None:
    """Check what is promised of every input."""
    try:
        account = import_register(path, folder)
    except LnlibError:
        assert not folder.exists()
        return
    finally:
        with suppress(LnlibError):
            MappingFile.read(suggest_mapping(path))
    read_, accepted, refused = account.counts
    assert read_ == accepted + refused
    assert accepted == sum(len(frame) for frame in account.register.tables.values())
    raw = read(path)
    found, _ = (
        recognised(grids_of(path), MappingFile(), Places.load()) if not (path / "actors.csv").exists() else ([], [])
    )
    no_row_is_lost(found, raw)
    _, checked = from_raw(raw)
    with (folder / "refused.csv").open(encoding="utf-8", newline="") as stream:
        listed = {
            (row["file"].removeprefix("'"), row["sheet"].removeprefix("'"), row["row"])
            for row in csv.DictReader(stream)
        }
    for name in TABLES:
        for at in checked.refused_at[name]:
            place = raw.tables[name].place(int(at))
            assert (place.file, place.sheet, str(place.row)) in listed
    again, checked = examine(folder)
    assert [str(p) for p in checked.problems if p.severity == "error"] == []
    for name, frame in account.register.tables.items():
        assert again.tables[name].equals(frame), name


def no_row_is_lost(found: list[Headed], raw) -> None:
    places = {raw.tables[name].place(at) for name in TABLES for at in range(len(raw.tables[name].frame))}
    places |= {problem.place.at(problem.row) for problem in raw.problems}
    for one in found:
        for row, _ in one.data:
            assert one.grid.place.at(row) in places


@fuzz
@given(tables(cells), st.lists(st.sampled_from(["A1:C1", "A2:A4", "B2:C3", "A1:A9"]), max_size=2, unique=True))
def test_no_workbook_gives_a_traceback_or_loses_a_row(sheets, merges):
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            try:
                sheet.append(row)
            except (IllegalCharacterError, ValueError):
                sheet.append(["unwritable"])
        for merge in merges:
            sheet.merge_cells(merge)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        book.save(path)
        hold(path, Path(folder) / "out")


@fuzz
@given(
    tables(texts),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.booleans(),
)
def test_no_folder_of_texts_gives_a_traceback_or_loses_a_row(sheets, separator, encoding, ours):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in"
        path.mkdir()
        names = [*TABLES] if ours else list(sheets)
        for name, rows in zip(names, [*sheets.values()] * 4, strict=False):
            with (path / f"{name}.csv").open("w", encoding=encoding, errors="replace", newline="") as stream:
                csv.writer(stream, delimiter=separator).writerows(rows)
        hold(path, Path(folder) / "out")


@fuzz
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.xlsx", "a.txt", "a.bin"]))
def test_no_bytes_give_a_traceback(data, name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        hold(path, Path(folder) / "out")


@fuzz
@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(["columns:", " a: stage", "values:", "  stage: {x: y}", "- z", "assume: {kind: ngo}"])
    ).map("\n".join)
)
def test_no_mapping_gives_a_traceback(text):
    with suppress(LnlibError):
        MappingFile.read(text)
