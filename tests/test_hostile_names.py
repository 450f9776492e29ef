"""Names that would be code elsewhere are shown as those letters everywhere: figures, pages, tables, documents, CSV."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from figure_files import svg_told
from register_rows import made, partnership, rated, set_up

from lnlib.editions.compare import compare_editions
from lnlib.editions.pack import pack
from lnlib.intake import open_register

ROOT = Path(__file__).parents[1]
LONG = " ".join(["A name that goes on and on"] * 12)
RUN = "document.title='run'"
# each shows itself: letters that are markup, a formula, mathematics, a pattern, two lines, another direction, no end
NAMES = {
    "N0": f"<script>{RUN}</script>",
    "N1": "=cmd()",
    "N2": "$x^2$ and $\\frac{1}{2",
    "N3": "{n} {finding} %s %(n)d 100%",
    "N4": "one line\nand another",
    "N5": "\u202ea name\ufeff turned round",
    "N6": f'-->]]>"\'<b onmouseover="{RUN}">b</b>&amp;',
    "N7": LONG,
    "S0": f'"><img src=x onerror="{RUN}">',
    "S1": "_a_ *b* `c` [d](javascript:void) # e",
}
TITLE = f"<script>{RUN}</script> $t$ {{n}}"
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
TURNING = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
PAGES = (
    "index.html",
    "runs/05-province/02.html",
    "runs/06-actor/N0.html",
    "runs/06-actor/N2.html",
    "runs/08-inline-statistics/all.html",
    "runs/09-stories/all.html",
    *(f"stories/P{i}.html" for i in range(8)),
    "tables/05-province-02-cases.html",
    "tables/09-stories-list.html",
)
EDITION = f"""\
title: {json.dumps(TITLE)}
register: hostile
runs:
  - notebook: 05-province
    for_each: {{province: ["02"]}}
  - notebook: 06-actor
    for_each: {{actor: [N0, N2]}}
  - notebook: 08-inline-statistics
  - notebook: 09-stories
"""


def letters(text):
    """A text as it is read: spaces as one, and without the signs that only turn letters round."""
    return " ".join(text.translate(TURNING).split())


def hostile():
    actors = [
        {"actor": key, "name": name, "note": name, "kind": "ngo" if key[0] == "N" else "owso"}
        for key, name in NAMES.items()
    ]
    own = [(f"P{key[1]}", key, name) for key, name in NAMES.items() if key[0] == "N"]
    return made(
        title=TITLE,
        actors=actors,
        partnerships=[
            partnership(key, non_state=actor, state=f"S{i % 2}", start="2010", note=name)
            for i, (key, actor, name) in enumerate(own)
        ],
        assessments=[
            rated(key, f"201{year}-05", stage, quote=name, criterion=name, source=name, passage=name, note=name)
            for key, _, name in own
            for year, stage in enumerate(("coalition", "collaboration", "integrated"))
        ],
        mechanisms=[set_up(key, "mou", "2011-02", quote=name, source=name) for key, _, name in own],
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """An edition of a register full of such names, made by the command line."""
    root = tmp_path_factory.mktemp("hostile")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    (root / "params").mkdir()
    (root / "params/hostile.yml").write_text(EDITION, encoding="utf-8")
    hostile().save(root / "data/hostile")
    command = [str(Path(sys.executable).with_name("lnlib")), "run", "params/hostile.yml"]
    done = subprocess.run(command, cwd=root, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="module")
def edition(project):
    return project / "build/hostile"


class Read(HTMLParser):
    """A page as it is parsed: its words, its elements and their attributes."""

    def __init__(self, text):
        super().__init__()
        self.words, self.elements, self._in = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._in = tag

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self):
        return letters("".join(self.words))

    @property
    def output(self):
        """What is read and what is read out."""
        spoken = [attrs.get(name) or "" for _, attrs in self.elements for name in ("alt", "aria-label", "title")]
        return " ".join([self.text, *map(letters, spoken)])


def read(path):
    return Read(path.read_text("utf-8"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_no_element_and_no_attribute_of_theirs(edition, name):
    page = read(edition / name)
    scripts = [tag for tag, _ in page.elements if tag == "script"]
    assert len(scripts) == (2 if name == "index.html" else name.startswith("runs/"))  # our own
    for tag, attrs in page.elements:
        assert not [attribute for attribute in attrs if attribute.startswith("on")], (tag, attrs)
        assert not (attrs.get("href") or "").startswith("javascript"), (tag, attrs)
        assert (tag, attrs.get("src")) != ("img", "x")


def test_the_pages_say_every_name_letter_by_letter(edition):
    index, table, listed = (
        read(edition / name)
        for name in ("index.html", "tables/05-province-02-cases.html", "tables/09-stories-list.html")
    )
    province = read(edition / "runs/05-province/02.html")
    for key, name in NAMES.items():
        assert letters(name) in index.text, name
        assert letters(name) in table.text, name
        assert letters(name) in listed.text, name
        assert letters(name) in province.text, name
        if key[0] == "N":
            story = read(edition / f"stories/P{key[1]}.html")
            assert story.text.count(letters(name)) >= 10, name
    assert letters(TITLE) in index.text


def test_a_browser_runs_nothing_and_shows_the_letters(edition, tabs):
    with tabs.page() as page:
        for name in PAGES:
            page.goto((edition / name).as_uri())
            page.mouse.move(200, 200)
            assert page.title() != "run", name
            assert page.evaluate("document.querySelectorAll('img[src=x], b[onmouseover]').length") == 0
        for i in range(8):
            page.goto((edition / f"stories/P{i}.html").as_uri())
            heading = page.inner_text("h1")
            assert letters(heading).startswith(letters(NAMES[f"N{i}"])), heading
            wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert wide, f"P{i} is wider than its window"
        page.goto((edition / "index.html").as_uri())
        page.fill("#search", "<script>")
        assert page.inner_text("#found") not in ("", "No page has these words")
        assert page.wrong == []


def test_the_figures_draw_them_as_letters(edition):
    drawn = {}
    for path in sorted((edition / "figures").glob("*.svg")):
        root = ElementTree.parse(path).getroot()
        drawn[path.name] = "".join("".join(node.itertext()) for node in root.iter() if node.tag.endswith("}text"))
        assert [node for node in root.iter() if node.tag.endswith("}script")] == []
    paths = drawn["05-province-02-paths.two-columns.svg"]
    for name in NAMES.values():
        # lines are broken where words end, and letters set apart are not joined again
        assert re.sub(r"\s", "", letters(name)) in re.sub(r"\s", "", paths), name


def test_alt_texts_and_words_of_exhibits_hold_them(edition):
    exhibits = json.loads((edition / "exhibits.json").read_text("utf-8"))
    result = next(one for one in exhibits if one["name"] == "05-province-02-paths")["description"]
    for name in NAMES.values():
        assert letters(name) in letters(result), name
    assert all(letters(TITLE) in letters(one["source"]) for one in exhibits)
    for one in exhibits:
        for file in [name for name in one.get("figures", ()) if name.endswith(".svg")]:
            about = f"{one['alt']} {one['source']}"
            assert svg_told((edition / file).read_bytes()) == (one["title"], about), file


def test_no_csv_cell_would_be_run_and_none_is_lost(edition):
    found = set()
    for path in sorted((edition / "data").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as lines:
            for row in csv.reader(lines):
                for cell in row:
                    assert not cell.startswith(RISKY) or re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell), (path, cell)
                    found.add(cell.removeprefix("'") if cell[:1] == "'" and cell[1:2] in "=+-@'" else cell)
    assert {name for key, name in NAMES.items() if key[0] == "N"} <= found


def document_text(content):
    """The text of a DOCX, line breaks as such; that it parses at all is half of what is tested."""
    root = ElementTree.fromstring(content)
    return letters(" ".join(node.text or "" for node in root.iter() if node.tag.endswith("}t")))


def test_the_documents_and_the_pack_hold_them(edition, tmp_path):
    with zipfile.ZipFile(edition / "tables/05-province-02-cases.docx") as document:
        text = document_text(document.read("word/document.xml"))
    packed = pack(edition, tmp_path / "pack.zip")
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
        (words,) = (name for name in names if name.endswith(".docx") and "tables/" not in name)
        plain = " ".join(archive.read(name).decode("utf-8") for name in names if name.endswith(".txt"))
        with zipfile.ZipFile(archive.open(words)) as inside:
            whole = document_text(inside.read("word/document.xml"))
    for key, name in NAMES.items():
        if key[0] == "N":
            assert letters(name) in text, name
            assert letters(name) in whole, name
            assert letters(name) in letters(plain), name


def test_the_comparison_shows_them(project, edition, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(edition, other)
    result = json.loads((other / "exhibits.json").read_text("utf-8"))
    for one in result:
        one["title"] = f"{one['title']} {NAMES['N0']} {NAMES['S0']} {NAMES['N2']}"
    (other / "exhibits.json").write_text(json.dumps(result), encoding="utf-8")
    _, page = compare_editions(edition, other, tmp_path / "compare.html")
    found = read(page)
    for key in ("N0", "S0", "N2"):
        assert letters(NAMES[key]) in found.text
    for tag, attrs in found.elements:
        assert not [attribute for attribute in attrs if attribute.startswith("on")], (tag, attrs)


def test_the_statistics_say_the_title_as_it_is(edition):
    result = json.loads((edition / "data/08-inline-statistics.json").read_text("utf-8"))
    assert result["register"]["title"] == TITLE
    assert TITLE in result["words"]["en"]["source"]


def test_a_register_and_its_workbook_keep_them(project, tmp_path):
    whole = open_register(project / "data/hostile")
    assert dict(zip(whole.actors["actor"], whole.actors["name"], strict=True)) == NAMES
    whole.save(tmp_path / "hostile.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "hostile.xlsx")["actors"]
    cells = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row if cell.value}
    for name in NAMES.values():
        assert cells.get(name) == "s", name
    again = open_register(tmp_path / "hostile.xlsx")
    assert dict(zip(again.actors["actor"], again.actors["name"], strict=True)) == NAMES
