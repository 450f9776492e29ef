"""The sample workbooks of `tests/registers`, imported as a user imports them."""

import csv

import pytest
from intake import samples
from typer.testing import CliRunner

from lnlib.cli import app
from lnlib.intake import open_register
from lnlib.intake.workbook import read_sheets


def imported(name, out):
    done = CliRunner().invoke(app, ["import", str(samples.FOLDER / name), "--to", str(out)])
    with (out / "refused.csv").open(encoding="utf-8", newline="") as stream:
        refused = [(row["sheet"], row["row"], row["column"], row["reason"]) for row in csv.DictReader(stream)]
    return done, refused


@pytest.mark.parametrize("name", [samples.TRACKER, samples.EXPORT])
def test_the_samples_are_small_and_are_what_their_script_makes(name, tmp_path):
    samples.make(tmp_path)
    assert (samples.FOLDER / name).stat().st_size < 30_000
    assert read_sheets(samples.FOLDER / name) == read_sheets(tmp_path / name)


def test_a_messy_tracker_is_imported(tmp_path):
    out = tmp_path / "out"
    done, refused = imported(samples.TRACKER, out)
    assert done.output.splitlines()[1:] == [
        "left out: tracker.xlsx, sheet 2011: 1 row (the row of 'Total' holds totals)",
        "left out: tracker.xlsx, sheet 2011: No. (a row counter)",
        "left out: tracker.xlsx, sheet 2012: No. (a row counter)",
        "left out: tracker.xlsx, sheet Lists: good, better (text, no table)",
        "actors: read 9, accepted 9, refused 0",
        "partnerships: read 7, accepted 6, refused 1",
        "assessments: read 8, accepted 6, refused 2",
        "mechanisms: read 0, accepted 0, refused 0",
        "7 rows, 7 partnerships: row 5 of 2011 and row 2 of 2012 were joined",
        "read 24 = accepted 21 + refused 3",
        f"every refused row, with its reason: {out / 'refused.csv'}",
        f"37 assumptions: {out / 'warnings.csv'}",
        f"every sheet and column, and what became of it: {out / 'account.csv'}",
        "every figure will say that the kind of data is not stated; a mapping states it: `register: {kind: field}`, coded or simulated",
    ]
    assert done.exit_code == 1
    assert refused == [
        ("2011", "10", "Province",
         "province 'Batambang' is not known; did you mean 'Battambang'? "
         "Allowed: a code from 01 (Banteay Meanchey) to 25 (Tboung Khmum), or a name"),
        ("2011", "10", "partnership", "its partnership, 'Coast Friends' with 'District office', was refused in tracker.xlsx, sheet 2011, row 10: province 'Batambang' is not known; did you mean 'Battambang'? Allowed: a code f…"),
        ("2011", "11", "Stage of partnership",
         "stage 'very good' is not known. Allowed: coalition, collaboration, integrated"),
    ]  # fmt: skip
    register = open_register(out)
    assert register.problems == ()
    assert list(register.partnerships["province"]) == ["02", "15", "15", "21", "07", "10"]
    assert list(register.assessments["date"]) == [
        "2011-05", "2011-06-13", "2011-06-01", "2011-Q4", "2011-Q4", "2012-05-03",
    ]  # fmt: skip
    assert set(register.assessments["rated_by"]) == {"unstated"}


def test_an_export_with_a_group_in_a_group_is_imported(tmp_path):
    out = tmp_path / "out"
    done, refused = imported(samples.EXPORT, out)
    assert done.exit_code == 1
    assert "read 11 = accepted 10 + refused 1; 1 part of the file NOT READ" in done.output.splitlines()
    assert refused == [
        ("ratings", "5", "_parent_index",
         "its parent, _parent_index '9', is not in sheet visits"),
    ]  # fmt: skip
    register = open_register(out)
    assert register.assessments[["partnership", "date", "stage", "rated_by"]].values.tolist() == [
        ["P002", "2011-05-03", "coalition", "state"],
        ["P002", "2011-05-03", "collaboration", "non_state"],
        ["P001", "2012-05-03", "integrated", "state"],
    ]
    assert list(register.partnerships["sectors"]) == ["education;water", "education"]
