import datetime as dt
import os
from pathlib import Path

import pytest

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.explorer import partnership_table
from lnlib.explorer.open_registers import Opened
from lnlib.explorer.selection import Selections
from lnlib.explorer.view_and_filters import Choice
from lnlib.history.choices import is_ordinal
from lnlib.intake import open_register

SMALL = Path(__file__).parents[1] / "registers" / "small"


def test_what_is_asked_of_the_register_is_only_what_was_chosen():
    assert Choice().filters == {}
    chosen = Choice(province="02", actor="N02", kind=("ngo",), sector=("water", "health"), mechanism=("mou",))
    assert chosen.filters == {
        "province": "02",
        "actor": "N02",
        "kind": ["ngo"],
        "sector": ["health", "water"],  # in the order of the vocabulary
        "mechanism": ["mou"],
    }
    assert "province" not in chosen.filters_elsewhere
    assert Choice(mechanism=("mou",), in_force=True).filters == {"in_force": ["mou"]}


def test_an_order_has_no_period():
    dated = Choice(period_from="2010", period_to="2012-06")
    assert dated.opening == {"period_from": "2010", "period_to": "2012-06"}
    assert Choice(period_from="2010", placed="order").opening == {}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"view": "path"},
            "view 'path' is not known; did you mean 'paths'? Allowed: mix, flows, paths, pace, provinces, ",
        ),
        ({"rater": "stat"}, "rater 'stat' is not known; did you mean 'state'? Allowed: any, state, non_state, "),
        ({"sector": ("helth",)}, "sector 'helth' is not known; did you mean 'health'? Allowed: administration, "),
    ],
)
def test_a_word_that_is_not_known_is_refused_with_its_nearest(wrong, message):
    with pytest.raises(ValueNotAllowed) as error:
        Choice(**wrong)
    assert str(error.value).startswith(message)


def test_exhibits_of_different_choices_have_different_names():
    chosen = [
        Choice(),
        Choice(view="paths"),
        Choice(province="02"),
        Choice(actor="02"),
        Choice(period_from="2010"),
        Choice(period_to="2010"),
        Choice(mechanism=("mou",)),
        Choice(mechanism=("mou",), in_force=True),
        Choice(rater="state"),
    ]
    names = [choice.name for choice in chosen]
    assert names[0] == "explored-mix"
    assert names[2] == "explored-mix-02"
    assert len(set(names) | {Choice(actor="02").name}) == len(chosen) - 1  # of a province and an actor called alike
    assert Choice(period_from="2010").name == Choice(period_from="2010").name


def test_a_narrowed_register_is_a_choice(small):
    narrowed = small.where(province="17", actor="A1", kind="ngo", in_force="mou;training")
    choice = Choice.of(narrowed, view="paths")
    assert (choice.province, choice.actor, choice.kind) == (("17",), "A1", ("ngo",))
    assert (choice.mechanism, choice.in_force) == (("training", "mou"), True)
    assert small.where(**choice.filters).partnerships.equals(narrowed.partnerships)


def test_a_register_that_tells_an_order_is_known():
    assert is_ordinal(open_register("learning-note-17"))
    assert not is_ordinal(open_register("demonstration"))


def test_a_register_is_opened_again_only_where_its_files_changed(spoiled):
    path = spoiled()
    books = Opened()
    first = books.open(str(path))
    assert books.open(str(path)) is first
    (path / "actors.csv").write_text((path / "actors.csv").read_text("utf-8").replace("River Watch", "Rain"), "utf-8")
    assert "Rain" in set(books.open(str(path)).actors["name"])


def test_a_file_that_changed_under_unchanged_size_and_time_is_noticed(spoiled):
    path = spoiled()
    books = Opened()
    books.open(str(path))
    file = path / "actors.csv"
    before = file.stat()
    file.write_text(file.read_text("utf-8").replace("River Watch", "Rain Watchr"), "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert "Rain Watchr" in set(books.open(str(path)).actors["name"])


def test_what_was_made_is_kept_until_the_files_change(spoiled):
    path = spoiled()
    selections = Selections()
    choice = Choice(register=str(path), period_from="2010")
    made = selections.select(choice)
    assert selections.select(choice) is made
    (path / "actors.csv").write_text((path / "actors.csv").read_text("utf-8").replace("River Watch", "Rain"), "utf-8")
    assert selections.select(choice) is not made


@pytest.mark.parametrize(
    ("chosen", "output"),
    [
        ({}, "4 partnerships: the whole register, Jan 2010 to Dec 2013"),
        ({"province": "02"}, "1 partnership: Battambang, Jan 2010 to Dec 2013"),
        ({"province": "23"}, "No partnerships: Kep, Jan 2010 to Dec 2013"),
        (
            {"actor": "A1", "sector": ("water",), "rater": "state", "period_to": "2012"},
            "2 partnerships: River Watch, sector: water, Jan 2010 to Dec 2012; Raters: State actor",
        ),
    ],
)
def test_the_filter_is_said_in_words_with_n(spoiled, chosen, output):
    assert Selections().select(Choice(register=str(spoiled()), **chosen)).summary == output


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ({"province": "23"}, "No partnership fits these choices; remove one of them."),
        (
            {"province": "25", "period_to": "2011-06"},
            "The one partnership that fits had not begun by then. Choose a later period.",
        ),
        (
            {"view": "flows", "period_from": "2012-05", "period_to": "2012-05"},
            "Flows need two dates or more; this period has one. Choose a longer one.",
        ),
        (
            {"view": "agreement"},
            "No partnership that fits was rated by both partners in the same half-year, so there is nothing to compare.",
        ),
    ],
)
def test_what_cannot_be_shown_is_said_in_words(spoiled, chosen, why):
    made = Selections().select(Choice(register=str(spoiled()), **chosen))
    assert (made.exhibit, made.reason) == (None, why)


def test_the_tiles_count_what_fits_all_but_the_province(spoiled):
    made = Selections().select(Choice(register=str(spoiled()), province="02", sector=("water",)))
    assert made.narrowed.tiles == {"02": 1, "17": 2}


def test_a_period_the_wrong_way_round_is_refused(spoiled):
    with pytest.raises(LnlibError, match="the period observed ends before it starts"):
        Selections().select(Choice(register=str(spoiled()), period_from="2013", period_to="2011"))


@pytest.mark.parametrize(
    "period", [{"period_to": "2014"}, {"period_from": "2009"}, {"period_from": "2009", "period_to": "2014"}]
)
def test_a_period_beyond_the_observed_years_is_refused(period):
    with pytest.raises(LnlibError) as error:
        Selections().select(Choice(register=str(SMALL), **period))
    assert str(error.value) == (
        "This register is observed from Jan 2010 to Dec 2013. Choose a period within those years."
    )


def test_the_first_and_the_last_observed_year_may_be_chosen():
    made = Selections().select(Choice(register=str(SMALL), period_from="2010", period_to="2013"))
    assert made.whole.observed == (dt.date(2010, 1, 1), dt.date(2013, 12, 31))


def test_all_views_of_the_same_filters_share_one_narrowed_register_and_one_table():
    selections = Selections()
    mix = selections.select(Choice(register=str(SMALL), province="02"))
    paths = selections.select(Choice(register=str(SMALL), province="02", view="paths"))
    rated = selections.select(Choice(register=str(SMALL), province="02", rater="state"))
    shares = selections.select(Choice(register=str(SMALL), province="02", scale="share", hide="ended"))
    assert mix.here is paths.here is rated.here is shares.here
    assert partnership_table._table(shares) is partnership_table._table(paths) is partnership_table._table(mix)
    assert partnership_table._table(rated) is not partnership_table._table(mix)
    elsewhere = selections.select(Choice(register=str(SMALL), province="02", period_to="2013"))
    assert elsewhere.here is not mix.here
