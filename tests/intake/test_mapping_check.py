"""A mapping is checked against its file at once: names, effect, values, each mistake with its line."""

import pytest

from lnlib.errors import RegisterError
from lnlib.intake.import_account import import_register

HEADER = ["NGO", "Government partner", "Province", "Date", "Stage"]
RIVER = ["River Voices", "Commune council of Sala", "Battambang", "04/05/2011", "coalition"]
DELTA = ["Green Delta", "Commune council of Bak", "not filled", "2012-06-01", "integrated"]
KINDS = "a sheet with one row per partnership has non_state_kind and state_kind"


@pytest.fixture
def under(book, tmp_path):
    """Import two rows under a mapping."""

    def run(text, rows=(HEADER, RIVER, DELTA)):
        (tmp_path / "m.yml").write_text(text, "utf-8")
        return import_register(book({"Data": rows}), tmp_path / "out", mapping=tmp_path / "m.yml")

    return run


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("assume: {kind: ngo}", f"assume: kind has no effect: {KINDS}"),
        ("assume: {start: 2010}\ncolumns: {NGO: non_state}", ""),
        ("assume: {stage: coalition}", "assume: stage has no effect: every row of book.xlsx gives its own"),
        ("assume: {passage: p. 3}", "assume: passage has no effect: no table of book.xlsx has such a column"),
        ("empty: [void, none given]", "empty has no effect: no cell of book.xlsx is 'void', 'none given'"),
        ("empty: [void, Not Filled]", ""),
        (
            "submissions: all",
            "submissions has no effect: book.xlsx has no column with the review status of submissions",
        ),
        ("dates: {NGO: month first}", "dates: 'NGO' has no effect: it is not read as a date"),
        ("dates: month first\nempty: [not filled]", ""),
        ("columns: {Date: tier, Stage: stage}", ""),
        ("columns: {Date: actor}", "columns: Date: a sheet with one row per partnership has no column actor"),
    ],
)
def test_a_key_without_effect_is_an_error(under, tmp_path, text, reason):
    if not reason:
        under(text)
        return
    with pytest.raises(RegisterError) as caught:
        under(text)
    assert str(caught.value) == f"{tmp_path / 'm.yml'}, line 1: {reason}"


def test_an_assumed_date_has_no_effect_where_no_stage_is_read(under, tmp_path):
    with pytest.raises(RegisterError) as caught:
        under("assume: {date: 2011}", rows=[row[:3] for row in (HEADER, RIVER)])
    reason = "assume: date has no effect: no column of book.xlsx gives the stage of an assessment"
    assert str(caught.value) == f"{tmp_path / 'm.yml'}, line 1: {reason}"


def test_all_mistakes_are_listed_at_once_whatever_shows_them(under, tmp_path):
    text = (
        "asume: {rated_by: state}\n"
        "columns: {Foo: state}\n"
        "values:\n"
        "  stage:\n"
        "    Level one: coalition\n"
        "    Level one: colaition\n"
        "  province: {Bat: 99}\n"
        "  state_kind: {CC: comune_council}\n"
        "  start: {first year: 2554}\n"
        "assume: {date: never}\n"
        "sheets: {Dta: sheet}\n"
    )
    with pytest.raises(RegisterError) as caught:
        under(text)
    kinds = "ngo, community_group, media, union, association, research, other_non_state, ministry, national_body"
    dates = "2011, 2011-H1, 2011-Q3, 2011-05, 2011-05-03, or two of these with / between"
    keys = "register, sheets, columns, values, kinds, assume, dates, empty, submissions"
    assert str(caught.value).splitlines() == [
        f"{tmp_path / 'm.yml'} has 9 mistakes:",
        f"  line 1: key 'asume' is not known; did you mean 'assume'? Allowed: {keys}",
        "  line 2: columns: column 'Foo' is not in book.xlsx",
        "  line 6: values: stage 'colaition' is not known; did you mean 'coalition'? Allowed: coalition, collaboration, integrated",
        "  line 6: values: stage: 'Level one' appears twice",
        "  line 7: values: province '99' is not known. Allowed: a code from 01 (Banteay Meanchey) to 25 (Tboung Khmum), or a name",
        f"  line 8: values: state_kind 'comune_council' is not known; did you mean 'commune_council'? Allowed: {kinds}, provincial_office, municipal_office, district_office and 4 more",
        "  line 9: values: start: year 2554 is not plausible (1950 to 2100); is it Buddhist era, did you mean '2011'?",
        f"  line 10: assume: date 'never' cannot be read; allowed: {dates}",
        "  line 11: sheets: sheet 'Dta' is not in book.xlsx; did you mean 'Data'?",
    ]


def test_a_mapping_under_which_nothing_is_recognised_is_to_blame(under, tmp_path):
    with pytest.raises(RegisterError) as caught:
        under("columns: {NGO: kind}")
    assert str(caught.value) == (
        f"{tmp_path / 'm.yml'}: no sheet of book.xlsx holds a table as it declares them, but some do without it; check columns"
    )


def test_an_assumption_does_not_replace_what_a_sheet_is_named_for(book, tmp_path):
    rows = [["NGO", "Government partner", "Stage"], ["River Voices", "Commune council of Sala", "coalition"]]
    (tmp_path / "m.yml").write_text("assume: {province: '02', date: 2009}")
    file = book({"Pursat 2011": rows, "Data": rows})
    account = import_register(file, tmp_path / "out", mapping=tmp_path / "m.yml")
    assert account.register.partnerships["province"].tolist() == ["15", "02"]
    assert account.register.assessments["date"].tolist() == ["2011", "2009"]
