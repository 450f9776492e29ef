"""What the page is sent: words, counts, picture and reasons, which never disagree."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from exhaustive import EXHAUSTIVE

import lnlib as ln
from lnlib.errors import LnlibError
from lnlib.explorer import _KEPT, downloads, explore, mark_details, page_data, partnership_table
from lnlib.explorer.allowed_paths import Limits
from lnlib.explorer.selection import Selections
from lnlib.explorer.server import Service
from lnlib.explorer.view_and_filters import VIEWS, Choice
from lnlib.measures.curves.first_passage import first_passage
from lnlib.words import Words
from lnlib.words.recorded_dates import in_words

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "registers" / "small"
HOSTILE = ["<script>alert(1)</script>", "=cmd()", "$x^2$"]
SELECTIONS = Selections()


def answer(width="two-columns", **chosen):
    return page_data.shown(SELECTIONS.select(Choice(**chosen)), width=width, folder="out")


@pytest.fixture(autouse=True)
def forget():
    _KEPT.clear()
    yield
    _KEPT.clear()


@pytest.fixture
def hostile(spoiled):
    cells = {("actors", row, "name"): name for row, name in enumerate(HOSTILE, 2)}
    cells[("assessments", 2, "quote")] = "<img src=x onerror=alert(2)>"
    return spoiled(cells=cells)


def test_it_begins_with_the_whole_register():
    shown = answer()
    assert shown["n"] == 160
    assert shown["summary"] == "160 partnerships: the whole register, Jun 2009 to Sep 2014"
    assert shown["tiles"]["02"] == 15
    assert shown["alt"].startswith("Stacked bar chart. Partnerships by stage each quarter, all provinces, 2009–2014.")
    assert json.loads(json.dumps(shown))["choice"]["placed"] == "middle"


def test_a_choice_changes_the_words_the_map_and_the_program():
    shown = answer(province="02", actor="N04", period_to="2012")
    assert shown["summary"] == "3 partnerships: Battambang, Simulated NGO 03, Jun 2009 to Dec 2012"
    assert 'whole.where(province="02", actor="N04")' in shown["code"]
    assert shown["tiles"]["12"] < 23
    assert shown["name"] == "mix-battambang-n04-2012"


@pytest.mark.parametrize("chosen", [{}, {"mechanism": ("mou",)}, {"province": ("02",)}])
def test_the_map_counts_what_had_begun_and_says_in_how_many_provinces(chosen):
    shown = answer(period_to="2012", **chosen)
    everywhere = answer(period_to="2012", **{name: value for name, value in chosen.items() if name != "province"})
    assert shown["tiles"] == everywhere["tiles"]
    assert sum(shown["tiles"].values()) == everywhere["n"] < 160
    some = sum(n > 0 for n in shown["tiles"].values())
    assert shown["places"] == f"Partnerships are recorded in {some} of 25 provinces."


def test_partnerships_of_no_stated_province_stand_beside_the_map():
    shown = answer(register="learning-note-17")
    assert shown["n"] - sum(shown["tiles"].values()) == 3
    assert shown["places"].endswith(" of 24 provinces. The place of 3 partnerships is not stated.")


def test_several_provinces_are_any_of_them():
    one, other, both = (SELECTIONS.select(Choice(province=codes)) for codes in ("02", "12", "12;02"))
    assert both.n == one.n + other.n == 38
    assert both.summary.startswith("38 partnerships: Battambang or Phnom Penh, ")
    assert both.choice.province == ("02", "12")


def test_kinds_of_one_side_are_any_of_them_and_of_both_sides_one_of_each():
    both = SELECTIONS.select(Choice(kind=("ngo", "media", "commune_council")))
    described = SELECTIONS.select(Choice()).here.described
    ngos = described["non_state_kind"].isin(["ngo", "media"])
    assert both.n == int((ngos & (described["state_kind"] == "commune_council")).sum())
    assert "NGO or media and commune council" in both.summary


def test_an_ngo_and_a_commune_council_are_36_partnerships_and_no_word_says_or():
    """Those with an NGO, with a commune council, or with both are 114."""
    both = SELECTIONS.select(Choice(kind=("ngo", "commune_council")))
    described = SELECTIONS.select(Choice()).here.described
    ngo, council = described["non_state_kind"] == "ngo", described["state_kind"] == "commune_council"
    assert (int((ngo & council).sum()), int((ngo | council).sum())) == (36, 114)
    assert both.n == 36
    assert "NGO and commune council" in both.summary
    heading = both.exhibit.heading
    for text in (both.summary, heading.subtitle, *heading.notes):
        assert "NGO or" not in text
    assert "NGO and commune council" in heading.subtitle


@pytest.mark.parametrize("hide", [("ended",), ("not_assessed", "ended")])
def test_what_is_hidden_is_in_no_bar_and_the_figure_says_so(hide):
    shown, whole = (SELECTIONS.select(Choice(hide=states)).view.data for states in (hide, ()))
    assert list(shown["count"]) == list(whole["count"])
    for state in ("not_assessed", "ended"):
        assert list(shown[f"n_{state}"]) == [0 if state in hide else n for n in whole[f"n_{state}"]]
    gone = sum(whole[f"n_{state}"] for state in hide)
    assert list(shown["n_known"]) == list(whole["n_known"] - gone)
    notes = SELECTIONS.select(Choice(hide=hide)).exhibit.heading.notes
    assert [note for note in notes if "left out" in note] == [Words.load()(f"left_out.{state}") for state in hide]


def test_shares_are_bars_of_one_height_and_few_have_none():
    selection = SELECTIONS.select(Choice(scale="share", province="02"))
    figure = selection.exhibit.draw()
    bars = [bar for axes in figure.axes for bar in axes.get_children() if str(bar.get_gid() or "").startswith("bar:")]
    tops = {}
    for bar in bars:
        date = bar.get_gid().split(":")[1]
        tops[date] = tops.get(date, 0) + bar.get_height()
    known = selection.view.data.drop_duplicates("date").sort_values("date")["n_known"].tolist()
    assert {date: round(top, 6) for date, top in tops.items()} == {
        str(place): 100.0 if n >= 5 else 0.0 for place, n in enumerate(known)
    }
    few = SELECTIONS.select(Choice(scale="share", province="05"))
    assert (
        few.reason == "Fewer than 5 partnerships are left on every date, too few for percentages; show counts instead."
    )


def test_provinces_as_shares_show_which_is_highest_and_of_how_many():
    selection = SELECTIONS.select(Choice(view="provinces", scale="share"))
    assert selection.exhibit.heading.title == (
        "In all 7 provinces with 5 or more assessed, at least half had reached the collaboration stage"
    )
    higher = SELECTIONS.select(Choice(view="provinces", scale="share", stage="integrated"))
    assert mark_details.labels_of(higher)["tile:02"].endswith("; at the integrated stage: 3 of 8 assessed (38%)")
    labels = mark_details.labels_of(selection)
    assert labels["tile:02"] == (
        "Battambang, Sep 2014: Coalition 2, Collaboration 3, Integrated 3, Not assessed 1 and Ended 6; "
        "at the collaboration stage or above: 6 of 8 assessed (75%)"
    )
    spells = ln.spells(selection.here, attributes=["unit"])
    now = spells[(spells["end"] == spells["end"].max()) & (spells["status"] == "assessed")]
    shares = now["stage"].ne("coalition").groupby(now["unit"]).agg(["sum", "size"])
    for unit, (reached, n) in shares.iterrows():
        percent = f" ({reached / n:.0%})" if n >= 5 else ""
        assert labels[f"tile:{unit}"].endswith(
            f"; at the collaboration stage or above: {reached} of {n} assessed{percent}"
        )
    unassessed = {key for key, label in labels.items() if "or above" not in label}
    assert unassessed == {f"tile:{unit.code}" for unit in selection.here.units if unit.code not in shares.index}


def test_of_a_register_that_is_no_sample_counts_are_shown_and_no_shares():
    cases = {"register": "learning-note-17", "placed": "order"}
    for view in ("mix", "provinces"):
        refused = SELECTIONS.select(Choice(**cases, view=view, scale="share"))
        assert (refused.exhibit, refused.reason) == (
            None,
            "The cases were coded from documents and are no sample, so no share, rate or interval is given.",
        )
        assert SELECTIONS.select(Choice(**cases, view=view)).exhibit is not None
    labels = mark_details.labels_of(SELECTIONS.select(Choice(**cases)))
    assert labels["bar:1:collaboration"] == "Collaboration, Last told: 7 of 7 assessed"


def test_how_soon_a_stage_was_reached_is_counted_from_the_beginning():
    selection = SELECTIONS.select(Choice(view="pace"))
    reached = first_passage(ln.spells(selection.here), to="collaboration")
    pd.testing.assert_frame_equal(selection.view.data, reached)
    shown = answer(view="pace")
    assert shown["marks"] == {}
    assert shown["hint"] == ""
    left_out = (
        f"{reached['n_already'].iloc[0]} partnerships that were at the collaboration stage or above when first rated"
    )
    assert any(note.startswith(left_out) for note in selection.exhibit.heading.notes)
    higher = SELECTIONS.select(Choice(view="pace", stage="integrated"))
    assert "integrated stage" in higher.exhibit.heading.title
    with pytest.raises(LnlibError, match="stage 'coalition' is not known"):
        SELECTIONS.select(Choice(view="pace", stage="coalition"))


@pytest.mark.parametrize(
    ("placed", "reason"),
    [("order", Words.load()("undated") + "."), ("middle", Words.load()("statistics.counts_only"))],
)
def test_how_soon_is_told_of_no_order_and_of_no_cases(placed, reason):
    selection = SELECTIONS.select(Choice(register="learning-note-17", view="pace", placed=placed))
    assert (selection.exhibit, selection.reason) == (None, reason)


def test_two_curves_stand_on_the_axes_of_both():
    pair = SELECTIONS.select_all([Choice(view="pace"), Choice(view="pace", province="02")])
    axes = [one.exhibit.draw("column").axes[0] for one in pair]
    assert len({(one.get_xlim(), one.get_ylim()) for one in axes}) == 1


def test_two_choices_are_drawn_on_one_scale():
    pair = SELECTIONS.select_all([Choice(), Choice(province="02")])
    limits = [one.exhibit.draw("column").axes[-1].get_ylim() for one in pair]
    assert limits[0] == limits[1] == (0, 160 * 1.02)
    alone = SELECTIONS.select(Choice(province="02")).exhibit.draw("column").axes[-1].get_ylim()
    assert alone == (0, 15 * 1.02)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"provnce": "02"}, "choice 'provnce' is not known; did you mean 'province'? Allowed: register, frame, view, "),
        ({"view": "path"}, "view 'path' is not known; did you mean 'paths'? Allowed: mix, "),
        ({"scale": "shares"}, "scale 'shares' is not known; did you mean 'share'? Allowed: count, share"),
        ({"hide": "over"}, "hide 'over' is not known. Allowed: not_assessed, ended"),
        ({"every": "weekly"}, "every 'weekly' is not known. Allowed: quarter, half, year"),
        ({"in_force": "1"}, "in_force '1' is not known. Allowed: yes, no"),
        ({"language": "fr"}, "language 'fr' is not known"),
    ],
)
def test_an_address_that_is_wrong_is_refused_in_words(query, message):
    with pytest.raises(LnlibError) as error:
        Choice.of_query(query)
    assert str(error.value).startswith(message)


def test_an_address_holds_every_choice():
    chosen = Choice(
        view="provinces", province=("02", "12"), actor="N04", period_from="2010-06", period_to="2013", kind=("ngo",),
        tier=("commune",), function=("accountability",), sector=("health", "water"), mechanism=("mou",), in_force=True,
        rater="state", placed="end", scale="share", every="year", hide=("ended",), frame="24", language="km",
    )  # fmt: skip
    assert Service(Limits(("demonstration",), Path("a"), Path("b"))).choices(dict(pairs(chosen.query))) == [chosen]
    assert Choice().query == "register=demonstration"


def pairs(query):
    from urllib.parse import parse_qsl

    return parse_qsl(query, separator="&")


def test_the_choice_beside_shares_view_and_scale():
    service = Service(Limits(("demonstration",), Path("a"), Path("b")))
    query = {"view": "flows", "province": "02", "beside": "yes", "b.province": "12", "b.view": "mix", "mark": "x"}
    first, second = service.choices(query)
    assert (first.province, second.province) == (("02",), ("12",))
    assert (first.view, second.view) == ("flows", "flows")


@pytest.mark.parametrize("in_force", [False, True])
def test_a_mechanism_and_an_empty_province_are_an_empty_choice(in_force):
    shown = answer(province="23", mechanism=("mou",), in_force=in_force)
    assert (shown["n"], shown["svg"], shown["code"], shown["marks"]) == (0, "", "", {})
    assert shown["reason"] == "No partnership fits these choices; remove one of them."


@pytest.mark.parametrize("register", ["demonstration", "learning-note-17"])
@pytest.mark.parametrize("view", VIEWS)
def test_each_mark_has_its_number_and_lists_as_many_partnerships(register, view):
    selection = SELECTIONS.select(Choice(register=register, view=view))
    shown = page_data.shown(selection, width="two-columns", folder="out")
    if not shown["svg"]:
        assert register == "learning-note-17"
        assert view in ("agreement", "pace")
        return
    drawn = set(re.findall(r'<g id="((?:bar|flow|block|tile|cell|pair):[^"]*|line-[^"]*)"', shown["svg"]))
    assert drawn == set(shown["marks"]) | {key for key in drawn if key.startswith("tile:") and "none" in key}
    for mark, label in shown["marks"].items():
        if mark.startswith("line-"):
            continue
        counted = counted_in(selection, mark)
        keys = mark_details.partnerships_of(selection, mark)
        if view != "agreement":  # a pair is a half-year: one partnership may have several
            assert len(keys) == counted, (mark, label)
        assert len(set(keys)) == len(keys) <= counted


def counted_in(selection, mark):
    """The count of a mark, from the data of its picture."""
    data, (kind, *parts) = selection.view.data, mark.split(":")
    if kind == "bar":
        at = data[data["date"] == sorted(data["date"].unique())[int(parts[0])]]
        stage = at[at["stage"].astype(str) == parts[1]]
        return int(stage["count"].sum()) if len(stage) else int(at[f"n_{parts[1]}"].iloc[0])
    if kind == "flow":
        return int(parts[3])
    if kind == "block":
        dates, column, state = sorted({*data["date_from"], *data["date_to"]}), int(parts[0]), parts[1]
        if column < len(dates) - 1 and state != "ended":
            return int(data[(data["date_from"] == dates[column]) & (data["state_from"] == state)]["count"].sum())
        into = data[(data["date_from"] == dates[column - 1]) & (data["state_from"] != "ended")]
        return int(into[into["state_to"] == state]["count"].sum())
    if kind == "tile":
        last = data[data["date"] == data["date"].max()]
        return int(last[last["unit"] == parts[0]]["n_known"].iloc[0])
    if kind == "cell":
        rows = data[(data["state_kind"] == parts[0]) & (data["non_state_kind"] == parts[1])]
        return int(rows["n_known"].iloc[0])
    return int(data[(data["first"] == parts[0]) & (data["second"] == parts[1])]["count"].iloc[0])


def test_the_number_of_a_bar_is_in_words():
    labels = mark_details.labels_of(SELECTIONS.select(Choice()))
    assert labels["bar:21:integrated"] == "Integrated, Sep 2014: 34 of 83 assessed (41%)"
    assert labels["bar:0:coalition"] == "Coalition, Jun 2009: 3 of 3 assessed"
    assert labels["bar:21:ended"] == "Ended, Sep 2014: 66"


def test_a_bar_of_shares_is_labelled_with_the_share_that_is_drawn():
    choice = Choice(province="17", scale="share", every="year")
    labels = mark_details.labels_of(SELECTIONS.select(choice))
    assert labels["bar:3:integrated"] == "Integrated, Dec 2012: 1 of 7 shown (14%), 1 of 6 assessed (17%)"
    assert labels["bar:3:not_assessed"] == "Not assessed, Dec 2012: 1 of 7 shown (14%)"
    hidden = mark_details.labels_of(SELECTIONS.select(replace(choice, hide=("not_assessed", "ended"))))
    assert hidden["bar:3:integrated"] == "Integrated, Dec 2012: 1 of 6 assessed (17%)"


def test_a_mark_that_is_not_there_is_refused():
    with pytest.raises(LnlibError, match="the picture has no mark 'bar:99:integrated'"):
        mark_details.partnerships_of(SELECTIONS.select(Choice()), "bar:99:integrated")


def test_the_table_lists_all_in_pages_sorted_and_searched():
    selection = SELECTIONS.select(Choice())
    pages = [partnership_table.page_of(selection, page=page) for page in range(1, 9)]
    keys = [key for page in pages for key in page.keys]
    assert (len(keys), len(set(keys)), pages[0].n, pages[0].pages) == (160, 160, 160, 8)
    assert partnership_table.page_of(selection, page=99).page == 8
    back = partnership_table.COLUMNS.index("moved_back")
    most = partnership_table.page_of(selection, sort="-moved_back", rows=160)
    moves = [len(row[back].split(", ")) if row[back] else 0 for row in most.rows]
    assert moves == sorted(moves, reverse=True)
    found = partnership_table.page_of(selection, search="battambang ngo", rows=160)
    assert found.n == sum("Battambang" in " ".join(row) and "NGO" in " ".join(row) for row in most.rows) > 0
    assert partnership_table.page_of(selection, search="no such words").rows == []


def test_the_list_is_searched_by_topics_reasons_and_words_near_to_what_is_typed():
    selection = SELECTIONS.select(Choice())
    search = lambda text: partnership_table.page_of(selection, search=text, rows=160)  # noqa: E731 - what is asked
    register = selection.here
    with_mou = register.mechanisms.loc[register.mechanisms["mechanism"] == "mou", "partnership"]
    assert sorted(search("MoU").keys) == sorted(set(with_mou))
    described = register.described
    health = described.loc[described["sectors"].str.split(";").map(lambda all: "health" in all), "partnership"]
    assert sorted(search("health").keys) == sorted(health)
    funding = register.partnerships.loc[register.partnerships["end_reason"] == "funding_ended", "partnership"]
    assert sorted(search("funding").keys) == sorted(funding)
    ended = partnership_table.COLUMNS.index("ended")
    assert {row[ended].partition(". ")[2] for row in search("funding").rows} == {"Funding ended"}
    misspelt = search("Batambang helth")
    assert (misspelt.near, misspelt.keys) == ("battambang health", search("battambang health").keys)
    answered = page_data.table(selection, mark="", search="Batambang", sort="", page=1)["counted"]
    assert answered == "1–15 of 15 partnerships near: battambang"
    assert search("zzzz").near == ""


def listed_date(recorded):
    """A recorded date in the words of the list, whose columns have room for a month."""
    if "H" in recorded:
        return f"H{recorded[-1]} {recorded[:4]}"
    known_to_the_day = len(recorded) == len("2011-09-19") and "/" not in recorded
    return in_words(recorded[:7] if known_to_the_day else recorded, Words.load())


def test_who_was_assessed_last_and_when():
    selection = SELECTIONS.select(Choice(province="02"))
    table = partnership_table.page_of(selection, sort="last_assessed", rows=160)
    last = partnership_table.COLUMNS.index("last_assessed")
    now = ln.current_status(selection.here).set_index("partnership")["last_assessed"]
    assert list(now[table.keys]) == sorted(now[table.keys])
    latest = {}  # the most precise of those that are placed last
    for row in ln.placed_assessments(selection.here).to_dict("records"):
        latest.setdefault(row["partnership"], []).append((row["date"], row["first"] - row["last"], row["recorded"]))
    written = [listed_date(max(latest[key])[-1]) for key in table.keys]
    assert [row[last] for row in table.rows] == written
    assert written[:3] == ["Jun 2009", "Q2 2011", "Sep 2011"]


def test_actors_are_offered_with_their_partnerships_of_the_most_first():
    register = SELECTIONS.opened.open("demonstration")
    offered = page_data.options(register, language="en")["actors"]
    partnerships = register.partnerships
    for key, _, n in offered:
        assert n == ((partnerships["non_state"] == key) | (partnerships["state"] == key)).sum()
    assert [n for *_, n in offered] == sorted((n for *_, n in offered), reverse=True)


def test_who_moved_back_in_battambang_and_when():
    selection = SELECTIONS.select(Choice(province="02"))
    spells = ln.spells(selection.here)
    down = spells[spells["outcome"] == "down"]
    table = partnership_table.page_of(selection, sort="-moved_back", rows=160)
    back = partnership_table.COLUMNS.index("moved_back")
    listed = {key: row[back] for key, row in zip(table.keys, table.rows, strict=True) if row[back]}
    rated = ln.placed_assessments(selection.here)
    recorded = {(row.partnership, row.date, row.stage): row.recorded for row in rated.itertuples()}
    assert listed == {
        key: ", ".join(listed_date(recorded[key, row.end, row.into]) for row in rows.itertuples())
        for key, rows in down.groupby("partnership")
    }


def test_the_name_of_a_table_holds_what_it_is_narrowed_to():
    selection = SELECTIONS.select(Choice(province="02", scale="share"))
    khmer = SELECTIONS.select(Choice(province="02", language="km"))
    assert downloads.table_name(selection, mark="", search="") == "partnerships-battambang"
    assert downloads.table_name(selection, mark="bar:14:integrated", search="NGO 14") == (
        "partnerships-battambang-integrated-dec-2012-ngo-14"
    )
    assert (
        downloads.table_name(khmer, mark="bar:14:integrated", search="") == "partnerships-battambang-bar-14-integrated"
    )


def test_the_list_of_one_choice_is_made_once_for_all_views_and_once_a_rater():
    selections = [SELECTIONS.select(Choice(province="12", view=view)) for view in ("mix", "flows", "paths")]
    rated = SELECTIONS.select(Choice(province="12", rater="state"))
    rows = {id(partnership_table._table(selection)) for selection in selections}
    assert len(rows) == 1
    assert id(partnership_table._table(rated)) not in rows
    assert rated.narrowed is selections[0].narrowed


def test_the_table_as_csv_is_text_to_a_spreadsheet(hostile):
    lines = partnership_table.csv_of(SELECTIONS.select(Choice(register=str(hostile)))).decode("utf-8-sig").splitlines()
    assert lines[0] == (
        "Key,Non-state actor,State actor,Province,Began,Ended,Stage in Dec 2013,Moved up,Moved back,"
        "Ratings,Last assessed"
    )
    assert len(lines) == 5
    assert any(",'=cmd()," in line for line in lines)


def test_a_story_is_told_of_what_is_chosen_alone(hostile):
    selection = SELECTIONS.select(Choice(register=str(hostile), view="paths"))
    result = page_data.story_of(selection, "P1")["html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in result
    assert "<img src=x" not in result
    with pytest.raises(LnlibError, match=r"Partnership 'P9' is not among those chosen\."):
        page_data.story_of(selection, "P9")


def test_the_options_are_what_the_register_holds(hostile):
    options = page_data.options(SELECTIONS.opened.open(str(hostile)), language="en")
    names = [label for _, label, _ in options["actors"]]
    assert [name for name in HOSTILE if name not in names] == []
    assert [month["label"] for month in options["months"]][:2] == ["Jan 2010", "Feb 2010"]
    assert not options["ordinal"]
    assert page_data.options(SELECTIONS.opened.open("learning-note-17"), language="km")["ordinal"]


def test_an_explorer_of_a_notebook_shows_what_its_page_showed_last():
    first = explore("demonstration")
    assert first._repr_mimebundle_() == {
        "text/plain": "160 partnerships: the whole register, Jun 2009 to Sep 2014\n" + answer()["alt"]
    }
    _KEPT[first._key] = Choice(province="02", view="paths")
    again = explore("demonstration")
    assert again.choice.province == ("02",)
    assert len(again.register.partnerships) == 15
    assert again.shown.chart.__name__ == "lnlib.charts.paths"
    assert explore("demonstration", key="other").choice == Choice()


def test_a_register_of_ones_own_begins_with_what_it_is_narrowed_to():
    whole = ln.open_register("demonstration", period_to="2012")
    explorer = explore(whole.where(province="02", sector="water"))
    assert (explorer.choice.province, explorer.choice.sector) == (("02",), ("water",))
    assert explorer.register.observed == whole.observed


def test_an_explorer_with_nothing_to_show_says_why():
    explorer = explore("demonstration", province="23")
    with pytest.raises(LnlibError, match="No partnership fits these choices"):
        assert explorer.exhibit
    assert explore("/nowhere")._repr_mimebundle_() == {"text/plain": "register '/nowhere' does not exist"}


def random_choice(chance, registers, choice):
    """The choice after one random thing that somebody at the page could do."""
    options = page_data.options(SELECTIONS.opened.open(choice.register), language="en")
    words = {name: [key for key, _ in pairs] for name, pairs in options["words"].items()}
    some = lambda keys: tuple(key for key in keys if chance.random() < 0.3)  # noqa: E731
    changes = [
        *[lambda: {"view": chance.choice(VIEWS)}] * 4,
        *[lambda: {"province": some([unit["code"] for unit in options["units"]]) if chance.random() < 0.3 else ()}] * 2,
        *[lambda: {"province": (chance.choice(options["units"])["code"],)}] * 2,
        *[lambda: {"actor": chance.choice(["", *[key for key, *_ in options["actors"]]])}] * 2,
        lambda: {"kind": some(words["state"] + words["non_state"])},
        *[lambda name=name: {name: some(words[name])} for name in ("tier", "function", "sector", "mechanism")],
        lambda: {"in_force": chance.random() < 0.5},
        lambda: {"rater": chance.choice(["any", *options["raters"]])},
        lambda: {"placed": chance.choice(["", "middle"])},
        lambda: {"scale": chance.choice(["count", "share"]), "hide": some(["ended", "not_assessed"])},
        lambda: {"stage": chance.choice(["", "collaboration", "integrated"])},
        lambda: {"every": chance.choice(["", "quarter", "half", "year"])},
        *[lambda: {chance.choice(["period_from", "period_to"]): chance.choice([m["value"] for m in options["months"]])}]
        * 2,
        *[lambda: {"period_from": "", "period_to": ""}] * 2,
        *[lambda: dict.fromkeys(("province", "kind", "tier", "function", "sector", "mechanism"), ()) | {"actor": ""}]
        * 3,
    ]
    if chance.random() < 0.1:
        return Choice(register=chance.choice(registers), view=choice.view)
    return replace(choice, **chance.choice(changes)())


WALKS, STEPS = (2, 100) if EXHAUSTIVE else (1, 50)


@pytest.mark.parametrize("seed", range(WALKS))
def test_words_picture_and_counts_agree_over_a_walk_of_choices(seed, hostile):
    registers = ["learning-note-17", str(hostile), str(SMALL), "demonstration"]
    chance = random.Random(seed)
    choice = Choice(register=registers[-1])
    drawn, wrong = 0, set()
    for _ in range(STEPS):
        choice = random_choice(chance, registers, choice)
        try:
            selection = SELECTIONS.select(choice)
        except LnlibError as error:
            wrong.add(re.sub(r":.*", "", str(error)))
            choice = replace(choice, period_from="", period_to="")
            continue
        shown = page_data.shown(selection, width=chance.choice(page_data.WIDTHS), folder="out")
        assert bool(shown["svg"]) == bool(shown["code"]) == (not shown["reason"])
        counted = Words.load()("n_partnerships", n=shown["n"])
        assert shown["summary"].startswith(counted[:1].upper() + counted[1:])
        assert partnership_table.page_of(selection).n == shown["n"]
        if choice.view == "mix" and shown["svg"] and not choice.hide:
            data = selection.view.data
            assert int(data[data["date"] == data["date"].max()]["n_known"].max()) == shown["n"]
        if len(selection.choice.province) == 1 and shown["n"]:
            assert shown["tiles"][selection.choice.province[0]] >= shown["n"]
        drawn += bool(shown["svg"])
    assert 0.3 * STEPS < drawn < STEPS
    assert wrong <= {"the period observed ends before it starts"}


def test_the_table_writes_when_each_began_in_words_and_sorts_it_by_time():
    selection = SELECTIONS.select(Choice(province="02"))
    found = page_data.table(selection, mark="", search="", sort="began", page=1)
    began = [row[3] for row in found["rows"]]
    assert began[:3] == ["23 Jun 2009", "23 Jun 2009", "Oct 2009"]
    assert began[-6:] == ["Q1 2012", "half-year 1 of 2012", "Q2 2012", "29 Oct 2012", "Q2 2013", "Jul 2013"]
    khmer = page_data.table(
        SELECTIONS.select(Choice(province="02", language="km")), mark="", search="", sort="began", page=1
    )
    assert Words.load("km").digits("2009") in khmer["rows"][0][3]
