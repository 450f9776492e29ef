"""A line of text is measured as matplotlib's renderer for SVG measures it, without looking for its fonts anew."""

import subprocess
import sys

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from lnlib.charts.canvas import text_size
from lnlib.charts.canvas.text_size import extent
from lnlib.charts.style.house_style import Theme

FAMILIES = list(Theme.load().families)

_DRAWN_AFTER_A_REHEARSAL = """
from matplotlib.font_manager import fontManager
from lnlib.charts.canvas import warm_up
from lnlib.charts.canvas.sheet import Heading, Sheet
from lnlib.charts.style.house_style import Theme

warm_up.rehearse()
before = fontManager._findfont_cached.cache_info().misses
theme = Theme.load()
with theme.drawn():
    for width in theme.widths:
        sheet = Sheet(width, theme, heading=Heading("Figure 1", "A title", "A subtitle", ("A note",), "A source"))
        figure = sheet.open(40)
        axes = sheet.axes(left=10, right=10, bottom=10)
        axes.set_xticks([0, 1], ["2009", "2010"])
        axes.text(0.5, 0.5, "n = 12", weight="bold", fontsize=sheet.points("note"))
        figure.canvas.draw()
print(fontManager._findfont_cached.cache_info().misses - before)
"""


@pytest.mark.parametrize(
    "text", ["Each line is one partnership", "ភាពជាដៃគូ", "12% – NGO’s “a”", "Wave ភាព", "", " trailing "]
)
@pytest.mark.parametrize("size", [7.0, 9.5])
@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_plain_text_is_measured_as_the_renderer_measures_it(text, size, weight):
    font = FontProperties(family=FAMILIES, size=size, weight=weight)
    assert extent(text, font) == TextToPath().get_text_width_height_descent(text, font, False)


def test_text_takes_the_same_room_whether_or_not_the_style_is_in_force():
    font = FontProperties(family=FAMILIES, size=7.0)
    outside = extent("Research outside", font)
    text_size._measured.cache_clear()
    with Theme.load().drawn():
        assert extent("Research outside", font) == outside


def test_a_family_that_is_not_installed_is_passed_over():
    with Theme.load().drawn():
        known = extent("abc", FontProperties(family=["DejaVu Serif"], size=8))
        assert extent("abc", FontProperties(family=["Not Installed", "DejaVu Serif"], size=8)) == known
        assert extent("abc", FontProperties(family=["DejaVu Sans"], size=8)) != known


def test_after_a_rehearsal_no_font_is_looked_for_again():
    code = [sys.executable, "-c", _DRAWN_AFTER_A_REHEARSAL]
    assert subprocess.run(code, capture_output=True, text=True, check=True).stdout.strip() == "0"
