"""The project's own notes: each can be read, and places exhibits that its edition's notebooks make."""

import json
import re
from pathlib import Path

import pytest
import yaml

from lnlib.notes.reading import read_note
from lnlib.notes.source import Box, Placed, Quote, When

ROOT = Path(__file__).parents[2]
NOTES = sorted((ROOT / "notes").glob("*.md"))


def placed(blocks):
    for block in blocks:
        if isinstance(block, Placed):
            yield block
        elif isinstance(block, Box | Quote | When):
            yield from placed(block.blocks)


def edition_file(name):
    return yaml.safe_load((ROOT / "params" / f"{name}.yml").read_text("utf-8"))


def exhibit_names(edition):
    """The names that an edition's notebooks give to exhibits; `{name}` stands for a notebook and its province or actor."""
    names = set()
    for run in edition_file(edition)["runs"]:
        notebook = json.loads((ROOT / "notebooks" / f"{run['notebook']}.ipynb").read_text("utf-8"))
        source = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
        names |= set(re.findall(r'"(\d\d-[\w-]+)"', source))
        names |= {f"{run['notebook']}-*-{end}" for end in re.findall(r'f"\{name\}-([\w-]+)"', source)}
    return names


def is_made(name, names):
    return name in names or any(re.fullmatch(re.escape(one).replace(r"\*", r"[\w{}-]+"), name) for one in names)


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.name)
def test_a_note_places_exhibits_that_its_edition_makes(path):
    note = read_note(path)
    names = exhibit_names(note.about.edition)
    found = [one.name for one in placed(note.blocks)]
    assert found
    assert [name for name in found if not is_made(name, names)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "params").glob("*.yml")), ids=lambda path: path.name)
def test_an_edition_chooses_exhibits_that_it_makes(path):
    chosen = edition_file(path.stem).get("exhibits") or []
    names = exhibit_names(path.stem)
    given = [one if isinstance(one, str) else one["name"] for one in chosen]
    assert given
    assert [name for name in given if not is_made(name, names)] == []


def test_a_name_that_no_notebook_makes_is_found():
    names = exhibit_names("learning-note-17")
    assert is_made("13-cases-matrix", names)
    assert is_made("05-province-02-paths", names)
    assert not is_made("13-cases-matrices", names)
