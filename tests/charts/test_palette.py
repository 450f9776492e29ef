"""The palette in numbers: apart for every eye and in grey, and outlined where it is pale."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from colour_vision import SIGHTS, ciede2000, difference, grey, seen
from matplotlib.colors import to_hex

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.style.contrast import contrast, lab, of_lab
from lnlib.charts.style.house_style import Theme
from lnlib.charts.style.states import HATCHES, state_styles, swatch_style

THEME = Theme.load()
COUNTS = range(2, 8)
AT_A_GLANCE, SEEN = 10.0, 5.0


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [  # Sharma, Wu and Dalal 2005, table 1: pairs 1, 7, 13, 17, 18, 20 and 34
        ((50.0000, 2.6772, -79.7751), (50.0000, 0.0000, -82.7485), 2.0425),
        ((50.0000, 0.0000, 0.0000), (50.0000, -1.0000, 2.0000), 2.3669),
        ((50.0000, 2.5000, 0.0000), (50.0000, 0.0000, -2.5000), 4.3065),
        ((50.0000, 2.5000, 0.0000), (73.0000, 25.0000, -18.0000), 27.1492),
        ((50.0000, 2.5000, 0.0000), (61.0000, -5.0000, 29.0000), 22.8977),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_is_that_of_the_published_pairs(one, two, expected):
    assert ciede2000(np.array(one), np.array(two)) == pytest.approx(expected, abs=5e-5)
    assert ciede2000(np.array(two), np.array(one)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("colour", ["#ecb73f", "#1b2a5c", "#000000", "#ffffff", "#808080"])
def test_a_colour_comes_back_from_lab(colour):
    assert of_lab(lab(colour)) == colour


@pytest.mark.parametrize("sight", SIGHTS)
def test_greys_are_grey_for_every_eye(sight):
    assert [difference(seen(colour, sight), colour) < 1 for colour in ("#000000", "#777777", "#ffffff")] == [True] * 3


def test_red_and_green_are_alike_without_one_cone_only():
    assert difference("#b00000", "#5a5a00") > 30
    assert difference(seen("#b00000", "deutan"), seen("#5a5a00", "deutan")) < 15


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("count", COUNTS)
def test_stages_are_apart_for_every_eye(count, sight):
    colours = [seen(colour, sight) for colour in THEME.stage_colours(count)]
    least = min(difference(one, two) for one, two in combinations(colours, 2))
    assert least > (25 if count <= 3 else AT_A_GLANCE if count <= 5 else SEEN + 2)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("count", COUNTS)
def test_no_stage_is_taken_for_the_not_assessed_or_the_ended(count, sight):
    others = [seen(colour, sight) for colour in (THEME.not_assessed, THEME.ended)]
    stages = [seen(colour, sight) for colour in THEME.stage_colours(count)]
    assert min(difference(stage, other) for stage in stages for other in others) > AT_A_GLANCE


def test_the_ended_are_hatched_as_they_are_nearly_as_pale_as_the_not_assessed():
    assert difference(THEME.not_assessed, THEME.ended) > 4
    assert HATCHES["ended"]
    assert not HATCHES["not_assessed"]


@pytest.mark.parametrize("count", COUNTS)
def test_every_step_is_seen_in_grey(count):
    greys = [THEME.ended, THEME.not_assessed, *THEME.stage_colours(count)]
    light = [float(lab(grey(colour))[0]) for colour in greys]
    steps = [before - after for before, after in pairwise(light)]
    assert steps[0] > 7
    assert min(steps[1:]) > 9
    assert count > 3 or min(steps[2:]) > 25


@pytest.mark.parametrize("count", COUNTS)
def test_what_is_pale_on_paper_has_an_outline_that_is_not(count):
    sheet = Sheet("column", THEME)
    stages = [f"s{i}" for i in range(count)]
    for entry in state_styles(stages, {}, sheet).values():
        edge = to_hex(swatch_style(entry, sheet)["edgecolor"])
        assert max(contrast(entry.colour, THEME.paper), contrast(edge, THEME.paper)) >= 3


# --- another house ---------------------------------------------------------------------------------------------------

HOUSE = """
fonts: [DejaVu Serif, serif]
size: {title: 11, text: 8}
narrow: {title: 9}
ink: "#002244"
paper: "#FFFDF5"
stages: ["#DDEBF7", "#6BAED6", "#08306B"]
"""


@pytest.fixture
def house(tmp_path):
    file = tmp_path / "house.yml"
    file.write_text(HOUSE, encoding="utf-8")
    return Theme.load(file)


def test_another_house_changes_fonts_sizes_and_colours_and_keeps_the_rest(house):
    assert house.fonts == ("DejaVu Serif", "serif")
    assert (house.points("title", width="two-columns"), house.points("title", width="column")) == (11, 9)
    assert house.points("note", width="two-columns") == THEME.points("note", width="two-columns")
    assert house.stage_colours(3) == ["#ddebf7", "#6baed6", "#08306b"]
    assert house.not_assessed == THEME.not_assessed


def test_a_figure_is_drawn_in_another_house(house):
    with house.drawn():
        sheet = Sheet("two-columns", house)
        sheet.open(20)
        ax = sheet.axes(left=0, right=0, bare=True)
        text = ax.text(1, 1, "words")
    assert to_hex(sheet.figure.get_facecolor()) == "#fffdf5"
    assert (to_hex(text.get_color()), text.get_fontfamily()[:2]) == ("#002244", ["DejaVu Serif", "serif"])
    assert sheet.points("text") == 8


@pytest.mark.parametrize("count", COUNTS)
def test_no_stage_has_the_hue_of_amounts(count):
    """A stage keeps its colour for itself: the darkest shade of shares and counts is told from every one."""
    shade = lab(THEME.amount)
    assert min(ciede2000(shade, lab(colour)) for colour in THEME.stage_colours(count)) > AT_A_GLANCE
