"""An edition's pages as a browser shows them: found by search, read by a screen reader, printed; nothing is asked for."""

from __future__ import annotations

import datetime
import itertools
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from small_project import EDITION, PARAMETERS, WRITE, members, notebook, write
from test_command import Batch

from lnlib.batch.build.report import make_report
from lnlib.batch.members import members as register_members
from lnlib.batch.plan.edition import read_edition
from lnlib.batch.site.index import contexts, index_page
from lnlib.batch.site.pages import run_page
from lnlib.words import Words

SMALL = Path(__file__).parents[1] / "registers" / "small"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ROWS = "".join(f"<tr><td>{n} and some more words</td></tr>" for n in range(90))
TABLE = f"""\
table = "<figure><figcaption>Table 1</figcaption><table><thead><tr><th>Head</th></tr></thead>{ROWS}</table></figure>"
display({{"text/html": table, "text/plain": "Table 1"}}, raw=True)
"""
FAILS = "if province == '03':\n    {}['no such key']"


@pytest.fixture
def page():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        yield page
        browser.close()


@pytest.fixture
def made(project):
    own = 'province: str = "02"\n' + PARAMETERS
    cells = [WRITE, FAILS, 'exhibit(f"05.{province}", province)', TABLE]
    write(project.root, "05-province", notebook(*cells, parameters=own, title="How is the province?"))
    edition = project.root / "params/small.yml"
    edition.write_text(edition.read_text().replace("period:", "language: km\nperiod:"))
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


def test_the_index_is_in_its_edition_s_language_and_marks_its_own_english_and_a_draft(edit):
    def drafted(*asked):
        return replace(members(*asked), drafts={"km": "សេចក្ដីព្រាង <1>"})

    html = index_of(read_edition(edit(EDITION.replace("A small edition", "ភាពជាដៃគូ") + "language: km\n"), drafted))
    assert '<html lang="km">' in html
    assert '<body lang="en">' in html  # its fixed words
    assert '<h1 lang="km">ភាពជាដៃគូ</h1>' in html
    assert '<p class="note" lang="km"><strong>សេចក្ដីព្រាង &lt;1&gt;</strong></p>' in html

    html = index_of(read_edition(edit(EDITION), drafted))
    assert re.findall(r"<(?:html|body|h1)[^>]*>", html) == ['<html lang="en">', "<body>", "<h1>"]
    assert "<strong>" not in html


def test_a_page_in_a_draft_translation_says_so(edit):
    def drafted(*asked):
        return replace(members(*asked), drafts={"km": "សេចក្ដីព្រាង <1>"})

    for language, said in (("km", ["<strong>សេចក្ដីព្រាង &lt;1&gt;</strong>"]), ("en", [])):
        edition = read_edition(edit(EDITION + f"language: {language}\n"), drafted)
        html = run_page(notebook(), contexts(edition)["05-province/02"], None)
        assert re.findall("<strong>.*?</strong>", html) == said


def test_the_catalogue_tells_which_translations_are_drafts():
    said = Words.load("km")("note_page.draft_translation")
    assert register_members(str(SMALL)).drafts == {"km": said}


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
    assert "Who and where?: LayoutWarning: &lt;b&gt; is cut" in html
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


def test_a_page_names_the_language_of_its_exhibits_and_asks_for_nothing(made, page):
    page.goto((made / "runs/05-province/02.html").as_uri())
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("figure.output, div.output").evaluate_all("all => all.map(one => one.lang)") == ["km", "km"]
    code = page.locator(".code").first
    assert code.is_hidden()
    page.check("#show-code")
    assert code.is_visible()
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []


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
