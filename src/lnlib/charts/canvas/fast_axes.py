"""Axes and boxes that ask less of matplotlib: a chart has few kinds of things, and draws hundreds of each.

matplotlib works out where a rectangle stands, turned by an angle, each time that it is asked; and it asks the ground of
axes for every artist that is clipped to it. Neither turns here.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D, Transform


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
    """Axes whose ground never changes within them."""

    def _gen_axes_patch(self) -> Rectangle:  # what matplotlib has axes define their ground with
        return _Ground((0.0, 0.0), 1.0, 1.0)
