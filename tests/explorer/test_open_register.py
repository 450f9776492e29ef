"""The page Open a register in Debian's Chromium: by mouse and by keyboard, in both languages, wide and narrow."""

import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from chromium import foreign, violations_in_both_schemes

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "registers" / "cases"
HOSTILE = '<img src=x onerror="alert(1)">'


def explorer(*words):
    server = subprocess.Popen(
        [str(Path(sys.executable).with_name("lnlib")), "explore", *words, "--no-browser"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    return server, re.search(r"http://\S+", server.stdout.readline())[0]


def end(server):
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(timeout=30)
    server.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("registers")


@pytest.fixture(scope="module")
def served(folder):
    """One explorer for all tests."""
    server, url = explorer(str(CASES / "s1.xlsx"), str(CASES / "32-yesno.xlsx"), "--import-to", str(folder))
    yield url
    end(server)


@pytest.fixture
def page(tabs, served):
    """A page that knows the token, of which every dialog, error of a script and foreign request is kept."""
    with tabs.page(height=900) as page:
        enter(page, served)
        yield page
        wrong = [*page.wrong, *foreign(page)]
    assert wrong == []


def enter(page, served):
    """Open the address with its token, which leads to the page without it."""
    page.goto(served)
    page.wait_for_url(re.compile(r"^(?!.*token)"))
    ready(page)


def ready(page):
    page.wait_for_selector("html[data-ready=yes]")


def go(page, served, language="en"):
    page.goto(f"{served.partition('/?')[0]}/open?language={language}")
    ready(page)


def upload(page, file):
    page.set_input_files("#upload", file)
    page.click("#choose button[type=submit]")
    page.wait_for_selector("#recognised:not([hidden])")
    ready(page)


def answer_all(page):
    """Answer every round with the likeliest."""
    for _ in range(4):
        if page.locator("#import").is_visible():
            return
        page.click("#answer")
        ready(page)
    raise AssertionError("questions without end")


def test_a_file_named_at_the_start_is_chosen_and_asked_about(page):
    page.get_by_role("link", name="Open a register").click()
    page.wait_for_url(re.compile("/open"))
    ready(page)
    assert page.locator("#named option").all_inner_texts() == [
        "None",
        str(CASES / "s1.xlsx"),
        str(CASES / "32-yesno.xlsx"),
    ]
    page.select_option("#named", str(CASES / "s1.xlsx"))
    page.click("#choose button[type=submit]")
    page.wait_for_selector("#questions:not([hidden])")
    label = page.locator("#answers label").inner_text()
    assert label == (
        "The sheet “Rounds” is not recognised. It has “Partnership ID”, “Assessment date”, “How far are they”, "
        "“Who rated” and “Remarks”. What is it?"
    )
    options = page.locator("#answers option").all_inner_texts()
    assert options[0] == "Assessments (likeliest)"


def test_from_a_file_to_the_explorer_with_an_answer_changed_on_the_way(page, served, folder):
    from playwright.sync_api import expect

    go(page, served)
    upload(page, CASES / "s1.xlsx")
    partners = page.locator("#recognised details", has_text="Partners").locator("tbody tr").all_inner_texts()
    assert [row.split("\t") for row in partners][1] == ["NGO", "non state", "River Voices"]
    page.select_option("#answers select", "skip")
    page.click("#answer")
    ready(page)
    answer_all(page)
    page.fill("#name", "my rounds")
    page.click("#do-import button")
    verdict = page.locator(".verdict")
    expect(verdict).to_have_text("Something was refused or not read, or no assessment was accepted.")
    page.click("#again")
    expect(page.locator("#answers select").first).to_be_focused()
    page.select_option("#answers select", "assessments")
    page.click("#answer")
    ready(page)
    answer_all(page)
    page.click("#do-import button")
    expect(verdict).to_have_text("Everything was read and accepted.")
    counts = [row.split("\t") for row in page.locator(".counts tbody tr").all_inner_texts()]
    assert counts[2] == ["Assessments", "2", "2", "0"]
    expect(page.locator("#account")).to_contain_text("Columns of the file: 10 = 10 read + 0 left out + 0 NOT READ.")
    mapping = (folder / "my rounds.mapping.yml").read_text("utf-8")
    page.get_by_text("Your answers as a mapping file").click()
    assert page.locator("#account pre").inner_text().strip() == mapping.strip()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the register and the mapping (zip)").click()
    assert download.value.suggested_filename == "my rounds.zip"
    assert "my rounds.mapping.yml" in zipfile.ZipFile(download.value.path()).namelist()
    page.get_by_role("link", name="Explore this register").click()
    page.wait_for_selector("figure .sheet svg")
    assert page.locator("figure .summary").inner_text() == "1 partnership: the whole register, May 2011 to May 2012"


def test_by_keyboard_alone(page, served):
    go(page, served)
    page.set_input_files("#upload", CASES / "s1.xlsx")
    page.locator("#upload").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#recognised:not([hidden])")
    ready(page)
    assert page.evaluate("document.activeElement.id") == "recognised-heading"
    for _ in range(2):
        page.locator("#answers select").last.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        ready(page)
    assert page.evaluate("document.activeElement.id") == "import-heading"
    page.keyboard.press("Tab")
    page.keyboard.type("by keyboard")
    page.keyboard.press("Enter")
    page.wait_for_selector("#account:not([hidden])")
    ready(page)
    assert page.evaluate("document.activeElement.id") == "account-heading"


def test_reloaded_or_in_the_other_language_it_is_as_it_was_left(page, served):
    go(page, served)
    upload(page, CASES / "s1.xlsx")
    answer_all(page)
    page.fill("#name", "left")
    page.click("#do-import button")
    page.wait_for_selector("#account:not([hidden])")
    page.locator("nav a[lang=km]").click()
    page.wait_for_selector("#account:not([hidden])")
    assert page.locator("html").get_attribute("lang") == "km"
    assert page.locator(".verdict").inner_text() == "អ្វីៗទាំងអស់ត្រូវបានអាន និងទទួលយក។"
    assert page.locator("#answers fieldset").count() == 2
    assert page.input_value("#name") == "left"


def test_what_a_file_says_is_text(page, served, tmp_path):
    path = tmp_path / "hostile.csv"
    path.write_text(
        "NGO,Government partner,Province,Stage,Date,Rated by," + HOSTILE.replace('"', "'") + "\n"
        "River,Commune council of Sala," + HOSTILE.replace('"', "'") + ",good,2011,state,x\n",
        encoding="utf-8",
    )
    go(page, served)
    upload(page, path)
    answer_all(page)
    page.click("#do-import button")
    page.wait_for_selector("#account:not([hidden])")
    assert page.locator("main img").count() == 0
    assert "onerror" in page.locator("#account").inner_text()


def test_a_file_that_cannot_be_read_is_named_with_the_reason(page, served, tmp_path):
    path = tmp_path / "tracker.xlsx"
    path.write_bytes(b"PK no zip")
    go(page, served)
    page.set_input_files("#upload", path)
    page.click("#choose button[type=submit]")
    page.wait_for_selector("#reason:not([hidden])")
    assert page.locator("#reason").inner_text().startswith("tracker.xlsx ")
    assert page.locator("#recognised").is_hidden()


@pytest.mark.parametrize("width", [1280, 400])
def test_no_rule_is_broken(tabs, served, width):
    # the page's own policy forbids all scripts but its own; axe is one more
    with tabs.page(bypass_csp=True, width=width, height=900) as page:
        enter(page, served)
        go(page, served, "km" if width == 400 else "en")
        upload(page, CASES / "a-labels-en.xlsx")
        answer_all(page)
        page.fill("#name", f"axe-{width}")
        page.click("#do-import button")
        page.wait_for_selector("#account:not([hidden])")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert violations_in_both_schemes(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_file_that_does_not_open_as_it_is_leads_here_with_its_questions(tabs):
    from playwright.sync_api import expect

    server, url = explorer(str(CASES / "a-labels-en.xlsx"))
    try:
        with tabs.page() as page:
            page.goto(url)
            page.wait_for_selector("#recognised:not([hidden])")
            expect(page.locator("#recognised .part > p").first).to_have_text("a-labels-en.xlsx")
            expect(page.locator("#answers select")).to_have_count(3)
            wrong = [*page.wrong, *foreign(page)]
    finally:
        end(server)
    assert wrong == []
