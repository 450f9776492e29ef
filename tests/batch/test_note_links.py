"""The links from an edition's index to its notes."""

import json
import re

import pytest

from lnlib.batch.site.note_links import note_links
from lnlib.words import Words


@pytest.fixture
def out(tmp_path):
    (tmp_path / "notes").mkdir()
    for name, title, file in (
        ("a.en", "Seven cases", "a.en.md"),
        ("each.en-01", "Notes of Pursat", "each.en.md"),
        ("each.en-02", "Notes of Takeo", "each.en.md"),
        ("each.en-03", "Notes of Kep", "each.en.md"),
    ):
        record = {"note": name, "title": title, "file": file, "language": "en"}
        (tmp_path / "notes" / f"{name}.json").write_text(json.dumps(record), "utf-8")
        (tmp_path / "notes" / f"{name}.html").write_text("<html></html>", "utf-8")
    return tmp_path


def test_notes_of_one_template_are_folded_under_the_first(out):
    html = note_links(out, Words.load())
    before, folded, after = re.split(r"<details[^>]*>|</details>", html)
    assert re.findall(r'lang="en">([^<]*)<', before) == ["Seven cases"]
    assert "<summary>Notes of Pursat, and 2 other notes</summary>" in folded
    assert re.findall(r'lang="en">([^<]*)<', folded) == ["Notes of Pursat", "Notes of Takeo", "Notes of Kep"]
    assert "href" not in after


def test_an_edition_without_notes_has_no_heading_for_them(tmp_path):
    assert "<h2" not in note_links(tmp_path, Words.load())
