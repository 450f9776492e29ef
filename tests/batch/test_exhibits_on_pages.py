"""What a run's page shows of its exhibits: picture, long description, and the method once for all of them."""

from urllib.parse import unquote
from xml.etree import ElementTree

import nbformat

from lnlib.batch.site.exhibits import Shown
from lnlib.batch.site.pages import run_page
from lnlib.batch.site.table_thumbnail import table_thumbnail

PAGE = {
    "title": "How?",
    "edition": "small",
    "label": "",
    "notebook": "How?",
    "kind": "Simulated data",
    "language": "en",
    "translation": "",
    "stories": [],
    "links": {},
    "named": {"01-portfolio": {"href": "../01-portfolio/all.html", "text": "Which are there, & where?"}},
    "before": None,
    "after": None,
    "related": [],
    "source": "Small register",
}


def page_of(*bundles):
    cell = nbformat.v4.new_code_cell("exhibit")
    cell.outputs = [nbformat.v4.new_output("display_data", data=data) for data in bundles]
    return run_page(nbformat.v4.new_notebook(cells=[cell]), PAGE, None)


def figure(method, description="40 of 83 & more."):
    return {
        "image/png": "AAAA",
        "text/plain": "Stacked bars. The finding.",
        "text/vnd.lnlib.description": description,
        "text/vnd.lnlib.method": method,
    }


def test_the_method_of_all_exhibits_is_stated_once():
    table = {"text/html": "<table></table>", "text/plain": "Table", "text/vnd.lnlib.method": "Payload.\nMiddle."}
    page = page_of(figure("Payload.\nAny rater."), table)
    assert page.count("How these figures are made") == 1
    assert "Payload. Any rater. Middle." in page


def test_a_page_without_exhibits_states_no_method():
    assert "How these figures are made" not in page_of({"text/plain": "words"})


def test_the_long_description_is_beside_the_picture():
    page = page_of(figure("Payload."))
    assert 'alt="Stacked bars. The finding."' in page
    assert "<details><summary>Description with numbers</summary>40 of 83 &amp; more.</details>" in page


def test_a_figure_with_nothing_to_show_is_its_sentence():
    page = page_of({"text/markdown": "Nothing is known.", "text/plain": "Nothing is known."})
    assert "<p>Nothing is known.</p>" in page
    assert "<figure" not in page


def test_a_notebook_named_in_the_words_is_linked_by_its_title():
    cell = nbformat.v4.new_markdown_cell("`01-portfolio` counts them, and `99-other` not.")
    page = run_page(nbformat.v4.new_notebook(cells=[cell]), PAGE, None)
    link = '<a href="../01-portfolio/all.html"><cite>Which are there, &amp; where?</cite></a>'
    assert f"<p>{link} counts them, and <code>99-other</code> not.</p>" in page


def test_a_key_breaks_between_its_words():
    page = page_of({"text/html": '<td style="a"><code>actors.other_state</code></td>', "text/plain": "Table"})
    assert '<td style="a"><code>actors.<wbr>other_<wbr>state</code></td>' in page


def test_a_table_whose_finding_heads_the_page_does_not_repeat_it():
    entries = [{"name": name, "exhibit": "table", "title": f"{name} & so"} for name in ("first", "second")]
    cell = nbformat.v4.new_code_cell("exhibits")
    cell.outputs = [
        nbformat.v4.new_output(
            "display_data",
            data={
                "text/html": f"<figure><figcaption>{name} &amp; so</figcaption><p>of {name}</p></figure>",
                "text/plain": f"{name} & so\nof {name}",
            },
        )
        for name in ("first", "second")
    ]
    page = run_page(nbformat.v4.new_notebook(cells=[cell]), PAGE, None, Shown(entries))
    assert page.count("first &amp; so") == 2  # the headline, and the citation
    assert '<p class="found">first &amp; so</p>' in page
    assert "<figure><p>of first</p></figure>" in page
    assert "<figure><figcaption>second &amp; so</figcaption><p>of second</p></figure>" in page


def test_a_table_without_a_row_offers_no_files():
    def page(rows):
        entry = {
            "name": "quotes",
            "exhibit": "table",
            "title": "Quotes",
            "rows": rows,
            "tables": ["tables/quotes.html"],
        }
        cell = nbformat.v4.new_code_cell("exhibit")
        data = {"text/html": "<p>Nothing to show here</p>", "text/plain": "Quotes"}
        cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
        return run_page(nbformat.v4.new_notebook(cells=[cell]), PAGE, None, Shown([entry]))

    assert '<a href="../../tables/quotes.html">HTML</a>' in page(1)
    empty = page(0)
    assert "Nothing to show here" in empty
    assert "quotes.html" not in empty
    assert "cite-quotes" not in empty


def test_a_story_that_a_table_links_is_not_listed_again():
    links = {"P1": "../../stories/P1.html", "P2": "../../stories/P2.html"}
    cell = nbformat.v4.new_code_cell("exhibit")
    row = '<table><tr data-partnership="P1"><td>P1</td><td>River – Office</td></tr></table>'
    cell.outputs = [nbformat.v4.new_output("display_data", data={"text/html": row, "text/plain": "Table"})]
    stories = [{"href": links["P1"], "text": "River – Office"}, {"href": links["P2"], "text": "Lake – Office"}]
    page = run_page(nbformat.v4.new_notebook(cells=[cell]), {**PAGE, "links": links, "stories": stories}, None)
    assert page.count('<a href="../../stories/P1.html">') == 1
    assert '<ul class="list"><li><a href="../../stories/P2.html">Lake – Office</a></li></ul>' in page
    page = run_page(nbformat.v4.new_notebook(cells=[cell]), {**PAGE, "links": links, "stories": stories[:1]}, None)
    assert 'class="stories"' not in page


def test_each_cell_of_an_exhibit_names_its_column_for_a_narrow_page():
    head = '<thead><tr><th scope="col" style="a">Stage</th><th scope="col" style="a">A &amp; B</th></tr></thead>'
    group = '<tr class="group"><th scope="rowgroup" colspan="2">Period</th></tr>'
    row = '<tr><td style="a">Coalition</td><td style="a">3</td></tr>'
    table = f'<table class="lnlib">{head}<tbody>{group}{row}</tbody></table>'
    page = page_of({"text/html": f"{table}<table><tr><td>other</td></tr></table>", "text/plain": "Table"})
    assert f"{head}<tbody>{group}" in page
    assert '<td data-label="Stage" style="a">Coalition</td><td data-label="A &amp; B" style="a">3</td>' in page
    assert "<td>other</td>" in page


def test_a_table_is_sketched_with_a_bar_for_each_cell_in_the_colour_of_its_stage():
    table = "<tr><th>Name</th><th>Stage</th></tr><tr><td>River &amp; Lake</td><td>Coalition</td></tr>"
    drawn = unquote(table_thumbnail(table, {"Coalition": "#ecb73f"}).removeprefix("data:image/svg+xml,"))
    bars = [(one.get("width"), one.get("fill")) for one in ElementTree.fromstring(drawn) if one.tag.endswith("rect")]
    # a column is 56 wide; 24 letters fill the 50 of it that are drawn
    assert bars == [("8.3", "#1d1b18"), ("10.4", "#1d1b18"), ("25.0", "#9a948a"), ("18.8", "#ecb73f")]
    assert table_thumbnail("<p>Nothing to list.</p>", {}) == ""
