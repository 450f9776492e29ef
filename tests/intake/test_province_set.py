"""The provinces that an imported register is counted in: none that it does not know of."""

import csv
import json

import pytest

from lnlib.intake import open_register
from lnlib.intake.import_account import import_register
from lnlib.intake.register_opening import prepare

HEADER = ["NGO", "Government partner", "Province", "District", "Date", "Stage"]
DISTRICTS = ["Memot", "Tboung Khmum", "Prey Chhor", "Batheay"]
CHOSEN = (
    'provinces are counted as before the split (frame: "24"): Tboung Khmum (2013-12) was split off Kampong Cham, '
    "which the file does not name, and its dates end on 2013-10-31"
)
MOVED = '2 partnerships of Kampong Cham are counted in Tboung Khmum by their district; frame: "24" counts them in Kampong Cham'


def rows(*more, date="2013-10"):
    """A partnership in each of four districts of Kampong Cham, two of which went to Tboung Khmum, and others."""
    here = [["NGO " + name, "OWSO " + name, "Kampong Cham", name, date, "coalition"] for name in DISTRICTS]
    return [HEADER, *here, *more]


def units(folder):
    return sorted(open_register(folder).described["unit"])


def warned(folder):
    with (folder / "warnings.csv").open(encoding="utf-8", newline="") as file:
        return [line["reason"] for line in csv.DictReader(file) if "counted in" in line["reason"]]


def said(account):
    return [line for line in account.words if "counted in" in line or "counted as" in line]


def test_a_register_that_ends_before_the_split_is_counted_without_the_province_split_off(book, tmp_path):
    account = import_register(book({"Data": rows()}), tmp_path / "out")
    assert said(account) == [CHOSEN]
    assert json.loads((tmp_path / "out/datapackage.json").read_text("utf-8"))["register"]["frame"] == "24"
    assert units(tmp_path / "out") == ["03"] * 4
    assert warned(tmp_path / "out") == []


@pytest.mark.parametrize("prepared", [False, True])
def test_a_workbook_is_opened_as_its_import_would_be_counted(prepared, book):
    path = book({"Data": rows()})
    if prepared:
        prepare(path)
    register = open_register(path)
    assert set(register.described["unit"]) == {"03"}
    assert [one.reason for one in register.problems if "counted as" in one.reason] == [CHOSEN]
    after = open_register(path, frame="25")
    assert set(after.described["unit"]) == {"03", "25"}
    assert [one.reason for one in after.problems if "counted as" in one.reason] == []


@pytest.mark.parametrize("name", ["Tboung Khmum", "Tbong Khmum", "25"])
def test_a_register_that_names_the_province_is_counted_after_the_split(name, book, tmp_path):
    named = ["NGO E", "OWSO E", name, "Suong", "2013-10", "coalition"]
    account = import_register(book({"Data": rows(named)}), tmp_path / "out")
    assert said(account) == [MOVED]
    assert units(tmp_path / "out") == ["03", "03", "25", "25", "25"]
    assert warned(tmp_path / "out") == [MOVED]


def test_a_row_that_is_refused_names_its_province_too(book, tmp_path):
    without_ngo = ["", "OWSO E", "Tboung Khmum", "Suong", "2013-10", "coalition"]
    account = import_register(book({"Data": rows(without_ngo)}), tmp_path / "out")
    assert account.refused["partnerships"] == 1
    assert said(account) == [MOVED]


def test_a_register_with_dates_after_the_split_is_counted_after_it_and_says_what_moved(book, tmp_path):
    later = ["NGO E", "OWSO E", "Pursat", "", "2014-01", "coalition"]
    account = import_register(book({"Data": rows(later)}), tmp_path / "out")
    assert said(account) == [MOVED]
    assert units(tmp_path / "out") == ["03", "03", "15", "25", "25"]


@pytest.mark.parametrize(("date", "frame"), [("2013-12-31", "24"), ("2014-01-01", "25")])
def test_the_last_day_before_the_split_is_before_it(date, frame, book, tmp_path):
    import_register(book({"Data": rows(date=date)}), tmp_path / "out")
    assert open_register(tmp_path / "out").frame == frame


def test_provinces_without_a_split_are_counted_as_they_were(book, tmp_path):
    only = [HEADER, ["NGO E", "OWSO E", "Pursat", "", "2011", "coalition"]]
    account = import_register(book({"Data": only}), tmp_path / "out")
    assert said(account) == []
    assert account.register.frame == "25"


def test_a_province_set_that_is_declared_stays_and_what_moved_is_said(book, tmp_path):
    mapping = tmp_path / "m.yml"
    mapping.write_text('register: {frame: "25"}\n', "utf-8")
    account = import_register(book({"Data": rows()}), tmp_path / "out", mapping=mapping)
    assert (said(account), account.register.frame) == ([MOVED], "25")


def test_one_partnership_that_moved_is_said_in_the_singular(book, tmp_path):
    one = [HEADER, *rows()[2:], ["NGO E", "OWSO E", "Pursat", "", "2014-01", "coalition"]]
    account = import_register(book({"Data": one}), tmp_path / "out")
    assert said(account) == [
        '1 partnership of Kampong Cham is counted in Tboung Khmum by its district; frame: "24" counts it in Kampong Cham'
    ]


def test_partnerships_without_a_district_are_counted_in_both_provinces_together_and_are_not_moved(book, tmp_path):
    vague = ["NGO F", "OWSO F", "Kampong Cham", "", "2013-10", "coalition"]
    later = ["NGO E", "OWSO E", "Pursat", "", "2014-01", "coalition"]
    account = import_register(book({"Data": rows(vague, later)}), tmp_path / "out")
    assert said(account) == []
    assert units(tmp_path / "out") == ["03+25"] * 5 + ["15"]
