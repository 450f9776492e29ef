"""Mapping files: what is told is used, and what is wrong in them is named."""

import pytest

from lnlib.errors import RegisterError
from lnlib.intake import examine
from lnlib.intake.draft_mapping import suggest_mapping
from lnlib.intake.mapping import MappingFile

TRACKER = (
    "Who works,With whom,Khaet,How far,Budget\n"
    "River Watch,RDB,Bat Dambang,Level one,7\n"
    "Lake Circle,RDB,Pursat,Level two,8\n"
)
TOLD = """
columns:
  Who works: non_state
  With whom: state
  Khaet: province
  How far: stage
  Budget:
values:
  stage: {Level one: coalition, Level two: collaboration}
  province: {Bat Dambang: 02}
assume: {rated_by: non_state, state_kind: provincial_office, non_state_kind: ngo, date: 2011}
"""


@pytest.fixture
def tracker(tmp_path):
    (tmp_path / "tracker.csv").write_text(TRACKER)
    return tmp_path / "tracker.csv"


def result(tmp_path, text):
    (tmp_path / "map.yml").write_text(text)
    return tmp_path / "map.yml"


def test_what_cannot_be_recognised_is_told(tmp_path, tracker):
    register, checked = examine(tracker, mapping=result(tmp_path, TOLD))
    assert list(register.partnerships["province"]) == ["02", "15"]
    assert list(register.assessments["stage"]) == ["coalition", "collaboration"]
    assert set(register.assessments["date"]) == {"2011"}
    assert [str(problem) for problem in checked.problems] == [
        "tracker.csv, row 3, column Khaet: province 'Pursat' read as 15 (Pursat), by its name"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "colums: {a: stage}",
            "m.yml, line 1: key 'colums' is not known; did you mean 'columns'? Allowed: register, sheets, columns, values, kinds, assume, dates, empty, submissions",
        ),
        (
            "columns: {a: stages}",
            "m.yml, line 1: columns: a: column 'stages' is not known; did you mean 'stage'? Allowed: actor, name, name_km, kind, tier, province, source, note, partnership, non_state, state, district, sectors, functions, start, end, end_reason, date, step, stage, rated_by, evidence, passage, quote, criterion, mechanism, actor_kind, non_state_kind, state_kind, mechanism_start, mechanism_end; of one period or mechanism: stage 2011-Q3, mechanism mou",
        ),
        (
            "columns: {a: MoU}",
            "m.yml, line 1: columns: a: column 'MoU' is a mechanism; write 'mechanism mou' or 'start mou' for a column of yes and no, or of its dates",
        ),
        (
            "columns: {a: mechanism mout}",
            "m.yml, line 1: columns: a: mechanism 'mout' is not known; did you mean 'mou'? Allowed: training, letter, mou, joint_committee, shared_resources, scorecard, permission_waived",
        ),
        (
            "assume: {rated_by: donor}",
            "m.yml, line 1: assume: rated_by 'donor' is not known. Allowed: state, non_state, independent, unstated",
        ),
        (
            "values: {kind: {X: nog}}",
            "m.yml, line 1: values: kind 'nog' is not known; did you mean 'ngo'? Allowed: ngo, community_group, media, union, association, research, other_non_state, ministry, national_body, provincial_office, municipal_office, district_office and 4 more",
        ),
        ("values: {kind: ngo}", "m.yml, line 1: values: kind should be a mapping of their value to ours"),
        (
            "sheets: {A: actor}",
            "m.yml, line 1: sheets: A: table 'actor' is not known; did you mean 'actors'? Allowed: actors, partnerships, assessments, mechanisms, sheet, skip",
        ),
        (
            "register: {scales: frey}",
            "m.yml, line 1: register: key 'scales' is not known; did you mean 'scale'? Allowed: title, description, kind, scale, places, frame, period, licence",
        ),
        ("columns: [a]", 'm.yml, line 1: columns should be a mapping, with lines such as `"NGO name": non_state`'),
        ("columns: {a: {b: c}}", "m.yml, line 1: columns: 'a' should be followed by one word or text"),
        ("columns: {a: stage, a: date}", "m.yml, line 1: columns: 'a' appears twice"),
        (
            "- a",
            "m.yml, line 1: a mapping file has the keys register, sheets, columns, values, kinds, assume, dates, empty, submissions, not a list",
        ),
        ("columns: {", "m.yml: line 1: a bracket or quote is opened and not closed"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_named(text, message):
    with pytest.raises(RegisterError) as caught:
        MappingFile.read(text, place="m.yml")
    assert str(caught.value) == message


def test_codes_and_no_stay_text():
    assert MappingFile.read("values: {province: {no: 02, 1: 03}}").values == {"province": {"no": "02", "1": "03"}}


def test_a_column_or_sheet_that_is_not_there_is_named(tmp_path, book):
    path = book({"2011": [["NGO", "State", "Stage"], ["A", "OWSO", "coalition"]]})
    with pytest.raises(RegisterError) as caught:
        examine(path, mapping=result(tmp_path, "columns: {NGOs: non_state}"))
    assert str(caught.value) == (
        f"{tmp_path / 'map.yml'}, line 1: columns: column 'NGOs' is not in book.xlsx; did you mean 'NGO'?"
    )
    with pytest.raises(RegisterError) as caught:
        examine(path, mapping=result(tmp_path, "sheets: {2012: skip}"))
    assert (
        str(caught.value)
        == f"{tmp_path / 'map.yml'}, line 1: sheets: sheet '2012' is not in book.xlsx; did you mean '2011'?"
    )


def test_a_missing_mapping_is_named(tmp_path, tracker):
    with pytest.raises(RegisterError) as caught:
        examine(tracker, mapping=tmp_path / "none.yml")
    assert str(caught.value) == f"mapping {tmp_path / 'none.yml'} cannot be read: No such file or directory"


def test_periods_and_sheets_can_be_told(tmp_path, book):
    path = book(
        {
            "Tracker": [["NGO", "State", "Baseline", "End line"], ["A", "OWSO", "coalition", "integrated"]],
            "Old": [["NGO", "State", "Stage"], ["B", "OWSO", "coalition"]],
        }
    )
    text = "sheets: {Old: skip}\ncolumns: {Baseline: stage 2010, End line: stage 2012-Q4}\n"
    register, _ = examine(path, mapping=result(tmp_path, text))
    assert list(register.assessments["date"]) == ["2010", "2012-Q4"]
    assert len(register.partnerships) == 1


def test_a_draft_can_be_read_and_names_what_is_missing(tmp_path, book):
    path = book(
        {
            "2011": [
                ["NGO", "State", "Province", "Stage", 'Say "what"'],
                ["A", "OWSO", "Batambang", "colaboration", "x: # y"],
            ],
            "Lists": [["a"]],
        }
    )
    draft = suggest_mapping(path)
    assert draft == (
        "# Not recognised. Their sheet: actors, partnerships, assessments, mechanisms, sheet, skip (sheet: one row per partnership).\n"
        "# sheets:\n"
        '#   "Lists": skip  # 1 row\n'
        "# Their column: ours. Leave ours empty for a column that is not to be read. Undecided: remove the # and choose.\n"
        "columns:\n"
        '  "NGO": non_state  # A\n'
        '#   "Say \\"what\\"":  # x: # y\n'
        "# Their value: ours, for values that cannot be read. Remove the # and choose.\n"
        "# values:\n"
        "#   province:\n"
        '#     "Batambang": "Battambang"\n'
        "#   stage:  # ended: the partnership ended on the date of that stage\n"
        '#     "colaboration": "collaboration"\n'
        "# What holds where the file says nothing. Remove the # and choose.\n"
        "# assume:\n"
        "#   rated_by: state | non_state | independent | unstated\n"
    )
    _, checked = examine(path, mapping=result(tmp_path, draft))
    assert [problem.column for problem in checked.problems if problem.severity == "unread"] == ['Say "what"']


def test_a_draft_of_a_file_that_is_not_recognised_lists_its_columns(tmp_path, tracker):
    (tmp_path / "other.csv").write_text("Who works,With whom\nRiver Watch,RDB\n")
    assert suggest_mapping(tmp_path / "other.csv").endswith(
        '# columns:\n#   "Who works":  # River Watch\n#   "With whom":  # RDB\n'
    )


def test_a_draft_of_a_register_that_needs_none_says_so_and_what_was_recognised(small, tmp_path, book):
    path = book({"2011": [["non_state", "non_state_kind", "state", "state_kind", "stage", "rated_by", "2012"],
                          ["A", "ngo", "B", "owso", "coalition", "state", "coalition"]]})  # fmt: skip
    output = suggest_mapping(path)
    assert output == (
        "# No mapping is needed: every sheet and column was recognised.\n"
        "# 2011: one row per partnership (non_state, non_state_kind, state, state_kind, stage, rated_by, 2012), 1 row\n"
    )
    assert MappingFile.read(output) == MappingFile(place="mapping")
    assert suggest_mapping(small.path).split("\n")[1] == (
        "# actors: actors (actor, name, name_km, kind, tier, province, source, note), 6 rows"
    )


def test_a_draft_asks_for_the_date_where_neither_a_column_nor_a_sheet_tells_it(tmp_path):
    (tmp_path / "a.csv").write_text(
        "non_state,non_state_kind,state,state_kind,stage,rated_by\nA,ngo,B,owso,coalition,state\n"
    )
    assert suggest_mapping(tmp_path / "a.csv") == (
        "# What holds where the file says nothing. Remove the # and choose.\n"
        "# assume:\n"
        "#   date: 2011 | 2011-H1 | 2011-Q3 | 2011-05 | 2011-05-03\n"
    )
    _, checked = examine(tmp_path / "a.csv")
    assert [str(problem) for problem in checked.problems if problem.severity == "error"] == [
        "a.csv, row 2, column stage: no column gives the date of the assessment; name a column date, or use "
        "assume: date, in a mapping",
    ]


def test_no_draft_is_made_of_nothing(tmp_path):
    (tmp_path / "a.csv").write_text(" \n")
    with pytest.raises(RegisterError) as caught:
        suggest_mapping(tmp_path / "a.csv")
    assert str(caught.value) == f"{tmp_path / 'a.csv'} holds nothing but blank rows: no mapping can be drafted"


def test_a_draft_of_a_group_around_others_lists_its_unknown_columns(tmp_path):
    (tmp_path / "form.csv").write_text("non_state,non_state_kind,state,state_kind,KEY\nR,ngo,O,owso,u1\n")
    (tmp_path / "form-visits.csv").write_text("seen,PARENT_KEY,KEY\n2011,u1,v1\n")
    (tmp_path / "form-ratings.csv").write_text("stage,rated_by,PARENT_KEY,KEY\ncoalition,state,v1,r1\n")
    output = suggest_mapping(tmp_path)
    assert output == (
        '# Their column: ours. Leave ours empty for a column that is not to be read. Undecided: remove the # and choose.\n# columns:\n#   "seen":\n'
    )
    (tmp_path / "map.yml").write_text(output.replace("# columns", "columns").replace('#   "seen":', '  "seen": date'))
    register, _ = examine(tmp_path, mapping=tmp_path / "map.yml")
    assert list(register.assessments["date"]) == ["2011"]


def test_places_that_a_mapping_names_lie_beside_it(tmp_path, tracker):
    file = result(tmp_path, "register: {places: ../land.csv}")
    with pytest.raises(RegisterError) as caught:
        examine(tracker, mapping=file)
    assert str(caught.value) == f"{file}: path '../land.csv' of places leads out of the register's folder"
