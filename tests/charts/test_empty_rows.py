import pytest
from figure_contents import WORDS

from lnlib.charts.style.empty_rows import set_aside

NAMES = {"01": "One", "02": "Two", "03": "Three", "04": "Four"}


def test_most_rows_empty_are_counted_and_the_others_drawn_in_their_order():
    kept, message = set_aside(NAMES, {"04", "01", "02"}, WORDS)
    assert (kept, message) == (["03"], "The other 3 provinces have no partnership.")


@pytest.mark.parametrize("empty", [[], ["02"], ["02", "03"], list(NAMES)])
def test_a_few_are_drawn_and_so_are_all(empty):
    assert set_aside(NAMES, empty, WORDS) == (list(NAMES), "")
