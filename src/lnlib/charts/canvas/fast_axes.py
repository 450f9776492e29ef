"""Axes and boxes that ask less of matplotlib: a chart has few kinds of things, and draws hundreds of each.

matplotlib works out where a rectangle stands, turned by an angle, each time that it is asked; and it asks the ground of
axes for every artist that is clipped to it. Neither turns here.

Nor is its `center_baseline` used: it takes the whole ascent of a font for the height of the letters, which sets a number
half a millimetre below the line or the bar that it belongs to.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D, ScaledTranslation, Transform

CAPITALS = 0.714  # height of capitals and digits, of the size of letters: the shipped typeface's, and near to others'


class Box(Rectangle):
    """An upright rectangle, in numbers of the axes' data: not in dates or other units."""

    def get_patch_transform(self) -> Affine2D:
        """Return where it stands."""
        return Affine2D.from_values(self.get_width(), 0, 0, self.get_height(), self.get_x(), self.get_y())


def target(corner: tuple[float, float], width: float, height: float, gid: str) -> Box:
    """Return a box that is not seen: in an SVG its id tells what stands there, to those who point at it."""
    box = Box(corner, width, height, facecolor="none", edgecolor="none", linewidth=0)
    box.set(gid=gid, clip_on=False)
    return box


class _Ground(Box):
    """What is behind axes, and what artists are clipped to."""

    _placed: tuple[Any, Transform] | None = None

    def get_transform(self) -> Transform:
        """Return where it stands; as the ground is all of the axes, that follows from its position alone."""
        by = super().get_data_transform()
        if self._placed is None or self._placed[0] is not by:
            self._placed = by, super().get_transform()
        return self._placed[1]


class Panel(Axes):
    """Axes whose ground never changes within them, and whose numbers, so many points large, stand beside their lines."""

    def __init__(self, *args: Any, points: float, **more: Any) -> None:
        self._points = points
        self._baselines: dict[tuple[int, float], tuple[Transform, Transform]] = {}
        super().__init__(*args, **more)
        self.tick_params(labelsize=points)

    def baseline(self, place: Transform, points: float) -> Transform:
        """Return where the baseline of text at a place stands: by half the height of its capitals lower.

        It is the same one for all text at a place: what changes is then worked out once.
        """
        key = id(place), points
        if key not in self._baselines:
            figure = self.get_figure(root=True)
            assert figure is not None
            down = ScaledTranslation(0, -CAPITALS / 2 * points / 72, figure.dpi_scale_trans)
            self._baselines[key] = place, place + down
        return self._baselines[key][1]

    def get_yaxis_text1_transform(self, pad_points: float) -> Any:
        """Return where the labels of the y axis stand, and how they are aligned: their capitals beside the tick."""
        place, _, side = super().get_yaxis_text1_transform(pad_points)
        return self.baseline(place, self._points), "baseline", side

    def _gen_axes_patch(self) -> Rectangle:  # what matplotlib has axes define their ground with
        return _Ground((0.0, 0.0), 1.0, 1.0)


def write_centred(
    ax: Axes, x: float, y: float, text: str, points: float, *, transform: Transform | None = None, **more: Any
) -> None:
    """Write a line of text on a panel, with the middle of its capitals and digits at the height y."""
    assert isinstance(ax, Panel)
    place = ax.baseline(transform or ax.transData, points)
    ax.text(x, y, text, fontsize=points, va="baseline", clip_on=False, transform=place, **more)
