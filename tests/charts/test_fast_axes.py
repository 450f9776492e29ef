"""Boxes and panels stand where matplotlib's own rectangles and axes do, and text where it is read beside a line."""

import re

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font
from matplotlib.patches import Rectangle

from lnlib.charts.canvas.fast_axes import CAPITALS, Box, Panel
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.svg import POINTS, Drawing
from lnlib.charts.canvas.text import write
from lnlib.charts.style.typeface import LATIN

WRITTEN = re.compile('y="([^"]+)"[^>]*>([^<]*)</text>')


@pytest.mark.parametrize("size", [(2.0, 3.0), (-2.0, 3.0), (0.0, 0.0)])
def test_a_box_stands_where_a_rectangle_does(size):
    axes = Figure().add_axes((0.1, 0.1, 0.8, 0.8), axes_class=Panel, points=7, xlim=(-5, 30), ylim=(-5, 40))
    box, rectangle = (axes.add_artist(kind((7.0, 11.0), *size)) for kind in (Box, Rectangle))
    corners = box.get_transform().transform(box.get_path().vertices)
    assert np.allclose(corners, rectangle.get_transform().transform(rectangle.get_path().vertices), rtol=0, atol=1e-9)


def test_what_is_on_a_panel_is_clipped_to_it_also_after_it_moved():
    clips = []
    for kind in ({"axes_class": Panel, "points": 7}, {"axes_class": Axes}):
        axes = Figure(figsize=(4, 3)).add_axes((0.1, 0.1, 0.8, 0.8), **kind)
        box = axes.add_artist(Box((0.0, 0.0), 1.0, 1.0))
        axes.figure.set_size_inches(8, 5)
        axes.set_position((0.2, 0.3, 0.5, 0.6))
        clips.append(box.clipbox.extents)
        axes.patch.set_transform(axes.figure.transFigure)
        clips.append(axes.patch.get_window_extent().extents)
    assert np.allclose(clips[:2], clips[2:], rtol=0, atol=1e-9)
    assert not np.allclose(clips[0], clips[1])


def test_text_and_ticks_have_the_middle_of_their_capitals_at_the_height_they_are_written_at():
    sheet = Sheet("column")
    with sheet.theme.drawn():
        figure = sheet.open(30)
        axes = sheet.axes(left=20, right=20, bottom=5)
        axes.set_yscale("log")
        axes.set_ylim(1, 100)
        axes.set_yticks([10.0], labels=["10"])
        write(axes, 0.5, 10.0, "H", sheet)
        write(axes, 0.8, 10.0, "ខ្ញុំ Åg", sheet)  # what stands over and under the others moves it nowhere
        height = axes.transData.transform((0.5, 10.0))[1] / figure.dpi * POINTS
        drawing = Drawing.of(figure, title="", description="")
    middles = {text: drawing.height - float(y) + 0.357 * 7 for y, text in WRITTEN.findall(drawing.content)}
    assert [middles[text] for text in ("10", "H", "ខ្ញុំ Åg")] == pytest.approx([height] * 3, abs=0.01)
    capitals = get_font(LATIN.files()[0]).get_sfnt_table("OS/2")["sCapHeight"]
    assert capitals / 1000 == CAPITALS
