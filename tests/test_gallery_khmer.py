"""The gallery in Khmer: in a file of its own, so that two cores share the work."""

import pytest
from scenes_measured import faults_of, scenes

from lnlib.charts.canvas.fonts import writes
from lnlib.words import Words

ASKED = Words.load("km").entries["type"]
pytestmark = pytest.mark.skipif(
    not any(writes(font, ASKED["sample"]) for font in ASKED["fonts"]),
    reason=f"no Khmer font is installed; any of {', '.join(ASKED['fonts'])} will do",
)


@pytest.mark.parametrize("scene", scenes.SCENES, ids=lambda scene: scene.name)
def test_the_layout_checker_finds_nothing(scene):
    assert faults_of(scene, "km") == {}
