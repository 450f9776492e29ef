"""An edition's pages as a browser shows them: found by search, read by a screen reader, printed; nothing is asked for."""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from small_project import EDITION, PARAMETERS, WRITE, Batch, make_project, members, notebook, write

from lnlib.batch.build.report import make_report
from lnlib.batch.plan.edition_file import read_edition
from lnlib.batch.register_members import members as register_members
from lnlib.batch.site.index import contexts, index_page
from lnlib.batch.site.pages import run_page
from lnlib.batch.site.story_pages import contexts as story_contexts
from lnlib.batch.site.story_pages import framed
from lnlib.charts.style import typeface
from lnlib.words import Words

SMALL = Path(__file__).parents[1] / "registers" / "small"
KHMER = Words.load("km")
ROWS = "".join(f"<tr><td>{n} and some more words</td></tr>" for n in range(90))
TABLE = f"""\
table = "<figure><figcaption>Table 1</figcaption><table><thead><tr><th>Head</th></tr></thead>{ROWS}</table></figure>"
display({{"text/html": table, "text/plain": "Table 1"}}, raw=True)
"""
FAILS = "if province == '03':\n    {}['no such key']"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_in("en", tmp_path_factory)


@pytest.fixture(scope="module")
def made_in_khmer(tmp_path_factory):
    return made_in("km", tmp_path_factory)


@pytest.fixture
def page(tabs):
    with tabs.page() as page:
        yield page


def made_in(language, tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp(language))
    own = 'province: str = "02"\n' + PARAMETERS
    cells = [WRITE, FAILS, 'exhibit(f"05.{province}", province)', TABLE]
    write(project.root, "05-province", notebook(*cells, parameters=own, title="How is the province?"))
    edition = project.root / "params/small.yml"
    edition.write_text(edition.read_text().replace("period:", f"language: {language}\nperiod:"))
    batch = Batch(project)
    assert batch.run() == 1
    return batch.out


def searched(page, words):
    page.fill("#search", words)
    shown = page.eval_on_selector_all("[data-words] a", "all => all.filter(a => a.checkVisibility()).map(a => a.text)")
    return page.inner_text("#found"), shown


def test_the_search_finds_a_page_by_any_of_its_names_and_counts_it_once(made, page):
    page.goto((made / "index.html").as_uri())
    for words in ("Battambang", "02", "បាត់ដំបង", "batdambang"):
        assert searched(page, words) == ("1 page", ["Battambang"]), words
    assert page.locator(".tile:not(.faded)").inner_text().startswith("Battambang")
    # an actor's page stands under its subject and under its actor
    assert searched(page, "youth")[0] == "1 page"
    assert page.locator(".tile").first.is_hidden()  # no province is called that
    assert searched(page, "ការិយាល័យ")[0] == "No page has these words"  # the state actor has no page here


def test_a_search_without_hits_says_so_and_goes_as_it_came(made, page):
    page.goto((made / "index.html").as_uri())
    before = page.inner_text("main")
    assert searched(page, "<b>zzz</b>") == ("No page has these words", [])
    assert page.locator("main h2").evaluate_all(
        "all => all.filter(h => h.checkVisibility()).map(h => h.innerText)"
    ) == ["1 run failed"]
    page.fill("#search", "")
    assert page.inner_text("main") == before
    assert page.inner_text("#found") == ""


def test_a_tile_says_what_led_and_where_nothing_did(made, page):
    page.goto((made / "index.html").as_uri())
    tile = {name: page.locator(".tile", has_text=name).inner_text() for name in ("Battambang", "Kampong Cham", "Takeo")}
    assert tile["Battambang"].split("\n") == ["Battambang", "Collaboration", "3 of 4", "▲ 2"]
    assert tile["Kampong Cham"].split("\n") == ["Kampong Cham", "No single stage led", "n = 4", "1 failed"]
    assert tile["Takeo"].split("\n") == ["Takeo", "None of 1 assessed"]


def index_of(edition):
    report = make_report(
        edition, {}, {}, set(), started=datetime.datetime.now(datetime.UTC), seconds=0, workers=1, how=""
    )
    return index_page(edition, {}, report, edition.path.parent)


def test_the_index_of_a_register_that_tells_an_order_speaks_of_its_last(edit):
    edition = read_edition(
        edit("register: small\nruns: [{notebook: 05-province, for_each: {province: all}}]"),
        lambda *asked: replace(members(*asked), in_order=True),
    )
    found = " ".join(re.sub("<[^>]+>", " ", index_of(edition)).split())
    assert "the stage that led when last told" in found
    assert "now" not in found.split()


NAMES = ("A small edition", "A small register", "Kampong Cham", "Battambang", "Youth Club", "CSV", "JSON")


class English(HTMLParser):
    """The texts of a page that are not marked as English and hold words in Latin letters beside names."""

    def __init__(self, page, edition):
        super().__init__()
        self.names = (*NAMES, *(one.title for one in edition.notebooks.values()))
        self.languages, self.found = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        language = attrs.get("lang") or (self.languages[-1][1] if self.languages else "")
        if tag not in ("meta", "link", "input", "img", "br"):
            self.languages.append((tag, "en" if tag in ("script", "style", "svg") else language))
        self.seen([attrs.get("aria-label"), attrs.get("alt")], language)

    def handle_endtag(self, tag):
        assert self.languages.pop()[0] == tag

    def handle_data(self, data):
        self.seen([data], self.languages[-1][1] if self.languages else "en")

    def seen(self, texts, language):
        for text in filter(None, texts):
            for name in self.names:
                text = text.replace(name, "")
            if language != "en" and re.search("[A-Za-z]{2}", text):
                self.found.append(text)


def test_every_word_of_a_khmer_index_is_khmer_but_names_and_what_it_marks_as_english(edit):
    def khmer(*asked):
        numbers = {**members(*asked).numbers, "02": {"n": 3, "assessed": 2}, "21": {"n": 0, "assessed": 0}}
        return replace(members(*asked), names={"province=02": "បាត់ដំបង", "province=21": "តាកែវ"}, numbers=numbers)

    edition = read_edition(edit(EDITION.replace("A small edition", "ភាពជាដៃគូ") + "language: km\n"), khmer)
    report = {"runs": [{"id": "01-portfolio/all", "state": "ok", "warnings": ["LayoutWarning: a word is cut"]}]}
    html = index_page(edition, {}, report, edition.path.parent)
    assert '<html lang="km">' in html
    assert "<h1>ភាពជាដៃគូ</h1>" in html
    assert f"<strong>{KHMER('note_page.draft_translation')}</strong>" in html
    assert '<span class="name">បាត់ដំបង</span>' in html
    assert KHMER("pages.none_led") in html
    assert KHMER("pages.empty", n=1, names="តាកែវ") in html
    assert English(html, edition).found == []


def test_every_word_of_a_khmer_page_is_khmer_but_names_and_what_it_marks_as_english(edit):
    def khmer(*asked):
        return replace(members(*asked), names={"province=02": "បាត់ដំបង"})

    edition = read_edition(edit(EDITION + "language: km\n"), khmer)
    page = contexts(edition)["05-province/02"]
    page = {**page, "stories": [{"href": "a.html", "text": "រឿង"}]}
    nb = notebook("1 + 1", title="How did partnerships in this province move?")
    error = {"type": "ValueError", "message": "a word", "cell": 2, "line": 3, "traceback": "Traceback"}
    for failure in (None, error):
        html = run_page(nb, page, failure)
        assert '<html lang="km">' in html
        assert f"<strong>{KHMER('note_page.draft_translation')}</strong>" in html
        assert "<h1>បាត់ដំបង</h1>" in html
        assert KHMER("pages.stories_about") in html
        assert English(html, edition).found == []
    assert KHMER("pages.ended_in_line", cell=2, line=3) in html
    assert f"<h1>{KHMER('texts.notebook_province')}</h1>" in run_page(nb, {**page, "label": ""}, None)


def test_a_story_s_page_is_in_the_edition_s_language_and_marks_a_draft(edit, tmp_path):
    partnership = ("P1", "រឿង", "02", "youth-club", "health-office")
    named = lambda *asked: replace(members(*asked), partnerships=[partnership])  # noqa: E731 - a membership
    edition = read_edition(edit(EDITION + "language: km\n"), named)
    page = contexts(edition)["01-portfolio/all"]
    page["told"] = story_contexts(edition, edition.runs[0], KHMER)
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "P1.html").write_text("<!-- story --><h1>រឿង</h1><!-- end of story -->", "utf-8")
    for folder in (tmp_path, None):
        ((_, html),) = framed(page, folder)
        assert '<html lang="km">' in html
        assert f"<strong>{KHMER('note_page.draft_translation')}</strong>" in html
        assert English(html, edition).found == []


def test_a_page_in_english_carries_no_mark(edit):
    edition = read_edition(edit(EDITION), members)
    for html in (index_of(edition), run_page(notebook(), contexts(edition)["05-province/02"], None)):
        assert re.findall(r"<(?:html|body|h1)[^>]*>", html) == ['<html lang="en">', "<body>", "<h1>"]
        assert "<strong>" not in html


def test_names_numbers_and_the_day_on_a_map_are_in_the_edition_s_language():
    english, khmer = (register_members(str(SMALL), None, {"language": one, "placed": "middle"}) for one in ("en", "km"))
    assert english.names == {}
    assert khmer.names["province=02"] == "បាត់ដំបង"
    assert khmer.provinces == english.provinces
    assert khmer.numbers["25"]["stage_now"] == khmer.stages[0] != english.numbers["25"]["stage_now"]
    assert english.until == "31 Dec 2013"
    assert khmer.until == KHMER.date(datetime.date(2013, 12, 31))


def test_provinces_without_partnerships_are_one_line_and_no_pages(edit):
    empty = {"03": {"n": 0, "assessed": 0}, "21": {"n": 0, "assessed": 0}}
    edition = read_edition(
        edit("register: small\nruns: [{notebook: 05-province, for_each: {province: all}}]"),
        lambda *asked: replace(members(*asked), numbers={**members(*asked).numbers, **empty}, until="30 Sep 2014"),
    )
    assert [run.id for run in edition.runs] == ["05-province/02"]
    html = index_of(edition)
    found = " ".join(re.sub("<[^>]+>", " ", html).split())
    assert "2 provinces have no partnership in this register: Kampong Cham, Takeo." in found
    assert "the stage that led on 30 Sep 2014" in found
    assert html.count('<li class="tile') == 1


def test_a_batch_s_warnings_are_on_the_index(edit):
    edition = read_edition(edit("register: small\nruns: [{notebook: 01-portfolio}]"), members)
    report = {"runs": [{"id": "01-portfolio/all", "state": "ok", "warnings": ["LayoutWarning: <b> is cut"]}]}
    html = index_page(edition, {}, report, edition.path.parent)
    assert "Warnings of the batch" in html
    assert 'Who and where?: <span lang="en">LayoutWarning: &lt;b&gt; is cut</span>' in html
    assert "Warnings of the batch" not in index_of(edition)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Batambang", "1 page near: battambang batdambang"),
        ("yuoth", "1 page near: youth"),
        ("Takoe", "1 page near: takeo"),
    ],
)
def test_the_search_knows_near_names(made, page, asked, answer):
    page.goto((made / "index.html").as_uri())
    assert searched(page, asked)[0] == answer


def test_a_page_folds_its_code_and_asks_for_nothing(made, page):
    page.goto((made / "runs/05-province/02.html").as_uri())
    code = page.locator(".code").first
    assert code.is_hidden()
    page.check("#show-code")
    assert code.is_visible()
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("name", ["index", "runs/05-province/02"])
def test_a_khmer_page_is_set_in_the_font_that_comes_with_it(made_in_khmer, page, name):
    page.goto((made_in_khmer / f"{name}.html").as_uri())
    families = page.locator("body *:visible:not(input)").evaluate_all(
        "all => all.map(one => getComputedStyle(one).fontFamily)"
    )
    own = {family.split(",")[0].strip('"') for family in families if "monospace" not in family}
    assert own == {typeface.KHMER.family}


def test_on_paper_the_key_stands_with_its_map_and_no_link_to_files_is_printed(made, page):
    page.goto((made / "index.html").as_uri())
    page.emulate_media(media="print")
    assert page.locator(".key").first.evaluate("one => getComputedStyle(one).breakAfter") == "avoid"
    assert not page.locator(".files > p:visible").count()


def test_the_search_of_a_khmer_index_answers_in_khmer(made_in_khmer, page):
    page.goto((made_in_khmer / "index.html").as_uri())
    assert searched(page, "Battambang")[0] == KHMER("pages.page", n=1)
    assert searched(page, "Takoe")[0] == KHMER("pages.near", found=KHMER("pages.page", n=1), words="takeo")
    assert searched(page, "zzz")[0] == KHMER("pages.not_found")


@pytest.mark.parametrize("name", ["index", "runs/05-province/02", "runs/05-province/03"])
def test_headings_come_in_order(made, page, name):
    page.goto((made / f"{name}.html").as_uri())
    levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_a_long_table_begins_on_the_page_that_names_it(made, page):
    page.goto((made / "runs/05-province/02.html").as_uri())
    page.emulate_media(media="print")
    assert page.locator("figure:has(table)").evaluate("one => getComputedStyle(one).breakInside") == "auto"
    assert page.locator("table").evaluate("one => getComputedStyle(one).breakInside") == "auto"
    assert page.locator("tr").first.evaluate("one => getComputedStyle(one).breakInside") == "avoid"
    assert page.locator("figure.output").evaluate("one => getComputedStyle(one).breakInside") == "avoid"


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_index_leads_to_a_page_and_back_wide_and_narrow_light_and_dark_by_mouse_and_by_keyboard(
    made, made_in_khmer, tabs, language
):
    out, words = {"en": made, "km": made_in_khmer}[language], Words.load(language)
    # with both languages, the eight of the sixteen conditions in which every three of the four occur in each combination
    for width, hand in itertools.product((1280, 400), ("mouse", "keyboard")):
        scheme = "dark" if (width == 1280) ^ (language == "en") ^ (hand == "mouse") else "light"
        with tabs.page(width=width, height=900, color_scheme=scheme) as shown:
            shown.goto((out / "index.html").as_uri())
            ground = sum(
                map(int, re.findall(r"\d+", shown.evaluate("getComputedStyle(document.body).backgroundColor")))
            )
            assert (ground > 600, ground < 150) == (scheme == "light", scheme == "dark")
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
            assert searched(shown, "Batambang")[1] == ["Battambang"]
            if hand == "mouse":
                shown.locator("[data-words] a", has_text="Battambang").locator("visible=true").click()
            else:
                shown.locator("#search").press("Enter")
            shown.wait_for_selector("h1")
            assert shown.inner_text("h1") == "Battambang"
            assert shown.locator(".code").first.is_hidden()
            if hand == "mouse":
                shown.locator("#show-code").click()
            else:
                shown.locator("#show-code").press("Space")
            assert shown.locator(".code").first.is_visible()
            assert shown.get_by_role("link", name=words("pages.all"), exact=True).count() == 1
            back = shown.locator(".crumbs a").first
            back.click() if hand == "mouse" else back.press("Enter")
            shown.wait_for_selector("#search")
