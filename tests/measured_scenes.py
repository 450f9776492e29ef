"""The scenes of the gallery, drawn and measured without being saved."""

import re
import sys
from pathlib import Path

import pytest
from layout_checks import faults

from lnlib.charts.style.house_style import Theme
from lnlib.exhibits.figure import LONGEST_ALT

sys.path.append(str(Path(__file__).parent.parent / "tools"))

import gallery as gallery
import scenes as scenes

SMALL = re.compile(r"(?:^|[.!?] )(?!n = )[a-z].{0,20}")  # a sentence that begins with a small letter; n is a sign


def check_words(exhibit, language):
    """Check that an alternative text is short, and that it and the long description are sentences."""
    assert 0 < len(exhibit.alt) <= LONGEST_ALT, exhibit.name
    if language == "en":
        assert [found for text in (exhibit.alt, exhibit.description) for found in SMALL.findall(text)] == [], (
            exhibit.name
        )


def faults_of(scene, language):
    """What the layout checker finds in every chart of a scene at every width; sizes are held on the way."""
    found = {}
    for exhibit in scenes.exhibits(scene, language):
        check_words(exhibit, language)
        for width in Theme.load().widths:
            figure = exhibit.draw(width)
            wide, high = figure.get_size_inches() * 25.4
            assert wide == pytest.approx(exhibit.theme.width(width))
            assert high <= exhibit.theme.page_height + 0.1, (exhibit.name, width)
            with exhibit.theme.drawn():
                if wrong := [str(fault) for fault in faults(figure)]:
                    found[exhibit.name, width] = wrong
    return found
