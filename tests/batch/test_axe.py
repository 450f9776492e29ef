"""axe-core finds nothing wrong with any kind of page that an edition has, in light and in dark."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from chromium import violations_in_both_schemes

from lnlib.batch.register_members import members
from lnlib.batch.run_command import RunOptions, run_editions
from lnlib.editions.compare import compare_editions
from lnlib.notes.make_notes import make_notes

ROOT = Path(__file__).parents[2]
WIDTHS = (1280, 400)
pytestmark = [pytest.mark.browser, pytest.mark.slow]
EDITION = """\
title: "Axe: every kind of page"
register: demonstration
frame: "25"
period: {from: "2009-06", to: "2014-09"}
parameters: {placed: middle, rater: any, carried: 18}
runs:
  - notebook: 02-over-time
  - notebook: 05-province
    for_each: {province: ["02", "23"]}
  - notebook: 06-actor
    for_each: {actor: ["N01", "N02"]}
  - notebook: 08-inline-statistics
  - notebook: 09-stories
  - notebook: 99-fails
"""
NOTE = """\
---
title: A note
edition: axe
register: demonstration
date: 2026-01-31
language: en
---

There are {{partnerships}} partnerships.

![](02-over-time-mix){width=page}
"""
PAGES = {
    "index": "index.html",
    "province": "runs/05-province/02.html",
    "actor": "runs/06-actor/N02.html",
    "notebook": "runs/02-over-time/all.html",
    "statistics": "runs/08-inline-statistics/all.html",
    "stories": "runs/09-stories/all.html",
    "story": "stories/P001.html",
    "table": "tables/05-province-02-cases.html",
    "grouped table": "tables/08-inline-statistics-table.html",
    "note": "notes/axe.en.html",
    "failed run": "runs/99-fails/all.html",
    "comparison": "../axe.changes.html",
}


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    root = tmp_path_factory.mktemp("axe")
    (root / "data").symlink_to(ROOT / "data")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    failing = nbformat.read(root / "notebooks/05-province.ipynb", as_version=4)
    failing.cells.append(nbformat.v4.new_code_cell("ln.open_register(register).where(sector='helth')"))
    nbformat.write(failing, root / "notebooks/99-fails.ipynb")
    (root / "params").mkdir()
    (root / "notes").mkdir()
    path = root / "params/axe.yml"
    path.write_text(EDITION, encoding="utf-8")
    assert run_editions([path], membership=members, options=RunOptions(workers=2), build=root / "build") == 1
    note = root / "notes/axe.en.md"
    note.write_text(NOTE, encoding="utf-8")
    assert len(list(make_notes([note], root=root))) == 1
    compare_editions(root / "build/axe", root / "build/axe")
    return root / "build/axe"


# the letters that are smaller than 11 px as they stand on the page, drawings included, with their size
SMALL_LETTERS = """() => [...document.querySelectorAll("body *")].filter(
    (one) => one.checkVisibility({ visibilityProperty: true })
        && [...one.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim()),
).map((one) => {
    const scale = one.ownerSVGElement ? one.getScreenCTM().a : 1;
    return [parseFloat(getComputedStyle(one).fontSize) * scale, one.textContent.trim().slice(0, 40)];
}).filter(([size]) => size < 10.99)"""


@pytest.mark.parametrize("kind", list(PAGES))
def test_no_rule_is_broken(edition, tabs, kind):
    # the pages' own policy forbids all scripts but theirs; axe is one more
    with tabs.page(bypass_csp=True) as page:
        page.goto((edition / PAGES[kind]).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert violations_in_both_schemes(page) == [], width
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            assert page.evaluate(SMALL_LETTERS) == [], width


def test_the_index_links_the_notes_and_the_tables_their_stories(edition):
    index = (edition / "index.html").read_text(encoding="utf-8")
    assert '<a href="notes/axe.en.html" lang="en">A note</a>' in index
    assert 'href="notes/axe.en.pdf"' in index
    assert '<a href="figures/02-over-time-mix.two-columns.svg">SVG</a>' in index
    assert '<p class="cited" id="cite-02-over-time-mix">' in index
    assert index.count('<img src="data:image/svg+xml,') == 2  # of the two subjects that are tables
    names = re.findall(r">(Simulated [^<]*)</a>", index.partition('id="actors"')[2].partition("</section>")[0])
    assert names == ["Simulated NGO 01", "Simulated radio station 01"]
    province = (edition / PAGES["province"]).read_text(encoding="utf-8")
    assert '<tr data-partnership="P' in province
    assert '<a href="../../stories/P' in province.partition("</table>")[0]


def test_a_rule_broken_in_one_scheme_or_width_alone_is_found(tabs):
    with tabs.page() as page:
        page.set_content(
            """<html lang="en"><title>T</title><style>
                body { background: #fff; color: #000 }
                @media (prefers-color-scheme: dark) { body { background: #111; color: #eee } }
                @media (prefers-color-scheme: dark) and (max-width: 500px) { p { color: #222 } }
            </style><main><h1>T</h1><p>one</p><img src="data:,"></main>"""
        )
        broken = []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            broken += [(width, one.rpartition(": ")[0]) for one in violations_in_both_schemes(page)]
        assert broken == [(1280, "light: image-alt"), (400, "light: image-alt"), (400, "dark: color-contrast")]
