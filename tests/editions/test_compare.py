import json
import re
import subprocess
import sys

import pytest
from edition_folders import DATA, MADE_FROM, REGISTER, figure, png, table, write_edition

from lnlib.editions.compare import Words, compare, compare_editions
from lnlib.editions.csv_changes import CellChange
from lnlib.editions.edition_folder import open_edition
from lnlib.editions.word_differences import compare_words
from lnlib.errors import EditionError


def compared(tmp_path, old, new, **runs):
    folders = [write_edition(tmp_path / name, *own, **runs) for name, own in (("old", old), ("new", new))]
    return compare(*map(open_edition, folders))


def page(tmp_path, old, new, **runs):
    compared(tmp_path, old, new, **runs)
    _, made = compare_editions(tmp_path / "old", tmp_path / "new")
    return made.read_text("utf-8")


def test_the_same_exhibits_are_the_same(tmp_path):
    found = compared(tmp_path, [figure("a"), table("t")], [figure("a"), table("t")])
    assert found.nothing
    assert found.summary == "Nothing changed"
    assert [entry.name for entry in found.same] == ["a", "t"]


def test_added_gone_same_and_changed_are_told_apart(tmp_path):
    old = [figure("a"), figure("b"), figure("gone")]
    found = compared(tmp_path, old, [figure("a"), figure("b", title="Other"), figure("added")])
    assert [entry.name for entry in found.added] == ["added"]
    assert [entry.name for entry in found.gone] == ["gone"]
    assert [entry.name for entry in found.same] == ["a"]
    assert [change.new.name for change in found.changed] == ["b"]
    assert found.summary == "1 exhibit changed, 1 added, 1 gone"


def test_words_data_and_picture_are_told_for_themselves(tmp_path):
    new = figure(
        "a",
        title="Four of six were low",
        data=DATA.replace("02,low,3", "02,low,4"),
        picture=png(spot=(3, 4)),
    )
    change = compared(tmp_path, [figure("a")], [new]).changed[0]
    assert change.words == (Words("title", (("gone", "Three"), ("added", "Four"), ("same", " of six were low"))),)
    assert change.data.cells == (CellChange(("02", "low"), "count", "3", "4"),)
    assert change.pictures
    assert change.files == ("figures/a.column.png", "figures/a.two-columns.png", "data/a.csv")


def test_alt_text_that_changed_alone_shows_no_pictures(tmp_path):
    new, files = figure("a", alt="Bar chart where four of six were low.")
    files["figures/a.two-columns.svg"] = b"<svg><desc/></svg>"
    change = compared(tmp_path, [figure("a")], [(new, files)]).changed[0]
    assert ([words.what for words in change.words], change.pictures, change.data) == (["alt"], False, None)


def test_a_width_that_is_no_longer_made_is_a_change(tmp_path):
    entry, files = figure("a")
    less = {**entry, "figures": [name for name in entry["figures"] if "column.png" not in name]}
    change = compared(tmp_path, [figure("a")], [(less, files)]).changed[0]
    assert change.files == ("figures/a.column.png",)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (
            {"digests": {"data": "d", "register": "other"}, "partnerships": 5},
            ["The rows of the register changed, 4 → 5 partnerships"],
        ),
        (
            {"made_from": {**MADE_FROM, "register": {"all": "r2"}}},
            ["Other rows of the register changed, or what it says of itself"],
        ),
        ({"register": {**REGISTER, "licence": ""}}, ["The register's licence: CC0-1.0 → not given"]),
        (
            {"made_from": {**MADE_FROM, "parameters": {"carried": 12, "every": "half"}}},
            ["Parameter carried: 18 → 12", "Parameter every: not given → half"],
        ),
        ({"made_from": {**MADE_FROM, "notebook": "n2"}}, ["The notebook 02-over-time changed"]),
        ({"made_from": {**MADE_FROM, "code": "c2"}}, ["The code of lnlib changed"]),
        ({"made_from": {**MADE_FROM, "files": {"words/en.yml": "w2"}}}, ["words/en.yml changed"]),
        ({"made_from": {**MADE_FROM, "files": {}}}, ["Other files were read: words/en.yml"]),
        (
            {"made_from": {**MADE_FROM, "versions": {"python": "3.12.1", "pandas": "3.1.1"}}},
            ["Version of python: 3.11.7 → 3.12.1"],
        ),
        ({"made_from": {}}, ["How the new one was made is not recorded"]),
        ({}, []),
    ],
)
def test_why_is_what_it_was_made_from(tmp_path, more, why):
    change = compared(tmp_path, [figure("a")], [figure("a", title="Other", **more)]).changed[0]
    assert list(change.why) == why


def test_made_from_something_else_with_the_same_result_is_no_change_but_is_said(tmp_path):
    new = [figure(name, made_from={**MADE_FROM, "code": "c2"}) for name in ("a", "b")]
    found = compared(tmp_path, [figure("a"), figure("b")], new)
    assert found.nothing
    assert found.made_otherwise == (("The code of lnlib changed", 2),)


def test_files_that_differ_in_metadata_alone_are_called_so(tmp_path):
    entry, files = figure("a", made_from={**MADE_FROM, "versions": {"python": "3.12.1", "pandas": "3.1.1"}})
    files["figures/a.two-columns.svg"] = b"<svg><!-- another version --></svg>"
    found = compared(tmp_path, [figure("a"), figure("b")], [(entry, files), figure("b")])
    assert (found.nothing, found.changed, len(found.same)) == (True, (), 1)
    assert found.summary == "Nothing changed but versions in the metadata of the files of 1 exhibit"
    _, page = compare_editions(tmp_path / "old", tmp_path / "new")
    message = "versions in the metadata (Version of python: 3.11.7 → 3.12.1)"
    html = page.read_text("utf-8")
    assert f"<li>{message}" in html
    assert html.count("<li>Figure 1. Three of six were low</li>") == 1


def test_exhibits_whose_metadata_differ_for_one_reason_are_listed_once_under_it(tmp_path):
    old, new = [], []
    for name in ("a", "b"):
        old.append(figure(name))
        entry, files = figure(name, made_from={**MADE_FROM, "code": "c2"})
        files[f"figures/{name}.two-columns.svg"] = b"<svg><!-- another version --></svg>"
        new.append((entry, files))
    compared(tmp_path, old, new)
    _, page = compare_editions(tmp_path / "old", tmp_path / "new")
    html = page.read_text("utf-8")
    assert html.count("metadata (The code of lnlib changed)") == 1
    assert "<details open><summary>2 exhibits</summary>" in html


def test_a_file_with_other_bytes_and_another_reason_is_not_called_versions(tmp_path):
    entry, files = figure("a", made_from={**MADE_FROM, "code": "c2"})
    files["figures/a.two-columns.svg"] = b"<svg><!-- another version --></svg>"
    found = compared(tmp_path, [figure("a")], [(entry, files)])
    assert found.summary == "Nothing changed but metadata of the files of 1 exhibit"


def test_rows_of_the_register_that_changed_are_named(tmp_path):
    rows = ([["P1, 2011", "a"], ["P1, 2012", "b"], ["P2", "c"]], [["P1, 2011", "x"], ["P2", "c"], ["P3", "d"]])
    for name, own in zip(("old", "new"), rows, strict=True):
        report = write_edition(tmp_path / name, figure("a")) / "report.json"
        report.write_text(json.dumps({**json.loads(report.read_text()), "rows": {"assessments": own}}))
    found, page = compare_editions(tmp_path / "old", tmp_path / "new")
    assert [(one.table, one.row, one.what) for one in found.rows] == [
        ("assessments", "P1, 2011", "changed"),
        ("assessments", "P1, 2012", "gone"),
        ("assessments", "P3", "added"),
    ]
    assert "<li>assessments: P1, 2011 (changed)</li>" in page.read_text("utf-8")


def test_rows_that_no_report_lists_are_not_compared_and_others_are_refused(tmp_path):
    report = write_edition(tmp_path / "old", figure("a")) / "report.json"
    report.write_text(json.dumps({"rows": {"actors": [["A", "1"]]}}))
    write_edition(tmp_path / "new", figure("a"))
    assert compare(*(open_edition(tmp_path / name) for name in ("old", "new"))).rows == ()
    report.write_text(json.dumps({"rows": [1]}))
    with pytest.raises(EditionError) as refused:
        open_edition(tmp_path / "old")
    assert str(refused.value) == f"{report} is not of an edition: its rows are not what they should be"


def test_words_are_compared_word_by_word():
    assert compare_words("", "new words") == [("added", "new words")]
    assert compare_words("a b c", "a c") == [("same", "a "), ("gone", "b "), ("same", "c")]
    pieces = compare_words("one two  three", "one 2  three four")
    assert "".join(text for what, text in pieces if what != "added") == "one two  three"
    assert "".join(text for what, text in pieces if what != "gone") == "one 2  three four"


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_asks_nothing_of_the_network(tmp_path):
    html = page(tmp_path, [figure("a"), figure("gone")], [figure("a", picture=png(spot=(3, 4))), figure("added")])
    assert html.startswith("<!doctype html>")
    assert set(re.findall(r'(?:src|href)="([a-z]+:|#|[^"]*)', html)) <= {"data:", "#"}
    assert "url(" not in html
    assert "<script" not in html
    assert html.count('src="data:image/png;base64,') == 4
    assert 'style="left:7.50%;top:20.00%;width:2.50%;height:5.00%"' in html


def test_text_that_means_something_elsewhere_is_shown_as_its_letters(tmp_path):
    odd = "<script>alert(1)</script> {{ 7 * 7 }} $x^2$ \x07 =cmd() \ud800"
    new = figure("a", title=odd, data=DATA.replace("03,low", '"<b>\x00"" ",low'))
    html = page(tmp_path, [figure("a")], [new], title=odd)
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{ 7 * 7 }}" in html
    assert "␇" in html
    assert "\x07" not in html
    assert "\x00" not in html


def test_an_edition_that_is_not_whole_is_said_first(tmp_path):
    runs = [("02-over-time/all", "", "ok"), ("05-province/02", "", "failed")]
    html = page(tmp_path, [figure("a")], [figure("a")], runs=runs)
    assert "The new edition is not whole" in html
    assert "05-province/02 failed" in html


def test_the_same_editions_give_the_same_page(tmp_path):
    sides = [figure("a")], [figure("a", picture=png(spot=(3, 4)), title="Other")]
    assert page(tmp_path, *sides) == page(tmp_path, *sides)


def test_a_long_list_of_cells_is_cut_and_counted(tmp_path):
    rows = [f"{n},1\n" for n in range(300)]
    old, new = ("k,n\n" + "".join(rows), "k,n\n" + "".join(row.replace(",1", ",2") for row in rows))
    html = page(tmp_path, [figure("a", data=old)], [figure("a", data=new)])
    assert "And 100 more rows, in the data." in html


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    compared(tmp_path, [figure("a")], [figure("a")])
    with pytest.raises(EditionError) as error:
        compare_editions(tmp_path / "old", tmp_path / "new", tmp_path)
    assert str(error.value) == f"{tmp_path} is a folder; name a file that ends in .html"


@pytest.mark.parametrize(("title", "status"), [("Three of six were low", 0), ("Other", 1), (None, 2)])
def test_the_exit_status_says_what_was_found(tmp_path, title, status):
    compared(tmp_path, [figure("a")], [figure("a", title=title or "")])
    new = tmp_path / "new" if title else tmp_path / "gone"
    command = [sys.executable, "-c", "from lnlib.cli import main; main()", "compare", str(tmp_path / "old"), str(new)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == status
    summary = {0: "Nothing changed: look at", 1: "1 exhibit changed: look at", 2: ""}[status]
    assert ran.stdout.startswith(summary)
    assert "Traceback" not in ran.stderr
