"""The pages: built as `make docs` builds them; their links lead somewhere, their commands exist, nothing comes from elsewhere."""

import json
import os
import re
import shlex
import subprocess
import sys
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import typer
from building import blocks, dictionary, pictures, reference
from chromium import SCHEMES, violations, violations_in_both_schemes
from PIL import Image

from lnlib.cli import app
from lnlib.reference import vocabulary
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register import schema

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LOADED = {"script": "src", "img": "src", "source": "srcset", "iframe": "src", "video": "src", "audio": "src"}


def named(path):
    return path.relative_to(ROOT).as_posix()


class Page(HTMLParser):
    """A built page: its anchors, its links, what it loads, its words, and the alt texts of its pictures."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loaded, self.alts, self.text = set(), [], [], [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors.update(found[name] for name in ("id", "name") if found.get(name))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag == "link" and found.get("href") and found.get("rel") not in ("next", "prev", "index", "search"):
            self.loaded.append(found["href"])
        if found.get(LOADED.get(tag, "")):
            self.loaded.append(found[LOADED[tag]])
        if tag == "img":
            self.alts.append(found.get("alt", ""))

    def handle_data(self, data):
        self.text.append(data)

    @cached_property
    def words(self):
        return " ".join("".join(self.text).replace("’", "'").split())  # Sphinx curls apostrophes


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The pages, built by the recipe of `make docs`; a warning fails it."""
    folder = tmp_path_factory.mktemp("pages") / "docs"
    command = ["make", "--no-print-directory", "--old-file=.venv/.ready", "docs"]
    given = [f"PAGES={folder}", f"BIN={Path(sys.executable).parent}"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "MAKE"))}
    ran = subprocess.run([*command, *given], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def pages(built):
    return {path.relative_to(built).as_posix(): Page(path) for path in sorted(built.rglob("*.html"))}


def test_every_page_is_built(pages):
    expected = {named(path.with_suffix(".html")).removeprefix("docs/") for path in PAGES[1:]}
    assert expected <= set(pages)


def test_every_link_leads_to_a_page_and_a_place_on_it(built, pages):
    wrong = []
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                continue
            target = (built / name).parent / unquote(parts.path) if parts.path else built / name
            key = Path(os.path.normpath(target)).relative_to(built).as_posix()
            if key not in pages and not target.is_file():
                wrong.append(f"{name}: {link}")
            elif parts.fragment and key in pages and unquote(parts.fragment) not in pages[key].anchors:
                wrong.append(f"{name}: {link} has no such place")
    assert wrong == []
    assert sum(len(page.links) for page in pages.values()) > 500


def test_axe_finds_nothing_wrong_on_any_page_light_or_dark(built, pages, tabs):
    wrong = {}
    with tabs.page() as page:
        for name in pages:
            page.goto((built / name).as_uri())
            wrong[name] = violations_in_both_schemes(page)
    assert {name: found for name, found in wrong.items() if found} == {}


def test_each_way_of_setting_letters_is_held_to_its_contrast(tabs):
    pale, white = '<p style="color: #bbb">', '<p style="color: #ddd; background: #333">'
    with tabs.page() as page:
        page.set_content(
            f'<html lang="en"><title>T</title><main><h1>T</h1>{pale}one</p>{pale}two</p>{white}three</p></main>'
        )
        assert violations(page, **SCHEMES["dark"]) == ['color-contrast: <p style="color: #bbb" data-styled="">one</p>']


def test_nothing_is_loaded_from_elsewhere(built, pages):
    loaded = [(name, item) for name, page in pages.items() for item in page.loaded]
    assert [item for item in loaded if re.match(r"(https?:)?//", item[1])] == []
    missing = [
        (name, item)
        for name, item in loaded
        if not item.startswith("data:") and not ((built / name).parent / urlsplit(item).path).is_file()
    ]
    assert missing == []
    assert len(loaded) > 5 * len(pages)


def test_no_style_loads_from_elsewhere(built):
    sheets = {path.name: path.read_text("utf-8") for path in built.rglob("*.css")}
    assert {"pages.css", "furo.css"} <= set(sheets)
    wanted = [
        (name, found) for name, text in sheets.items() for found in re.findall(r"url\([^)]*\)|@import[^;]*", text)
    ]
    assert [found for found in wanted if "//" in found[1].split("data:")[0]] == []


def test_every_picture_says_of_what_kind_its_data_are(pages):
    alts = {name: page.alts for name, page in pages.items() if page.alts}
    others = [(name, alt) for name, found in alts.items() for alt in found if "simulated data" not in alt.lower()]
    assert [name for name, _ in others] == ["index.html", "start/researcher.html"]
    assert all("coded from documents, not a sample" in alt.lower() for _, alt in others)
    with_pictures = [path for path in (ROOT / "docs").rglob("*.md") if holds_pictures(path.read_text("utf-8"))]
    assert {path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in with_pictures} == set(alts)


def holds_pictures(text):
    """Whether a page shows a picture, apart from the code of others that it prints."""
    outside = re.sub(r"^```(?!\{picture\}).*?^```$", "", text, flags=re.M | re.S)
    return bool(re.search(r"^```\{picture\}|^!\[", outside, re.M))


def test_each_measure_has_a_page_with_the_same_parts():
    listed = (ROOT / "docs/measures/index.md").read_text("utf-8")
    table = listed.split("## Which one")[1].split("## Four rules")[0]
    for name in re.findall(r"^\|[^|]+\| \[[^]]+\]\(([\w-]+\.md)\)", table, re.M):
        text = (ROOT / "docs/measures" / name).read_text("utf-8")
        assert "**The question: " in text, name
        assert "```{picture}" in text, name
        heads = [line for line in text.splitlines() if line.startswith("## ")]
        for head in ("## How to read it", "## What it cannot say", "## The call", "## Source"):
            assert head in heads, (name, head)
        assert any("hand" in head for head in heads), name
        assert ">>> " in text, name


# --- the data dictionary ---------------------------------------------------------------------------------------------


def test_the_dictionary_holds_every_column_word_stage_and_province(pages):
    message = pages["data-dictionary.html"].words
    for table in schema.TABLES.values():
        assert f"Table {table.name}" in message
        for column in table.columns:
            assert f"{column.name} {column.meaning}" in message, column.name
            assert set(column.allowed) <= set(message.split()), column.name
    for key in ("dfgg", "frey", "partner"):
        for stage in Scale.load(key).stages:
            assert f"{stage.key} {stage.name()}" in message, stage
    for place in Places.load("cambodia").places:
        assert f"{place.code} {place.name()}" in message


def test_a_new_column_is_in_the_dictionary_at_once(monkeypatch):
    more = schema.Column("budget", "number", "What it may cost.", True, example="7")
    actors = schema.Table("actors", "Organisations.", (*schema.ACTORS.columns, more), key="actor")
    monkeypatch.setattr(dictionary, "TABLES", {"actors": actors})
    assert "| `budget` | What it may cost. | a whole number, from 1 | yes | `7` |" in dictionary.data_dictionary()


def test_the_page_for_researchers_names_every_notebook(pages):
    message = pages["start/researcher.html"].words
    found = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert found
    for path in found:
        title = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"]).splitlines()[0].removeprefix("# ")
        assert f"{path.stem} {title}" in message


def test_a_notebook_that_a_page_names_is_linked_to_the_table_of_their_questions(pages):
    assert "../start/researcher.html#open-a-notebook" in pages["measures/mechanisms.html"].links
    assert "open-a-notebook" in pages["start/researcher.html"].anchors


def test_the_reference_documents_what_notebooks_reach(pages):
    words = pages["reference.html"].words
    for name in ("Choices", "Exhibit", "Register", "open_register", "spells", "shares", "first_passage", "kappa"):
        assert f"{name} (" in words or f"{name}(" in words, name


def test_columns_are_listed_for_every_measure_and_chart_of_the_notebooks():
    returned, drawn = reference.columns_returned(), reference.columns_drawn()
    assert "| `shares` | `lnlib.measures.counts.shares` | One row a group × date × stage" in returned
    assert "| `stage_mix` | Columns `date`, `stage` (ordered categorical), `count`" in drawn
    for table in (returned, drawn):
        assert [line for line in table.splitlines() if line.endswith("|  |")] == []


def test_the_words_of_a_column_link_to_their_table():
    text = dictionary.data_dictionary()
    for name in filter(None, dictionary.VOCABULARIES):
        assert f"(#words-of-{name})" in text
        assert f"## Words of `{name}`" in text
        assert all(f"| `{word}` |" in text for word in vocabulary.words(name))


# --- as GitHub shows them --------------------------------------------------------------------------------------------


def slugs(text):
    """The anchors that GitHub gives to the headings of a page."""
    heads = re.findall(r"^#{1,6} (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_relative_links_hold_in_the_source(path):
    text = path.read_text("utf-8")
    for link in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (path.parent / parts.path).resolve() if parts.path else path
        assert target.exists(), link
        generated = target.name == "data-dictionary.md"
        if parts.fragment and target.suffix == ".md":
            more = dictionary.data_dictionary() if generated else ""
            assert parts.fragment in slugs(target.read_text("utf-8") + more), link


def test_a_constant_that_a_page_names_stands_in_its_module():
    named = [
        (page.name, *found)
        for page in (ROOT / "docs").rglob("*.md")
        for found in re.findall(r"`([a-z_]+)\.([A-Z][A-Z_]+)`", page.read_text("utf-8"))
    ]
    assert len(named) > 5
    for page, module, constant in named:
        texts = [path.read_text("utf-8") for path in (ROOT / "src/lnlib").rglob(f"{module}.py")]
        assert any(re.search(rf"^{constant}\b.* = ", text, re.MULTILINE) for text in texts), (
            f"{page}: {module}.{constant}"
        )


def test_the_readme_shows_the_three_doors_first():
    first = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:30])
    for door in ("researcher", "editor", "batch"):
        assert f"docs/start/{door}.md" in first


def test_the_picture_of_the_readme_is_drawn_from_the_documents_as_they_are_now():
    picture = Image.open(ROOT / "docs/figures/over-time.png")
    drawn = pictures.drawn("documents/mix")
    renew = (
        "copy build/docs/_pictures/documents-mix.two-columns.png, which make docs draws, to docs/figures/over-time.png"
    )
    assert picture.text["Description"] == f"{drawn.alt} {drawn.heading.source}", renew


# --- commands --------------------------------------------------------------------------------------------------------

TARGETS = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
COMMANDS = typer.main.get_command(app).commands
OTHERS = {"cd", "python", "python3", "pip", "jupyter", "papermill", "conda", "git", "mkdir", "ssh", "aws", "dask"}


def typed(text):
    """Lines of blocks of shell commands."""
    for block in re.findall(r"^```(?:sh|bash|console)\n(.*?)^```$", text, re.M | re.S):
        yield from (line for line in block.replace("\\\n", " ").splitlines() if line.strip())


def named_commands(text):
    """Commands of ours in running text."""
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    yield from re.findall(r"^    (lnlib .+)$", plain, re.M)
    yield from (line for line in re.findall(r"`([^`\n]+)`", plain) if re.match(r"(lnlib|make) [a-z]", line))


def refused(line):
    """Why a command line cannot be one; empty if it can."""
    words = shlex.split(line, comments=True)
    while words and (re.fullmatch(r"\w+=.*", words[0]) or words[0] in ("$", "nice", "time")):
        words = words[1:]
    if not words:
        return ""
    program, rest = words[0].rsplit("/", 1)[-1], words[1:]
    if program == "make":
        return "".join(f"make has no target {word}; " for word in rest if "=" not in word and word not in TARGETS)
    if program != "lnlib":
        return "" if program in OTHERS else f"{program} is not a command that pages use"
    if not rest or rest[0].startswith("-"):
        return ""
    names = re.split(r"\|", rest[0])  # `lnlib check | template` and `lnlib a|b` name several
    unknown = [name for name in names if name not in COMMANDS]
    if unknown:
        return f"lnlib has no command {', '.join(unknown)}"
    known = {option for parameter in COMMANDS[names[0]].params for option in parameter.opts} | {"--help"}
    options = [word.strip("[]").split("=")[0] for word in rest[1:] if word.strip("[]").startswith("--")]
    return "".join(f"lnlib {names[0]} has no option {option}; " for option in options if option not in known)


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_commands_and_their_options_exist(path):
    text = path.read_text("utf-8")
    wrong = [f"{line}: {why}" for line in (*typed(text), *named_commands(text)) if (why := refused(line))]
    assert wrong == []


def test_a_command_that_does_not_exist_would_be_found():
    assert refused("lnlib runn params/x.yml") == "lnlib has no command runn"
    assert refused("lnlib run params/x.yml --speed 3") == "lnlib run has no option --speed; "
    assert refused("make coffee") == "make has no target coffee; "
    assert refused(".venv/bin/lnlib run params/x.yml --only province=02") == ""


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_files_that_commands_name_are_there(path):
    for line in typed(path.read_text("utf-8")):
        for word in shlex.split(line, comments=True):
            if re.match(r"(params|notebooks|benchmarks|data/demonstration|tools)/", word):
                assert (ROOT / word).exists(), line


MODULES = [(path, one) for path in PAGES for one in blocks.files(path.read_text("utf-8")) if one.name.endswith(".py")]


@pytest.mark.parametrize(("path", "module"), MODULES, ids=[f"{named(path)}:{one.name}" for path, one in MODULES])
def test_a_module_that_a_page_teaches_passes_the_linter(path, module):
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    name = f"src/lnlib/{Path(module.name).name}"
    for words in (["check"], ["format", "--check"]):
        command = [*ruff, *words, "--no-cache", f"--stdin-filename={name}", "-"]
        ran = subprocess.run(command, cwd=ROOT, input=module.text, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_file_block_of_json_is_named_in_a_comment_of_json():
    (found,) = blocks.files('```json\n// file: a/b.json\n{"x": 1}\n```\n')
    assert (found.name, found.text) == ("a/b.json", '{"x": 1}\n')
