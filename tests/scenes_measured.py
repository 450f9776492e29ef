"""The scenes of the gallery, drawn and measured without being saved."""

import sys
from pathlib import Path

import pytest

from lnlib.charts.canvas.layout import faults
from lnlib.charts.style.theme import Theme

sys.path.append(str(Path(__file__).parent.parent / "tools"))

import gallery as gallery
import scenes as scenes


def faults_of(scene, language):
    """What the layout checker finds in every chart of a scene at every width; sizes are held on the way."""
    found = {}
    for exhibit in scenes.exhibits(scene, language):
        assert exhibit.alt
        for width in Theme.load().widths:
            figure = exhibit.draw(width)
            wide, high = figure.get_size_inches() * 25.4
            assert wide == pytest.approx(exhibit.theme.width(width))
            assert high <= exhibit.theme.page_height + 0.1, (exhibit.name, width)
            with exhibit.theme.drawn():
                if wrong := [str(fault) for fault in faults(figure)]:
                    found[exhibit.name, width] = wrong
    return found
