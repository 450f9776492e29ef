"""The house style: sizes, type and colours of figures, from a small YAML that an institution can replace."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import is_color_like

from lnlib.charts.style import typeface
from lnlib.charts.style.contrast import contrast, lab, of_lab
from lnlib.errors import LnlibError, ValueNotAllowed, not_allowed
from lnlib.reference import resources
from lnlib.reference.yaml_files import read_yaml

MM = 1 / 25.4
POINT_MM = 25.4 / 72
SMALLEST_POINTS = 7
_DRAWING = threading.RLock()
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
# `seaborn.axes_style("ticks")` and `seaborn.plotting_context("paper")` but for their colour map, as far as a style does not
# set them itself. They are written out, as importing seaborn takes as long as pandas and matplotlib together, and most charts
# draw without it.
_SEABORN = {
    "xtick.direction": "out",
    "ytick.direction": "out",
    "axes.axisbelow": True,
    "grid.linestyle": "-",
    "font.sans-serif": ["Arial", "DejaVu Sans", "Liberation Sans", "Bitstream Vera Sans", "sans-serif"],
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "w",
    "xtick.top": False,
    "ytick.right": False,
    "axes.grid": False,
    "axes.spines.bottom": True,
    "xtick.bottom": True,
    "ytick.left": True,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.8,
    "patch.linewidth": 0.8,
    "ytick.major.width": 1.0,
    "ytick.minor.width": 0.8,
    "axes.labelsize": 9.6,
    "axes.titlesize": 9.6,
    "xtick.labelsize": 8.8,
    "ytick.labelsize": 8.8,
    "legend.fontsize": 8.8,
    "legend.title_fontsize": 9.6,
}
_COLOURS = ("ink", "faint", "rule", "paper", "accent", "amount", "not_assessed", "ended")


@dataclass(frozen=True)
class Theme:
    """A house style.

    Parameters
    ----------
    fonts : tuple of str
        Families, the first installed one that has a character sets it; the shipped typeface sets the rest.
    size, narrow : mapping of str to float
        Points of `title`, `subtitle`, `text`, `note`; `narrow` at one column.
    widths : mapping of str to float
        Print widths in mm by name.
    page_height : float
        Greatest height in mm.
    ink, faint, rule, paper, accent : str
        Colours of text, lesser text, lines, ground and the one accent.
    amount : str
        Darkest shade of shares and counts, in a hue that no stage has.
    stages : tuple of str
        Anchor colours, lowest stage first.
    not_assessed, ended : str
        Colours of the two other states.
    """

    fonts: tuple[str, ...]
    size: Mapping[str, float]
    narrow: Mapping[str, float]
    widths: Mapping[str, float]
    page_height: float
    ink: str
    faint: str
    rule: str
    paper: str
    accent: str
    amount: str
    stages: tuple[str, ...]
    not_assessed: str
    ended: str

    @classmethod
    def load(cls, name: str | Path = "default") -> Theme:
        """Load the style that ships with lnlib, or one of your own by its path.

        Raises
        ------
        LnlibError
            The file does not exist or is not YAML, has a key, size or colour that is not one, or a size under 7 points.
        """
        return _load(str(name))

    @classmethod
    def declared(cls, words: Any, *, place: str) -> Theme:
        """Build a style from the mapping in its YAML; keys left out are those of the default."""
        allowed = [field.name for field in fields(cls)]
        if not isinstance(words, Mapping):
            raise LnlibError(f"{place}: a house style is a mapping with keys {', '.join(allowed)}")
        for key in words:
            if key not in allowed:
                raise LnlibError(f"{place}: {not_allowed('key', key, allowed)}")
        values = {**_shipped(), **words}
        for group in ("size", "narrow", "widths"):
            values[group] = _numbers(values[group], _shipped()[group], place=f"{place}: {group}")
        for name, points in [(f"{g}.{role}", n) for g in ("size", "narrow") for role, n in values[g].items()]:
            if points < SMALLEST_POINTS:
                raise LnlibError(f"{place}: {name} is {points} points; print needs {SMALLEST_POINTS} or more")
        height = {"page_height": values["page_height"]}
        values |= _numbers(height, height, place=place)
        for name, least in (("fonts", 1), ("stages", 2)):
            if not isinstance(values[name], list) or len(values[name]) < least:
                raise LnlibError(f"{place}: {name} is a list of at least {least}; got {values[name]!r}")
            values[name] = tuple(str(entry) for entry in values[name])
        colours = [(name, values[name]) for name in _COLOURS] + [("stages", colour) for colour in values["stages"]]
        for name, colour in colours:
            if not is_color_like(colour):
                raise LnlibError(f"{place}: {name} '{colour}' is not a colour; write it as \"#1B2A5C\", in quotes")
        return cls(**values)

    @cached_property
    def families(self) -> tuple[str, ...]:
        """The families that text is set in: those of the style that are installed, then the shipped typeface.

        Raises
        ------
        LnlibError
            None of the style's own is installed.
        """
        if not any(map(typeface.is_installed, self.fonts)):
            raise LnlibError(
                f"none of the fonts of the house style is installed: {', '.join(self.fonts)}; install one, or name "
                f"'{typeface.LATIN.family}', which comes with lnlib"
            )
        return typeface.families(self.fonts)

    @property
    def missing_fonts(self) -> list[str]:
        """The style's fonts that are not installed: text is set in its others, or in the shipped typeface."""
        return [family for family in self.fonts if not typeface.is_installed(family)]

    @property
    def font_warnings(self) -> list[str]:
        """A warning for each font that is not installed, with what is used in its place."""
        used = f"figures and notes are set in '{self.families[0]}'"
        return [f"font '{family}' is not installed; {used}" for family in self.missing_fonts]

    def width(self, name: str) -> float:
        """Return a print width in mm."""
        if name not in self.widths:
            raise ValueNotAllowed.of("width", name, list(self.widths))
        return float(self.widths[name])

    def points(self, role: str, *, width: str) -> float:
        """Return the size of `title`, `subtitle`, `text` or `note` at a print width."""
        return float((self.narrow if width == "column" else self.size)[role])

    def stage_colours(self, count: int) -> list[str]:
        """Return a colour for each of `count` stages, lowest first, in steps of lightness.

        >>> Theme.load().stage_colours(3)[0]
        '#ecb73f'
        """
        anchors = np.array([lab(colour) for colour in self.stages])
        places = np.linspace(0, len(anchors) - 1, count)
        steps = np.column_stack([np.interp(places, np.arange(len(anchors)), anchors[:, i]) for i in range(3)])
        return [of_lab(step) for step in steps]

    def over(self, colour: str) -> str:
        """Return the text colour that stands out better on a ground: ink or paper; black or white where neither reads."""
        pairs = ((self.ink, self.paper), ("#000000", "#ffffff"))
        best = [max(pair, key=lambda text: contrast(text, colour)) for pair in pairs]
        return best[0] if contrast(best[0], colour) >= LEAST_CONTRAST else best[1]

    def rc(self) -> dict[str, Any]:
        """Return the matplotlib settings of the style: seaborn's for paper, then those of print."""
        return {
            **_SEABORN,
            "font.family": list(self.families),
            "font.size": self.size["text"],
            "text.color": self.ink,
            "text.parse_math": False,  # a name may hold a dollar sign
            "text.hinting": "none",
            "axes.edgecolor": self.rule,
            "axes.labelcolor": self.ink,
            "axes.linewidth": 0.6,
            "axes.facecolor": "none",
            "axes.unicode_minus": False,
            **dict.fromkeys(("axes.spines.left", "axes.spines.top", "axes.spines.right"), False),
            **dict.fromkeys(("xtick.color", "ytick.color"), self.ink),
            **dict.fromkeys(("xtick.major.size", "xtick.minor.size"), 2.0),
            **dict.fromkeys(("ytick.major.size", "ytick.minor.size"), 0.0),
            **dict.fromkeys(("xtick.major.width", "xtick.minor.width"), 0.6),
            **dict.fromkeys(("xtick.major.pad", "ytick.major.pad"), 1.5),
            "grid.color": self.rule,
            "grid.linewidth": 0.4,
            "patch.force_edgecolor": False,
            "figure.facecolor": self.paper,
            "savefig.facecolor": self.paper,
            "hatch.linewidth": 0.5,
            "hatch.color": self.rule,
            "svg.fonttype": "none",
            "svg.hashsalt": "lnlib",
            "pdf.fonttype": 42,
            "path.simplify": False,
        }

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """Return a context in which the style is in force; settings are those of the process, so threads take turns."""
        with _DRAWING, mpl.rc_context(self.rc()):  # type: ignore[arg-type]  # the stubs list every key
            yield


@cache
def _shipped() -> dict[str, Any]:
    house: dict[str, Any] = resources.declared("data", "house_style", "default")
    return house


@cache
def _load(name: str) -> Theme:
    if name == "default":
        return Theme.declared({}, place="default.yml")
    path = Path(name)
    if not os.path.isfile(path):  # noqa: PTH113  # `Path.is_file` raises where a name is too long
        raise LnlibError(f"house style {name} does not exist")
    return Theme.declared(read_yaml(path, what="house style"), place=name)


def _numbers(given: Any, defaults: Mapping[str, float], *, place: str) -> dict[str, float]:
    """Return the default sizes updated by `given`; check that each key is known and each value a number above 0."""
    if not isinstance(given, Mapping):
        raise LnlibError(f"{place} is a mapping with keys {', '.join(defaults)}; got {given!r}")
    for key, value in given.items():
        if key not in defaults:
            raise LnlibError(f"{place}: {not_allowed('key', key, list(defaults))}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise LnlibError(f"{place}: {key} is a number above 0; got {value!r}")
    return {**defaults, **given}
