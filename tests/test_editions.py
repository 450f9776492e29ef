"""Both editions through `lnlib run`: national notebooks, and a province with many, one and no partnerships.

Pages of actors are made so by `test_hostile_names.py`.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lnlib.intake import open_register

ROOT = Path(__file__).parent.parent
NATIONAL = ("01-portfolio", "02-over-time", "03-by-actor", "04-by-province", "08-inline-statistics", "09-stories")
UNDATED = ("13-cases", "01-portfolio", "03-by-actor", "04-by-province", "08-inline-statistics", "09-stories")
SOME = {
    "learning-note-17": [*(f"notebook={name}" for name in UNDATED)],
    "demonstration": [*(f"notebook={name}" for name in NATIONAL)],
}
MEMBERS = {"learning-note-17": ["province=02"], "demonstration": ["province=02", "province=24"]}
BATCHES = [
    *(([edition], words) for edition, words in SOME.items()),
    ([*SOME], ["province=02", "province=24"]),
]
FIGURES = {"learning-note-17": 4, "demonstration": 8}  # at least; of seven cases without dates few are drawn
SAID = {"learning-note-17": "Coded from documents, not a sample", "demonstration": "Simulated data"}


def lnlib(*words, build):
    command = [str(Path(sys.executable).with_name("lnlib")), *words]
    if words[0] == "run":
        command += ["--build", str(build)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    build = tmp_path_factory.mktemp("build")
    for editions, only in BATCHES:
        asked = [word for one in only for word in ("--only", one)]
        done = lnlib("run", *(f"params/{edition}.yml" for edition in editions), *asked, build=build)
        assert done.returncode == 0, done.stdout + done.stderr
    return build


@pytest.mark.parametrize("edition", SOME)
class TestEdition:
    def test_every_run_asked_for_is_whole(self, made, edition):
        report = json.loads((made / edition / "report.json").read_text("utf-8"))
        asked = {
            run["id"]
            for run in report["runs"]
            if f"notebook={run['notebook']}" in SOME[edition]
            or f"province={run['parameters'].get('province')}" in MEMBERS[edition]
        }
        assert len(asked) >= len(SOME[edition]) + len(MEMBERS[edition])
        assert {run["id"] for run in report["runs"] if run["state"] in ("ok", "up to date")} == asked
        states = [run["state"] for run in report["runs"]]
        assert set(states) <= {"ok", "up to date", "not made"}

    def test_every_figure_says_what_kind_of_data_it_shows(self, made, edition):
        figures = [file for file in (made / edition / "figures").glob("*.svg") if ".bare." not in file.name]
        assert len(figures) >= 2 * FIGURES[edition]
        for figure in figures:
            text = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", figure.read_text("utf-8")))
            assert SAID[edition].casefold() in text.casefold(), figure.name  # a title may say it itself

    def test_every_exhibit_has_its_files_words_and_data(self, made, edition):
        exhibits = json.loads((made / edition / "exhibits.json").read_text("utf-8"))
        entries = exhibits if isinstance(exhibits, list) else exhibits["exhibits"]
        figures = [entry for entry in entries if entry.get("figures")]
        assert len(figures) >= FIGURES[edition]
        for entry in figures:
            files = [*entry["figures"], *entry["bare"]]
            assert [file for file in files if not (made / edition / file).stat().st_size] == []
            assert (made / edition / entry["data"]).is_file()
            assert len(entry["alt"]) <= 250
            assert entry["description"].endswith(entry["source"])
            assert entry["title"]
            assert entry["subtitle"]

    def test_pages_ask_the_network_for_nothing(self, made, edition):
        for page in (made / edition).rglob("*.html"):
            assert re.findall(r"""(?:src|href)=["']https?://|url\(["']?https?://""", page.read_text("utf-8")) == []

    def test_the_index_shows_the_map_and_leads_to_figures(self, made, edition, tabs):
        with tabs.page() as page:
            page.goto((made / edition / "index.html").as_uri())
            # a tile a province with partnerships; the others are one sentence
            assert page.locator(".tile").count() == (3 if edition == "learning-note-17" else 24)
            page.locator(".tile", has_text="Battambang").locator("a").first.click()
            page.wait_for_load_state()
            assert page.locator("h1").inner_text() == "Battambang"
            shown = page.locator("svg[role=img]:visible")
            widths = shown.evaluate_all("all => all.map(picture => picture.getBoundingClientRect().width)")
            # of two cases no mix is drawn, but its sentence
            assert len(widths) == (1 if edition == "learning-note-17" else 2)
            assert min(widths) > 500
            alts = shown.evaluate_all("all => all.map(picture => picture.querySelector('title').textContent)")
            assert all("Battambang" in alt or "partnership" in alt.lower() for alt in alts)


def test_the_pages_of_learning_note_17_quote_it(made):
    page = (made / "learning-note-17" / "runs" / "13-cases" / "all.html").read_text("utf-8")
    assert "initially they had to seek permission" in page
    assert "they no longer had to request formal permission" in page


def test_a_province_without_partnerships_is_named_on_the_index_and_has_no_page(made):
    assert not (made / "demonstration" / "runs" / "05-province" / "23.html").exists()
    assert "has no partnership in this register: Kep" in (made / "demonstration" / "index.html").read_text("utf-8")


def test_the_checkout_stays_clean(made):
    status = subprocess.run(["git", "status", "--porcelain", "build"], cwd=ROOT, capture_output=True, text=True)
    assert status.stdout == ""


@pytest.mark.parametrize("edition", SOME)
def test_every_partnership_has_a_story_that_its_province_leads_to(made, edition):
    register = open_register(ROOT / "data" / edition)
    folder = made / edition / "stories"
    assert {path.stem for path in folder.glob("*.html")} == set(register.partnerships["partnership"])
    own = register.where(province="02").partnerships["partnership"]
    page = (made / edition / "runs/05-province/02.html").read_text("utf-8")
    assert set(re.findall(r"\.\./\.\./stories/([^\"]+)\.html", page)) == set(own)
    for key in own:
        assert "runs/05-province/02.html" in (folder / f"{key}.html").read_text("utf-8")


def test_the_numbers_of_learning_note_17_are_counts_and_no_rates(made):
    result = json.loads((made / "learning-note-17/data/08-inline-statistics.json").read_text("utf-8"))
    numbers = {one["key"]: one for one in result["statistics"]}
    assert numbers["partnerships"]["sentences"]["en"] == "The register holds 7 partnerships within the observed period."
    assert numbers["moved.up"]["value"] == 2
    for one in numbers.values():
        assert "%" not in "".join(one["sentences"].values())
        assert one["unit"] not in ("share", "years", "kappa") or one["value"] is None


def test_the_stories_of_learning_note_17_quote_it(made):
    story = (made / "learning-note-17/stories/dnd-owso.html").read_text("utf-8")
    assert "which signed a MOU with the One Window Service Office (OWSO)" in story
    assert "permission: asked each time = coalition" in story
    assert "Place not stated" in story
