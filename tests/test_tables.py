import io
import json

import pandas as pd
import pytest
from docx import Document
from register_rows import made, partnership, rated

import lnlib as ln
from lnlib.editions.tables import TableCells
from lnlib.errors import ColumnMissing, LnlibError, ValueNotAllowed
from lnlib.exhibits.table import Table
from lnlib.history.records import assessment_records
from lnlib.history.timelines import current_status
from lnlib.words import Words

FRAME = pd.DataFrame(
    {
        "label": ["First <b>group</b>", "Second & Co."],
        "date": pd.to_datetime(["2011-07-02", None]),
        "share": [0.5, None],
        "count": [1200.0, 3.0],
        "n": [4, 12],
        "status": ["not_assessed", "ended"],
    }
)
LEFT, RIGHT = ' style="text-align:left"', ' style="text-align:right"'


def shown(table):
    return table._repr_mimebundle_()


def test_cells_are_written_as_they_should_be_read():
    text = shown(Table(FRAME, "What it shows"))["text/plain"]
    assert [" ".join(line.split()) for line in text.splitlines()] == [
        "What it shows",
        "label date share count n status",
        "First <b>group</b> 2 Jul 2011 50% 1,200 4 Not assessed",
        "Second & Co. 3 12 Ended",
    ]


def test_times_of_an_order_are_told_as_under_an_axis():
    frame = pd.DataFrame({"date": [1.0, 2.0, 3.0, None], "share": [0.5, 0.25, 1.0, 0.0]})
    table = Table(frame, "T", {"date": "When", "share": "Share"}, choices={"placed": "order"})
    assert table.cells["When"].tolist() == ["First told", "2", "Last told", ""]
    assert table.html().count(f"<td{RIGHT}>") == len(frame)  # the shares alone
    whole = ln.open_register("learning-note-17")
    here = whole.where(province="01")  # told once, of the two places of the whole register
    stood = Table(
        current_status(here, placed="order"), "T", {"last_assessed": "When"}, register=here, choices={"placed": "order"}
    )
    assert stood.cells["When"].tolist() == ["First told"]
    latest = Table(frame[1:2], "T", {"date": "When"}, register=whole, choices={"placed": "order"})
    assert latest.cells["When"].tolist() == ["Last told"]
    dated = Table(frame, "T", {"date": "When", "share": "Share"})
    assert dated.cells["When"].tolist() == ["1", "2", "3", ""]


def test_html_is_escaped_and_numbers_stand_right():
    html = shown(Table(FRAME[["label", "n"]], "A < B", {"label": "Who & what", "n": "n"}))["text/html"]
    assert html == (
        "<figure><figcaption>A &lt; B</figcaption>"
        f'<table class="lnlib"><thead><tr><th scope="col"{LEFT}>Who &amp; what</th><th scope="col"{RIGHT}>n</th></tr></thead>'
        f"<tbody><tr><td{LEFT}>First &lt;b&gt;group&lt;/b&gt;</td><td{RIGHT}>4</td></tr>"
        f"<tr><td{LEFT}>Second &amp; Co.</td><td{RIGHT}>12</td></tr>"
        "</tbody></table></figure>"
    )


def test_only_the_named_columns_are_shown_in_their_order():
    text = shown(Table(FRAME, "T", {"n": "Count", "label": "Who"}))["text/plain"]
    assert text.splitlines()[1].split() == ["Count", "Who"]


def test_with_only_off_the_others_keep_their_names():
    text = shown(Table(FRAME[["label", "n"]], "T", {"n": "Count"}, only=False))["text/plain"]
    assert text.splitlines()[1].split() == ["label", "Count"]


def test_a_header_for_a_column_that_is_not_there_is_refused():
    with pytest.raises(ColumnMissing) as error:
        shown(Table(FRAME[["label", "n"]], "Who", {"label": "Who", "stagee": "Stage"}))
    assert str(error.value) == "table 'Who' needs column stagee; the frame has: label, n"


def test_an_empty_frame_says_so():
    assert shown(Table(FRAME.iloc[:0], "What it shows")) == {
        "text/plain": "What it shows\nNothing to show here",
        "text/html": "<figure><figcaption>What it shows</figcaption><p>Nothing to show here</p></figure>",
    }


def test_stages_are_shown_by_their_labels(small):
    headers = {"label": "Partnership", "stage": "Stage", "status": "At the end", "last_assessed": "Last assessed"}
    lines = shown(Table(current_status(small), "T", headers, register=small))["text/html"].split("<tr ")
    assert lines[1].startswith(
        f'data-partnership="P1"><td{LEFT}>River Watch – One-Window Service Office of the town</td><td{LEFT}>Integrated</td>'
        f'<td{LEFT}>Not assessed</td><td{LEFT}><span style="white-space:nowrap">Jun 2012</span></td></tr>'
    )
    assert f"<td{LEFT}></td><td{LEFT}>Not assessed</td><td{LEFT}></td></tr>" in lines[3]


@pytest.mark.parametrize(
    ("recorded", "written", "placed"),
    [
        ("2011", "2011", "2011-07-02"),
        ("2011-H1", "half-year 1 of 2011", "2011-04-01"),
        ("2011-Q3", "Q3 2011", "2011-08-15"),
        ("2011-05", "May 2011", "2011-05-16"),
        ("2011-05-03", "3 May 2011", "2011-05-03"),
        ("2011-01/2011-02", "between Jan 2011 and Feb 2011", "2011-01-30"),
    ],
)
def test_a_date_is_printed_as_recorded_and_its_csv_holds_both(recorded, written, placed, tmp_path):
    register = made(partnerships=[partnership("A")], assessments=[rated("A", recorded, "coalition")])
    table = Table(
        current_status(register), "T", {"last_assessed": "Last assessed"}, register=register, name="t", sparse=True
    )
    assert table.cells.to_numpy().tolist() == [[written]]
    table.save(tmp_path)
    paragraphs = [cell.text for row in Document(tmp_path / "tables/t.docx").tables[0].rows for cell in row.cells]
    assert paragraphs == ["Last assessed", written]
    assert f"{written}</span>" in (tmp_path / "tables/t.html").read_text("utf-8")
    lines = (tmp_path / "data/t.csv").read_text("utf-8").splitlines()
    assert lines == ["last_assessed,last_assessed_recorded", f"{placed},{recorded}"]


def test_a_long_quote_is_whole_and_does_not_widen_the_column(small):
    quote = "They met, " * 30
    frame = assessment_records(small).head(2).assign(quote=[quote, "once"], n=[1, 2])
    bundle = shown(Table(frame, "T", {"quote": "In the source's words", "n": "n"}))
    assert quote in bundle["text/html"]
    lines = bundle["text/plain"].splitlines()
    assert " ".join(quote.split()) in lines[2]
    assert lines[3] == f"{'once':60}  2"


SHARES = pd.DataFrame(
    {"share": [0.256, 1.0], "low": [0.1, 0.9], "high": [0.5, 1.0], "n": [40, 3], "shown": [True, False]}
)


def test_shares_are_percentages_and_hidden_where_the_measure_hides_them():
    headers = {"share": "Share", "low": "Lower limit", "high": "Upper limit", "n": "Assessed"}
    assert Table(SHARES, "T", headers).cells.to_numpy().tolist() == [["26%", "10%", "50%", "40"], ["", "", "", "3"]]


def test_a_register_whose_cases_are_counted_has_no_percentages():
    whole = ln.open_register("dfgg-documents")
    assert whole.counts_only
    assert Table(SHARES, "T", {"share": "Share", "n": "n"}, register=whole).cells.to_numpy().tolist() == [
        ["", "40"],
        ["", "3"],
    ]


def test_limits_that_are_not_of_a_share_are_numbers():
    frame = pd.DataFrame({"estimate": [2.5], "low": [1.5], "high": [4.0]})
    assert Table(frame, "T").cells.to_numpy().tolist() == [["2.50", "1.50", "4"]]


def test_a_sparse_table_leaves_out_the_columns_in_which_nothing_stands(small):
    frame = pd.DataFrame({"label": ["A", "B"], "quote": ["", None], "note": ["", "moved"]})
    headers = {"label": "Who", "quote": "In its words", "note": "Note"}
    table = Table(frame, "T", headers, register=small, sparse=True)
    assert list(table.cells.columns) == ["Who", "Note"]
    assert list(table.shown_data().columns) == ["label", "note"]
    assert list(Table(frame, "T", headers).cells.columns) == ["Who", "In its words", "Note"]
    assert list(Table(frame[:0], "T", headers, sparse=True).cells.columns) == ["Who", "In its words", "Note"]


def test_a_folded_table_is_unfolded_by_its_title():
    html = shown(Table(FRAME[["n"]], "All < of them", folded=True))["text/html"]
    assert html.startswith("<figure><details><summary>All &lt; of them (2)</summary><table")
    assert html.endswith("</table></details></figure>")
    assert "<details" not in Table(FRAME[["n"]], "T", folded=True).html()
    assert "<details" not in shown(Table(FRAME[["n"]][:0], "T", folded=True))["text/html"]


def test_words_head_the_rows_of_a_group_and_are_no_cells():
    frame = pd.DataFrame({"topic": ["Who", "Who", "Where"], "key": ["a", "b", ""], "n": [1, 2, 3]})
    html = Table(frame, "T", {"key": "Key", "n": "n"}, grouped="topic").html()
    heads = [f'<tr class="group"><th scope="rowgroup" colspan="2">{one}</th></tr>' for one in ("Who", "Where")]
    assert [html.count(head) for head in heads] == [1, 1]
    assert html.index(heads[0]) < html.index("<code>b</code>") < html.index(heads[1])
    read = TableCells()
    read.feed(html)
    assert read.rows == [["Key", "n"], ["a", "1"], ["b", "2"], ["", "3"]]


def test_the_page_of_a_table_has_a_main_part_and_a_heading(small):
    page = numbered(small).html()
    assert '<main><h1 id="title">Table 1. Where they stand</h1><p>All of them</p>' in page
    assert page.count("<h1") == page.count("<main>") == 1
    assert '<div class="table" role="region" aria-labelledby="title" tabindex="0"><table' in page


def test_the_frame_is_left_as_it_was():
    before = FRAME.copy()
    shown(Table(FRAME, "T", {"n": "Count"}))
    pd.testing.assert_frame_equal(FRAME, before)


def test_a_language_that_is_not_known_is_refused():
    with pytest.raises(ValueNotAllowed, match="language 'xx' is not known"):
        shown(Table(FRAME, "T", language="xx"))


# --- saved -----------------------------------------------------------------------------------------------------------


def numbered(register, **more):
    headers = {"label": "Partnership", "stage": "Last stage", "up": "Moves up"}
    given = {
        "name": "02-over-time-standing",
        "number": 1,
        "subtitle": "All of them",
        "choices": {"carried": 18},
        "notes": ["Only the first five."],
    }
    return Table(current_status(register), "Where they stand", headers, register=register, **{**given, **more})


def files(folder):
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


NOTE = "Note: Only the first five."
SOURCE = "Source: Small register. Simulated data."


def test_number_title_note_source_and_kind_stand_around_the_cells(small):
    lines = shown(numbered(small))["text/plain"].splitlines()
    assert lines[:2] == ["Table 1. Where they stand", "All of them"]
    assert [" ".join(line.split()) for line in lines[2:4]] == [
        "Partnership Last stage Moves up",
        "River Watch – One-Window Service Office of the town Integrated 2",
    ]
    assert lines[-2:] == [NOTE, SOURCE]


def test_its_method_is_stated_apart_for_a_page_to_state_once(small):
    sentence = Words.load()("carried", months=18)
    assert numbered(small).method == numbered(small).entry()["method"] == [sentence]
    assert shown(numbered(small))["text/vnd.lnlib.method"] == sentence


def test_a_table_is_saved_as_page_document_data_and_entry(small, tmp_path):
    table = numbered(small)
    assert table.save(tmp_path) is table
    stem = "02-over-time-standing"
    assert files(tmp_path) == [
        f"data/{stem}.csv",
        f"exhibits/{stem}.json",
        f"tables/{stem}.docx",
        f"tables/{stem}.html",
    ]
    entry = json.loads((tmp_path / f"exhibits/{stem}.json").read_text("utf-8"))
    assert {
        key: entry[key] for key in ("name", "exhibit", "number", "title", "subtitle", "source", "kind", "rows")
    } == {
        "name": stem,
        "exhibit": "table",
        "number": "Table 1",
        "title": "Where they stand",
        "subtitle": "All of them",
        "source": SOURCE,
        "kind": "simulated",
        "rows": 4,
    }
    assert entry["alt"] == f"Table with 4 rows and the columns Partnership, Last stage and Moves up. {SOURCE}"
    assert entry["register"] == {
        "title": "Small register",
        "kind": "simulated",
        "licence": "CC0-1.0",
        "sources": [dict(source) for source in small.sources],
    }
    assert entry["tables"] == [f"tables/{stem}.html", f"tables/{stem}.docx"]
    read = pd.read_csv(tmp_path / f"data/{stem}.csv")
    assert list(read.columns) == ["label", "stage", "up"]
    assert list(read["up"]) == list(current_status(small)["up"])


def test_the_document_holds_the_same_cells_as_the_page(small):
    table = numbered(small)
    document = Document(io.BytesIO(table.docx()))
    cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert cells == [list(table.cells.columns), *map(list, table.cells.itertuples(index=False, name=None))]
    assert [p.text for p in document.paragraphs] == ["Table 1. Where they stand", "All of them", NOTE, SOURCE]


def test_text_that_means_something_elsewhere_is_shown_as_its_letters(tmp_path):
    register = made(partnerships=[partnership("A")])
    odd = ["<script>alert(1)</script>", "=cmd()", "$x^2$", "bell \x07", "{n}", "\ufffe"]
    frame = pd.DataFrame({"label": odd, "n": range(6)})
    table = Table(frame, "T <b>", register=register, name="odd", notes=["It is {n} & <i>."]).save(tmp_path)
    page = (tmp_path / "tables/odd.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    cells = [row.cells[0].text for row in Document(io.BytesIO(table.docx())).tables[0].rows]
    assert cells == ["label", "<script>alert(1)</script>", "=cmd()", "$x^2$", "bell ␇", "{n}", "\ufffd"]
    assert (tmp_path / "data/odd.csv").read_text("utf-8").splitlines()[2] == "'=cmd(),1"


def test_the_same_table_has_the_same_bytes(small):
    assert numbered(small).docx() == numbered(small).docx()
    assert numbered(small).html() == numbered(small).html()


def test_what_cannot_be_saved_is_refused(small, tmp_path):
    with pytest.raises(LnlibError) as error:
        Table(FRAME, "What it shows").save(tmp_path)
    assert str(error.value) == "table 'What it shows' has no name to be saved under: give name="
    with pytest.raises(LnlibError) as error:
        Table(FRAME, "T", name="a").save(tmp_path)
    assert str(error.value) == "table a cannot be saved without its register, which tells source and kind"
    assert files(tmp_path) == []


def test_a_figure_and_a_table_do_not_share_a_name(small, tmp_path):
    (tmp_path / "exhibits").mkdir()
    (tmp_path / "exhibits/02-over-time-standing.json").write_text('{"exhibit": "figure"}')
    with pytest.raises(LnlibError) as error:
        numbered(small).save(tmp_path)
    assert str(error.value) == "table 02-over-time-standing has the name of a figure; each exhibit needs its own"
    assert files(tmp_path) == ["exhibits/02-over-time-standing.json"]


def test_a_recorded_date_is_never_broken_and_words_with_hyphens_may_be():
    frame = pd.DataFrame(
        {"date": ["2009-06-24/2014-09-30", "2011-Q2", ""], "name": ["One-window <office>", "P-2011-X", ""]}
    )
    html = Table(frame, "T", {"date": "Date", "name": "Name"})._repr_mimebundle_()["text/html"]
    whole = '<span style="white-space:nowrap">{}</span>'.format
    assert f">{whole('2009-06-24')}/{whole('2014-09-30')}<" in html
    assert f">{whole('2011-Q2')}<" in html
    assert html.count("nowrap") == 3
    assert "One-window &lt;office&gt;" in html


def test_coded_words_joined_by_semicolons_are_each_labelled():
    frame = pd.DataFrame({"mechanisms": ["training;mou", "mou", "training;dance", ""]})
    cells = Table(frame, "T", {"mechanisms": "Mechanisms"}).cells["Mechanisms"].tolist()
    assert cells == ["Joint training; MoU", "MoU", "training;dance", ""]
