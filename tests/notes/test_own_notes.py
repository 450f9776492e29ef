"""The project's own notes: each can be read, and places exhibits that its edition's notebooks make."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from note_project import bare_figure, numbers, small_edition, statistic

from lnlib.notes.compose import compose
from lnlib.notes.markdown import read_note
from lnlib.notes.nodes import Box, Placed, Quote, When

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


@pytest.mark.parametrize(
    ("counts", "sentences"),
    [
        ({"partnerships": 0}, ["No partnership is recorded in Kep."]),
        (
            {"partnerships": 1, "assessed.last": 1, "moved.up": 1},
            [
                "The register holds one partnership in Kep.",
                "In September 2014 one partnership was running and had been rated recently.",
                "It moved up at least once.",
                "No step back is on record.",
                "No ending is recorded.",
            ],
        ),
        (
            {"partnerships": 3, "assessed.last": 2, "shares.last.integrated": 2, "moved.down": 1, "endings": 1},
            [
                "The register holds three partnerships in Kep.",
                "In September 2014, two were running and had been rated recently: none at the coalition stage, none at the "
                "collaboration stage and two at the integrated stage (Figure 1).",
                "None have moved up, and one has moved back.",
                "One has ended.",
            ],
        ),
        (
            {
                "partnerships": 14,
                "partnerships.hybrid": 1,
                "assessed.last": 6,
                "shares.last.integrated": 1,
                "endings": 7,
            },
            [
                "The register holds 14 partnerships in Kep.",
                "One of them serves both purposes at once, delivering services and holding them to account.",
                "In September 2014, six were running and had been rated recently.",
                "One of these was integrated (17%; 95% interval 10% to 50%).",
                "None have moved up, and none have moved back.",
                "Seven have ended.",
            ],
        ),
    ],
    ids=["none", "one", "few", "many"],
)
def test_a_provinces_sentences_hold_for_none_one_few_and_many(counts, sentences, tmp_path):
    keys = ("partnerships", "partnerships.hybrid", "assessed.last", "moved.up", "moved.down", "endings")
    shares = [f"shares.last.{stage}" for stage in ("coalition", "collaboration", "integrated")]
    edition = small_edition(
        tmp_path / "build" / "demonstration", bare_figure("05-province-23-paths"), bare_figure("05-province-23-mix")
    )
    stated = numbers(
        *(statistic(key, counts.get(key, 0), n=counts["partnerships"]) for key in keys),
        *(statistic(key, counts.get(key, 0), n=counts.get("assessed.last", 0), low=0.1, high=0.5) for key in shares),
        statistic("period.last", "2014-09-30", "date"),
        place="Kep",
    )
    (edition.folder / "data" / "05-province-23-numbers.json").write_text(stated, "utf-8")
    note = read_note(ROOT / "notes" / "province.en.md")
    note = replace(note, about=replace(note.about, register=""))
    made = compose(note, edition, province=("23", "Kep"))
    assert made.title == "Partnerships in Kep"
    assert made.warnings == ()
    quoting = [one.text for one in made.sentences if one.values or " is " in one.text or " moved " in one.text]
    assert [text for text in quoting if text in sentences] == sentences
    assert "%" not in "".join(quoting) or counts["assessed.last"] >= 5
