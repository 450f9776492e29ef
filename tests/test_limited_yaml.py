"""Hostile files that somebody declares: each is answered in one sentence, at once."""

import csv
import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from small_project import members

from lnlib.analyses.claims.claims_file import Claims
from lnlib.batch.plan.edition_file import read_edition
from lnlib.charts.style.house_style import Theme
from lnlib.errors import LnlibError
from lnlib.intake import examine, open_register
from lnlib.intake.mapping import MappingFile
from lnlib.limited_yaml import YamlRefused, load_yaml
from lnlib.notes.markdown import read_note
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.simulation.declared_rates import Rates

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]" for i in range(8)
)
HOSTILE = {
    "alias bomb": BOMB,
    "alias": "a: &a 1\nb: *a",
    "endless alias": "a: &a [*a]",
    "deep lists": "a: " + "[" * 5000 + "]" * 5000,
    "deep mappings": "a: " + "{b: " * 3000 + "1" + "}" * 3000,
    "many digits": "a: " + "9" * 6000,
    "no number": "a: !!int abc",
    "no time": "a: !!timestamp abc",
    "no float": "a: !!float abc",
    "an object": "a: !!python/object/apply:os.system [true]",
    "many keys": "\n".join(f"k{i}: 1" for i in range(60_000)),
    "a long key": "k" * 100_000 + ": 1",
    "large": "a: " + "x" * 3_000_000,
    "a list as key": "[1, 2]: 3",
    "a merge": "<<: 3",
    "no text": b"\xff\xfe\x00",
    "control characters": "a: \x00",
    "no truth value": "a: !!bool maybe",
    "no set": "a: !!set [1]",
    "no ordered mapping": "a: !!omap 3",
    "a tag": "a: !x 3",
    "a key of many digits": "9" * 6000 + ": 1",
    "half a character": b"a: \xed\xa0\x80",
    "two documents": "a: 1\n---\nb: 2",
    "a long text": "scale: " + "p" * 100_000,
    "no character": 'a: "\\UFFFFFFFF"',
    "a long word": "-" * 100_000,
}
LOADERS = {
    "scale": lambda path: Scale.load(path),
    "claims": lambda path: Claims.load(path),
    "rates": lambda path: Rates.load(path),
    "house style": lambda path: Theme.load(str(path)),
    "mapping": lambda path: MappingFile.load(path),
    "edition": lambda path: read_edition(path, members),
    "note": lambda path: read_note(path),
    "places": lambda path: Places.load(path),
    "register": lambda path: examine(str(path)),
}
DECLARED = [kind for kind in LOADERS if kind not in ("note", "places", "register")]  # in YAML


@pytest.mark.parametrize("kind", DECLARED)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(tmp_path, kind, name):
    (tmp_path / "notebooks").mkdir()
    file = tmp_path / "hostile.yml"
    content = HOSTILE[name]
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    begun = time.monotonic()
    with pytest.raises(LnlibError) as caught:
        LOADERS[kind](file)
    assert time.monotonic() - begun < 20
    message = str(caught.value)
    assert "hostile.yml" in message
    assert len(message) < 3000


NAMED = {  # paths that are named as a file and are none that can be read
    "a folder": lambda folder: (folder / "hostile").mkdir(),
    "a link to itself": lambda folder: (folder / "hostile").symlink_to("hostile"),
    "nothing": lambda folder: None,
    "a pipe": lambda folder: os.mkfifo(folder / "hostile"),
    "a device": lambda folder: (folder / "hostile").symlink_to("/dev/zero"),
    "a name that is too long": lambda folder: "n" * 300,
}


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")
@pytest.mark.parametrize("kind", LOADERS)
@pytest.mark.parametrize("name", NAMED)
def test_what_is_no_file_is_refused_in_a_sentence(tmp_path, kind, name):
    (tmp_path / "notebooks").mkdir()
    made = None
    if kind == "register" and name == "a folder":
        (tmp_path / "hostile").mkdir()
        (tmp_path / "hostile/datapackage.json").mkdir()
    else:
        made = NAMED[name](tmp_path)
    ending = {"note": ".md", "places": ".csv", "register": ".csv"}.get(kind, ".yml")
    path = tmp_path / f"{made if isinstance(made, str) else 'hostile'}{ending}"
    if os.path.lexists(tmp_path / "hostile"):
        (tmp_path / "hostile").rename(path)
    with pytest.raises(LnlibError) as caught:
        LOADERS[kind](path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "front",
    [
        name
        for name in HOSTILE
        if name not in ("no text", "half a character", "two documents", "a long text", "a long word")
    ],
)
def test_hostile_front_matter_of_a_note_is_refused(tmp_path, front):
    file = tmp_path / "hostile.md"
    file.write_text(f"---\n{HOSTILE[front]}\n---\n# A title\n")
    begun = time.process_time()
    with pytest.raises(LnlibError, match=r"hostile\.md") as caught:
        read_note(file)
    assert time.process_time() - begun < 20
    assert all(len(line) <= 1000 for line in str(caught.value).splitlines())


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["'" * 99_000, "> " * 3000 + "deep", "- " * 3000 + "deep", "[" * 50_000, "*" * 50_000, "a" * 100_001]
)
def test_a_hostile_text_of_a_note_is_answered_at_once(tmp_path, text):
    file = tmp_path / "hostile.md"
    file.write_text(text)
    begun = time.process_time()
    with pytest.raises(LnlibError):
        read_note(file)
    assert time.process_time() - begun < 20


@pytest.fixture
def limit():
    """The limit of a cell that Python begins with; libraries that a test imports may have raised it."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.usefixtures("limit")
def test_places_of_one_endless_cell_are_refused(tmp_path):
    (tmp_path / "hostile.csv").write_text("code\n" + "x" * 200_000)
    with pytest.raises(LnlibError, match=r"hostile\.csv is not CSV: field larger than field limit"):
        Places.load(tmp_path / "hostile.csv")


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"a": ' * 100_000, '{"a": ' + "9" * 6000 + "}", "[1]", "", "\x00", '{"resources": 3}']
)
def test_a_hostile_datapackage_is_refused_in_a_sentence(tmp_path, content):
    for name in ("actors", "partnerships", "assessments", "mechanisms"):
        (tmp_path / f"{name}.csv").write_text("")
    (tmp_path / "datapackage.json").write_text(content)
    with pytest.raises(LnlibError, match=r"datapackage\.json"):
        open_register(tmp_path)


REFUSED = {  # what a datapackage.json may say, and the sentence
    "a scale of nothing": ({"register": {"scale": {"a": [[[[]]]]}}}, "a scale is a mapping with keys"),
    "a scale of very many stages": (
        {"register": {"scale": {"stages": [{"key": f"s{number}"} for number in range(100_000)]}}},
        "a scale has at most 50 stages, but got 100,000",
    ),
    "a label that is a number": (
        {"register": {"scale": {"stages": [{"key": "low"}, {"key": "high", "label": {"en": "High", "km": 3}}]}}},
        r"stage 2 \('high'\): label km must be text, but is 3; put it in quotes$",
    ),
    "a label that is a list": (
        {"register": {"scale": {"stages": [{"key": "low", "label": {"en": ["Low"]}}, {"key": "high"}]}}},
        r"stage 1 \('low'\): label en must be text, but is \['Low'\]; put it in quotes$",
    ),
    "a criterion that is a truth value": (
        {"register": {"scale": {"stages": [{"key": "low", "criteria": {"permission": False}}, {"key": "high"}]}}},
        r"stage 1 \('low'\): criterion permission must be text, but is False; put it in quotes$",
    ),
    "words in a sentence of nothing": (
        {"register": {"scale": {"stages": [{"key": "low", "in_sentence": {"en": None}}, {"key": "high"}]}}},
        r"stage 1 \('low'\): in_sentence en must be text, but is None; put it in quotes$",
    ),
    "a title of a scale that is a mapping": (
        {"register": {"scale": {"title": {"en": {}}, "stages": [{"key": "low"}, {"key": "high"}]}}},
        "title en must be text, but is {}; put it in quotes$",
    ),
    "a path that is too long": (
        {"resources": [{"name": "actors", "path": "p" * 5000}]},
        "lacks p{5000}|too long|leads out",
    ),
    "a path that climbs": (
        {"resources": [{"name": "actors", "path": "../actors.csv"}]},
        "leads out of the register's folder",
    ),
    "a full path": ({"resources": [{"name": "actors", "path": "/etc/passwd"}]}, "leads out of the register's folder"),
    "a path with a null": ({"resources": [{"name": "actors", "path": "a\0b"}]}, "leads out of the register's folder"),
    "places that climb": ({"register": {"places": "../../places.csv"}}, "leads out of the register's folder"),
    "places of a long name": ({"register": {"places": "p" * 5000}}, "places 'p{299}…' is not known"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_datapackage_may_not_say_is_refused_in_a_sentence(tmp_path, case):
    about, message = REFUSED[case]
    folder = tmp_path / "register"
    shutil.copytree(Path(__file__).parent / "registers/small", folder)
    (folder / "datapackage.json").write_text(json.dumps(about))
    begun = time.monotonic()
    with pytest.raises(LnlibError) as caught:
        open_register(folder)
    assert re.search(message, str(caught.value)), str(caught.value)[:2000]
    assert time.monotonic() - begun < 20


def test_an_edition_of_a_register_whose_name_is_too_long_is_refused(tmp_path):
    for part in ("notebooks", "data/small", "params"):
        (tmp_path / part).mkdir(parents=True)
    file = tmp_path / "params/hostile.yml"
    file.write_text(f"register: {'r' * 5000}\nruns: []\n")
    with pytest.raises(LnlibError, match=r"register 'r{299}…' is not known\. Allowed: small"):
        read_edition(file, members)


@pytest.mark.parametrize(
    "number",
    ["0x" + "F" * 6000, "0b" + "1" * 100_000, "0" + "7" * 9000, "1" + ":59" * 600_000, "-" + "9" * 41],
    ids=["hexadecimal", "binary", "octal", "base 60", "decimal"],
)
def test_a_number_of_thousands_of_digits_is_refused_in_any_base(number):
    with pytest.raises(YamlRefused, match=r"line 2: a number of [\d,]+ characters"):
        load_yaml(f"a: 1\nframe: {number}")


@pytest.mark.parametrize("header", ["? " * 50_000 + "x", "* " * 50_000 + "x", ": " * 50_000 + "x"])
def test_a_header_of_thousands_of_marks_is_answered_at_once(tmp_path, header):
    (tmp_path / "hostile.csv").write_text(header)
    begun = time.monotonic()
    with pytest.raises(LnlibError, match=r"hostile\.csv"):
        examine(str(tmp_path / "hostile.csv"))
    assert time.monotonic() - begun < 20


def test_long_digits_in_quotes_are_text():
    assert load_yaml(f'a: "{"1" * 64}"') == {"a": "1" * 64}
