from itertools import pairwise

import pytest

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.style.contrast import lab
from lnlib.charts.style.share_classes import class_key, class_of, class_shades


@pytest.mark.parametrize(
    ("reached", "n", "expected"),
    [(0, 5, 0), (1, 4, 1), (49, 200, 1), (74, 100, 2), (3, 4, 3), (5, 5, 3), (746, 1000, 3)],
)
def test_a_share_is_in_the_class_of_its_whole_percentage(reached, n, expected):
    assert class_of(reached, n) == expected


def test_the_key_names_each_class_with_its_shade():
    sheet = Sheet("column")
    key = class_key(sheet)
    assert [entry.label for entry in key] == ["0–24%", "25–49%", "50–74%", "75–100%"]
    assert [entry.colour for entry in key] == class_shades(sheet)


def test_shades_are_told_apart_in_grey():
    lightness = [lab(shade)[0] for shade in class_shades(Sheet("column"))]
    assert all(one - two > 12 for one, two in pairwise(lightness))
