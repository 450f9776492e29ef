"""Story pages within an edition: framed, linked both ways, found by the index's search, and never a link to nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from small_project import EDITION, Batch, members, notebook, write

PARTNERSHIPS = [
    ("P1", "Youth Club – Health Office", "02", "youth-club", "health-office"),
    ("P2", "Youth Club – <b>School</b>", "", "youth-club", "school"),
    ("P3", "Others – School", "21", "others", "school"),
]
TELL = """\
from pathlib import Path
import os
def Stories(*keys):
    folder = Path(os.environ["LNLIB_OUT"]) / "stories"
    folder.mkdir(parents=True)
    for key in keys:
        page = f"<html><body>before<!-- story --><h1>All of {key}</h1><!-- end of story -->after</body></html>"
        (folder / f"{key}.html").write_text(page)
"""


def with_partnerships(*asked):
    return replace(members(*asked), partnerships=PARTNERSHIPS)


@pytest.fixture
def batch(project, monkeypatch):
    write(project.root, "09-stories", notebook(TELL, 'Stories("P1", "P2", "P3")', title="What of each?"))
    (project.root / "params/small.yml").write_text(EDITION + "  - notebook: 09-stories\n")
    monkeypatch.setattr("small_project.members", with_partnerships)
    return Batch(project)


def hrefs(html):
    return re.findall(r'href="([^"#]+)"', html)


def links(batch, page):
    """The pages that a page leads to, from the edition's folder; each is there."""
    path = batch.out / page
    found = [(path.parent / href).resolve() for href in hrefs(path.read_text()) if not href.startswith("data:")]
    assert [target for target in found if not target.is_file()] == []
    return {target.relative_to(batch.out.resolve()).as_posix() for target in found}


def test_a_story_is_framed_and_linked_with_its_province_and_its_actors(batch):
    assert batch.run() == 0
    story = (batch.out / "stories/P1.html").read_text()
    assert "<h1>All of P1</h1>" in story
    assert "before" not in story
    assert "after" not in story
    assert links(batch, "stories/P1.html") == {
        "style.css",
        "index.html",
        "runs/09-stories/all.html",
        "stories/P2.html",
        "runs/05-province/02.html",
        "runs/06-actor/youth-club.html",
    }
    assert {name for name in links(batch, "runs/05-province/02.html") if "stories/" in name} == {"stories/P1.html"}
    assert {name for name in links(batch, "runs/05-province/03.html") if "stories/" in name} == set()
    own = {name for name in links(batch, "runs/06-actor/youth-club.html") if name.startswith("stories/")}
    assert own == {"stories/P1.html", "stories/P2.html"}
    every = {"stories/P1.html", "stories/P2.html", "stories/P3.html"}
    assert every <= links(batch, "runs/09-stories/all.html")
    assert every <= links(batch, "index.html")


def test_the_index_finds_a_story_by_partner_key_and_province_and_shows_markup_as_text(batch):
    batch.run()
    index = (batch.out / "index.html").read_text()
    assert 'data-words="Youth Club – Health Office P1 Battambang បាត់ដំបង Batdambang"' in index
    assert "<b>School</b>" not in index
    assert "Youth Club – &lt;b&gt;School&lt;/b&gt;" in index


def test_an_edition_without_stories_links_to_none(batch, edit):
    edit(EDITION)
    assert batch.run() == 0
    assert "stories/" not in (batch.out / "runs/05-province/02.html").read_text()
    assert "stories/" not in (batch.out / "index.html").read_text()
    assert not (batch.out / "stories").exists()


def test_stories_go_with_their_run(batch, edit):
    batch.run()
    edit(EDITION)
    assert batch.run() == 0
    assert not (batch.out / "stories").exists()
    assert "stories/" not in (batch.out / "runs/05-province/02.html").read_text()


def test_a_story_that_was_not_told_says_so_where_links_lead_to_it(batch):
    write(batch.project.root, "09-stories", notebook(TELL, 'Stories("P1", "P2")', title="What of each?"))
    batch.run()
    assert "did not tell this one" in (batch.out / "stories/P3.html").read_text()
    assert "did not tell" not in (batch.out / "stories/P1.html").read_text()
    links(batch, "runs/09-stories/all.html")


def test_where_the_run_failed_every_story_says_so(batch):
    write(batch.project.root, "09-stories", notebook(TELL, 'Stories("P1")\n1 / 0', title="What of each?"))
    assert batch.run() == 1
    for key in ("P1", "P2", "P3"):
        assert "did not tell this one" in (batch.out / f"stories/{key}.html").read_text()


def test_stories_are_framed_again_when_the_pages_around_them_change(batch, edit):
    batch.run()
    edit(EDITION.replace("A small edition", "Another title") + "  - notebook: 09-stories\n")
    assert batch.status() == 1
    assert batch.console_text.splitlines()[1:] == ["  09-stories/all: the pages around its stories changed"]
    assert batch.run() == 0
    assert batch.states()["09-stories/all"] == "ok"
    assert batch.states()["05-province/02"] == "up to date"
    assert "Another title" in (batch.out / "stories/P1.html").read_text()
    batch.run()
    assert set(batch.states().values()) == {"up to date"}


def test_a_batch_that_makes_other_runs_leaves_the_stories_whole(batch, edit):
    batch.run()
    edit(EDITION.replace("A small edition", "Another title") + "  - notebook: 09-stories\n")
    assert batch.run(only=["province=02"]) == 0
    assert "All of P1" in (batch.out / "stories/P1.html").read_text()
    batch.run()
    story = (batch.out / "stories/P1.html").read_text()
    assert "All of P1" in story
    assert "Another title" in story
