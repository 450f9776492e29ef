"""Importing: every row read is accepted or listed, and the three counts add up."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from frictionless import validate

from lnlib.errors import RegisterError
from lnlib.intake import examine, open_register
from lnlib.intake.import_account import import_register

SMALL = Path(__file__).parent.parent / "registers" / "small"
HEADER = ["NGO", "Government partner", "Province", "Stage", "rated_by"]
ROWS = [
    ["River Watch", "OWSO Battambang", "Battambang", "coalition", "state"],
    ["Lake Circle", "OWSO Pursat", "Pursat", "deep", "state"],
    ["=Total", None, None, 2, None],
]


def listing(file):
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def test_every_row_is_accepted_or_refused_and_the_counts_are_said(book, tmp_path):
    path, out = book({"2011": [HEADER, *ROWS[:2], ["Source: visits", None, None, 2]]}), tmp_path / "out"
    account = import_register(path, out)
    assert account.words == [
        "actors: read 4, accepted 4, refused 0",
        "partnerships: read 3, accepted 2, refused 1",
        "assessments: read 2, accepted 1, refused 1",
        "mechanisms: read 0, accepted 0, refused 0",
        "read 9 = accepted 7 + refused 2",
        f"every refused row, with its reason: {out / 'refused.csv'}",
        f"8 assumptions: {out / 'warnings.csv'}",
        f"every sheet and column, and what became of it: {out / 'account.csv'}",
        "every figure will say that the kind of data is not stated; a mapping states it: `register: {kind: field}`, coded or simulated",
    ]
    assert listing(out / "refused.csv") == [
        ["file", "sheet", "row", "column", "value", "reason", "suggestion"],
        ["book.xlsx", "2011", "4", "Government partner", "Source: visits | 2",
         "state may not be empty: a partnership has a non-state and a state actor", ""],
        ["book.xlsx", "2011", "3", "Stage", "deep",
         "stage 'deep' is not known. Allowed: coalition, collaboration, integrated", ""],
    ]  # fmt: skip
    assert listing(out / "warnings.csv")[:2] == [
        ["kind", "file", "sheet", "row", "column", "value", "reason", "suggestion"],
        ["assumed", "book.xlsx", "2011", "", "NGO", "", "column 'NGO' read as non_state", ""],
    ]  # fmt: skip


def test_what_was_imported_opens_validates_and_has_a_workbook_beside_it(book, tmp_path):
    account = import_register(book({"2011": [HEADER, ROWS[0]]}), tmp_path / "out")
    register = open_register(tmp_path / "out")
    assert register.problems == ()
    assert all(register.tables[name].equals(frame) for name, frame in account.register.tables.items())
    assert open_register(tmp_path / "out" / "register.xlsx").problems == ()
    report = validate(str(tmp_path / "out" / "datapackage.json"))
    assert report.valid, report.flatten(["message"])


def test_a_refused_cell_is_not_run_as_a_formula(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("NGO,Government partner,Province,Stage,rated_by\n=cmd()|x,,,coalition,state\n")
    import_register(file, tmp_path / "out")
    assert listing(tmp_path / "out" / "refused.csv")[1][4] == "'=cmd()|x | coalition | state"


def test_rows_that_lean_on_a_refused_row_are_listed_too(tmp_path, spoiled):
    account = import_register(spoiled(cells={("actors", 2, "kind"): "nog"}), tmp_path / "out")
    places = {(row[0], row[2]) for row in listing(tmp_path / "out" / "refused.csv")[1:]}
    assert ("actors.csv", "2") in places
    assert len(places) == account.counts[2] > 1


def test_a_table_without_a_needed_column_lists_each_of_its_rows(tmp_path):
    shutil.copytree(SMALL, tmp_path / "in")
    text = (tmp_path / "in" / "actors.csv").read_text("utf-8")
    (tmp_path / "in" / "actors.csv").write_text(text.replace("kind", "sort", 1), "utf-8")
    account = import_register(tmp_path / "in", tmp_path / "out")
    listed = [row for row in listing(tmp_path / "out" / "refused.csv")[1:] if row[0] == "actors.csv" and row[2] != "1"]
    assert len(listed) == account.refused["actors"] == account.read["actors"]
    assert listed[0][5].startswith("column kind is missing; actors has ")


def test_a_strict_import_refuses_rows_in_which_something_was_assumed(tmp_path, spoiled):
    folder = spoiled(cells={("partnerships", 2, "province"): "2"})
    assert import_register(folder, tmp_path / "lax").counts[2] == 0
    account = import_register(folder, tmp_path / "out", strict=True)
    assert account.refused["partnerships"] == 1
    assert listing(tmp_path / "out" / "refused.csv")[1][:6] == [
        "partnerships.csv", "", "2", "province", "2", "province '2' read as 02 (Battambang), its zero restored",
    ]  # fmt: skip
    assert account.refused["assessments"] > 0
    assert examine(tmp_path / "out")[1].problems == () or account.counts[1] > 0


def test_a_strict_import_assumes_nothing_of_a_whole_file(book, tmp_path):
    path = book(
        {"2011": [["NGO", "state", "province", "stage", "rated_by"], ["A", "OWSO", "02", "coalition", "state"]]}
    )
    with pytest.raises(RegisterError) as caught:
        import_register(path, tmp_path / "out", strict=True)
    assert str(caught.value) == (
        f"a strict import of {path} assumes nothing and leaves nothing unread, but:\n  book.xlsx, sheet 2011, column NGO: column 'NGO' read as non_state"
    )
    assert not (tmp_path / "out").exists()


def test_a_strict_import_with_a_mapping_that_tells_all_is_accepted(book, tmp_path):
    path = book({"2011": [["NGO", "state", "province", "stage"], ["A", "OWSO", "02", "coalition"]]})
    (tmp_path / "map.yml").write_text(
        "columns: {NGO: non_state}\nassume: {rated_by: state, state_kind: owso, non_state_kind: ngo}\n"
    )
    account = import_register(path, tmp_path / "out", mapping=tmp_path / "map.yml", strict=True)
    assert account.counts == (4, 4, 0)


def test_the_source_is_never_written_over(tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(SMALL, folder)
    with pytest.raises(RegisterError) as caught:
        import_register(folder, folder)
    assert str(caught.value) == f"{folder} holds what is to be imported; write to a folder of its own"


def test_a_register_is_never_replaced_by_one_without_a_row(book, tmp_path):
    out = tmp_path / "out"
    path = book({"2011": [HEADER, ROWS[0]]})
    import_register(path, out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    assert book({"2011": [HEADER, ["River Watch", "OWSO Battambang", "Atlantis", "deep", "state"]]}) == path
    with pytest.raises(RegisterError) as error:
        import_register(path, out)
    lines = str(error.value).splitlines()
    assert lines[0] == f"the register in {out} is left as it was: none of the 2 rows read from {path} was accepted"
    assert "Atlantis" in lines[1]
    assert lines[-1] == f"`lnlib import {path} --suggest` drafts a mapping for --mapping"
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_what_was_imported_with_a_mapping_is_not_imported_again_without_one(book, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mapping = tmp_path / "own.yml"
    mapping.write_text("values: {stage: {deep: integrated}}\n", "utf-8")
    path, out = book({"2011": [HEADER, ROWS[1]]}), tmp_path / "out"
    import_register(path, out, mapping=mapping)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    with pytest.raises(RegisterError) as error:
        import_register(path, out)
    reason = "add `--mapping own.yml`, or write to another folder"
    assert str(error.value) == f"{out} was imported with a mapping; {reason}"
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert import_register(path, out, mapping=mapping).counts[2] == 0


def test_other_files_are_never_written_over(book, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("")
    with pytest.raises(RegisterError) as caught:
        import_register(book({"2011": [HEADER, ROWS[0]]}), tmp_path / "out")
    assert str(caught.value) == f"{tmp_path / 'out'} holds other files; a register is written to a folder of its own"


def test_an_import_is_the_same_byte_for_byte(book, tmp_path):
    path = book({"2011": [HEADER, *ROWS[:2]]})
    for name in ("one", "two"):
        import_register(path, tmp_path / name / "out")
    for file in (tmp_path / "one" / "out").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / "out" / file.name).read_bytes()


def test_a_sheet_of_nothing_but_refused_rows_still_gives_its_list(book, tmp_path):
    account = import_register(book({"2011": [HEADER, ["A", "RDB", "02", "coalition", "state"]]}), tmp_path / "out")
    assert account.counts == (1, 0, 1)
    assert json.loads((tmp_path / "out" / "datapackage.json").read_text("utf-8"))["title"] == "book"


def test_what_somebody_should_look_at_is_counted(tmp_path):
    rows = "A,ngo,B,owso,02,{},{},state\n"
    (tmp_path / "a.csv").write_text(
        "non_state,non_state_kind,state,state_kind,province,date,stage,rated_by\n"
        + rows.format("2011", "coalition")
        + rows.format("2012", "integrated")
    )
    out = tmp_path / "out"
    assert import_register(tmp_path / "a.csv", out).words[-4:] == [
        "read 5 = accepted 5 + refused 0",
        f"1 to review: {out / 'warnings.csv'}",
        f"every sheet and column, and what became of it: {out / 'account.csv'}",
        "every figure will say that the kind of data is not stated; a mapping states it: `register: {kind: field}`, coded or simulated",
    ]


def test_a_register_without_a_row_says_so(tmp_path):
    (tmp_path / "a.csv").write_text("non_state,non_state_kind,state,state_kind,province,date,stage,rated_by\n")
    assert import_register(tmp_path / "a.csv", tmp_path / "out").words[-2:] == [
        "read 0 = accepted 0 + refused 0",
        "the register is empty: no row was read",
    ]


def test_a_strict_import_refuses_what_another_row_of_the_partnership_contradicts(book, tmp_path):
    header = [
        "partnership",
        "non_state",
        "non_state_kind",
        "state",
        "state_kind",
        "province",
        "start",
        "stage",
        "date",
        "rated_by",
    ]
    actors = ["River Watch", "ngo", "One Window", "owso", "02"]
    rows = [
        ["P1", *actors, "2010", "coalition", "2011", "state"],
        ["P1", *actors, "2009", "integrated", "2012", "state"],
    ]
    path = book({"A": [header, *rows]})
    reason = "book.xlsx, sheet A, row 3, column start: start differs from '2010' in row 2, which was kept"
    loose = import_register(path, tmp_path / "loose")
    assert [str(problem) for problem in loose.problems if problem.unused] == [reason]
    assert list(loose.register.assessments["date"]) == ["2011", "2012"]
    strict = import_register(path, tmp_path / "strict", strict=True)
    assert list(strict.register.assessments["date"]) == ["2011"]
    assert [str(problem) for problem in strict.listed][:1] == [reason]
