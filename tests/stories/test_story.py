"""One partnership told whole: what the hand-written register says of it, nothing left out and nothing added."""

import pytest
from register_rows import made, partnership, rated, set_up

from lnlib.analyses.stories import stories, story
from lnlib.errors import ValueNotAllowed
from lnlib.register.schema import ASSESSMENTS, MECHANISMS
from lnlib.words import Words
from lnlib.words.recorded_dates import in_words

ENGLISH, KHMER = Words.load("en"), Words.load("km")


def test_a_story_holds_the_partners_and_what_the_partnership_is(small):
    result = story(small, "P2")
    assert (result.non_state.name, result.non_state.kind, result.non_state.tier) == ("River Watch", "NGO", "Province")
    assert (result.state.name, result.state.kind, result.state.tier) == (
        "Commune council of the lake",
        "Commune council",
        "Commune",
    )
    assert (result.province, result.district) == ("Siem Reap", "")
    assert (result.sectors, result.functions) == (("Water",), ("Accountability",))
    assert (result.start, result.end, result.end_reason) == ("Q2 2010", "3 May 2013", "Project closed")


def test_every_assessment_is_told_as_it_was_recorded_in_the_order_of_time(small):
    result = story(small, "P2")
    assert [(one.date, one.stage, one.level) for one in result.ratings] == [
        ("half-year 2 of 2010", "Coalition", 0),
        ("1 Mar 2011", "Collaboration", 1),
        ("1 Mar 2012", "Coalition", 0),
    ]
    assert {(one.rated_by, one.evidence) for one in result.ratings} == {("Non-state actor", "Self-report")}
    assert result.ratings[2].note == "back again"
    (one,) = story(small, "P4").ratings
    assert (one.quote, one.source, one.passage) == ('They "met" once', "report.pdf", "p. 3")


def test_mechanisms_have_their_dates(small):
    (training,) = story(small, "P2").mechanisms
    assert (training.mechanism, training.start, training.end) == ("Joint training", "10 Jun 2010", "12 Jun 2010")


def test_a_partnership_that_nobody_assessed_has_a_story(small):
    result = story(small, "P3")
    assert (result.ratings, result.mechanisms, result.rated, result.lasting) == ((), (), (), ())
    assert [span.status for span in result.spells] == ["not_assessed"]


def test_the_drawing_holds_what_the_spells_say(small):
    result = story(small, "P2")
    assert [span.status for span in result.spells][-1] == "ended"
    assert [span.level for span in result.spells if span.status == "assessed"] == [0, 1, 0]
    for one, after in zip(result.spells, result.spells[1:], strict=False):
        assert one.end == after.start
    assert result.spells[-1].end == result.axis[1]


def test_one_story_is_what_all_stories_tell(small):
    assert [story(small, one.partnership) for one in stories(small)] == list(stories(small))


def test_the_record_is_whole_whatever_the_drawing_shows():
    register = made(
        partnerships=[partnership("P", start="2008")],
        assessments=[
            rated("P", "2009-02-01", "coalition"),
            rated("P", "2011-02-01", "integrated", rated_by="non_state"),
        ],
        mechanisms=[
            set_up("P", "mou", "2009-03-01"),
            set_up("P", "letter", "2008", end="2009"),
            set_up("P", "training"),
        ],
    )
    result = story(register, "P", rater="non_state")
    assert [one.stage for one in result.ratings] == ["Coalition", "Integrated"]
    assert [span.state for span in result.rated] == ["Integrated"]
    assert [one.mechanism for one in result.mechanisms] == ["Letter of support", "MoU", "Joint training"]
    # in force when the observed period begins: drawn; over before it: not; date not known: kept, without a place
    assert [(span.state, span.start == span.start) for span in result.lasting] == [
        ("MoU", True),
        ("Joint training", False),
    ]


def test_a_story_in_the_order_of_telling_has_no_dates_on_its_axis():
    register = made(
        partnerships=[partnership("P"), partnership("Q", non_state="N2")],
        assessments=[
            rated("P", "2010/2013", "coalition", step="1"),
            rated("P", "2010/2013", "integrated", step="2"),
            rated("Q", "2010/2013", "coalition"),
        ],
        mechanisms=[set_up("P", "mou", "2010/2013"), set_up("P", "letter", "2010/2013", step="2")],
    )
    result, other = stories(register, placed="order")
    assert (result.axis, result.order) == ((1.0, 3.0), True)
    assert [(span.start, span.end) for span in result.spells] == [(1.0, 2.0), (2.0, 3.0)]
    assert {span.state: span.sure for span in result.lasting} == {"MoU": False, "Letter of support": True}
    assert other.axis == result.axis
    assert story(register, "Q", placed="order") == other
    assert [(one.date, one.step) for one in result.ratings] == [
        ("between 2010 and 2013", "1"),
        ("between 2010 and 2013", "2"),
    ]


def test_labels_are_in_the_language_and_names_as_recorded(small):
    result = story(small, "P2", language="km")
    assert result.non_state.name == "River Watch"
    assert result.end_reason == KHMER("end_reason.project_closed")
    assert result.ratings[0].stage == small.scale.labels("km")["coalition"]


@pytest.mark.parametrize(
    ("date", "written"),
    [
        ("2011", "2011"),
        ("2011-H1", "half-year 1 of 2011"),
        ("2011-Q4", "Q4 2011"),
        ("2011-05", "May 2011"),
        ("2011-05-03", "3 May 2011"),
        ("2011-05/2012-Q1", "between May 2011 and Q1 2012"),
        ("", ""),
    ],
)
def test_a_date_is_written_as_precisely_as_it_was_recorded(date, written):
    assert in_words(date, ENGLISH) == written


def test_a_partnership_that_is_not_there_is_refused_with_the_nearest(small):
    with pytest.raises(ValueNotAllowed) as error:
        story(small, "P22")
    assert str(error.value) == "partnership 'P22' is not known; did you mean 'P2'? Allowed: P1, P2, P3, P4"


def test_a_story_has_a_place_for_every_column_of_the_tables(small):
    """A column added to the tables is told too, or this fails."""
    result = story(small, "P2")
    for table, one in ((ASSESSMENTS, result.ratings[0]), (MECHANISMS, result.mechanisms[0])):
        assert {name for name in table.names if name != "partnership"} <= set(vars(one))


def test_a_mechanism_without_an_end_lasts_as_long_as_its_partnership():
    register = made(
        partnerships=[partnership("P", start="2010-01", end="2011-12-31"), partnership("Q", start="2010-01")],
        assessments=[rated("P", "2010-03", "coalition"), rated("Q", "2010-03", "coalition")],
        mechanisms=[set_up("P", "mou", "2010-06-01"), set_up("Q", "mou", "2010-06-01")],
    )
    ended, goes_on = stories(register)
    ends = next(span.start for span in ended.spells if span.status == "ended")
    assert [span.end for span in ended.lasting] == [ends]
    assert [span.end for span in goes_on.lasting] == [goes_on.spells[-1].end]
