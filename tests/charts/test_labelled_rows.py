from figure_contents import THEME, sheet

from lnlib.charts.style.labelled_rows import LabelledRows
from lnlib.reference.places import Places


def test_the_longest_name_that_has_room_stays_on_one_line():
    for language in ("en", "km"):
        names = {code: place.name(language) for code, place in Places.load("cambodia").by_code.items()}
        for width in ("column", "two-columns"):
            with THEME.drawn():
                rows = LabelledRows.of(names, sheet(width), most_mm=60, least_mm=3)
            assert {len(lines) for lines in rows.lines.values()} == {1}, (language, width)


def test_rows_stand_from_the_top_and_those_that_fit_are_kept():
    rows = LabelledRows.of({"a": "A", "b": "B", "c": "C"}, sheet(), most_mm=20, least_mm=4, gap_mm=1)
    assert dict(rows.middles()) == {"a": 12.5, "b": 7.5, "c": 2.5}
    assert list(rows.within(10.5).lines) == ["a", "b"]
    assert list(rows.within(1).lines) == ["a"]
