"""The explorer in Debian's Chromium: its page, by mouse and by keyboard, and in a cell of JupyterLab."""

import csv
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from chromium import PATIENCE, foreign, violations_in_both_schemes

import lnlib as ln
from lnlib.charts.style import typeface
from lnlib.words import Words

ROOT = Path(__file__).parents[2]
DEMONSTRATION = ROOT / "data" / "demonstration"
SMALL = ROOT / "tests" / "registers" / "small"
HOSTILE = ["<script>alert(1)</script>", "=cmd()", "$x^2$"]
WIDTHS = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 400, "height": 850}}


def command(name):
    return str(Path(sys.executable).with_name(name))


def ended(server):
    """End a server that was started here, with the kernels it started."""
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    if server.stdout:
        server.stdout.close()


def explorer(*words, cwd=ROOT):
    """Start `lnlib explore`; return the process and the address it prints."""
    server = subprocess.Popen(
        [command("lnlib"), "explore", *words, "--no-browser"],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    return server, re.search(r"http://\S+", server.stdout.readline())[0]


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    """Settings, signatures, histories and caches are these tests' own, and end with them; but for fonts, which take seconds to make."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "cache" / "lnlib").mkdir(parents=True)
    (folder / "cache" / "lnlib" / "fonts").symlink_to(typeface.cache_folder().absolute())
    jupyter = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    lab = ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("HOME", "IPYTHONDIR", *jupyter, *lab):
            environment.setenv(name, str(folder / name.lower()))
        environment.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield


@pytest.fixture(scope="module")
def served(home):
    """One explorer for all the tests that save nothing."""
    server, url = explorer("demonstration", "learning-note-17")
    yield url
    ended(server)


@pytest.fixture
def page(tabs, request):
    """A page that may use the clipboard, of which every dialog, error of a script and foreign request is kept."""
    asked = getattr(request, "param", {})
    scheme = asked.get("scheme", "light")
    allowed = ["clipboard-read", "clipboard-write"]
    with tabs.page(**WIDTHS[asked.get("width", "wide")], color_scheme=scheme, permissions=allowed) as opened:
        yield opened
        wrong = [*opened.wrong, *foreign(opened)]
    assert wrong == []


EVERYWHERE = pytest.mark.parametrize(
    "page",
    [
        {"width": "wide", "scheme": "light"},
        {"width": "wide", "scheme": "dark"},
        {"width": "narrow", "scheme": "light"},
        {"width": "narrow", "scheme": "dark"},
    ],
    indirect=True,
    ids=lambda asked: f"{asked['width']}-{asked['scheme']}",
)
BOTH_WIDTHS = pytest.mark.parametrize(
    "page", [{"width": "wide"}, {"width": "narrow"}], indirect=True, ids=lambda a: a["width"]
)


def ready(page):
    page.wait_for_selector("html[data-ready=yes]")


def go(page, url, query=""):
    page.goto(url + ("&" + query if query else ""))
    ready(page)


def picture(page, side=1):
    return page.locator(f"figure[data-side='{side}'] .sheet svg")


def summary(page, side=1):
    return page.locator(f"figure[data-side='{side}'] .summary")


def filters(page, *, opened):
    """Open or fold the filters of a narrow page; on a wide one they are always open."""
    if page.viewport_size["width"] < 900 and page.locator("#filters").evaluate("one => one.open") != opened:
        page.locator("#filters > summary").click()


def shown_query(page):
    return page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")


@EVERYWHERE
def test_the_page_begins_with_the_whole_register_and_nothing_overflows(served, page):
    from playwright.sync_api import expect

    go(page, served)
    expect(summary(page)).to_have_text("160 partnerships: the whole register, Jun 2009 to Sep 2014")
    expect(picture(page)).to_have_accessible_name(re.compile("^Stacked bar chart\\. .* 34 of 83 assessed"))
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.url.endswith("/")  # the token is in no address that is copied


@pytest.mark.parametrize(("language", "digits"), [("en", "24 25"), ("km", "២៤ ២៥")])
def test_the_opening_screen_names_the_provinces_and_begins_the_list(served, page, language, digits):
    from playwright.sync_api import expect

    go(page, served, f"language={language}")
    for number in digits.split():
        expect(page.locator("#places")).to_contain_text(number)
    assert page.locator("#tiles b").first.inner_text() == Words.load(language).number(13)
    first = page.locator("#table tbody tr" if language == "en" else "#table thead tr").first.bounding_box()
    assert first["y"] < page.viewport_size["height"] - 20


@BOTH_WIDTHS
def test_one_click_sets_another_province_beside_the_first_in_the_same_years(served, page):
    from playwright.sync_api import expect

    go(page, served, "province=02&period_from=2011&period_to=2013")
    page.locator("#compare").click()
    filters(page, opened=True)
    page.locator("#tiles").get_by_role("button", name=re.compile("^Kampong Cham")).click()
    expect(summary(page, 1)).to_have_text("First: 15 partnerships: Battambang, Jan 2011 to Dec 2013")
    expect(summary(page, 2)).to_have_text("Second: 13 partnerships: Kampong Cham, Jan 2011 to Dec 2013")


def test_which_partnerships_ended_before_2013_and_when(served, page):
    from playwright.sync_api import expect

    go(page, served, "period_to=2012")
    picture(page).locator(".hit[aria-label='Ended, Dec 2012: 25']").click()
    expect(page.locator("#counted")).to_have_text("1–20 of 25 partnerships")
    with page.expect_download() as download:
        page.locator("#table-csv").click()
    _, *rows = csv.reader(Path(download.value.path()).read_text("utf-8-sig").splitlines())
    recorded = {
        row["partnership"]: row
        for row in csv.DictReader((DEMONSTRATION / "partnerships.csv").read_text("utf-8").splitlines())
    }
    assert {row[0] for row in rows} == {key for key, row in recorded.items() if "" < row["end"] < "2013"}
    for key, *_, ended in (row[:6] for row in rows):
        assert recorded[key]["end"][:4] in ended


@pytest.mark.parametrize("language", ["en", "km"])
def test_each_language_has_its_own_words_everywhere(served, page, language):
    go(page, served, f"language={language}&view=paths&province=02")
    assert page.locator("html").get_attribute("lang") == language
    words = page.locator("header, form, .views, #table, #take").all_inner_texts()
    plain = " ".join(words)
    if language == "km":
        page.locator("tbody").evaluate("one => one.remove()")
        assert re.findall(r"\b(?:Province|Period|Search|Download|Actor|Filters|Save)\b", plain) == []
    assert "[not translated]" not in plain


# The eight of the sixteen conditions in which every three of width, language, hand and scheme occur in each combination.
CONDITIONS = [
    (width, language, hand, "dark" if (width == "wide") ^ (language == "en") ^ (hand == "mouse") else "light")
    for width, language, hand in itertools.product(WIDTHS, ("en", "km"), ("mouse", "keyboard"))
]
DRIVEN = pytest.mark.parametrize(
    ("page", "language", "hand"),
    [({"width": width, "scheme": scheme}, language, hand) for width, language, hand, scheme in CONDITIONS],
    indirect=["page"],
    ids=["-".join(condition) for condition in CONDITIONS],
)


def press(target, hand, key="Enter"):
    """Choose something as somebody with a mouse does, or with a keyboard."""
    if hand == "mouse":
        target.click()
    else:
        target.focus()
        target.press(key)


def look(page, view, hand):
    """Go to a view: by its name, or by the arrow keys from the one on show."""
    if hand == "mouse":
        page.locator(f"label:has([name=view][value={view}])").click()
    else:
        page.locator("[name=view]:checked").focus()
        while page.locator("[name=view]:checked").get_attribute("value") != view:
            page.keyboard.press("ArrowRight")
    ready(page)


@DRIVEN
def test_filters_picture_reason_and_address_agree(served, page, language, hand):
    from playwright.sync_api import expect

    words = Words.load(language)
    go(page, served, f"language={language}")
    whole = summary(page).inner_text()
    assert words("n_partnerships", n=160) in whole
    if page.viewport_size["width"] < 900:
        press(page.locator("#filters > summary"), hand)
    press(page.locator("details.words[data-words=sector] summary"), hand)
    press(page.locator("details.words input[value=health]"), hand, "Space")
    expect(summary(page)).to_contain_text(words("narrowed_to.label", label=words.group("sector")["health"]))
    ready(page)
    box = picture(page).bounding_box()
    assert 0 <= box["y"] < page.viewport_size["height"] / 2  # in sight while one chooses
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    chosen = summary(page).inner_text()
    press(page.locator("#tiles [data-code='23']"), hand)
    expect(page.locator("figure .reason")).to_have_text(words("explorer.empty"))
    none = words("n_partnerships", n=0)
    expect(summary(page)).to_contain_text(none[:1].upper() + none[1:])
    expect(page.locator("#table")).to_be_hidden()
    ready(page)
    page.reload()
    expect(page.locator("figure .reason")).to_have_text(words("explorer.empty"))
    page.go_back()
    expect(summary(page)).to_have_text(chosen)
    expect(picture(page)).to_be_visible()
    ready(page)
    assert shown_query(page) == {"language": language, "sector": "health"}
    filters(page, opened=True)
    press(page.locator("#clear"), hand)
    expect(summary(page)).to_have_text(whole)


@DRIVEN
def test_from_a_bar_to_its_partnerships_to_a_story_and_back(served, page, language, hand):
    from playwright.sync_api import expect

    words = Words.load(language)
    go(page, served, f"language={language}&province=02")
    bar = picture(page).locator("[data-mark='bar:21:collaboration']")
    label = bar.get_attribute("aria-label")
    if hand == "mouse":
        bar.hover()
    else:
        picture(page).locator("[data-mark='bar:20:collaboration']").focus()
        page.keyboard.press("ArrowRight")
    expect(page.locator("#number")).to_have_text(label)
    press(bar, hand)
    expect(page.locator("#table-heading")).to_have_text(label)
    listed = page.locator("tbody tr").count()
    expect(page.locator("#counted")).to_have_text(words("explorer.rows", first=1, last=listed, n=listed))
    press(page.locator("tbody button").first, hand)
    story = page.locator("#story.pinned")
    expect(story).to_be_visible()
    result = story.locator("h2").inner_text()
    box = story.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= page.viewport_size["height"]
    page.reload()
    expect(story.locator("h2")).to_have_text(result)
    if hand == "mouse":
        page.locator("#story-close").click()
    else:
        page.keyboard.press("Escape")
    expect(page.locator("#story")).to_be_hidden()
    look(page, "paths", hand)
    row = picture(page).locator(".hit").nth(2)
    if hand == "mouse":
        row.click(position={"x": 12, "y": row.bounding_box()["height"] / 2})
    else:
        press(row, hand)
    expect(story).to_be_visible()
    assert "story" in shown_query(page)


@DRIVEN
def test_two_choices_sorting_and_files(served, page, language, hand):
    from playwright.sync_api import expect

    words = Words.load(language)
    go(page, served, f"language={language}&province=02")
    press(page.locator("[name=scale][value=share]"), hand, "Space")
    expect(picture(page)).to_contain_text("100%" if language == "en" else "១០០%")
    ready(page)
    press(page.locator("#compare"), hand)
    expect(page.locator("figure")).to_have_count(2)
    expect(summary(page, 2)).to_contain_text(words("n_partnerships", n=160))
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    press(page.locator("#compare"), hand)
    expect(page.locator("figure")).to_have_count(1)
    ready(page)
    press(page.locator("thead button").nth(7), hand)
    expect(page.locator("th[aria-sort=descending]")).to_contain_text(words("explorer.columns.moved_back"))
    press(page.locator("thead button").nth(7), hand)
    expect(page.locator("th[aria-sort=ascending]")).to_be_visible()
    for form in ("svg", "csv"):
        with page.expect_download() as download:
            press(page.locator(f"[data-form={form}]"), hand)
        assert download.value.suggested_filename == f"mix-battambang.{form}"


def test_the_first_stops_lead_past_the_filters(served, page):
    go(page, served)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "view"


@BOTH_WIDTHS
def test_the_picture_stays_in_sight_while_choosing(served, page):
    from playwright.sync_api import expect

    go(page, served)
    filters(page, opened=True)
    page.locator("details.words[data-words=sector] summary").click()
    page.get_by_role("checkbox", name="Health", exact=True).check()
    ready(page)
    expect(summary(page)).to_contain_text("sector: health")
    box = picture(page).bounding_box()
    assert 0 <= box["y"] < page.viewport_size["height"] / 2
    assert "sector=health" in page.url


@BOTH_WIDTHS
def test_provinces_actor_and_period_are_chosen_by_mouse_and_kept_in_the_address(served, page):
    from playwright.sync_api import expect

    go(page, served)
    filters(page, opened=True)
    page.locator("#tiles").get_by_role("button", name="Battambang: 15 partnerships").click()
    expect(summary(page)).to_contain_text("15 partnerships: Battambang,")
    page.locator("#tiles").get_by_role("button", name=re.compile("^Phnom Penh")).click()
    expect(summary(page)).to_contain_text("38 partnerships: Battambang or Phnom Penh,")
    page.locator("#actor").click()
    page.locator("#actor").fill("ngo 03")
    page.get_by_role("option", name="Simulated NGO 03").click()
    expect(summary(page)).to_contain_text("Battambang or Phnom Penh, Simulated NGO 03,")
    page.locator("#period-to").evaluate(
        "one => { one.value = 42; one.dispatchEvent(new Event('input', {bubbles: true})); one.dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    expect(summary(page)).to_contain_text("Jun 2009 to Dec 2012")
    ready(page)
    chosen = {"province": "02;12", "actor": "N04", "period_to": "2012-12"}
    assert shown_query(page) == chosen
    output = summary(page).inner_text()
    page.reload()
    ready(page)
    expect(summary(page)).to_have_text(output)
    expect(page.locator("#actor")).to_have_value("Simulated NGO 03")
    page.go_back()
    expect(summary(page)).to_contain_text("to Sep 2014")
    page.go_back()
    expect(summary(page)).to_have_text("38 partnerships: Battambang or Phnom Penh, Jun 2009 to Sep 2014")
    page.go_forward()
    expect(summary(page)).to_contain_text("Simulated NGO 03")


def test_by_keyboard_alone(served, page):
    from playwright.sync_api import expect

    go(page, served)
    # views: one stop, arrows move
    page.locator("[name=view]:checked").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[name=view][value=flows]")).to_be_checked()
    # the map
    page.locator("#tiles button[tabindex='0']").focus()
    page.locator("#tiles").get_by_role("button", name=re.compile("^Pursat")).focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#tiles").get_by_role("button", name=re.compile("^Battambang"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(summary(page)).to_contain_text("15 partnerships: Battambang")
    ready(page)
    # the list of actors
    page.locator("#actor").focus()
    page.keyboard.type("ngo 03")
    expect(page.locator("#actors li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(summary(page)).to_contain_text("4 partnerships: Battambang, Simulated NGO 03")
    ready(page)
    page.locator("#actor").focus()
    page.keyboard.press("Escape")
    expect(summary(page)).to_contain_text("15 partnerships: Battambang,")
    ready(page)
    # the period
    page.locator("#period-from").focus()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    expect(summary(page)).to_contain_text("Jan 2010 to Sep 2014")
    ready(page)
    # a part of the picture, its partnerships, and a story
    first = picture(page).locator(".hit[tabindex='0']")
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#table-heading")).to_be_focused()
    assert re.search(r": \d+ partnerships?$", page.locator("#table-heading").inner_text())
    page.locator("tbody button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#story.pinned")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#story")).to_be_hidden()
    expect(page.locator("tbody button").first).to_be_focused()


@BOTH_WIDTHS
def test_a_bar_has_its_number_and_lists_its_partnerships(served, page):
    from playwright.sync_api import expect

    go(page, served)
    bar = picture(page).locator("[data-mark='bar:21:integrated']")
    expect(bar).to_have_accessible_name("Integrated, Sep 2014: 34 of 83 assessed (41%)")
    bar.hover()
    expect(page.locator("#number")).to_have_text("Integrated, Sep 2014: 34 of 83 assessed (41%)")
    bar.click()
    expect(page.locator("#table-heading")).to_have_text("Integrated, Sep 2014: 34 of 83 assessed (41%)")
    expect(page.locator("#counted")).to_have_text("1–20 of 34 partnerships")
    assert set(page.locator("tbody td:nth-child(6)").all_inner_texts()) == {"Integrated"}
    page.reload()
    expect(page.locator("#counted")).to_have_text("1–20 of 34 partnerships")
    page.locator("#mark-clear").click()
    expect(page.locator("#counted")).to_have_text("1–20 of 160 partnerships")


@BOTH_WIDTHS
def test_the_whole_row_of_a_path_answers_a_click_pins_and_escape_closes(served, page):
    from playwright.sync_api import expect

    go(page, served, "view=paths&province=02")
    rows = picture(page).locator(".hit")
    expect(rows).to_have_count(12 if page.viewport_size["width"] < 600 else 15)  # a column draws at most twelve
    box, sheet = rows.nth(1).bounding_box(), picture(page).bounding_box()
    assert box["width"] > 0.9 * sheet["width"]  # the name as well as the line
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    story = page.locator("#story")
    expect(story).to_be_visible()
    result = story.locator("h2").inner_text()
    # the pointer walks over other rows to the story, which waits for it
    there = story.bounding_box()
    page.mouse.move(there["x"] + 60, there["y"] + 30, steps=6)
    page.wait_for_timeout(500)
    assert story.locator("h2").inner_text() == result
    page.mouse.move(2, 2)
    assert story.is_visible()
    rows.nth(2).click(position={"x": 10, "y": box["height"] / 2})
    expect(page.locator("#story.pinned")).to_be_visible()
    assert "story=" in page.url
    pinned = story.locator("h2").inner_text()
    rows.nth(0).hover()
    page.wait_for_timeout(500)
    assert story.locator("h2").inner_text() == pinned
    inside = story.bounding_box()
    assert inside["y"] + inside["height"] <= page.viewport_size["height"]
    page.locator("#story-close").click()
    expect(story).to_be_hidden()
    assert "story=" not in page.url
    rows.nth(2).click(position={"x": 10, "y": box["height"] / 2})
    expect(story).to_be_visible()
    page.keyboard.press("Escape")
    expect(story).to_be_hidden()


@BOTH_WIDTHS
def test_who_moved_back_in_battambang_and_when(served, page):
    from playwright.sync_api import expect

    go(page, served, "province=02")
    page.get_by_role("button", name="Moved back").click()
    expect(page.get_by_role("columnheader", name="Moved back")).to_have_attribute("aria-sort", "descending")
    first = page.locator("tbody tr").first.locator("td")
    month_or_quarter = r"([A-Z][a-z]{2}|[QH]\d) 20\d\d"
    assert re.fullmatch(rf"{month_or_quarter}(, {month_or_quarter})*", first.nth(7).inner_text())
    page.get_by_role("searchbox").fill("no such partnership")
    expect(page.locator("#counted")).to_have_text("No partnership")
    page.get_by_role("searchbox").fill("battambang p017")
    expect(page.locator("#counted")).to_have_text("1–1 of 1 partnership")
    with page.expect_download() as download:
        page.locator("#table-csv").click()
    assert download.value.suggested_filename == "partnerships-battambang-battambang-p017.csv"
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["Key", "P017"]


@BOTH_WIDTHS
def test_which_province_has_the_highest_share_and_of_how_many_takes_two_clicks(served, page):
    from playwright.sync_api import expect

    go(page, served)
    page.get_by_text("Provinces", exact=True).click()
    page.get_by_role("radio", name="shares").check()
    expect(picture(page)).to_contain_text("at least half had reached the collaboration stage")
    ready(page)
    labels = picture(page).locator("[data-mark^='tile:']").evaluate_all("tiles => tiles.map(tile => tile.ariaLabel)")
    reached = [re.search(r"^(.*), Sep 2014: .*or above: (\d+) of (\d+) assessed \(", label) for label in labels]
    shares = {found[1]: (int(found[2]), int(found[3])) for found in reached if found}
    assert max(shares.items(), key=lambda one: one[1][0] / one[1][1]) == ("Banteay Meanchey", (5, 5))
    assert shown_query(page) == {"view": "provinces", "scale": "share"}
    page.get_by_label("Stage reached:").select_option("Integrated")
    expect(picture(page)).to_contain_text("In 3 of 7 provinces with 5 or more assessed")
    assert shown_query(page) == {"view": "provinces", "scale": "share", "stage": "integrated"}
    page.reload()
    expect(page.get_by_label("Stage reached:")).to_have_value("integrated")


@BOTH_WIDTHS
def test_how_long_at_coalition_takes_one_click(served, page):
    from playwright.sync_api import expect

    go(page, served)
    page.get_by_text("How soon", exact=True).click()
    expect(picture(page)).to_contain_text("Within 2 years, 43%")
    ready(page)
    assert page.get_by_label("Stage reached:").input_value() == "collaboration"
    for gone in ("#scale", "#every-field", "#hide"):
        expect(page.locator(gone)).to_be_hidden()


@BOTH_WIDTHS
def test_views_stand_where_they_are_whichever_is_chosen(served, page):
    go(page, served)
    places = set()
    for view in ("mix", "flows", "paths", "pace", "provinces", "actors", "agreement"):
        page.locator(f"[name=view][value={view}]").evaluate("one => one.click()")
        ready(page)
        boxes = page.locator("#views label").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(box => [box.x, box.y + scrollY].map(Math.round).join())"
        )
        places.add(tuple(boxes))
    assert len(places) == 1


def test_each_name_in_the_list_is_called_by_both_partners(served, page):
    go(page, served, "province=02")
    rows = page.locator("#table tbody tr")
    names = rows.locator("td:first-child button").evaluate_all("all => all.map(one => [one.innerText, one.ariaLabel])")
    others = rows.locator("td:nth-child(2)").all_inner_texts()
    assert [label for _, label in names] == [
        f"{name} – {other}" for (name, _), other in zip(names, others, strict=True)
    ]
    assert len({label for _, label in names}) == 15
    heights = rows.locator("td:nth-child(2)").evaluate_all(
        "all => all.map(one => { const range = document.createRange(); range.selectNodeContents(one);"
        " return new Set([...range.getClientRects()].map(box => box.top)).size; })"
    )
    assert max(heights) <= 3  # lines of a name
    for query in ("", "province=02&sort=-moved_back"):
        go(page, served, query)
        assert page.locator("#table .scroll").evaluate("one => one.scrollWidth - one.clientWidth") <= 0


@pytest.mark.parametrize("page", [{"width": "narrow"}], indirect=True)
def test_on_a_narrow_page_each_cell_of_the_list_follows_its_header(served, page):
    from playwright.sync_api import expect

    go(page, served, "province=02&sort=-moved_back")
    first = page.locator("tbody tr").first
    headers = first.locator("td:not(:empty)").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    )
    shown = [header.strip('"') for header in headers]
    assert shown[:5] == ["none", "State actor", "Province", "Began", "Stage in Sep 2014"]
    assert shown[-3:] == ["Moved back", "Ratings", "Last assessed"]
    box = first.bounding_box()
    assert box["x"] + box["width"] <= 400
    press(page.locator("thead button").nth(9), "mouse")
    expect(page.locator("th").nth(9)).to_have_attribute("aria-sort", "ascending")


def test_a_misspelt_actor_is_found_with_the_number_of_partnerships(served, page):
    from playwright.sync_api import expect

    go(page, served)
    page.locator("#actor").click()
    expect(page.locator("#actors li").nth(1)).to_have_text("Simulated NGO 01 13 partnerships")  # of the most first
    page.locator("#actor").fill("simlated ngo 03")
    expect(page.locator("#actors li")).to_have_text(["Simulated NGO 03 8 partnerships"])
    page.locator("#actors li").click()
    expect(summary(page)).to_contain_text("8 partnerships: Simulated NGO 03,")


OVERFLOWING = """() => [...document.querySelectorAll("#tiles button")].filter((tile) => {
    const letters = document.createRange();
    letters.selectNodeContents(tile.firstChild);
    const box = tile.getBoundingClientRect();
    return [...letters.getClientRects()].some((line) => line.left < box.left || line.right > box.right);
}).map((tile) => tile.innerText)"""


@BOTH_WIDTHS
@pytest.mark.parametrize("language", ["en", "km"])
def test_the_name_of_a_province_fits_its_tile(served, page, language):
    go(page, served, f"language={language}")
    filters(page, opened=True)
    assert page.locator("#tiles button").count() == 25
    page.evaluate("document.fonts.ready.then(() => true)")  # until then letters are those of another font
    assert page.evaluate(OVERFLOWING) == []


def test_a_link_is_copied_with_a_word_on_where_it_opens(served, page):
    from playwright.sync_api import expect

    go(page, served, "province=02")
    page.locator("#link").click()
    expect(page.locator("#link-copied")).to_have_text(
        "Copied. The link opens here while the explorer runs; on another machine, start it with: "
        "lnlib explore REGISTER --at LINK"
    )
    assert page.evaluate("navigator.clipboard.readText()") == page.url


@BOTH_WIDTHS
def test_how_many_ngos_work_with_a_commune_council(served, page):
    from playwright.sync_api import expect

    go(page, served, "kind=ngo;commune_council")
    expect(summary(page)).to_have_text("36 partnerships: NGO and commune council, Jun 2009 to Sep 2014")
    register = ln.open_register("demonstration").where(kind=["ngo", "commune_council"]).partnerships
    actors = f"{register['non_state'].nunique()} non-state actors and {register['state'].nunique()} state actors"
    expect(page.locator("#between")).to_have_text(f"36 partnerships between {actors}")


def test_the_list_and_its_download_are_of_the_choice_that_the_filters_change(served, page):
    from playwright.sync_api import expect

    go(page, served, "province=17&beside=yes&b.province=02&scale=share&every=year")
    expect(page.locator("#table-heading")).to_have_text("First: The partnerships")
    expect(page.locator("#files > span").first).to_have_text("First: Download:")
    page.locator("[name=editing][value='2']").check()
    expect(page.locator("#table-heading")).to_have_text("Second: The partnerships")
    expect(page.locator("#files > span").first).to_have_text("Second: Download:")
    expect(page.locator("#counted")).to_have_text("1–15 of 15 partnerships")
    with page.expect_download() as download:
        page.locator("#table-csv").click()
    assert download.value.suggested_filename == "partnerships-battambang.csv"
    assert len(Path(download.value.path()).read_text("utf-8-sig").splitlines()) == 16
    picture(page, 2).locator("[data-mark='bar:3:integrated']").dispatch_event("click")
    expect(page.locator("#table-heading")).to_have_text(
        "Second: Integrated, Dec 2012: 2 of 13 shown (15%), 2 of 8 assessed (25%)"
    )
    with page.expect_download() as download:
        page.locator("#table-csv").click()
    assert download.value.suggested_filename == "partnerships-battambang-integrated-dec-2012.csv"
    assert len(Path(download.value.path()).read_text("utf-8-sig").splitlines()) == 3
    tops = [picture(page, side).bounding_box()["y"] for side in (1, 2)]
    heights = [summary(page, side).evaluate("one => one.getClientRects().length") for side in (1, 2)]
    assert tops[0] == tops[1], heights


@BOTH_WIDTHS
def test_all_160_are_paged_through(served, page):
    from playwright.sync_api import expect

    go(page, served)
    keys = set()
    for number in range(8):
        expect(page.locator("#counted")).to_have_text(f"{20 * number + 1}–{20 * number + 20} of 160 partnerships")
        keys |= set(page.locator("tbody tr").evaluate_all("rows => rows.map(row => row.dataset.key)"))
        if number < 7:
            page.locator("#next").click()
    assert len(keys) == 160
    expect(page.locator("#next")).to_be_disabled()


@BOTH_WIDTHS
def test_two_choices_stand_side_by_side_on_one_scale(served, page):
    from playwright.sync_api import expect

    go(page, served, "province=02")
    page.locator("#compare").click()
    expect(summary(page, 2)).to_contain_text("Second: 160 partnerships: the whole register")
    expect(summary(page, 1)).to_contain_text("First: 15 partnerships: Battambang")
    ready(page)

    def height(side):
        hit = picture(page, side).locator("[data-mark='bar:21:ended']").bounding_box()["height"]
        label = picture(page, side).locator("[data-mark='bar:21:ended']").get_attribute("aria-label")
        return hit / int(label.rpartition(" ")[2]) / picture(page, side).bounding_box()["width"]

    assert height(1) == pytest.approx(height(2), rel=0.1)
    page.reload()
    expect(summary(page, 2)).to_contain_text("Second: 160 partnerships")
    page.locator("#compare").click()
    expect(page.locator("figure")).to_have_count(1)
    expect(summary(page)).to_contain_text("15 partnerships: Battambang")


def test_shares_hidden_states_and_years(served, page):
    from playwright.sync_api import expect

    go(page, served)
    page.get_by_role("radio", name="shares").check()
    expect(picture(page)).to_contain_text("100%")
    page.get_by_role("checkbox", name="Ended").check()
    expect(picture(page)).to_contain_text("Partnerships that had ended are left out.")
    expect(picture(page).locator("[data-mark$=':ended']")).to_have_count(0)
    page.get_by_label("Time step:").select_option("year")
    expect(picture(page).locator("[data-mark$=':integrated']")).to_have_count(6)
    assert shown_query(page) == {"scale": "share", "hide": "ended", "every": "year"}


@EVERYWHERE
def test_what_is_wrong_is_one_sentence_where_the_picture_would_be(served, page):
    from playwright.sync_api import expect

    go(page, served, "province=23&mechanism=mou&in_force=yes")
    expect(page.locator("figure .reason")).to_have_text("No partnership fits these choices; remove one of them.")
    expect(summary(page)).to_contain_text("No partnerships: Kep, with MoU in force at the end")
    expect(page.locator("#table")).to_be_hidden()
    for query, output in (
        ("province=Batambang", "province 'Batambang' is not known; did you mean 'Battambang'?"),
        ("view=path", "view 'path' is not known; did you mean 'paths'?"),
        ("period_from=2014-02-30", "date '2014-02-30' cannot be read"),
        ("period_from=2013&period_to=2011", "the period observed ends before it starts"),
        ("register=%3Cb%3Eelsewhere", "register '<b>elsewhere' is not known"),
    ):
        page.goto(f"{page.url.partition('?')[0]}?{query}")
        ready(page)
        expect(page.locator("#figures > .reason")).to_contain_text(output)
        expect(page.locator("figure")).to_have_count(0)
        expect(page.locator("#take")).to_be_hidden()
    page.locator("[name=view][value=mix]").check(force=True)
    filters(page, opened=True)
    page.locator("#register").select_option("learning-note-17")
    expect(summary(page)).to_contain_text("7 partnerships")
    expect(page.locator("#no-dates")).to_be_visible()


def test_a_server_that_is_gone_is_named(home, page):
    from playwright.sync_api import expect

    server, url = explorer("learning-note-17")
    try:
        go(page, url)
    finally:
        ended(server)
    page.locator("[name=view][value=paths]").check(force=True)
    expect(page.locator("#figures > .reason")).to_contain_text(
        "The explorer does not answer. Start `lnlib explore` again"
    )


def test_a_slow_picture_shows_a_sign_after_a_moment(served, page):
    from playwright.sync_api import expect

    go(page, served)
    waiting = []
    page.route("**/show?*", lambda route: waiting.append(route))
    page.locator("[name=view][value=flows]").check(force=True)
    expect(page.locator("#busy")).to_be_visible()
    expect(page.locator("#figures")).to_have_attribute("aria-busy", "true")
    waiting[0].continue_()
    ready(page)
    expect(page.locator("#busy")).to_be_hidden()


def test_only_the_newest_choice_is_shown(served, page):
    from playwright.sync_api import expect

    go(page, served)
    for view in ("paths", "provinces", "actors", "agreement", "flows"):
        page.locator(f"[name=view][value={view}]").check(force=True)
    ready(page)
    expect(picture(page)).to_have_accessible_name(re.compile("^Flow diagram"))


@pytest.mark.parametrize("what", ["show", "table"])
def test_a_newest_request_that_an_older_one_overtook_is_made_again(served, page, what):
    from playwright.sync_api import expect

    overtaken = []

    def once(route):
        if overtaken:
            return route.continue_()
        overtaken.append(route.request.url)
        return route.fulfill(status=409, body="{}")

    page.route(f"**/{what}?*", once)
    go(page, served, "province=02")
    expect(page.locator("#counted")).to_have_text("1–15 of 15 partnerships")
    expect(picture(page)).to_be_visible()
    assert len(overtaken) == 1


def test_files_are_downloaded_under_plain_names(served, page):
    go(page, served, "province=02&view=flows")
    begins = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG", "csv": b"date_from"}
    for form, first in begins.items():
        with page.expect_download() as download:
            page.locator(f"[data-form={form}]").click()
        assert download.value.suggested_filename == f"flows-battambang.{form}"
        assert Path(download.value.path()).read_bytes().startswith(first)


def test_on_paper_there_are_words_picture_and_table_alone(served, page):
    go(page, served, "province=02")
    page.emulate_media(media="print")
    for gone in (".filters", ".views", "#take", ".tools", "#compare"):
        assert not page.locator(gone).is_visible(), gone
    for stays in (".summary", ".sheet", "#table table"):
        assert page.locator(stays).first.is_visible(), stays


@pytest.mark.parametrize("page", [{"scheme": "light"}, {"scheme": "dark"}], indirect=True, ids=lambda a: a["scheme"])
def test_on_paper_the_letters_are_black_and_the_whole_list_has_room(served, page):
    go(page, served, "province=02&sort=-moved_back")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 900})  # A4 less its margins
    ready(page)
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.locator("#table").evaluate("one => one.scrollWidth - one.clientWidth") <= 0


READ_BY_AXE = [
    *(f"view={view}&province=02" for view in ("mix", "flows", "paths", "pace", "provinces", "actors", "agreement")),
    "language=km&view=flows",
    "view=paths&province=02&story=P017",
    "mark=bar:21:integrated",
    "province=02&beside=yes&b.province=12",
    "province=Batambang",
    "province=23&mechanism=mou&in_force=yes",
    "register=learning-note-17",
]


@pytest.mark.parametrize("width", list(WIDTHS))
def test_axe_finds_nothing_wrong_light_or_dark(served, tabs, width):
    """In every view, with everything unfolded; with a story pinned, a list open, two choices, and a reason."""
    wrong = []
    # the page's own policy forbids all scripts but its own; axe is one more
    with tabs.page(**WIDTHS[width], bypass_csp=True) as page:
        go(page, served)
        home = page.url.partition("?")[0]
        for query in READ_BY_AXE:
            go(page, f"{home}?{query}")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            if "beside" in query:
                page.locator("#actor").click()
            wrong += [f"{query}: {one}" for one in violations_in_both_schemes(page)]
            page.emulate_media(color_scheme="light")
    assert wrong == []


@pytest.fixture
def project(tmp_path):
    """A project of its own, so that nothing is written to this one."""
    (tmp_path / "notebooks").mkdir()
    for notebook in ("00-explore", "10-view"):
        shutil.copy(ROOT / "notebooks" / f"{notebook}.ipynb", tmp_path / "notebooks")
    shutil.copytree(ROOT / "data" / "demonstration", tmp_path / "data" / "demonstration")
    return tmp_path


def made(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_is_saved_copied_and_run_is_the_same_bytes(project, page):
    from playwright.sync_api import expect

    server, url = explorer("demonstration", "--save-to", ".", cwd=project)
    try:
        go(page, url, "province=02&actor=N04&period_to=2013")
        page.locator("#saving summary").click()
        page.locator("#folder").fill("explored")
        page.locator("#save").click()
        expect(page.locator("#notice")).to_contain_text("Saved as SVG, PDF, PNG and CSV: explored/figures/")
        page.locator("#file").fill("params/mine.yml")
        page.locator("#run").click()
        expect(page.locator("#notice")).to_contain_text("lnlib run params/mine.yml")
        page.locator("#folder").fill("../elsewhere")
        page.locator("#save").click()
        expect(page.locator("#notice")).to_contain_text("lies outside")
        page.locator("#copy").click()
        expect(page.locator("#copied")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
    finally:
        ended(server)
    out = re.search(r'exhibit\.save\("(.*)"\)', copied)[1]
    ran = subprocess.run(
        [sys.executable, "-c", copied.replace(f'"{out}"', '"again"')], cwd=project, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert len(made(project / "again")) == 12  # two widths: framed in three formats, bare in two; the CSV and the entry
    assert made(project / "again") == made(project / "explored")
    ran = subprocess.run(
        [command("lnlib"), "run", "params/mine.yml", "--build", "build"], cwd=project, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for name in ("two-columns.svg", "column.pdf"):
        (saved,) = (project / "explored" / "figures").glob(f"*.{name}")
        assert (project / "build" / "mine" / "figures" / f"10-view-mix.{name}").read_bytes() == saved.read_bytes()


@pytest.fixture
def hostile(tmp_path):
    folder = tmp_path / "hostile"
    shutil.copytree(SMALL, folder)
    for name, old in zip(HOSTILE, ("River Watch", "Lake Circle", "Seen Once Society"), strict=True):
        actors = (folder / "actors.csv").read_text("utf-8")
        (folder / "actors.csv").write_text(actors.replace(old, name), "utf-8")
    rated = (folder / "assessments.csv").read_text("utf-8")
    quoted = rated.replace("interview,,,,,", "interview,,,<img src=x onerror=alert(2)>,,", 1)
    (folder / "assessments.csv").write_text(quoted, "utf-8")
    described = json.loads((folder / "datapackage.json").read_text("utf-8"))
    described["title"] = "</script><img src=x onerror=alert(3)>"
    (folder / "datapackage.json").write_text(json.dumps(described), "utf-8")
    return folder


def test_names_that_look_like_code_are_letters(hostile, page):
    from playwright.sync_api import expect

    server, url = explorer(str(hostile), "--dark")
    try:
        go(page, url, "view=paths")
        assert page.locator("html").get_attribute("data-theme") == "dark"
        expect(page.locator("#register-title")).to_have_text("</script><img src=x onerror=alert(3)>")
        for name in HOSTILE:
            expect(picture(page)).to_contain_text(name)
            expect(page.locator("tbody")).to_contain_text(name)
        page.locator("tbody tr[data-key=P1] button").click()
        expect(page.locator("#story")).to_contain_text("<img src=x onerror=alert(2)>")
        page.locator("#actor").click()
        page.get_by_role("option", name=HOSTILE[0]).click()
        expect(summary(page)).to_contain_text(f"2 partnerships: {HOSTILE[0]}")
    finally:
        ended(server)


def memory(pid):
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def test_a_walk_of_choices_reloads_and_steps_back_never_disagrees(page):
    """Sixty random things; a thousand of them in `benchmarks/explorer`."""
    sys.path.insert(0, str(ROOT / "benchmarks" / "explorer"))
    from walk import walk

    server, url = explorer("demonstration", "learning-note-17")
    try:
        go(page, url)
        walk(page, steps=20, seed=1)
        before = memory(server.pid)
        assert walk(page, steps=40, seed=2) == []
        assert memory(server.pid) - before < 80
        assert len(list(Path(f"/proc/{server.pid}/task").iterdir())) < 30
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
        assert children == ""  # no kernel, whatever tabs are opened and closed
    finally:
        ended(server)


def wait_for(url, server):
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE / 1000:
        assert server.poll() is None, "the server ended"
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"{url} did not answer")


@pytest.fixture
def in_lab(project):
    """JupyterLab with the notebook open."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ["--no-browser", f"--ServerApp.port={port}", "--IdentityProvider.token=", "--allow-root"]
    settings.append("--LabApp.expose_app_in_browser=True")  # READY and RUN_ALL ask it
    log = project / "jupyterlab.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [command("jupyter"), "lab", "--ServerApp.ip=127.0.0.1", *settings],
            cwd=project,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api", server)
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks/00-explore.ipynb"
    finally:
        ended(server)
        sys.stdout.write(log.read_text())  # pytest shows it when the test fails


# JupyterLab draws a notebook, and calls it idle, before it has a kernel; cells that are run then are emptied, not run
READY = """() => {
    const context = window.jupyterapp?.shell.currentWidget?.sessionContext, kernel = context?.session?.kernel;
    return context?.isReady && kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
RUN_ALL = """patience => Promise.race([
    window.jupyterapp.commands.execute("notebook:run-all-cells"),
    new Promise((_, late) => setTimeout(() => late(new Error("the cells still run")), patience)),
])"""


def run_all(page):
    """Run the command of JupyterLab's menu, and wait until every cell has run without an error."""
    page.wait_for_function(READY)
    assert page.evaluate(RUN_ALL, PATIENCE) is True, page.locator(".jp-Notebook").inner_text()


def test_in_jupyterlab_the_page_stands_in_a_frame_and_what_is_chosen_stays(in_lab, browser):
    from playwright.sync_api import expect

    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    try:
        page.goto(in_lab)
        run_all(page)
        frame = page.frame_locator("iframe[title='lnlib explorer']")
        expect(frame.locator(".summary")).to_contain_text("160 partnerships: the whole register")
        frame.locator("#tiles").get_by_role("button", name=re.compile("^Battambang")).click()
        expect(frame.locator(".summary")).to_contain_text("15 partnerships: Battambang")
        run_all(page)
        expect(frame.locator(".summary")).to_contain_text("15 partnerships: Battambang")
        # the kernel knows what the page showed: the frame begins with it
        assert "province=02" in page.locator("iframe[title='lnlib explorer']").get_attribute("src")
    finally:
        context.close()
