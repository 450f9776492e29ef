"""Names of narrow columns: each on the lowest line on which it runs over no stroke to its right."""

import pytest
from figure_contents import sheet, touching

from lnlib.charts.style.stepped_heads import stepped, stepped_mm, write_stepped


def placed(*names, apart):
    """Names, and columns so many mm apart."""
    return names, [10 + place * apart for place in range(len(names))]


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(60, [0, 0, 0]), (3, [2, 1, 0])],
)
def test_names_lie_side_by_side_where_they_have_room_and_else_in_steps(apart, expected):
    heads = stepped(*placed("Formality", "Permission", "Planning", apart=apart), sheet())
    assert [under for under, _ in heads] == expected
    assert [lines for _, lines in heads] == [["Formality"], ["Permission"], ["Planning"]]


def test_a_short_name_lies_low_where_it_ends_before_the_next_column():
    names, lefts = placed("A", "Permission", "Planning", apart=8)
    assert [under for under, _ in stepped(names, lefts, sheet())] == [0, 1, 0]


def test_a_name_at_the_edge_of_the_sheet_is_broken_and_lies_over_what_it_ends_above():
    page = sheet("column")
    edge = page.inner_mm - page.text_mm("Research") - 0.1
    heads = stepped(["Union", "Research body", "n"], [edge - 2.0, edge, page.inner_mm - 2.0], page)
    assert heads == [(3, ["Union"]), (1, ["Research", "body"]), (0, ["n"])]
    assert stepped_mm(heads, page) == pytest.approx(4 * page.line_mm())


def test_no_names_touch_and_no_stroke_runs_through_a_name():
    page = sheet("column")
    figure = page.open(40)
    ax = page.axes(left=0, right=0, bare=True)
    names, lefts = placed("Formality", "Permission", "Planning", "Resources", apart=7)
    heads = stepped(names, lefts, page)
    write_stepped(ax, heads, lefts, 2.0, page)
    assert touching(figure) == []
    strokes = [line for line in ax.lines if line.get_label() == "_step"]
    assert len(strokes) == sum(under > 0 for under, _ in heads)
    renderer = figure.canvas.get_renderer()
    for stroke in strokes:
        x, (low, high) = stroke.get_xdata()[0], stroke.get_ydata()
        at, bottom = ax.transData.transform((x, low))
        top = ax.transData.transform((x, high))[1]
        for text in ax.texts:
            box = text.get_window_extent(renderer)
            assert not (box.x0 < at < box.x1 and bottom < box.y1 and box.y0 < top), text.get_text()
