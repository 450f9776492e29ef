"""The entry of an exhibit that a notebook wrote by itself: what could not be shown or packed is refused."""

import json
import re
from pathlib import Path

import pytest

from lnlib.batch.execute.entries import BadExhibit, read_entry

FILE = Path("exhibits/a.json")
ENTRY = {
    "name": "a",
    "exhibit": "figure",
    "title": "A title",
    "notes": ["One."],
    "figures": ["figures/a.178.svg"],
    "bare": [],
    "widths": {"page": 178},
    "stages": [{"stage": "low", "fill": "#fff"}],
    "data": "data/a.csv",
    "register": {"title": "A register", "kind": "simulated", "licence": "", "sources": []},
    "digests": {"data": "0"},
    "order": 1,
    "more": {"of": ["anything", None]},
}


def read(folder, content):
    (folder / "exhibits").mkdir()
    (folder / FILE).write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return read_entry(folder, FILE)


def test_an_entry_is_read_as_it_is(tmp_path):
    assert read(tmp_path, ENTRY) == ENTRY


REFUSED = {
    "name": (["x"], 'name must be text, but is ["x"]'),
    "title": (3, "title must be text, but is 3"),
    "alt": (None, "alt must be text, but is null"),
    "notes": ([None], "notes must be a list of texts, but is [null]"),
    "figures": (
        ["../../secret.svg"],
        'figures must be a list of paths in the output folder, but is ["../../secret.svg"]',
    ),
    "bare": (["/etc/passwd"], 'bare must be a list of paths in the output folder, but is ["/etc/passwd"]'),
    "tables": ("tables/a.html", 'tables must be a list of paths in the output folder, but is "tables/a.html"'),
    "data": ("data/../../a.csv", 'data must be a path in the output folder, but is "data/../../a.csv"'),
    "order": ("1", 'order must be a number, but is "1"'),
    "rows": (True, "rows must be a number, but is true"),
    "widths": ({"page": "wide"}, 'widths must be a mapping to numbers, but is {"page": "wide"}'),
    "stages": (["low"], 'stages must be a list of mappings to texts, but is ["low"]'),
    "register": ({"licence": 1}, 'register must be a mapping with title, kind and licence, but is {"licence": 1}'),
    "digests": ([], "digests must be a mapping to texts, but is []"),
    "versions": ({"lnlib": 1}, 'versions must be a mapping to texts, but is {"lnlib": 1}'),
}


@pytest.mark.parametrize("field", REFUSED)
def test_a_field_that_no_exhibit_has_so_is_refused(tmp_path, field):
    value, message = REFUSED[field]
    with pytest.raises(BadExhibit, match=f"^{re.escape(f'exhibits/a.json: {message}')}$"):
        read(tmp_path, ENTRY | {field: value})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "must hold a JSON object, but holds [1, 2]"),
        ("{}", "must hold the name of the exhibit"),
        ('{"name": ""}', "must hold the name of the exhibit"),
        ('{"name": "a", "rows": NaN}', "is not JSON: NaN is not a number of JSON"),
        ('{"name": "a", "alt": "\\ud800"}', "is not JSON: 'utf-8' codec can't encode character '\\ud800'"),
        ("[" * 100_000, "is not JSON: maximum recursion depth exceeded"),
        ("", "is not JSON: Expecting value"),
    ],
    ids=["list", "empty", "no name", "no number", "half a character", "deep", "nothing"],
)
def test_what_is_no_entry_is_refused(tmp_path, text, message):
    with pytest.raises(BadExhibit, match=re.escape(f"exhibits/a.json {message}")):
        read(tmp_path, text)
