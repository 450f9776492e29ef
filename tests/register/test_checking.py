"""Every check, by one fault in the small register; the whole of what is said of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lnlib.intake import examine
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register.checking import check
from lnlib.register.problems import shortened
from lnlib.register.raw_rows import RawRegister, RawTable
from lnlib.register.schema import TABLES

# P2 goes back: that is in the small register itself
BACK = "review assessments.csv, row 7, column stage: goes back, from collaboration to coalition"
PLACES = "Allowed: a code from 01 (Banteay Meanchey) to 25 (Tboung Khmum), or a name"
DATES = "allowed: 2011, 2011-H1, 2011-Q3, 2011-05, 2011-05-03, or two of these with / between"
KINDS = (
    "Allowed: ngo, community_group, media, union, association, research, other_non_state, ministry, national_body, provincial_office, "
    "municipal_office, district_office and 4 more"
)
OF = {"P1": [("assessments", 2), ("assessments", 3), ("assessments", 4), ("mechanisms", 2)], "P4": [("assessments", 8)]}


def refused(partnership: str, reason: str) -> list[str]:
    """Return that the rows of a partnership are refused with it, where and why."""
    row = int(partnership[1]) + 1
    return [
        f"error {table}.csv, row {at}, column partnership: "
        f"partnership '{partnership}' was refused in partnerships.csv, row {row}: {shortened(reason)}"
        for table, at in OF[partnership]
    ]


def message(folder) -> list[str]:
    register, _ = examine(folder)
    return [f"{problem.severity} {problem}" for problem in register.problems if f"{problem.severity} {problem}" != BACK]


def test_the_small_register_has_no_error_and_one_step_back(small):
    assert [f"{problem.severity} {problem}" for problem in small.problems] == [BACK]


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "messages"),
    [
        (
            *("partnerships", 2, "province", "Batambang"),
            [
                "error partnerships.csv, row 2, column province: province 'Batambang' is not known; "
                f"did you mean 'Battambang'? {PLACES}",
                *refused("P1", f"province 'Batambang' is not known; did you mean 'Battambang'? {PLACES}"),
            ],
        ),
        (
            *("partnerships", 2, "state", "S9"),
            [
                "error partnerships.csv, row 2, column state: "
                "actor 'S9' is not in actors.csv, which has A1, A2, A3, S1, S2, S3",
                *refused("P1", "actor 'S9' is not in actors.csv, which has A1, A2, A3, S1, S2, S3"),
            ],
        ),
        (
            *("partnerships", 2, "state", "A2"),
            [
                "error partnerships.csv, row 2, column state: "
                "actor 'A2' is of kind community_group, which is not a state actor",
                *refused("P1", "actor 'A2' is of kind community_group, which is not a state actor"),
            ],
        ),
        (
            *("partnerships", 5, "non_state", "S1"),
            [
                "error partnerships.csv, row 5, column non_state: "
                "actor 'S1' is of kind owso, which is not a non-state actor",
                *refused("P4", "actor 'S1' is of kind owso, which is not a non-state actor"),
            ],
        ),
        (
            *("actors", 4, "kind", "nog"),
            [
                f"error actors.csv, row 4, column kind: kind 'nog' is not known; did you mean 'ngo'? {KINDS}",
                "error partnerships.csv, row 5, column non_state: "
                "actor 'A3' was refused in actors.csv, row 4: "
                + shortened(f"kind 'nog' is not known; did you mean 'ngo'? {KINDS}"),
                *refused(
                    "P4",
                    f"actor 'A3' was refused in actors.csv, row 4: kind 'nog' is not known; did you mean 'ngo'? {KINDS}",
                ),
            ],
        ),
        (
            *("actors", 4, "name", "  "),
            [
                "error actors.csv, row 4, column name: name may not be empty",
                "error partnerships.csv, row 5, column non_state: actor 'A3' was refused in actors.csv, row 4: name may not be empty",
                *refused("P4", "actor 'A3' was refused in actors.csv, row 4: name may not be empty"),
            ],
        ),
        (
            *("actors", 4, "actor", "A2"),
            [
                "error actors.csv, row 4, column actor: actor 'A2' already appears in row 3; keys must be unique",
                "error partnerships.csv, row 5, column non_state: "
                "actor 'A3' is not in actors.csv, which has A1, A2, S1, S2, S3",
                *refused("P4", "actor 'A3' is not in actors.csv, which has A1, A2, S1, S2, S3"),
            ],
        ),
        (
            *("partnerships", 5, "partnership", "P3"),
            [
                "error partnerships.csv, row 5, column partnership: "
                "partnership 'P3' already appears in row 4; keys must be unique",
                "error assessments.csv, row 8, column partnership: "
                "partnership 'P4' is not in partnerships.csv, which has P1, P2, P3",
            ],
        ),
        (
            *("assessments", 2, "stage", "colaboration"),
            [
                "error assessments.csv, row 2, column stage: stage 'colaboration' is not known; "
                "did you mean 'collaboration'? Allowed: coalition, collaboration, integrated"
            ],
        ),
        (
            *("assessments", 8, "stage", "Coalition-building"),
            [
                "warning assessments.csv, row 8, column stage: "
                "stage 'Coalition-building' read as coalition, by its alias"
            ],
        ),
        (
            *("assessments", 2, "date", "2009-03-01"),
            [
                "error assessments.csv, row 2, column date: "
                "date '2009-03-01' is before the partnership's start, 2010-01-15"
            ],
        ),
        (
            *("assessments", 7, "date", "2014"),
            ["error assessments.csv, row 7, column date: date '2014' is after the partnership's end, 2013-05-03"],
        ),
        (
            *("mechanisms", 2, "start", "2009"),
            ["error mechanisms.csv, row 2, column start: start '2009' is before the partnership's start, 2010-01-15"],
        ),
        (
            *("mechanisms", 3, "end", "2010-06-09"),
            ["error mechanisms.csv, row 3, column end: end '2010-06-09' is before the start, 2010-06-10"],
        ),
        (
            *("partnerships", 5, "end", "2011"),
            [
                "error partnerships.csv, row 5, column end: end '2011' is before the start, 2012-02",
                *refused("P4", "end '2011' is before the start, 2012-02"),
            ],
        ),
        (
            *("partnerships", 4, "end_reason", "other"),
            [
                "review partnerships.csv, row 4, column end: "
                "there is a reason for the end but no date of it; it is taken to last"
            ],
        ),
        (
            *("partnerships", 5, "district", ""),
            [
                "review partnerships.csv, row 5, column district: no district: a record of Kampong Cham from before "
                "2013-12 cannot be told from Tboung Khmum; the two will be shown together"
            ],
        ),
        (
            *("partnerships", 5, "district", "Memut"),
            [
                "review partnerships.csv, row 5, column district: district 'Memut' is none that moved to "
                "Tboung Khmum (25), so it counts in Kampong Cham (03); did you mean 'Memot'?"
            ],
        ),
        (*("partnerships", 5, "district", "Batheay"), []),
        (
            *("actors", 3, "name", "River  wach"),
            [
                "review actors.csv, row 3, column name: "
                "'River wach' is much like 'River Watch' in row 2; the same actor? (not merged)"
            ],
        ),
        (
            *("assessments", 2, "step", "0"),
            ["error assessments.csv, row 2, column step: step '0' is not a whole number from 1"],
        ),
        (*("assessments", 2, "step", "1.0"), []),
        (
            *("assessments", 2, "date", "soon"),
            [f"error assessments.csv, row 2, column date: date 'soon' cannot be read; {DATES}"],
        ),
        (*("assessments", 2, "date", ""), ["error assessments.csv, row 2, column date: date may not be empty"]),
        (
            *("assessments", 2, "date", "01/03/2010"),
            ["warning assessments.csv, row 2, column date: date '01/03/2010' read as 2010-03-01, day first"],
        ),
        (
            *("partnerships", 2, "province", "2"),
            [
                "warning partnerships.csv, row 2, column province: "
                "province '2' read as 02 (Battambang), its zero restored"
            ],
        ),
        (
            *("partnerships", 2, "province", "Baat Dambang"),
            [
                "warning partnerships.csv, row 2, column province: "
                "province 'Baat Dambang' read as 02 (Battambang), by another spelling"
            ],
        ),
        (
            *("partnerships", 5, "functions", "service_delivery; acountability"),
            [
                "error partnerships.csv, row 5, column functions: functions 'acountability' is not known; "
                "did you mean 'accountability'? Allowed: service_delivery, accountability, learning",
                *refused(
                    "P4",
                    "functions 'acountability' is not known; did you mean 'accountability'? Allowed: service_delivery, accountability, learning",
                ),
            ],
        ),
        (
            *("mechanisms", 2, "mechanism", "Memorandum"),
            ["warning mechanisms.csv, row 2, column mechanism: mechanism 'Memorandum' read as mou"],
        ),
        (
            *("actors", 1, "note", "remarks"),
            ["unread actors.csv, row 1, column remarks: column 'remarks' is not known and was not read"],
        ),
        (*("assessments", 8, "note", "x" * 200), []),
    ],
)
def test_one_cell(spoiled, table, row, column, value, messages):
    assert message(spoiled(cells={(table, row, column): value})) == messages


def test_a_missing_column_refuses_its_table_and_all_that_hangs_on_it(spoiled):
    folder = spoiled(cells={("actors", 1, "kind"): "knd"})
    assert message(folder)[:3] == [
        "error actors.csv, row 1: column kind is missing; actors has actor, name, name_km, kind, tier, province, source, note",
        "unread actors.csv, row 1, column knd: column 'knd' is not known and was not read; did you mean 'kind'?",
        "error partnerships.csv, row 2, column non_state: "
        "actor 'A1' was refused in actors.csv, row 1: column kind is missing; actors has actor, name, name_km, kind, tier, province, …",
    ]
    _, checked = examine(folder)
    assert checked.refused == checked.read == {"actors": 6, "partnerships": 4, "assessments": 7, "mechanisms": 2}


def test_since_the_split_a_moved_district_is_in_the_daughter(spoiled):
    folder = spoiled(cells={("partnerships", 5, "start"): "2014-03", ("assessments", 8, "date"): "2014-04"})
    assert message(folder) == [
        "review partnerships.csv, row 5, column district: since 2013-12 this district is in Tboung Khmum (25)"
    ]


def test_a_start_that_is_not_known_may_be_from_before_the_split(spoiled):
    folder = spoiled(cells={("partnerships", 5, "start"): "", ("partnerships", 5, "district"): ""})
    assert message(folder) == [
        "review partnerships.csv, row 5, column district: no district: a record of Kampong Cham from before "
        "2013-12 cannot be told from Tboung Khmum; the two will be shown together"
    ]
    assert "03+25" in {unit.code for unit in examine(folder)[0].units}


def test_two_ratings_by_one_rater_on_one_day_are_refused(spoiled):
    reason = "rows 2, 9 give different stages by the same rater on one date (coalition, integrated)"
    assert message(spoiled(rows={"assessments": ["P1,2010-03-01,,integrated,state,,,,,,"]})) == [
        f"error assessments.csv, row 2, column stage: {reason}",
        f"error assessments.csv, row 9, column stage: {reason}",
    ]


def test_two_ratings_by_one_rater_in_one_quarter_are_for_review(spoiled):
    reason = "rows 3, 9 give different stages by the same rater on one date (collaboration, integrated)"
    assert message(spoiled(rows={"assessments": ["P1,2011-Q2,,integrated,state,,,,,,"]})) == [
        f"review assessments.csv, row 3, column stage: {reason}",
        f"review assessments.csv, row 9, column stage: {reason}",
    ]


def test_two_raters_may_disagree_and_steps_part_what_dates_do_not(spoiled):
    rows = ["P1,2010-03-01,,collaboration,independent,,,,,,", "P3,2012,1,coalition,state,,,,,,"]
    assert message(spoiled(rows={"assessments": [*rows, "P3,2012,2,collaboration,state,,,,,,"]})) == []


def test_the_same_row_twice(spoiled):
    assert message(spoiled(rows={"assessments": ["P1,2010-03-01,,coalition,state,interview,,,,,"] * 2})) == [
        "error assessments.csv, row 9: repeats row 2",
        "error assessments.csv, row 10: repeats row 2",
    ]


def test_a_jump_over_a_stage_is_for_review(spoiled):
    rows = ["P3,2011-03-01,,coalition,state,,,,,,", "P3,2012,,integrated,state,,,,,,"]
    assert message(spoiled(rows={"assessments": rows})) == [
        "review assessments.csv, row 10, column stage: jumps over a stage, from coalition to integrated, in one assessment"
    ]


def test_a_row_with_too_few_cells_is_refused_and_counted(spoiled):
    folder = spoiled(rows={"assessments": ["P1,2010", "", "P3,2012,,coalition,state,,,,,,"]})
    assert message(folder) == ["error assessments.csv, row 9: the row has 2 cells, the header 11"]
    _, checked = examine(folder)
    assert (checked.read["assessments"], checked.refused["assessments"]) == (9, 1)


def test_a_long_value_is_shortened_in_the_message_only(spoiled):
    folder = spoiled(cells={("assessments", 2, "stage"): "x" * 300})
    register, _ = examine(folder)
    problem = register.problems[0]
    shown = "x" * 79 + "…"
    assert problem.reason == f"stage '{shown}' is not known. Allowed: coalition, collaboration, integrated"
    assert len(problem.value) == 300


def test_several_faults_of_one_row_are_all_said(spoiled):
    folder = spoiled(cells={("assessments", 2, "stage"): "low", ("assessments", 2, "date"): "soon"})
    assert [problem.split(": ")[0] for problem in message(folder)] == [
        "error assessments.csv, row 2, column date",
        "error assessments.csv, row 2, column stage",
    ]
    _, checked = examine(folder)
    assert checked.refused["assessments"] == 1


def raw(**tables: pd.DataFrame) -> RawRegister:
    frames = {name: tables.get(name, pd.DataFrame(columns=table.names, dtype="str")) for name, table in TABLES.items()}
    read = {name: RawTable(name, frame, f"{name}.csv", np.arange(2, len(frame) + 2)) for name, frame in frames.items()}
    return RawRegister({}, read, None)  # type: ignore[arg-type]


def test_an_empty_register_has_no_problems():
    checked = check(raw(), scale=Scale.load("dfgg"), places=Places.load())
    assert checked.problems == ()
    assert checked.tables["assessments"]["stage"].dtype == Scale.load("dfgg").dtype
    assert checked.tables["assessments"]["date_first"].dtype == "datetime64[us]"


def test_rows_are_found_whatever_their_labels():
    actors = pd.DataFrame({"actor": ["A1", "A2"], "name": ["One", "Two"], "kind": ["ngo", "nog"]}, index=[7, 3])
    checked = check(raw(actors=actors), scale=Scale.load("dfgg"), places=Places.load())
    assert [str(problem.place) for problem in checked.problems] == ["actors.csv, row 3, column kind"]
    assert checked.tables["actors"]["actor"].tolist() == ["A1"]
    assert actors.index.tolist() == [7, 3]
