"""Boxes and panels stand where matplotlib's own rectangles and axes do."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lnlib.charts.canvas.fast_axes import Box, Panel


@pytest.mark.parametrize("size", [(2.0, 3.0), (-2.0, 3.0), (0.0, 0.0)])
def test_a_box_stands_where_a_rectangle_does(size):
    axes = Figure().add_axes((0.1, 0.1, 0.8, 0.8), axes_class=Panel, xlim=(-5, 30), ylim=(-5, 40))
    box, rectangle = (axes.add_artist(kind((7.0, 11.0), *size)) for kind in (Box, Rectangle))
    corners = box.get_transform().transform(box.get_path().vertices)
    assert np.allclose(corners, rectangle.get_transform().transform(rectangle.get_path().vertices), rtol=0, atol=1e-9)


def test_what_is_on_a_panel_is_clipped_to_it_also_after_it_moved():
    clips = []
    for kind in (Panel, Axes):
        axes = Figure(figsize=(4, 3)).add_axes((0.1, 0.1, 0.8, 0.8), axes_class=kind)
        box = axes.add_artist(Box((0.0, 0.0), 1.0, 1.0))
        axes.figure.set_size_inches(8, 5)
        axes.set_position((0.2, 0.3, 0.5, 0.6))
        clips.append(box.clipbox.extents)
        axes.patch.set_transform(axes.figure.transFigure)
        clips.append(axes.patch.get_window_extent().extents)
    assert np.allclose(clips[:2], clips[2:], rtol=0, atol=1e-9)
    assert not np.allclose(clips[0], clips[1])
