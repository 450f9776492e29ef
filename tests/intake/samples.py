"""Make the two sample workbooks of `tests/registers`: somebody's messy tracker and an export of KoboToolbox.

    python tests/intake/samples.py

Every actor is invented. The same script gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from openpyxl import Workbook

from lnlib.register.writing import save_settled

FOLDER = Path(__file__).parents[1] / "registers"
TRACKER, EXPORT = "tracker.xlsx", "kobo.xlsx"


def tracker() -> Workbook:
    """A sheet a year, with a title, HXL tags, merged cells, typed dates, lost zeros, a total and a list of words."""
    book = Workbook()
    first = book.active
    first.title = "2011"
    header = ["No.", "NGO", "Government partner", "Province", "Stage of partnership", "Date", "Remarks"]
    for row in [
        ["Partnership tracker, invented for the tests"],
        [],
        header,
        ["", "#org+ngo", "#org+gov", "#adm1+name", "#status", "#date", "#meta"],
        [1, "River Watch", "Commune council of Sala", 2, "Coalition", dt.date(2011, 5, 3), "=1+1 is no sum"],
        [2, "Lake Circle", "Provincial department", "ពោធិ៍សាត់", "collaboration", "13/06/2011", "-"],
        [3, None, "One Window office", None, "coalition", dt.date(2011, 6, 1), None],
        [],
        [4, "Forest Net", "District office", "Takeo, Kampot", "integrated", "Q4 2011", None],
        [5, "Coast Friends", "District office", "Batambang", "coalition", "2011-07", None],
        [6, "Hill Voices", "Commune council of Phum", "Kratie", "very good", "2011-07", None],
        ["Total", 6],
    ]:
        first.append(row)
    first["F5"].number_format = "mmm yyyy"
    first["F7"].number_format = "dd/mm/yyyy"
    for cell in ("G5", "G6"):
        first[cell].data_type = "s"
    first.merge_cells("B6:B7")
    first.merge_cells("D6:D7")
    second = book.create_sheet("2012")
    second.append(header)
    second.append([1, "River Watch", "Commune council of Sala", "02", "Collaboration", dt.date(2012, 5, 3), None])
    book.create_sheet("Lists").append(["good", "better"])
    return book


def export() -> Workbook:
    """A form with a repeat group of visits, in each of which two people rate, and a repeat group of mechanisms."""
    book = Workbook()
    form = book.active
    form.title = "Partnership form"
    system = ["_id", "_uuid", "_submission_time", "_index"]
    form.append(["start", "end", "non_state", "non_state_kind", "state", "state_kind", "province", "sectors",
                 "sectors/water", "sectors/education", *system])  # fmt: skip
    times = ["2011-05-03T08:00:00.000+07:00", "2011-05-03T08:20:00.000+07:00"]
    form.append([*times, "River Watch", "ngo", "OWSO Sala", "owso", "02", "water education", 1, 1, 101, "u1",
                 "2011-05-03T03:00:00", 1])  # fmt: skip
    form.append([*times, "Lake Circle", "ngo", "Sala school", "service_provider", "15", "education", 0, 1, 102, "u2",
                 "2011-05-04T03:00:00", 2])  # fmt: skip
    parent = ["_index", "_parent_table_name", "_parent_index"]
    visits = book.create_sheet("visits")
    visits.append(["date", "visitor", *parent])
    visits.append(["2011-05-03", "Ann", 1, "Partnership form", 2])
    visits.append(["2012-05-03", "Ben", 2, "Partnership form", 1])
    visits.append(["2013-05-03", "Ben", 3, "Partnership form", 1])
    ratings = book.create_sheet("ratings")
    ratings.append(["stage", "rated_by", *parent])
    ratings.append(["coalition", "state", 1, "visits", 1])
    ratings.append(["collaboration", "non_state", 2, "visits", 1])
    ratings.append(["integrated", "state", 3, "visits", 2])
    ratings.append(["integrated", "state", 4, "visits", 9])
    steps = book.create_sheet("mechanisms")
    steps.append(["mechanism", "start", *parent])
    steps.append(["mou", "2011-05", 1, "Partnership form", 1])
    return book


def make(folder: Path) -> None:
    """Write both."""
    save_settled(tracker(), folder / TRACKER)
    save_settled(export(), folder / EXPORT)


if __name__ == "__main__":
    make(FOLDER)
