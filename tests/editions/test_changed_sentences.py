import json

import pytest
from edition_folders import figure, write_edition

from lnlib.editions.compare import compare, compare_editions
from lnlib.editions.edition_folder import open_edition
from lnlib.errors import EditionError


def edition(folder, **texts):
    write_edition(folder, figure("a"))
    (folder / "notes").mkdir()
    sentences = [{"line": 12, "template": f"{{{{{key}}}}} moved.", "text": text} for key, text in texts.items()]
    record = {"file": "small.en.md", "sentences": sentences}
    (folder / "notes" / "small.en.json").write_text(json.dumps(record), "utf-8")
    return folder


def test_a_sentence_printed_otherwise_is_shown_side_by_side(tmp_path):
    old, new = (
        edition(tmp_path / "old", up="34 moved.", down="3 moved."),
        edition(tmp_path / "new", up="35 moved.", down="3 moved."),
    )
    found, page = compare_editions(old, new)
    assert [(one.note, one.line, one.old, one.new) for one in found.sentences] == [
        ("small.en.md", 12, (("gone", "34"), ("same", " moved.")), (("added", "35"), ("same", " moved.")))
    ]
    assert found.summary == "1 sentence of notes changed"
    assert not found.nothing
    written = page.read_text("utf-8")
    assert '<th scope="row">small.en.md:12</th><td><del>34</del> moved.</td><td><ins>35</ins> moved.</td>' in written


def test_sentences_that_were_rewritten_or_are_the_same_are_not_shown(tmp_path):
    old, new = edition(tmp_path / "old", up="34 moved."), edition(tmp_path / "new", up="34 moved.", other="5 moved.")
    assert compare(open_edition(old), open_edition(new)).nothing


def test_a_record_that_cannot_be_read_is_refused(tmp_path):
    old, new = edition(tmp_path / "old"), edition(tmp_path / "new")
    (new / "notes" / "small.en.json").write_text("[]", "utf-8")
    with pytest.raises(EditionError) as error:
        compare(open_edition(old), open_edition(new))
    assert str(error.value) == f"{new / 'notes' / 'small.en.json'} is not the record of a note; make the note again"
