"""The gallery in Khmer: in a file of its own, so that two cores share the work."""

import pytest
from measured_scenes import faults_of, scenes


@pytest.mark.slow
@pytest.mark.parametrize("scene", scenes.SCENES, ids=lambda scene: scene.name)
def test_the_layout_checker_finds_nothing(scene):
    assert faults_of(scene, "km") == {}
